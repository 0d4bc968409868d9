"""What customers typed, without what says who they are: e-mail addresses, spelt-out ones among them, phone and card
numbers, order numbers.

Any run of five digits goes, whatever script its digits are of, and longer ones with spaces or signs between them; then
what a form's own pattern for a field calls a number. Names stay: nothing here knows a name from a word.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from insight.spelt_addresses import joined, without_rest

TEXT_MAX = 500
ADDRESS, NUMBER = "[address]", "[number]"
_READ = 4 * TEXT_MAX

# Chinese digits, as a number is spelt out with them; `\d` has those of every other script.
_DIGIT = r"[\d〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸]"
_DIGITS = re.compile(rf"{_DIGIT}{{5,}}")
# Seven digits or more in groups, such as a phone or a card number: signs and single spaces between them.
_GROUPED = re.compile(r"[+(]{0,2}\d(?:[\s().\-/·_–—,]{0,3}\d){6,}")
# An address written with spaces around its sign: what follows must look like a domain.
_SPACED = re.compile(r"(?<=\S)(?:\s{1,3}@\s{0,3}|@\s{1,3})(?=[^\s@]{1,64}\.[^\W\d_]{2})")
# What is behind the sign: a domain, whose end is letters (“2@19.99” is a price). Typed in Chinese, its dot may be a 。.
_DOMAIN = re.compile(r"\.[^\W\d_]{2}|[a-z0-9]。[a-z]{2}", re.IGNORECASE)
# An address among words without spaces: its own letters are Latin ones.
_HAN = r"\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff，：；！？（）"
_IN_TEXT = re.compile(
    rf"(?:(?<=[{_HAN}])|(?<!\S)(?=[^\s{_HAN}]{{1,200}}[{_HAN}]))"
    r"[a-z0-9._%+'-]{1,64}@[a-z0-9-]{1,63}(?:[.。][a-z0-9-]{1,63}){1,5}",
    re.IGNORECASE,
)
_WORD = re.compile(r"\S+")
_EDGES = ".,;:!?\"'()[]<>{}«»“”‘’。，、；：！？（）「」"
_WORD_MAX = 100


def patterns_of(patterns: Iterable[re.Pattern[str]]) -> tuple[re.Pattern[str], ...]:
    """Those of an operator's patterns that tell numbers from words: one that takes any word is no help here."""
    words = ("refund", "teslimat", "退款", "a", "")
    return tuple(one for one in patterns if not any(one.fullmatch(word) for word in words))


def scrub(text: str, patterns: Sequence[re.Pattern[str]] = ()) -> str:
    """The text in NFKC on one line, at most TEXT_MAX characters, with ADDRESS and NUMBER for what was taken out."""
    plain = unicodedata.normalize("NFKC", text[:_READ])
    # Invisible characters (Cf) between digits would hide a number, and control characters are of no use to anybody.
    plain = "".join(sign if unicodedata.category(sign)[0] != "C" else "" if sign > "\x9f" else " " for sign in plain)
    plain = _SPACED.sub("@", joined(plain))
    plain = _IN_TEXT.sub(ADDRESS, plain)
    plain = _WORD.sub(lambda found: _without_address(found.group(), patterns), plain)
    plain = without_rest(plain)
    plain = _GROUPED.sub(NUMBER, plain)
    plain = _DIGITS.sub(NUMBER, plain)
    return " ".join(plain.split())[:TEXT_MAX]


def _without_address(word: str, patterns: Sequence[re.Pattern[str]]) -> str:
    before, at, after = word.rpartition("@")
    if at and before and _DOMAIN.search(after.strip(_EDGES)):
        return ADDRESS
    bare = word.strip(_EDGES)
    if bare and len(bare) <= _WORD_MAX and any(one.fullmatch(bare) for one in patterns):
        return word.replace(bare, NUMBER, 1)
    return word
