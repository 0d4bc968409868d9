"""Strip quotations and signatures from replies, without I/O.

In doubt text is kept: inline replies between quoted lines keep the whole mail, and where nothing would be left nothing
is cut. The raw mail is spooled anyway.
"""

import re

from mailparser_reply import EmailReplyParser

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "cs", "da", "sv", "ja", "ko", "zh")
# The library's patterns look back and forth within a line; what people write by hand is shorter than these.
_MOST_TEXT, _MOST_LINE = 10_000, 500
_BLANKS = re.compile(r"\n{3,}")

# Headers above quotations that the library does not know: Turkish, Chinese in both scripts, Gmail's way round.
_ADDRESS = r"[^\n]{0,200}?"
_ABOVE_A_QUOTE = re.compile(
    r"^[ \t]*(?:"
    rf"\d{{1,2}}[^\n]{{0,80}} tarihinde{_ADDRESS}(?:\n{_ADDRESS})?yazdı[^\n]{{0,60}}:"
    rf"|{_ADDRESS}şun(?:u|ları) yazdı[^\n]{{0,60}}:"
    rf"|{_ADDRESS}[於于在]\s?\d{{4}}[^\n]{{0,80}}(?:\n{_ADDRESS})?[写寫]道[:：]"
    rf"|\d{{4}}年[^\n]{{0,120}}[写寫]道[:：]"
    rf"|On [^\n]{{4,150}}\n?{_ADDRESS} ?wrote:"
    r"|-{2,}\s?(?:Original [Mm]essage|Forwarded message|Özgün İleti|Orijinal ileti|İletilen ileti|原始郵件|原始邮件"
    r"|轉寄郵件|转发邮件)\s?-{2,}"
    r"|_{20,}"
    r"|\*?(?:Kimden|寄件者|发件人|From|Von|De)\*?\s?[:：][^\n]{0,300}\n"
    r"(?:[^\n]{0,300}\n)?\*?"
    r"(?:Gönderilen|Gönderme tarihi|Tarih|寄件日期|日期|发送时间|Sent|Date|Gesendet|Envoyé)\*?\s?[:：]"
    r")[^\n]{0,300}$",
    re.MULTILINE,
)
_SIGNED = re.compile(
    r"^(?:-- ?|(?:İyi çalışmalar|Saygılarımla|Selamlar|Teşekkürler|此致|敬上|祝好|謝謝|谢谢)[,，。!！]?"
    r"|[^\n]{0,3}(?:iPhone|iPad|Android)['’]?[^\n]{0,30}(?:gönderildi|傳送|发送)[^\n]{0,20}|從我的[^\n]{0,30}傳送)\s*$",
    re.MULTILINE,
)


def newest_words(text: str) -> str:
    """The new text of a reply."""
    # Thousands of blank lines keep the library busy for minutes.
    text = _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()
    kept = _without_quotes(text)
    if not kept:
        return _without_quoted_lines(text) or text.strip()
    signed = _without_signature(kept)
    return signed or kept


def _without_quotes(text: str) -> str:
    found = _ABOVE_A_QUOTE.search(text)
    cut = text[: found.start()] if found else text
    if not found and len(text) <= _MOST_TEXT and max(map(len, text.split("\n"))) <= _MOST_LINE:
        cut = _as_the_library_sees_it(text)
    if not cut.strip():
        return ""
    if _answers_inside(text[len(cut) :]):
        return text.strip()
    lines = cut.rstrip().split("\n")
    while lines and (lines[-1].startswith(">") or not lines[-1].strip()):
        lines.pop()  # a quotation with no header above it
    return "\n".join(lines).strip()


def _as_the_library_sees_it(text: str) -> str:
    """The text up to where the library finds a quotation. It trims lines, so only its length in lines is used."""
    newest = EmailReplyParser(languages=list(_LANGUAGES)).parse_reply(text)
    if not newest:
        return ""
    count = newest.count("\n") + 1
    lines = text.split("\n")
    leading = next((i for i, line in enumerate(lines) if line.strip()), 0)
    head = lines[: leading + count]
    # What the library returns must be the head of the mail, line by line; else it has rearranged something.
    same = [line.strip() for line in head if line.strip()] == [s.strip() for s in newest.split("\n") if s.strip()]
    return "\n".join(head) if same else text


def _answers_inside(rest: str) -> bool:
    """Whether it is an inline reply: new text between or below the quoted lines."""
    lines = rest.split("\n")
    quoted = [i for i, line in enumerate(lines) if line.startswith(">")]
    if not quoted:
        return False
    below = "\n".join(line for line in lines[quoted[0] :] if not line.startswith(">"))
    if found := _SIGNED.search(below):
        below = below[: found.start()]
    return bool(_ABOVE_A_QUOTE.sub("", below).strip())


def _without_quoted_lines(text: str) -> str:
    """All lines of a mail that are not quoted: of one that answers below the quotation."""
    lines = [line for line in text.split("\n") if not line.startswith(">")]
    return _without_signature(_ABOVE_A_QUOTE.sub("", "\n".join(lines)).strip())


def _without_signature(text: str) -> str:
    found = _SIGNED.search(text)
    if found and text[: found.start()].strip():
        return text[: found.start()].rstrip()
    if len(text) > _MOST_TEXT or max(map(len, text.split("\n"))) > _MOST_LINE:
        return text
    signature = EmailReplyParser(languages=list(_LANGUAGES)).read(text).replies[0].signatures
    # “Thanks,” is a signature only at the end: above more than a few lines it begins a letter.
    a_list = signature[:1] in {"-", "_"} and not signature.startswith(("--", "__"))
    if not signature or signature.count("\n") > 8 or a_list:
        return text
    at = text.rfind(signature.split("\n")[0])
    return text[:at].rstrip() if at > 0 and text[:at].strip() else text
