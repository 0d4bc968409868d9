"""What a mail encloses: its files, mails forwarded as attachments, and envelopes of Outlook (TNEF) and S/MIME.

A forwarded mail is shown as a block of words below the message, with its files among the message's. What cannot be
opened, because it is broken, encrypted, nested too deeply or one of too many, stays the file it came as.
"""

import base64
import email
import quopri
from binascii import Error as BadBase64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message as Mail
from email.policy import compat32

from support.email.inbound import smime
from support.email.inbound.payloads import children, raw_text
from support.email.inbound.tnef import SIGNATURE, BadTnef, Tnef, read_tnef
from support.tickets.models import Upload

_DEEPEST = 6
_MOST_OPENED = 30
_SHOWN = ("From", "Date", "To", "Cc", "Subject")
_BEGINS = "---------- Forwarded message ----------"

Body = Callable[..., tuple[str, str]]


class Enclosures(list[Upload]):
    """The files found so far, with what else was found on the way: `forwarded` blocks of words, `spare` words and
    documents of an envelope (used when the mail has no words else), and `notes` (`encrypted`)."""

    def __init__(self) -> None:
        super().__init__()
        self.forwarded: list[str] = []
        self.spare: list[str] = []
        self.spare_files: list[Upload] = []
        self.notes: list[str] = []
        self._depth = 0
        self._opened = 0

    @property
    def may_open(self) -> bool:
        return self._depth < _DEEPEST and self._opened < _MOST_OPENED

    @contextmanager
    def opening(self) -> Iterator[None]:
        self._depth += 1
        self._opened += 1
        try:
            yield
        finally:
            self._depth -= 1

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)

    def words(self, written: str) -> str:
        """What is written in the mail; the envelope's words when nothing is."""
        spare, files, self.spare, self.spare_files = self.spare, self.spare_files, [], []
        if written.strip():
            return "\n\n".join([written.rstrip(), *(words for words in spare if not _is_said(words, written))])
        self.extend([] if spare else files)
        return "\n\n".join(spare)


def _is_said(words: str, written: str) -> bool:
    """Whether these words of an envelope stand in the mail as well, as they do when Outlook has written both."""
    those, there = set(words.casefold().split()), set(written.casefold().split())
    return len(those & there) * 2 >= len(those)


def readable_parts(part: Mail) -> list[Mail]:
    """The parts of a multipart, without the signature of a signed one, which says nothing to a person."""
    parts = children(part)
    if part.get_content_type() == "multipart/signed" and len(parts) == 2 and "signature" in parts[1].get_content_type():
        return parts[:1]
    return parts


def open_part(
    part: Mail,
    found: Enclosures,
    name: str,
    *,
    body: Body,
    header: Callable[[Mail, str], str],
    data: Callable[[], bytes],
) -> tuple[str, str] | None:
    """Open this part if it is a mail or an envelope: (`plain` or `html` or '', its words). None: keep it as a file.

    `body` reads the parts of a mail into `found`, `header` decodes a header, `data` gives the decoded contents.
    """
    kind = part.get_content_type()
    if kind in {"message/rfc822", "message/global"}:
        inner = _inner_mail(part)
        if inner is None or not found.may_open:
            return None
        with found.opening():
            _forward(inner, found, body, header)
        return "", ""
    if kind == "application/ms-tnef" or name.lower() == "winmail.dat":
        return _open_tnef(data(), found) if found.may_open else None
    if kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"} or name.lower().endswith((".p7m", ".p7z")):
        return _open_smime(data(), found, name, body)
    return None


def _inner_mail(part: Mail) -> Mail | None:
    inner = next(iter(children(part)), None)
    if inner is None:
        return None
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding in {"base64", "quoted-printable"} and not inner.keys():
        # Not allowed for a mail, but sent: the parser took the encoded text for a mail without headers.
        encoded = raw_text(inner).encode("utf-8", "surrogateescape")
        try:
            raw = base64.b64decode(encoded) if encoding == "base64" else quopri.decodestring(encoded)
        except BadBase64:
            return None
        inner = email.message_from_bytes(raw, policy=compat32)
    return inner if inner.keys() or inner.is_multipart() or raw_text(inner) else None


def _forward(inner: Mail, found: Enclosures, body: Body, header: Callable[[Mail, str], str]) -> None:
    lines = [f"{name}: {value}" for name in _SHOWN if (value := " ".join(header(inner, name).split())[:1000])]
    place = len(found.forwarded)  # a mail within the mail stands below it
    outer = found.spare, found.spare_files
    found.spare, found.spare_files = [], []
    _, written = body(inner, found, top=True)
    words = found.words(written)
    found.spare, found.spare_files = outer
    found.forwarded.insert(place, "\n".join([_BEGINS, *lines, "", words.strip()]).strip())


def _open_tnef(data: bytes, found: Enclosures) -> tuple[str, str] | None:
    if not data.startswith(SIGNATURE):
        return None
    try:
        envelope = read_tnef(data)
    except BadTnef:
        return None
    if not (envelope.words or envelope.rtf or envelope.files or envelope.messages):
        return None
    with found.opening():
        found.extend(envelope.files)
        if envelope.words:
            found.spare.append(envelope.words)
        elif envelope.rtf:
            found.spare_files.append(Upload("message.rtf", envelope.rtf))
        for inner in envelope.messages:
            _forward_tnef(inner, found)
    return "", ""


def _forward_tnef(inner: Tnef, found: Enclosures) -> None:
    subject = " ".join(inner.subject.split())[:1000]
    lines = [_BEGINS, *([f"Subject: {subject}"] if subject else []), "", inner.words]
    found.forwarded.append("\n".join(lines).strip())
    found.extend(inner.files)
    if inner.rtf:
        found.append(Upload("message.rtf", inner.rtf))
    for further in inner.messages:
        _forward_tnef(further, found)


def _open_smime(data: bytes, found: Enclosures, name: str, body: Body) -> tuple[str, str] | None:
    try:
        if not found.may_open:
            raise ValueError("nested too deeply")
        content = smime.content_of(data)
    except smime.Encrypted:
        found.note("encrypted")
        found.append(Upload(name or "smime.p7m", data))
        return "", ""
    except ValueError:
        found.append(Upload(name or "smime.p7m", data))
        return "", ""
    inner = email.message_from_bytes(content, policy=compat32)
    if "Content-Type" not in inner and "MIME-Version" not in inner:
        # A signed file rather than a signed mail, as invoices are in Italy: the document, and its proof.
        found.append(Upload(name[:-4] if name.lower().endswith(".p7m") else "signed", content))
        found.append(Upload(name or "smime.p7m", data))
        return "", ""
    with found.opening():
        kind, words = body(inner, found, top=True)
        return str(kind), str(words)
