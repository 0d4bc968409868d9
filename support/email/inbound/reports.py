"""Reports that mail servers and mail programs send about one of our mails, without I/O: delivery status notifications
(RFC 3464), read receipts (RFC 8098), and bounces in the older shapes.

Only a failure is one. A person who forwards a report as an attachment has written a mail of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from enum import StrEnum

from core.email_addresses import is_email
from support.email.inbound.payloads import children, payload_bytes

_MOST_PARTS = 50
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"(?m)(?:^|[\s:<])([45]\d\d)[ -]")
_NOT_YET = re.compile(
    r"delay|not yet been delivered|still being retried|will be retried|warning: (?:message|could not)|verzöger"
    r"|retard|gecik|延遲|延迟",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(r"recipient\s?not\s?found|not found by SMTP address lookup", re.IGNORECASE)
_SERVER = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)
_ANSWERED = re.compile(r"^<?([^<>\s]+@[^<>\s]+)>?")


class ReportKind(StrEnum):
    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    READ = "read"
    OTHER = "other"  # a complaint (ARF), or a report of a kind we do not know


class Cause(StrEnum):
    """Why a mail did not arrive, by its status code (RFC 3463)."""

    NO_ADDRESS = "no_address"
    NO_SERVER = "no_server"
    FULL = "full"
    CLOSED = "closed"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


_CAUSES = (
    (re.compile(r"[45]\.1\.2|5\.4\.4|5\.4\.310|5\.1\.10"), Cause.NO_SERVER),
    (re.compile(r"[45]\.1\.\d+|5\.5\.0"), Cause.NO_ADDRESS),
    (re.compile(r"[45]\.2\.2"), Cause.FULL),
    (re.compile(r"[45]\.2\.1"), Cause.CLOSED),
    (re.compile(r"[45]\.2\.3|[45]\.3\.4"), Cause.TOO_LARGE),
    (re.compile(r"[45]\.4\.\d+"), Cause.EXPIRED),
    (re.compile(r"[45]\.7\.\d+|[45]\.6\.\d+"), Cause.REFUSED),
)


def cause_of(status: str, said: str = "") -> Cause:
    """By what the server `said` where the code means two things: Exchange has 5.1.10 for an unknown mailbox."""
    if status == "5.1.10" and _NOT_FOUND.search(said):
        return Cause.NO_ADDRESS
    return next((cause for pattern, cause in _CAUSES if pattern.fullmatch(status)), Cause.UNKNOWN)


def status_in(text: str) -> str:
    """The first status code in a text, or ''."""
    return next(iter(_STATUS.findall(text)), "")


@dataclass(frozen=True)
class Report:
    """`recipient` and `status` are of the recipient that fared worst; '' where nobody says. `said` is what its server
    said, in whatever language."""

    kind: ReportKind
    recipient: str = ""
    status: str = ""
    said: str = ""


def report_in(mail: Mail, sender: str, text: str) -> Report | None:
    """The report this mail is, or None. `text` is what people read of it."""
    parts = list(_own_parts(mail))
    is_report = mail.get_content_type() == "multipart/report"
    receipts = [part for part in parts if part.get_content_type() == "message/disposition-notification"]
    if receipts or (is_report and _report_type(mail) == "disposition-notification"):
        return _receipt(receipts)
    by_server = bool(_SERVER.match(sender)) or mail.get("X-Failed-Recipients") is not None
    if not (is_report or by_server):
        return None
    fields = [block for part in parts if _is_status(part) for block in _blocks(part)]
    if fields:
        return _worst(fields)
    if is_report and _report_type(mail) not in {"delivery-status", ""}:
        return Report(ReportKind.OTHER)
    return _old_bounce(mail, text)


def _own_parts(mail: Mail) -> Iterator[Mail]:
    """The parts of this very mail: what is inside an attached one does not count."""
    waiting, count = [mail], 0
    while waiting and count < _MOST_PARTS:
        part = waiting.pop(0)
        count += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = children(part)
        else:
            yield part


def _report_type(mail: Mail) -> str:
    try:
        return str(mail.get_param("report-type", "") or "").lower()
    except (ValueError, LookupError, TypeError, UnicodeError):
        return ""


def _is_status(part: Mail) -> bool:
    return part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}


def _blocks(part: Mail) -> list[dict[str, str]]:
    """The groups of fields in the machine's part; the library has parsed each as a mail of its own."""
    if given := children(part):
        return [{name.lower(): str(value) for name, value in block.items()} for block in given[:_MOST_PARTS]]
    # The library leaves the part alone when it is encoded.
    text = payload_bytes(part).decode("utf-8", "replace")[:20_000]
    pairs = [re.findall(r"(?m)^([\w-]{1,60}):[ \t]*(.{0,1000})$", block) for block in re.split(r"\n\s*\n", text)]
    return [{name.lower(): value for name, value in block} for block in pairs if block]


def _receipt(parts: list[Mail]) -> Report:
    fields = next((block for part in parts for block in _blocks(part) if "disposition" in block), {})
    said = fields.get("disposition", "").rpartition(";")[2].strip().lower()
    return Report(ReportKind.READ, _address(fields.get("final-recipient", "")), "", said[:40])


_ACTIONS = {
    "failed": ReportKind.FAILED,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
_BY_CLASS = {"2": ReportKind.DELIVERED, "4": ReportKind.DELAYED, "5": ReportKind.FAILED}
_BADNESS = (ReportKind.OTHER, ReportKind.DELIVERED, ReportKind.DELAYED, ReportKind.FAILED)


def _worst(blocks: list[dict[str, str]]) -> Report:
    found = [_recipient(block) for block in blocks if "action" in block or "status" in block]
    return max(found, key=lambda one: _BADNESS.index(one.kind), default=Report(ReportKind.OTHER))


def _recipient(block: dict[str, str]) -> Report:
    status = status_in(block.get("status", ""))
    action = _first_word(block.get("action", ""))
    kind = _ACTIONS.get(action) or _BY_CLASS.get(status[:1], ReportKind.OTHER)
    said = " ".join(block.get("diagnostic-code", "").partition(";")[2].split())
    # What the other server said is often more exact than the code made of it (5.0.0).
    if status in {"", "5.0.0", "4.0.0"}:
        status = status_in(said) or status
    to = _address(block.get("original-recipient", "")) or _address(block.get("final-recipient", ""))
    return Report(kind, to, status, said[:300])


def _old_bounce(mail: Mail, text: str) -> Report:
    """A bounce in the words of its server only."""
    subject = str(mail.get("Subject", ""))[:300]
    text = text[:5_000]
    failed = [one.strip() for one in str(mail.get("X-Failed-Recipients", ""))[:2_000].split(",")]
    to = next((one for one in failed if is_email(one)), "")
    status = next((code for code in _STATUS.findall(text) if code[0] != "2"), "")
    temporary = status.startswith("4") or (not status and any(c[0] == "4" for c in _REPLY_CODE.findall(text)[:1]))
    if not to and (temporary or _NOT_YET.search(subject) or (not status and _NOT_YET.search(text))):
        return Report(ReportKind.DELAYED, "", status)
    said = next((line.strip() for line in text.splitlines() if status and status in line), "")
    return Report(ReportKind.FAILED, to, status, said[:300])


def _address(field: str) -> str:
    """Of `rfc822; ada@example.org`."""
    found = _ANSWERED.match(field.rpartition(";")[2].strip()[:320])
    return found[1] if found and is_email(found[1]) else ""


def _first_word(text: str) -> str:
    return next(iter(re.findall(r"[a-z]+", text.lower()[:40])), "")
