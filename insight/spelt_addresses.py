"""E-mail addresses spelt out so that programs should not find them, put together again: `mary (at) example dot com`,
`mary @ example . com`, `mary[at]example[nokta]com`, `mary艾特example点com`.

A word for “at” alone says nothing (“meet at example street”): what follows must be a domain, and the less of it is
signs, the more its end must be one that is in use.
"""

import re

_OPEN, _CLOSE = r"[\[({<«【〔]", r"[\])}>»】〕]"
_AT = "at|et|arroba|kuyruklu ?a|kuyruklua|艾特|小老鼠|圈a|@|آت|שטרודל|כרוכית"
_DOT = r"dot|nokta|punkt|punto|point|点|點|\.|نقطة|נקודה"
# As what stands between a name and its domain: signs and brackets, a word between spaces, a word of a script without.
_BETWEEN = (
    rf"(?:\s{{0,3}}(?:@|%40|&#0{{0,4}}64;|&#x0{{0,4}}40;|&commat;|{_OPEN}\s{{0,2}}(?:{_AT})\s{{0,2}}{_CLOSE}"
    r"|艾特|小老鼠|圈a)\s{0,3}|\(a\)|\[a\]|(?P<word>\s{1,3}(?:at|et|arroba|kuyruklu a|آت|שטרודל|כרוכית)\s{1,3}))"
)
_STOP = (
    rf"(?:\s{{0,2}}{_OPEN}\s{{0,2}}(?:{_DOT})\s{{0,2}}{_CLOSE}\s{{0,2}}"
    r"|\s{1,3}(?:dot|nokta|punkt|punto|نقطة|נקודה)\s{1,3}|\s{0,2}[点點]\s{0,2}|\s{0,2}[.。]\s{0,2})"
)
# Not letters of a script without spaces: what follows there is no more of the domain.
_LABEL = r"[a-z0-9\u00df-\u024f\u0370-\u052f-]{1,63}"
_SPELT = re.compile(rf"(?<=[\w+\-.']){_BETWEEN}(?P<domain>{_LABEL}(?:{_STOP}{_LABEL}){{1,5}})", re.IGNORECASE)
_PARTS = re.compile(rf"({_STOP})", re.IGNORECASE)
# A name of which a dot is spelt out, before an address that was taken out.
_REST = re.compile(
    rf"(?<![\w+.-])(?:[\w+-]{{1,40}}(?:\s{{1,2}}(?:dot|nokta)\s{{1,2}}|\s{{0,2}}{_OPEN}(?:dot|nokta|点|點){_CLOSE}\s{{0,2}}))"
    r"{1,3}(?=\[address\])",
    re.IGNORECASE,
)
_COMMON = "com org net edu gov mil int info biz app dev shop store online site xyz test"
_OTHERS = (
    "ai io co tv cc eu uk de fr es it nl pl ru ua tr cn tw hk mo jp kr sg il sa ae eg ca au nz br mx ch se dk fi cz gr"
    " pt ie hu ro ir pk th vn example"
)
_GENERIC = frozenset(_COMMON.split())
_ENDS = _GENERIC | frozenset(_OTHERS.split())


def joined(text: str) -> str:
    """The text with `name@domain` for addresses that were spelt out."""
    return _SPELT.sub(_as_address, text)


def without_rest(text: str) -> str:
    """The text without the beginning of a spelt-out name whose end went with its address."""
    return _REST.sub("", text)


def _as_address(found: re.Match[str]) -> str:
    """`@domain` for what is one, what was there for what is none."""
    pieces = _PARTS.split(found["domain"])
    labels, stops = pieces[::2], pieces[1::2]
    by_word = bool(found["word"])
    if by_word and all(stop.strip() in {".", "。"} for stop in stops):
        return found.group()  # “sign in at example.com” is no address
    # “at noon. Then”: behind what may be no dot of a domain there must be an end of one, or it ends before.
    while stops and not all(_is_domain(stop, labels[-1], by_word) for stop in stops):
        place = max(n for n, stop in enumerate(stops) if not _is_domain(stop, labels[-1], by_word))
        labels, stops = labels[: place + 1], stops[:place]
    if not stops or len(labels[-1]) < 2 or not labels[-1][0].isalpha():
        return found.group()
    kept = sum(map(len, labels)) + sum(map(len, stops))
    return "@" + ".".join(labels) + found["domain"][kept:]


def _is_domain(stop: str, end: str, by_word: bool) -> bool:
    """Whether this can be a dot of a domain that ends so."""
    bare = stop.strip()
    if bare in {".", "。"} and bare == stop and not by_word:
        return True
    if bare in {".", "。"} and stop.startswith(bare):  # as a sentence ends
        return end.lower() in _GENERIC or by_word
    return not (by_word or bare.isalpha() or bare in {".", "。"}) or end.lower() in _ENDS
