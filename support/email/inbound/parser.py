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
from email.policy import Compat32
from email.utils import getaddresses

from core.email_addresses import is_email
from support.email.inbound.charsets import base64_text, is_utf8, is_vague, meta_charset, text_of
from support.email.inbound.enclosures import Enclosures, open_part, readable_parts
from support.email.inbound.html import words_of
from support.email.inbound.payloads import children, payload_bytes, raw_text
from support.email.inbound.reports import Report, ReportKind, report_in
from support.intake.forms import many_lines, one_line
from support.tickets.models import Upload

MOST_FILES = 500
_MOST_TEXT = 400_000
# The library looks for the end of an encoded word from each beginning of one.
_MOST_HEADER, _MOST_ENCODED = 20_000, 4_000
_RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To")
_LINK = re.compile(r"<?https?://[^\s>]{1,2000}>?")
# A plain part that says only that there is another one.
_PLACEHOLDER = re.compile(
    r"\bhtml\b.{0,80}(?:format|view|support|display|client|message|mail|version|ansicht|anzeig|affich|messag|formato"
    r"|görünt|biçim|формат|格式|显示|顯示|形式|표시)"
    r"|(?:view|read|open).{0,60}\b(?:html|browser)\b|does not support html",
    re.IGNORECASE | re.DOTALL,
)
_LIKE_PLAIN = frozenset({"text/enriched", "text/richtext", "text/markdown"})
_ENRICHED = re.compile(r"<<|<param>[^<>]{0,200}</param>|</?[A-Za-z][\w-]{0,60}>", re.IGNORECASE)
_CHARSET_SAID = re.compile(rb"\bcharset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_ID = re.compile(r"<([^<>\s]{1,900})>")
_RETURNED_ID = re.compile(r"^[ \t>|]{0,20}Message-ID:\s{0,5}<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE)
_MOST_RETURNED = 20

# Subjects of automatic mails that lack the headers which would say so. People ask about such things, too.
_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort|abwesenheitsnotiz"
    r"|r[ée]ponse automatique|respuesta autom[áa]tica|otomatik (?:yan[ıi]t|cevap)|ofis d[ıi]ş[ıi]nda"
    r"|自動(?:回覆|回复|返信)|自动(?:回复|答复)|不在办公室|不在辦公室)",
    re.IGNORECASE,
)
# Possessive, since what is no list may be long.
_LIST = re.compile(r"[\w.+-]{1,64}+@[\w.-]{1,253}+|(?<=<)[\w.+-]{1,253}+(?=>)")
_NOBODY = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|noreply[+.-].*|bounces?(?:[+.-].*)?)@", re.IGNORECASE
)


@dataclass(frozen=True)
class InboundEmail:
    """A parsed mail. `automatic` says by which header a program sent it without a person ('' if none did), `guess`
    what only looks so; `bulk` why it must not be answered though a person may stand behind it, `listed` the same of
    the headers of a mailing list, whose address is among `lists`.

    `content_language` is the header of that name, as it is written.

    `report` says what became of another mail, and `returned` holds the Message-IDs of those it gives back.
    `originals` are whom a list or a form may have put another `From` in the place of, likeliest first.
    `authentication` holds the `Authentication-Results`, topmost first. `forwarded` are the words of mails attached to
    it, `notes` codes of what the reader should know (`encrypted`).
    """

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
    guess: str = ""
    bulk: str = ""
    listed: str = ""
    lists: tuple[str, ...] = ()
    originals: tuple[tuple[str, str], ...] = ()
    authentication: tuple[str, ...] = ()
    several_senders: bool = False
    report: Report | None = None
    returned: tuple[str, ...] = ()
    forwarded: str = ""
    notes: tuple[str, ...] = ()
    content_language: str = ""

    @property
    def bounce(self) -> bool:
        """Whether it says that another mail did not arrive."""
        return self.report is not None and self.report.kind is ReportKind.FAILED

    def digest(self, raw: bytes) -> str:
        """Digest for deduplication: the same for the same mail, by whichever way it comes."""
        # Trace headers differ by the way a mail took, so they do not count; without a Message-ID only the bytes do.
        told: tuple[str, ...] = (self.message_id, self.sender, self.subject, self.text) if self.message_id else ()
        if told and self.forwarded:
            told = (*told, self.forwarded)
        parts = "\0".join(told).encode() if told else raw
        files = "".join(hashlib.sha256(f.data).hexdigest() for f in self.files) if told else ""
        return hashlib.sha256(parts + files.encode()).hexdigest()


class _RawHeaders(Compat32):
    """Headers that hold bytes above 127 are read as UTF-8 (RFC 6532), else in the charset of the text, or as what they
    can be, instead of being made unreadable."""

    charset: str | None = None

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if not value.isascii():
            data = value.encode("utf-8", "surrogateescape")
            value = text_of(data, None if is_utf8(data) else self.charset)
        return name, value


