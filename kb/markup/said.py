"""Pure: what inline elements say in plain text, which knows no line through a word and no small raised letters.

Struck words say nothing: their author took them back. `25<sup>1</sup>` is no 251: what is raised or lowered has
Unicode's letters for it, or a sign before it. What is read aloud of a word (`<ruby>`) stands behind it in brackets.
An article's plain text (kb/markup/page.py) and its quotations (kb/markup/quote.py) are aligned by these forms.
"""

from collections.abc import Iterable, Sequence

STRUCK = frozenset({"del", "s", "strike"})
RAISED = frozenset({"sup", "sub"})
# Keys that stand side by side are shown each in a box of its own.
BOXED = frozenset({"kbd", "code", "samp"})
_HIGH = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
)
_LOW = dict(zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_LETTERS = {"sup": _HIGH, "sub": _LOW}
_SIGNS = {"sup": "^", "sub": "_"}
# Between several notes, "1, 2".
_BETWEEN = frozenset(" ,;")
_SYMBOLS = {"tm": "™", "sm": "℠"}
# What is raised behind a number that tells a place in a row: 1st, 2nd, 1er, 3º.
_ORDINALS = frozenset("st nd rd th er re e ère ème ième o a os as".split())  # noqa: SIM905
_LABEL = 3


def raised(tag: str, inside: str, before: str) -> str:
    """A raised or lowered text as plain text; `before` is what stands in front of it."""
    written, as_typed, apart, symbol = _forms(tag, inside)
    words, last = inside.strip(), before[-1:]
    if not any(letter.isalnum() for letter in words):
        return written if _has_letters(tag, words) else as_typed
    if words[0] == "[" and words[-1] == "]":  # a note's number, as encyclopedias write it
        return as_typed
    if tag == "sup" and last.isdigit() and words.casefold() in _ORDINALS:
        return as_typed
    if tag == "sup" and last.isalpha() and symbol:
        return symbol
    if tag == "sup" and not last.isdigit() and len(words) >= _LABEL and words.isalpha():  # a label: Search New
        return apart
    return written


def forms_of(tag: str, inside: str) -> Sequence[str]:
    """Everything that `raised` may make of a text."""
    return [form for form in _forms(tag, inside) if form]


def _forms(tag: str, inside: str) -> tuple[str, str, str, str]:
    """In Unicode's letters or with a sign before it, as typed, as a word of its own, and as a symbol."""
    words = " ".join(inside.split())
    letters = _LETTERS[tag]
    if _has_letters(tag, words):
        written = "".join(letters.get(letter, letter) for letter in words)
    else:
        written = f"{_SIGNS[tag]}{words}" if words[:1] == "(" and words[-1:] == ")" else f"{_SIGNS[tag]}({words})"
    return written if words else "", inside, f" {words}", _SYMBOLS.get(words.casefold(), "")


def _has_letters(tag: str, words: str) -> bool:
    letters = _LETTERS[tag]
    return any(letter in letters for letter in words) and all(
        letter in letters or letter in _BETWEEN for letter in words
    )


def with_reading(word: str, readings: Iterable[str]) -> str:
    """A word with how it is read."""
    reading = "".join(one.strip() for one in readings)
    return f"{word.rstrip()}({reading})" if reading else word
