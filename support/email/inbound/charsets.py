"""Decoding mail bytes by their declared charset.

Labels mean what browsers take them to mean (the WHATWG Encoding Standard, package webencodings): mail programs write
`gb2312` over GBK, `iso-8859-9` over windows-1254, `ks_c_5601-1987` over cp949. Bytes that are wrong become one
replacement character each; the rest stays.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable

import webencodings

# Where mail differs: what the standard refuses as dangerous on pages is ordinary in old mail, and UTF-16 tells its
# order by its first bytes. It reads GBK as GB 18030, which the package leaves out, and half-width katakana.
_MORE = {
    "gbk": "gb18030", "iso-2022-kr": "iso2022_kr", "hz-gb-2312": "hz", "utf-7": "utf_7", "utf-16": "utf_16",
    "iso-2022-jp": "iso2022_jp_ext",
}  # fmt: skip
# Python's codecs that are no charset of mail: escapes, and two whose time grows with the square of the text.
_NONE = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined"})
# Labels that promise nothing about bytes above 127.
_VAGUE = frozenset({"", "ascii", "us-ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "8bit", "utf-8", "utf8"})
_META = re.compile(rb"<meta\b[^>]{0,300}?\bcharset\s{0,5}=\s{0,5}[\"']?\s{0,5}([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_HEAD = 16_384  # of an HTML part; browsers look at the first 1,024 bytes, mail programs write long styles above it
_SAMPLE, _FEWEST_TO_GUESS, _COMMON_ENOUGH = 4_000, 8, 0.9
_MORE_GUESSED = {"big5": "big5hkscs"}
_TAIL = re.compile(rb"^[^\r\n]*[^A-Za-z0-9+/=\s][^\r\n]*", re.MULTILINE)


def text_of(data: bytes, label: str | None) -> str:
    """The text. A label that is missing, vague or unknown means UTF-8, and windows-1252 if no character of it is; one
    that is wrong by the letter, over what is plainly UTF-8, means UTF-8 too."""
    name = (label or "").partition("*")[0].strip(" \t\r\n\"'").lower()  # RFC 2231 lets a language follow
    codec = _codec(name)
    # By the letter: the wide codecs find signs in nearly all bytes. Seven bits are UTF-8 in name only.
    if codec and (data.isascii() or _reads(data, _pythons(name)) or not _reads(data, "utf-8")):
        return _without_bom(data.decode(codec, _EXTENDED.get(codec, "replace")))
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if bad and bad * 2 > sum(not ch.isascii() for ch in text):  # most of it, not a single byte: it is no UTF-8
        if guess := _guess(data):
            return data.decode(guess, _EXTENDED.get(guess, "replace"))
        if text.replace("\ufffd", "").isascii():
            return data.decode("cp1252", "replace")
    return _without_bom(text)


def _guess(data: bytes) -> str:
    """The charset of a text in another script that says nothing of it, or ''. A few signs are too little to tell: then
    it is one of the West."""
    sample = data[:_SAMPLE]
    if sum(byte > 0x7F for byte in sample) < _FEWEST_TO_GUESS:
        return ""
    scores = {codec: _commonness(sample, codec) for codec in ("cp949", "gb18030", "big5", "cp932", "euc_jp")}
    letters = sum(byte > 0x7F or chr(byte).isalpha() for byte in sample)
    if sum(byte >= 0xC0 for byte in sample) * 10 > letters * 7:  # hardly a Latin letter
        scores |= {codec: _commonness(sample, codec) for codec in ("cp1255", "cp1251", "koi8_r")}
    codec = max(scores, key=lambda one: scores[one])
    return _MORE_GUESSED.get(codec, codec) if scores[codec] >= _COMMON_ENOUGH else ""


def _commonness(sample: bytes, codec: str) -> float:
    """The share of its foreign signs that everybody uses, read in this charset; 0 for what cannot be read in it."""
    text = sample.decode(codec, "ignore")
    if len(sample) - len(text.encode(codec, "ignore")) > 3:  # a sign cut by the end of the sample aside
        return 0.0
    foreign = [ch for ch in text if ch > "\x7f" and ch not in "\u3000，。、！？：；（）「」“”"]
    if not foreign:
        return 0.0
    if codec in {"cp1251", "koi8_r"}:  # each read as the other turns the case of every word round
        return sum("а" <= ch <= "я" or ch in "ёіїєґў" for ch in foreign) / len(foreign)
    if codec in {"cp932", "euc_jp"} and not any("ぁ" <= ch <= "ん" for ch in foreign):
        return 0.0
    if codec == "cp1255":  # Hebrew has letters for the ends of words; Russian has those of the same bytes anywhere
        letters = sum("א" <= ch <= "ת" for ch in foreign) / len(foreign)
        return 0.0 if re.search("[ךםןףץ][א-ת]", text) else letters
    if codec == "cp949":  # every Korean text is one of common Chinese signs, too, but those have no spaces
        spaced = " " in text or len(foreign) < _FEWEST_TO_GUESS
        return sum("가" <= ch <= "힣" and min(ch.encode(codec)) >= 0xA1 for ch in foreign) / len(foreign) * spaced
    return sum(_is_common(ch, codec) for ch in foreign) / len(foreign)


def _is_common(ch: str, codec: str) -> bool:
    """Whether it is in the first level of the standard, which holds what is written every day."""
    if codec in {"cp932", "euc_jp"} and ("ぁ" <= ch <= "ん" or "ァ" <= ch <= "ー"):
        return True
    try:
        lead = ch.encode({"gb18030": "gb2312", "cp932": "euc_jp"}.get(codec, codec))[0]
    except UnicodeEncodeError:
        return False
    first, last = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6)}.get(codec, (0xB0, 0xCF))
    return first <= lead <= last


def is_vague(label: str | None) -> bool:
    """Whether this label leaves the charset open, so that what the part itself says counts."""
    return (label or "").strip(" \t\r\n\"'").lower() in _VAGUE - {"utf-8", "utf8"}


def meta_charset(markup: bytes) -> str | None:
    """What a `<meta>` of this HTML says of its charset."""
    found = _META.search(markup[:_HEAD])
    name = found[1].decode("ascii").lower() if found else None
    return "utf-8" if name and name.startswith("utf-16") else name  # it was read as ASCII, so it is not UTF-16


def base64_text(encoded: bytes) -> bytes | None:
    """The bytes of base64 text below which a mailing list has put a plain footer, or that is none in spite of what its
    header says; None where it is simply base64."""
    footer = _TAIL.search(encoded)
    if footer is None:
        return None
    first = next((line for line in encoded.splitlines() if line.strip()), b"")
    if b" " in first.strip() or not first.isascii():  # it was never encoded: base64 has neither
        return encoded
    head, rest = encoded[: footer.start()], encoded[footer.start() :]
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", head)
    try:
        text = base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return None
    return text.rstrip() + b"\n\n" + rest if text else None


def _codec(name: str) -> str:
    """Python's name for what the label means; '' where the bytes have to tell."""
    if name in _VAGUE or not name.isascii():
        return ""
    if name in _MORE:
        return _MORE[name]
    known = webencodings.lookup(name)
    if known is None or known.name in {"replacement", "x-user-defined"}:
        return _pythons(name)
    return _MORE.get(known.name) or str(known.codec_info.name)