_HEADERS = _RawHeaders()


def read(raw: bytes) -> InboundEmail:
    """Parse these bytes."""
    try:
        said = None if raw.isascii() else _CHARSET_SAID.search(raw[:_MOST_HEADER])
        policy = _RawHeaders(charset=said[1].decode("ascii")) if said else _HEADERS  # type: ignore[call-arg]  # policies take their attributes
        return _read(email.message_from_bytes(raw, policy=policy))
    except Exception as error:  # deeply nested parts, and whatever else the library cannot parse
        words = raw[:20_000].decode("utf-8", "replace")
        return InboundEmail(text=_clean(words), bulk=f"unreadable ({type(error).__name__})")


def _read(mail: Mail) -> InboundEmail:
    sender_name, sender = _address(mail, "From")
    if not sender:
        sender_name, sender = _address(mail, "Sender")
    files = Enclosures()
    _, written = _body(mail, files, top=True)
    text = files.words(written)
    report = report_in(mail, sender, text)
    automatic = _automatic(mail, report)
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
        automatic=automatic,
        guess="" if automatic else _looks_automatic(mail),
        bulk=_bulk(mail, sender),
        forwarded=_clean("\n\n".join(files.forwarded)),
        notes=tuple(files.notes),
        content_language=one_line(_header(mail, "Content-Language"))[:100],
        listed=_listed(mail),
        lists=_lists(mail),
        originals=_originals(mail),
        authentication=tuple(_header_values(mail, "Authentication-Results")),
        several_senders=len(mail.get_all("From", [])) > 1 or len(_addresses(mail, "From")) > 1,
        report=report,
        returned=tuple(dict.fromkeys((*_returned_message_ids(mail), *_named_message_ids(text)))) if report else (),
    )


def _clean(text: str) -> str:
    """Text any database can store: no NUL, no lone surrogates, truncated."""
    return many_lines(text[:_MOST_TEXT].encode("utf-8", "replace").decode("utf-8"))


def _header(mail: Mail, name: str) -> str:
    """The first header of this name, decoded where possible."""
    value = mail.get(name)
    return "" if value is None else _decode_header(str(value))


def _header_values(mail: Mail, name: str) -> list[str]:
    return [_storable(str(value))[:20_000] for value in mail.get_all(name, [])[:50]]


def _decode_header(value: str) -> str:
    value = re.sub(r"\r?\n[ \t]?", " ", value[: _MOST_ENCODED if "=?" in value else _MOST_HEADER])
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


_SAY_SO = (
    "X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder", "X-AutoReply-From", "X-Mail-Autoreply",
    "X-Autogenerated", "X-Vacation", "X-FC-MachineGenerated",
)  # fmt: skip


def _automatic(mail: Mail, report: Report | None) -> str:
    """The header that says a program sent it (RFC 3834, and what programs write that are older)."""
    if report is not None:
        return "bounce" if report.kind is ReportKind.FAILED else "report"
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].partition("(")[0].strip().lower()
    if submitted and submitted != "no":
        return submitted[:40]
    for name in _SAY_SO:
        if mail.get(name) is not None and _header(mail, name).strip().lower() not in {"no", "false", ""}:
            return name.lower()
    if _header(mail, "Precedence").strip().lower() in {"auto_reply", "auto-reply"}:
        return "precedence"
    if "autoresponder" in _header(mail, "X-POST-MessageClass").lower():
        return "x-post-messageclass"
    return "delivered-to" if _header(mail, "Delivered-To").strip().lower() == "autoresponder" else ""


def _looks_automatic(mail: Mail) -> str:
    if _header(mail, "Return-Path").strip() == "<>":
        return "return-path"  # programs write so, and forwarding that wants no bounces
    return "subject" if _AUTOMATIC_SUBJECT.match(_header(mail, "Subject")) else ""


def _bulk(mail: Mail, sender: str) -> str:
    if _header(mail, "Precedence").strip().lower() in {"bulk", "junk"}:
        return "precedence"
    if mail.get("Feedback-ID") is not None:
        return "feedback-id"
    if _header(mail, "X-Auto-Response-Suppress").strip():
        return "x-auto-response-suppress"
    if not sender:
        return "no sender"
    return "sender" if _NOBODY.match(sender) else ""


def _listed(mail: Mail) -> str:
    """The header by which a mailing list has sent it, or ''."""
    if _header(mail, "Precedence").strip().lower() == "list":
        return "precedence"
    for name in ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-list"):
        if mail.get(name) is not None:
            return name.lower()
    return ""


def _lists(mail: Mail) -> tuple[str, ...]:
    """What the list calls itself (RFC 2919): its address, or that with a dot for the @."""
    texts = [_header(mail, name)[:2_000] for name in ("List-Id", "List-Post", "Mailing-list", "X-BeenThere")]
    return tuple(dict.fromkeys(found.lower() for text in texts for found in _LIST.findall(text)))


