"""A text an operator wrote, in one language for everybody or in several."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.texts.languages import nearest


@dataclass(frozen=True)
class LocalizedText:
    """`by_language` has the texts by canonical language tag; under '' stands a text for readers of every language."""

    by_language: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def plain(cls, text: str) -> "LocalizedText":
        """The same text in every language."""
        return cls({"": text})

    def __bool__(self) -> bool:
        return any(self.by_language.values())

    def written_in(self, lang: str) -> bool:
        """Whether there is a text for this language itself."""
        return lang in self.by_language or "" in self.by_language

    def in_language(self, lang: str, then: Iterable[str] = ("en",)) -> str:
        """The text for a reader of `lang`; where there is none, in the nearest language, in those of `then`, in any."""
        tag = nearest(lang, (other for other, text in self.by_language.items() if text), then)
        return "" if tag is None else self.by_language[tag]


NO_TEXT = LocalizedText()  # nothing was written at all, not even an empty text
