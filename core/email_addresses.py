"""E-mail addresses: validation and normalisation."""

import unicodedata
from functools import cache
from typing import Any

from core.network.domain_names import ascii_domain

_LONGEST = 254  # RFC 5321 with erratum 1690


@cache
def _validator() -> Any:
    import email_validator  # its patterns take longest of all that a process imports at its start

    # The library refuses names no public server delivers to. Inside a company `.local`, `.test` and `localhost` are
    # ordinary, and whether mail arrives is for the mail server to say. Its documentation says to change this list.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator


def is_email(text: str, *, dotless: bool = False) -> bool:
    """Whether this is a valid address and nothing else: `ada@example.org`, `王@例子.example`.

    `dotless` also takes hosts without a dot, such as `team@localhost`: operators know theirs. Nobody is asked whether
    the domain exists.
    """
    if len(text) > _LONGEST:
        return False
    local, at, domain = text.rpartition("@")
    if domain.isascii():
        # The library refuses A-labels of symbols and joiners, which look like other names. They are in the DNS all the
        # same, and mail comes from there: in that form they are checked as the plain host names they are.
        domain = domain.lower().replace("xn--", "xn00")
    validator = _validator()
    try:
        validator.validate_email(
            f"{local}{at}{domain}",
            allow_smtputf8=True,
            allow_empty_local=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=True,
            check_deliverability=False,
            globally_deliverable=not dotless,
        )
    except validator.EmailNotValidError:
        return False
    return True


def email_key(address: str) -> str:
    """Normalised address, by which persons are told apart; '' for none. As SQL's LOWER() for plain ASCII.

    For comparing, never for sending: the part before the @ is normalised (NFKC, small letters), which its server need
    not do.
    """
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain:
        return ""
    # Twice: small letters of composed characters are not always composed themselves.
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).lower()).strip()
    return f"{small}@{ascii_domain(domain)}"


def mailbox_key(address: str) -> str:
    """The mailbox an address most likely leads to: `email_key` without what follows a `+`, and without the dots Gmail
    does not read. For counting only: a guess may hold a mail back, and never says who somebody is."""
    local, _, domain = email_key(address).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
