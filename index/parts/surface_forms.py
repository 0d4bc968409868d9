"""Words as they are written, of every body passage: which of a question's stand there in the same form.

Stems find more, and so they also find what is not meant: `account` and `accounting` are one to them. That a word stands
there as it was typed is a witness of its own (docs/search.md says what it adds). Accents and small letters aside, so
that Turkish typed without its letters is not at a loss. Chinese has no forms, and no file.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from index.analysis import family, fold, words
from index.parts import arrays
from index.parts.lexicon import Level, Terms, put_together
from index.parts.row_reuse import Run

_MOST_WORDS = 60


def forms(text: str, lang: str) -> list[str]:
    """The words of a text in small letters, without accents; none for Chinese."""
    if family(lang) == "zh":
        return []
    return [_form(word) for word in words(text)]


@lru_cache(maxsize=100_000)
def _form(word: str) -> str:
    return fold(word.lower())


class SurfaceForms:
    """The forms of one family's passages; `level` says which passage holds which, rows as in the family's lexicon."""

    def __init__(self, known: Sequence[str], level: Level) -> None:
        self.known = known
        self.ids = {form: i for i, form in enumerate(known)}
        self.level = level

    @staticmethod
    def spliced(before: "SurfaceForms | None", runs: Sequence[Run], fresh: Sequence[Sequence[str]]) -> "SurfaceForms":
        """From the rows kept of `before` and the forms of the new passages."""
        old = [before.level.bags] if before else None
        known, (bags,) = put_together(before.known if before else (), old, ((runs, [sorted({*f}) for f in fresh]),))
        # With k1 = 0 a form counts once, however often it stands there.
        return SurfaceForms(known, Level.weighed(bags, len(known), 0.0, 0.0))

    def terms(self, text: str, lang: str) -> Terms:
        """The question's forms, the first of a long one."""
        asked = list(dict.fromkeys(forms(text, lang)))[:_MOST_WORDS]
        return self.level.terms([self.ids.get(form) for form in asked])

    def save(self, path: Path) -> None:
        """Write `path`.forms and `path`.exact."""
        path.with_suffix(".forms").write_text("\n".join(self.known), encoding="utf-8")
        arrays.write(path.with_suffix(".exact"), vars(self.level))

    @staticmethod
    def load(path: Path) -> "SurfaceForms":
        text = path.with_suffix(".forms").read_text(encoding="utf-8")
        known = text.split("\n") if text else []
        level = Level(**arrays.read(path.with_suffix(".exact")))
        if len(known) != len(level.frequency):
            raise ValueError(f"{path.name}.forms holds {len(known)} words instead of {len(level.frequency)}")
        return SurfaceForms(known, level)
