"""Pure: English texts with their apostrophes the other way (`somebodys`, `cant`, `people’s`), for urgent messages only.

Half of those who type leave them out, and what a text means changes by it. Whoever may be in danger is heard in either.
"""

import re

# Unmistakable without their apostrophe: `were`, `its`, `ill`, `wed` and `lets` are words of their own.
_SHORT = (
    "can't won't don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't couldn't shouldn't wouldn't"
    " mustn't ain't I'm I've you're you've they're they've we've there's that's what's who's he's she's"
)
_OWNERS = (
    "somebody's someone's anybody's anyone's everybody's everyone's nobody's else's people's person's stranger's man's"
    " woman's child's children's"
)
_RESTORED = {word.replace("'", "").casefold(): word for word in f"{_SHORT} {_OWNERS}".split()}
# Without it these are plurals, or other words; with it they are dropped as the others are.
_AMBIGUOUS = frozenset({"strangers", "persons", "whos", "hes", "shes"})
_LEFT_OUT = re.compile(rf"\b(?:{'|'.join(word for word in _RESTORED if word not in _AMBIGUOUS)})\b", re.I)
_OWNER = re.compile(rf"\b({'|'.join(word.removesuffix(chr(39) + 's') for word in _OWNERS.split())})['’ʼ‘`´]s\b", re.I)
_MARKS = re.compile(r"(?<=[^\W\d_])[’ʼ‘`´](?=[^\W\d_])")


def otherwise(text: str) -> str | None:
    """The text with the apostrophes that are left out, or straight ones, or else without those of whose something is;
    None where it has neither."""
    straight = _MARKS.sub("'", text)
    restored = _LEFT_OUT.sub(lambda found: _in_case(found.group(), _RESTORED[found.group().casefold()]), straight)
    if restored != text:
        return restored
    dropped = _OWNER.sub(r"\1s", text)
    return dropped if dropped != text else None


def _in_case(written: str, restored: str) -> str:
    """A word as it was written: in capitals, or with one."""
    if written.isupper() and len(written) > 1:
        return restored.upper()
    return restored[0].upper() + restored[1:] if written[0].isupper() else restored
