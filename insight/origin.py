"""Where an event comes from: the visit, surface and site of the request that is being answered in this thread.

Set by whoever answers requests. Without one (mail that comes in, a command), events have no visit.
"""

import hashlib
import hmac
from contextvars import ContextVar
from dataclasses import dataclass

from core.email_addresses import email_key


@dataclass(frozen=True)
class Origin:
    """`silent`: nothing may be stored of this browser, which said so (Global Privacy Control, Do Not Track). `person`
    is the keyed hash of who a token vouched for, or ''."""

    visit: str = ""
    where: str = ""
    site: str = ""
    lang: str = ""
    silent: bool = False
    person: str = ""


NOBODY = Origin()
current: ContextVar[Origin] = ContextVar("signpost_origin", default=NOBODY)


def person_of(key: bytes, address: str) -> str:
    """The keyed hash by which the ledger knows an address; '' for none."""
    known = email_key(address) if address else ""
    return hmac.new(key, f"person {known}".encode(), hashlib.sha256).hexdigest()[:32] if known else ""
