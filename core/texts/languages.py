"""Language tags: canonical BCP 47 tags, and the fallback order of languages.

First-class tags are `en`, `tr`, `zh-Hant`, `zh-Hans`; any other tag keeps its language
(and script, if given) so that `pt-BR` and `pt` are both `pt`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile

FIRST_CLASS = ("en", "tr", "zh-Hant", "zh-Hans")

_TAG = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*$")
_HANT_REGIONS = {"TW", "HK", "MO"}
_LIST_SEPARATORS = {"zh": "、", "ja": "、", "ar": "، ", "fa": "، ", "ur": "، "}
_RTL = {"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"}


class UnknownLanguage(ValueError):
    """The text is not a language tag. `str(error)` quotes it and says what is accepted."""


@lru_cache(maxsize=256)
def canonical(tag: str) -> str:
    """The one form of a tag used everywhere: `zh_TW` -> `zh-Hant`, `tr-TR` -> `tr`, `EN` -> `en`.

    Raises UnknownLanguage when the text cannot be a BCP 47 tag.
    """
    text = tag.strip()
    if not _TAG.match(text) or len(text) > 35:
        raise UnknownLanguage(f"“{tag[:40]}” is not a language tag; use one like en, tr, zh-Hant or zh-Hans")
    # BCP 47 extensions and private use begin with a single letter (calendars, digits); browsers send them at times.
    parts = list(takewhile(lambda part: len(part) > 1, re.split("[-_]", text)))
    language = parts[0].lower()
    script = next((p.title() for p in parts[1:] if len(p) == 4 and p.isalpha()), "")
    region = next((p.upper() for p in parts[1:] if len(p) == 2), "")
    if language in {"zh", "cmn", "yue"}:
        return f"zh-{script}" if script in {"Hant", "Hans"} else ("zh-Hant" if region in _HANT_REGIONS else "zh-Hans")
    return f"{language}-{script}" if script else language


def fallbacks(tag: str) -> tuple[str, ...]:
    """The fallback languages of a reader of `tag`, best first: the tag itself, then the other Chinese script.

    A reader of Simplified Chinese gets a Traditional article before one in another language.
    """
    if tag == "zh-Hans":
        return ("zh-Hans", "zh-Hant")
    if tag == "zh-Hant":
        return ("zh-Hant", "zh-Hans")
    return (tag,)


def nearest(reader: str, there: Iterable[str], then: Iterable[str] = ("en",)) -> str | None:
    """The language, of those in which something is there, for a reader of `reader`: theirs, its other script or region,
    the same for those of `then`, and else the first there is. None where nothing is."""
    known = tuple(there)
    for tag in (reader, *then):
        base = tag.split("-")[0]
        kin = [other for other in known if other.split("-")[0] == base]
        if kin:
            return next((other for other in (*fallbacks(tag), base) if other in kin), kin[0])
    return next(iter(known), None)


def list_separator(tag: str) -> str:
    """What stands between the words of a list in this language, with its space if it has one."""
    return _LIST_SEPARATORS.get(tag.split("-")[0], ", ")


def colon(tag: str) -> str:
    """A colon behind a label, with its space if it has one."""
    return "：" if is_chinese(tag) else ": "


def sentence_gap(tag: str) -> str:
    """What stands between two sentences: nothing in Chinese, whose full stop brings its own space."""
    return "" if is_chinese(tag) else " "


def is_chinese(tag: str) -> bool:
    return tag.startswith("zh")


def is_rtl(tag: str) -> bool:
    return tag.split("-")[0] in _RTL
