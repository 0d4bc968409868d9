"""Near-duplicate detection by MinHash sketches: two texts of one template are recognised, no text can be read back.

A sketch is the smallest of the hashes of all shingles of three words (three characters in Chinese); the overlap of two
sketches estimates the Jaccard similarity of the texts. Two people who write for themselves share next to
none; a template shares most, whatever names and numbers are put into it.
"""

import hashlib
import re
import unicodedata

SKETCH = 48
ALIKE = 0.22
_LEAST_WORDS = 14
_MOST_WORDS = 1_500
_HIDDEN = re.compile("[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.-])[\w.-]{1,200}\.(?:com|net|org|info|io|ru|cn|top|xyz|shop|site|online)(?:/\S*)?"
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,200}\.\w{1,30}")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+")
# What programs write is alike for everybody who met the same error: it says nothing about who sent it.
_MACHINE = re.compile(
    r"^\s*(?:at\s+\S+\s*\(|at\s+[\w.$]+:\d|File \"|Traceback|Caused by|\.\.\. \d+ more|>|\||#\d+\s"
    r"|\[?\d{4}-\d\d-\d\d[T ]"
    r"|\d\d:\d\d:\d\d|(?:ERROR|WARN|INFO|DEBUG|FATAL)\b|\S+(?:Error|Exception|Fault)\b)"
)


def plain(text: str) -> str:
    """The text in NFKC, without invisible characters."""
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text))


def prose(text: str) -> str:
    """The prose a person wrote: without log lines, code and quotations."""
    return "\n".join(line for line in text.splitlines() if not _MACHINE.match(line))


def sketch(text: str) -> frozenset[str]:
    """The MinHash sketch; empty for a text too short to tell a template from a coincidence."""
    masked_text = _LINK.sub(" link ", _MAIL.sub(" mail ", plain(prose(text)).casefold()))
    words = [("0" if word.isdigit() else word) for word in _WORD.findall(masked_text)][:_MOST_WORDS]
    if len(words) < _LEAST_WORDS:
        return frozenset()
    runs = {" ".join(words[start : start + 3]) for start in range(len(words) - 2)}
    return frozenset(sorted(hashlib.blake2b(run.encode(), digest_size=5).hexdigest() for run in runs)[:SKETCH])


def are_near_duplicates(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the sketches are near-duplicates; compared over the smallest hashes of their union, as MinHash needs."""
    if not one or not other:
        return False
    shared = len(one & other)
    if shared < ALIKE * min(SKETCH, max(len(one), len(other))):
        return False  # shortcut: most pairs share nothing
    smallest = set(sorted(one | other)[:SKETCH])
    return len(one & other & smallest) / len(smallest) >= ALIKE
