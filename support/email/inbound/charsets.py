"""Decoding mail bytes by their declared charset.

Labels mean what browsers take them to mean (the WHATWG Encoding Standard, package webencodings): mail programs write
`gb2312` over GBK, `iso-8859-9` over windows-1254, `ks_c_5601-1987` over cp949. Bytes that are wrong become one
replacement character each; the rest stays.
"""

import codecs

import webencodings

# Where mail differs: what the standard refuses as dangerous on pages is ordinary in old mail, and UTF-16 tells its
# order by its first bytes. It reads GBK as GB 18030, which the package leaves out.
_MORE = {"gbk": "gb18030", "iso-2022-kr": "iso2022_kr", "hz-gb-2312": "hz", "utf-7": "utf_7", "utf-16": "utf_16"}
# Python's codecs that are no charset of mail: escapes, and two whose time grows with the square of the text.
_NONE = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined"})
# Labels that promise nothing about bytes above 127.
_VAGUE = frozenset({"", "ascii", "us-ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "8bit", "utf-8", "utf8"})


def text_of(data: bytes, label: str | None) -> str:
    """The text. A label that is missing, vague or unknown means UTF-8, and windows-1252 if no character of it is; one
    that is wrong by the letter, over what is plainly UTF-8, means UTF-8 too."""
    name = (label or "").partition("*")[0].strip(" \t\r\n\"'").lower()  # RFC 2231 lets a language follow
    codec = _codec(name)
    # By the letter: the wide codecs find signs in nearly all bytes. Seven bits are UTF-8 in name only.
    if codec and (data.isascii() or _reads(data, _pythons(name)) or not _reads(data, "utf-8")):
        return _without_bom(data.decode(codec, "replace"))
    text = data.decode("utf-8", "replace")
    if "\ufffd" in text and text.replace("\ufffd", "").isascii():
        return data.decode("cp1252", "replace")
    return _without_bom(text)


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


def _without_bom(text: str) -> str:
    return text.removeprefix("\ufeff")
