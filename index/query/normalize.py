"""Pure: query normalisation. What was typed is shown unchanged; this form is embedded and used as cache key."""

import re
import unicodedata

# Long pasted texts are accepted; beyond this length the model truncates anyway (512 tokens).
MAX_CHARACTERS = 4000
_SPACES = re.compile(r"\s+")


def normalize(text: str) -> str:
    """NFKC, no control or invisible characters, single spaces, at most MAX_CHARACTERS. '' when nothing is left."""
    text = unicodedata.normalize("NFKC", text[: MAX_CHARACTERS * 2])
    text = "".join(" " if c in "\t\n\r\x0b\x0c" else c for c in text if c in "\t\n\r\x0b\x0c" or not _invisible(c))
    return _SPACES.sub(" ", text).strip()[:MAX_CHARACTERS]


def _invisible(char: str) -> bool:
    # Format characters (soft hyphens, direction marks) go, but Persian, Indic scripts and emoji need the joiners.
    return unicodedata.category(char).startswith("C") and char not in "\u200c\u200d"
