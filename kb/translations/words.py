"""What is said to people of units that were not taken."""

from core.texts.said import said

# By the code of a Damage.
WHAT_TO_DO = {
    "placeholders": said(
        "Its markup (code, links, tags) is not that of the source. Write it as it is there, and hand it in again."
    ),
    "long": said("It is many times longer than the source. Shorten it."),
    "characters": said("It has characters that no text has. Type it anew."),
    "empty": said("It has no words. Translate it."),
    "structure": said("It would become a list, a heading or several paragraphs. Write it as one piece of text."),
    "copied": said("It is the source’s text and marked as not translated. Translate it, or confirm it in your tool."),
    "segments": said("Only a part of it is translated. Translate the rest."),
    "place": said(
        "The translation is not built like its source here, so that its place is not known. Put it in at the desk."
    ),
    "fuzzy": said("It is marked as fuzzy. Look at it, and remove the mark."),
}
_SHOWN = 80


def shortened(text: str) -> str:
    """Enough of a unit to know it again."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