def _originals(mail: Mail) -> tuple[tuple[str, str], ...]:
    names = ("X-Original-From", "Reply-To", "X-Original-Sender", "Original-From")
    found = [pair for name in names for pair in _addresses(mail, name)]
    # Mailman, where answers go to the list: “Max via Help” stands in From, and Max himself in Cc.
    via = _address(mail, "From")[0].strip("'\" ").casefold() if _listed(mail) else ""
    found += [pair for pair in _addresses(mail, "Cc") if pair[0] and via.startswith(f"{pair[0].casefold()} ")]
    return tuple(dict.fromkeys(found))


def _returned_message_ids(mail: Mail) -> Iterator[str]:
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            if part.is_multipart():
                for message in children(part):
                    yield from _ids(message, "Message-ID")
            else:
                data = payload_bytes(part)
                yield from (f"<{i}>" for i in re.findall(r"(?im)^message-id:\s*<([^<>\s]+)>", text_of(data, None)))


def _named_message_ids(text: str) -> list[str]:
    """Of mails that a report gives back among its own words, as qmail and Exim do."""
    return [f"<{found}>" for found in _RETURNED_ID.findall(text[:_MOST_TEXT])[:_MOST_RETURNED]]


def _body(part: Mail, files: Enclosures, *, top: bool = False) -> tuple[str, str]:
    """(`plain` or `html` or '', its words); what is no text for reading goes to `files`."""
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        if part.get_content_type() == "multipart/encrypted":
            files.note("encrypted")
        found = [_body(child, files) for child in readable_parts(part)]
        written = [(kind, text) for kind, text in found if text.strip()]
        if part.get_content_subtype() == "alternative":
            return _best(written)
        kinds = {kind for kind, _ in written}
        return ("plain" if kinds == {"plain"} else "html", "\n\n".join(text for _, text in written))
    kind = part.get_content_type()
    attached = part.get_content_disposition() == "attachment" or (_file_name(part) and not top)
    if part.get_content_maintype() == "multipart":  # multipart without parts
        return "plain", text_of(payload_bytes(part), None)
    if not attached and kind in {"text/plain", "text/html", *_LIKE_PLAIN}:
        data, charset = _text_payload(part), _charset(part)
        if kind == "text/html" and is_vague(charset):
            charset = meta_charset(data) or charset
        text = text_of(data, charset)
        if kind in {"text/enriched", "text/richtext"}:
            text = _ENRICHED.sub(lambda tag: "<" if tag[0] == "<<" else "", text)
        return ("html", words_of(text)) if kind == "text/html" else ("plain", text)
    if kind in {"message/delivery-status", "text/rfc822-headers"} and not attached:
        return "", ""
    opened = open_part(part, files, _file_name(part), body=_body, header=_header, data=lambda: payload_bytes(part))
    if opened is not None:
        return opened
    data = payload_bytes(part)
    if top and not attached and not _file_name(part):
        # A whole mail of one unreadable part: its words may still be words.
        files.append(Upload("mail", data))
        return "", ""
    if data or _file_name(part):  # an empty file is refused by its name, not passed over
        files.append(Upload(_file_name(part) or _unnamed(kind, len(files) + 1), data))
    return "", ""


def _best(written: list[tuple[str, str]]) -> tuple[str, str]:
    """Of several versions of the same words the plain one, unless it lacks what the other says: a placeholder ("your
    program cannot show HTML") or a teaser. What only it says is kept above the other."""
    plain = next((pair for pair in written if pair[0] == "plain"), None)
    rich = next((pair for pair in written if pair[0] == "html"), None)
    if plain is None or rich is None:
        return (written or [("", "")])[0]
    said, shown = _pieces(plain[1]), _pieces(rich[1])
    if len(said & shown) >= len(shown) / 2:
        return plain
    if len(said & shown) >= len(said) / 2 or (len(plain[1]) < 400 and _PLACEHOLDER.search(plain[1])):
        return rich
    return "html", f"{plain[1].strip()}\n\n{rich[1]}"


def _pieces(text: str) -> set[str]:
    """What two versions of a text are compared by: all runs of four letters, however the lines are broken."""
    words = "".join(ch for ch in _LINK.sub("", text[:_MOST_TEXT]).casefold() if ch.isalnum())
    return {words[at : at + 4] for at in range(max(1, len(words) - 3))} - {""}


def _text_payload(part: Mail) -> bytes:
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        found = base64_text(raw_text(part).encode("utf-8", "surrogateescape"))
        if found is not None:
            return found
    return payload_bytes(part)


def _unnamed(kind: str, number: int) -> str:
    return f"mail-{number}.eml" if kind in {"message/rfc822", "message/global"} else f"file-{number}"


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
    return _storable(_decode_header(name))[:1000] if name else ""
