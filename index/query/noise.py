"""Pure: what people say around a question (greetings, thanks, haste, anger, emoji) is taken out before it is searched.

The lists are data (index/data/noise/), one phrase a line, `{n}` for any number. Nothing is taken out of a query with
operators, and never everything: of `please help` the text stays as typed.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from index.analysis import in_script, to_simplified, tokens
from index.query.feelings import without_feelings
from index.query.parser import operator_spans
from index.query.plain_text import CJK, plain

_FOLDER = Path(__file__).parents[1] / "data" / "noise"
_TYPED = re.compile(rf"[^\W_{CJK}][^\s{CJK},;:!?،؛؟()\"“”…]*")
# Of a text with single spaces.
_LOOSE = re.compile(r"(?: ?[,;:…،؛，、；：]| [.!?؟。！？])+(?= ?(?:[,;:.!?…،؛؟，。、；：！？]|$))")
# What joined the question to what was taken out, by language.
_JOINING = {
    "en": "and|but", "tr": "ve|ama|fakat", "de": "und|aber", "fr": "et|mais", "es": "y|pero", "pt": "e|mas",
    "it": "e|ma", "nl": "en|maar", "ru": "и|но", "ar": "و|لكن",
}  # fmt: skip
# In a phrase: any number, in digits or one of these.
_NUMBER = "{n}"
_NUMBERS = {
    "a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen",
    "twenty", "hundred", "thousand", "many", "several", "few", "some", "bir", "iki", "uc", "dort", "bes", "alti",
    "yedi", "sekiz", "dokuz", "on", "yirmi", "yuz", "bin", "birkac", "kac",
}  # fmt: skip
# After these the writer's name may end the message.
_SIGN_OFFS = {
    "thanks", "thank", "thx", "cheers", "regards", "wishes", "sincerely", "tesekkurler", "tesekkur", "ederim",
    "saygilar", "saygilarimla", "sevgiler", "danke", "dank", "grusse", "grussen", "mfg", "lg", "vg", "merci",
    "cordialement", "gracias", "saludos", "obrigado", "obrigada", "cumprimentos", "grazie", "saluti", "groet",
    "groeten", "groetjes", "mvg",
}  # fmt: skip
_SIGNED = re.compile(r"[\s,!.\-–—]+[A-ZÇĞİÖŞÜ][\w'’-]*(?: [A-ZÇĞİÖŞÜ][\w'’-]*\.?)?[\s.!]*$")
_EDGES = " ,;:.!?…،؛؟，。、；：！？"
# What may stand at the end of a word and is none of it.
_END = ".'’"
_REPEATED = re.compile(r"([!?！？。.…,，])[!?！？。.…,，]+")
# Particles that end a clause, and exclamations that are one: single characters are parts of words elsewhere.
_MIN_CHINESE = 2


@lru_cache(maxsize=16)
def _dangling(name: str) -> re.Pattern[str]:
    joining = _JOINING[name]
    return re.compile(rf"(?<![ ,;])[ ,;]*\b(?:{joining})\b(?= ?(?:[,;:.!?…،]|$))|^(?:{joining})\b", re.IGNORECASE)


@lru_cache(maxsize=16)
def _phrases(name: str) -> dict[str, list[tuple[str, ...]]]:
    """Phrases as words in plain form, by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in _lines(name):
        words = tuple(w if w == _NUMBER else plain(w.rstrip(_END)) for w in line.split())
        found.setdefault(words[0], []).append(words)
    return {first: sorted(some, key=len, reverse=True) for first, some in found.items()}


@lru_cache(maxsize=2)
def words_around(name: str) -> frozenset[str]:
    """The plain forms of all words of these phrases, in English or Turkish: nobody misspelt them."""
    return frozenset(word for some in _phrases(name).values() for phrase in some for word in phrase)


@lru_cache(maxsize=8)
def _chinese() -> re.Pattern[str]:
    lines = sorted({to_simplified(x) for name in ("zh-Hant", "zh-Hans") for x in _lines(name)}, key=len, reverse=True)
    long = "|".join(re.escape(x) for x in lines if len(x) >= _MIN_CHINESE)
    single = "".join(x for x in lines if len(x) == 1)
    edge = rf"(?![\w{CJK}])"
    return re.compile(rf"(?:{long})|[啦喔耶欸啊呢吧嘛唷哟啰咧]{edge}|(?<![\w{CJK}])[{single}]+{edge}")


def _lines(name: str) -> list[str]:
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.split("\n") if line.strip() and not line.startswith("#")]


def without_noise(text: str, lang: str) -> str:
    """The text without what says nothing about the question; as it is when nothing would be left."""
    if operator_spans(text):
        return text
    shown = _left(text, lang)
    return shown if any(tokens(shown, lang, query=True)) else text


def says_nothing(text: str, lang: str) -> bool:
    """Whether a text is nothing but greetings, thanks, haste and anger."""
    return not operator_spans(text) and not any(tokens(_left(text, lang), lang))


def _left(text: str, lang: str) -> str:
    shown = "".join(" " if _is_emoji(c) else c for c in text)
    shown = without_feelings(_REPEATED.sub(r"\1", shown), lang)
    name = lang.partition("-")[0]
    if name == "zh":
        shown = _without_chinese(shown)
        shown = _without_words(shown, "en")
    elif name in _JOINING:
        shown = _without_words(shown, name)
    if shown == text:
        return text
    # Again: a phrase that was taken out may have been all that a clause of mood had besides.
    shown = without_feelings(shown, lang)
    return " ".join(_LOOSE.sub("", " ".join(shown.split())).split()).lstrip(_EDGES)


def _is_emoji(char: str) -> bool:
    return char > "\u2000" and (unicodedata.category(char) in ("So", "Sk") or char in "\ufe0f\u200d")


def _without_words(text: str, name: str) -> str:
    typed = list(_TYPED.finditer(text))
    forms = [plain(m.group().rstrip(_END)) for m in typed]
    phrases, at, removed = _phrases(name), 0, []
    while at < len(typed):
        begin = (*phrases.get(forms[at], ()), *(phrases.get(_NUMBER, ()) if _is_number(forms[at]) else ()))
        length = max((len(p) for p in begin if _is(p, forms[at : at + len(p)])), default=0)
        if length:
            end = typed[at + length - 1].end()
            signed = _SIGNED.match(text, end) if _SIGN_OFFS.intersection(forms[at : at + length]) else None
            removed.append((typed[at].start(), signed.end() if signed else end))
        at += length or 1
    if not removed:
        return text
    for start, end in reversed(removed):
        text = text[:start] + text[end:]
    return _dangling(name).sub("", text.strip())


def _is(phrase: tuple[str, ...], forms: list[str]) -> bool:
    return len(phrase) == len(forms) and all(
        own == form or (own == _NUMBER and _is_number(form)) for own, form in zip(phrase, forms, strict=True)
    )


def _is_number(form: str) -> bool:
    return form.isdigit() or form in _NUMBERS


def _without_chinese(text: str) -> str:
    simple = in_script(text, "zh-Hans")
    if len(simple) != len(text):
        return text
    for match in reversed(list(_chinese().finditer(simple))):
        text = text[: match.start()] + " " * (match.start() > 0) + text[match.end() :]
    # A space within a run of Chinese would cut a pair of characters.
    return text
