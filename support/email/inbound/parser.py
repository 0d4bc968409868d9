"""Mail parser, without I/O: raw bytes to an InboundEmail.

`read` never raises, whatever the mail holds: a header or part that cannot be parsed is left out or taken as it stands,
and the raw bytes are kept by spool.py.
"""

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Mail
from email.policy import compat32
from email.utils import getaddresses

from core.email_addresses import is_email
from support.email.inbound.charsets import text_of
from support.email.inbound.html import words_of
from support.intake.forms import many_lines, one_line
from support.tickets.models import Upload

MOST_FILES = 50
_MOST_TEXT = 400_000
_RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To")
_ID = re.compile(r"<([^<>\s]{1,900})>")

# Subjects of automatic mails that lack the headers which would say so.
_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort|abwesenheitsnotiz"
    r"|r[ée]ponse automatique|respuesta autom[áa]tica|otomatik (?:yan[ıi]t|cevap)|ofis d[ıi]ş[ıi]nda"
    r"|自動(?:回覆|回复|返信)|自动(?:回复|答复)|不在办公室|不在辦公室)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|noreply[+.-].*|bounces?(?:[+.-].*)?)@", re.IGNORECASE
)


@dataclass(frozen=True)
class InboundEmail:
    """A parsed mail. `automatic` says why a program seems to have sent it without a person
    ('' if none did); `bulk` why it must not be answered though a person may stand behind it; `bounce` that it says
    another mail did not arrive. `returned` holds the Message-IDs of mails it gives back."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    files: tuple[Upload, ...] = ()
    automatic: str = ""
    bulk: str = ""
    bounce: bool = False
    returned: tuple[str, ...] = ()

    @property
    def answer_to(self) -> str:
        """The address to reply to."""
        return self.reply_to or self.sender

    def digest(self, raw: bytes) -> str:
        """Digest for deduplication: the same for the same mail, by whichever way it comes."""
        # Trace headers differ by the way a mail took, so they do not count; without a Message-ID only the bytes do.
        told = (self.message_id, self.sender, self.subject, self.text) if self.message_id else ()
        parts = "\0".join(told).encode() if told else raw
        files = "".join(hashlib.sha256(f.data).hexdigest() for f in self.files) if told else ""
        return hashlib.sha256(parts + files.encode()).hexdigest()


def read(raw: bytes) -> InboundEmail:
    """Parse these bytes."""
    try:
        return _read(email.message_from_bytes(raw, policy=compat32))
    except Exception as error:  # deeply nested parts, and whatever else the library cannot parse
        words = raw[:20_000].decode("utf-8", "replace")
        return InboundEmail(text=_clean(words), bulk=f"unreadable ({type(error).__name__})")


def _read(mail: Mail) -> InboundEmail:
    sender_name, sender = _address(mail, "From")
    if not sender:
        sender_name, sender = _address(mail, "Sender")
    bounce = _is_bounce(mail)
    files: list[Upload] = []
    _, text = _body(mail, files, top=True)
    return InboundEmail(
        message_id=next(iter(_ids(mail, "Message-ID")), ""),
        references=tuple(dict.fromkeys((*_ids(mail, "In-Reply-To"), *reversed(_ids(mail, "References"))))),
        sender=sender,
        sender_name=sender_name,
        reply_to=_address(mail, "Reply-To")[1],
        recipients=tuple(dict.fromkeys(a for name in _RECIPIENTS for _, a in _addresses(mail, name))),
        subject=one_line(_header(mail, "Subject"))[:300],
        text=_clean(text),
        files=tuple(files[:MOST_FILES]),
        automatic=_automatic(mail, bounce),
        bulk=_bulk(mail, sender),
        bounce=bounce,
        returned=tuple(dict.fromkeys(_returned_message_ids(mail))) if bounce else (),
    )


def _clean(text: str) -> str:
    """Text any database can store: no NUL, no lone surrogates, truncated."""
    return many_lines(text[:_MOST_TEXT].encode("utf-8", "replace").decode("utf-8"))


def _header(mail: Mail, name: str) -> str:
    """The first header of this name, decoded where possible."""
    value = mail.get(name)
    return "" if value is None else _decode_header(str(value))


def _decode_header(value: str) -> str:
    value = re.sub(r"\r?\n[ \t]?", " ", value)
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return _storable(value)
    return _storable("".join(part if isinstance(part, str) else text_of(part, charset) for part, charset in parts))


def _storable(text: str) -> str:
    # Raw 8-bit bytes of a header come out of the parser as lone surrogates.
    if any("\udc80" <= ch <= "\udcff" for ch in text):
        text = text_of(text.encode("utf-8", "surrogateescape"), None)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _addresses(mail: Mail, name: str) -> list[tuple[str, str]]:
    """(name, address) of each usable address in all headers of this name."""
    values = [_storable(str(value)) for value in mail.get_all(name, [])]
    try:
        found = getaddresses([re.sub(r"\s+", " ", value[:20_000]) for value in values])
    except (ValueError, IndexError, RecursionError):
        return []
    return [
        (one_line(_decode_header(shown))[:200], address.strip())
        for shown, address in found
        if is_email(address.strip())
    ]


def _address(mail: Mail, name: str) -> tuple[str, str]:
    return next(iter(_addresses(mail, name)), ("", ""))


def _ids(mail: Mail, name: str) -> tuple[str, ...]:
    return tuple(f"<{found}>" for found in _ID.findall(_header(mail, name)[:20_000]))


def _automatic(mail: Mail, bounce: bool) -> str:
    if bounce:
        return "bounce"
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return submitted[:40]
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autogenerated"):
        if mail.get(name) is not None and _header(mail, name).strip().lower() not in {"no", ""}:
            return name.lower()
    if _header(mail, "Precedence").strip().lower() in {"auto_reply", "auto-reply"}:
        return "precedence"
    if _AUTOMATIC_SUBJECT.match(_header(mail, "Subject")):
        return "subject"
    return ""


def _bulk(mail: Mail, sender: str) -> str:
    if _header(mail, "Precedence").strip().lower() in {"bulk", "junk", "list"}:
        return "precedence"
    for name in ("List-Id", "List-Unsubscribe", "Feedback-ID"):
        if mail.get(name) is not None:
            return name.lower()
    if _header(mail, "X-Auto-Response-Suppress").strip():
        return "x-auto-response-suppress"
    if not sender:
        return "no sender"
    return "sender" if _NOBODY.match(sender) else ""


def _is_bounce(mail: Mail) -> bool:
    if mail.get_content_type() == "multipart/report":
        return "disposition-notification" not in _header(mail, "Content-Type").lower()
    return _header(mail, "Return-Path").strip() == "<>" or mail.get("X-Failed-Recipients") is not None


def _returned_message_ids(mail: Mail) -> Iterator[str]:
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            inner = part.get_payload()
            if isinstance(inner, list):
                for message in inner:
                    if isinstance(message, Mail):
                        yield from _ids(message, "Message-ID")
            else:
                data = _payload(part)
                yield from (f"<{i}>" for i in re.findall(r"(?im)^message-id:\s*<([^<>\s]+)>", text_of(data, None)))


def _body(part: Mail, files: list[Upload], *, top: bool = False) -> tuple[str, str]:
    """(`plain` or `html` or '', its words); what is no text for reading goes to `files`."""
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        children = part.get_payload()
        found = [_body(child, files) for child in children if isinstance(child, Mail)]
        written = [(kind, text) for kind, text in found if text.strip()]
        if part.get_content_subtype() == "alternative":
            plain = [pair for pair in written if pair[0] == "plain"]
            return (plain or written or [("", "")])[0]
        kinds = {kind for kind, _ in written}
        return ("plain" if kinds == {"plain"} else "html", "\n\n".join(text for _, text in written))
    kind = part.get_content_type()
    attached = part.get_content_disposition() == "attachment" or (_file_name(part) and not top)
    if part.get_content_maintype() == "multipart":  # multipart without parts
        return "plain", text_of(_payload(part), None)
    if not attached and kind in {"text/plain", "text/html"}:
        text = text_of(_payload(part), _charset(part))
        return ("html", words_of(text)) if kind == "text/html" else ("plain", text)
    if kind in {"message/delivery-status", "text/rfc822-headers"} and not attached:
        return "", ""
    data = _payload(part)
    if top and not attached and not _file_name(part):
        # A whole mail of one unreadable part: its words may still be words.
        files.append(Upload("mail", data))
        return "", ""
    if data:
        files.append(Upload(_file_name(part) or f"file-{len(files) + 1}", data))
    return "", ""


def _payload(part: Mail) -> bytes:
    try:
        inner = part.get_payload()
        if isinstance(inner, list):
            return b"".join(message.as_bytes() for message in inner if isinstance(message, Mail))
        data = part.get_payload(decode=True)
    except Exception:  # the library trips over broken headers of a part in many ways
        data = None
    if isinstance(data, bytes):
        return data
    return str(part._payload or "").encode("utf-8", "replace")  # type: ignore[attr-defined]


def _charset(part: Mail) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError, UnicodeError):
        return None


def _file_name(part: Mail) -> str:
    try:
        named = part.get_param("filename", None, "content-disposition") or part.get_param("name", None, "content-type")
        if isinstance(named, tuple):  # RFC 2231: the library would read the charset by Python's names
            charset, _language, value = named
            name = text_of(value.encode("raw-unicode-escape"), charset)
        else:
            name = str(named or "")
    except (ValueError, LookupError, TypeError, UnicodeError, IndexError):
        return ""
    return one_line(_decode_header(name))[:200] if name else ""