def _pythons(name: str) -> str:
    """The codec Python has under this very name; '' for none."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    return found.name if found._is_text_encoding and found.name.replace("-", "_") not in _NONE else ""


def _reads(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec or "ascii")
    except ValueError:
        return False
    return True


def is_utf8(data: bytes) -> bool:
    return _reads(data, "utf-8")


def _without_bom(text: str) -> str:
    return text.removeprefix("\ufeff")


def _big5(data: bytes) -> tuple[str, int]:
    """Signs that Windows has in its Big5 (the euro, box drawing) and Python's table of Hong Kong has not."""
    return data[:2].decode("cp950"), 2


def _gb18030(data: bytes) -> tuple[str, int]:
    return {0x80: "€"}[data[0]], 1


def _euc_jp(data: bytes) -> tuple[str, int]:
    return _iso_2022_jp(bytes(byte & 0x7F for byte in data[:2]))


def _iso_2022_jp(data: bytes) -> tuple[str, int]:
    """Row 13 and the rows above 84 (①, ㈱, 髙): every Japanese mail program writes them, JIS X 0208 has them not."""
    row, cell = data[0] - 0x21, data[1] - 0x21
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = (cell + (0x40 if cell < 63 else 0x41)) if row % 2 == 0 else cell + 0x9F
    return bytes((lead, trail)).decode("cp932"), 2


def _reader(more: Callable[[bytes], tuple[str, int]]) -> Callable[[UnicodeError], tuple[str, int]]:
    """An error handler of codecs that looks a sign up in an extension of the charset."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        try:
            text, length = more(error.object[error.start : error.start + 2])
        except (ValueError, KeyError, IndexError):
            return "\ufffd", error.end
        return text, error.start + length

    return handle


_EXTENDED = {}
for _name, _more in {
    "big5hkscs": _big5, "gb18030": _gb18030, "euc_jp": _euc_jp, "iso2022_jp_ext": _iso_2022_jp
}.items():  # fmt: skip
    _EXTENDED[_name] = f"signpost.{_name}"
    codecs.register_error(_EXTENDED[_name], _reader(_more))
