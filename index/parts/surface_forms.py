"""Surface forms: an index of unstemmed words of every body passage, for exact-match evidence.

Stemming raises recall and costs precision: `account` and `accounting` have the same stem. An exact match of the word
as typed is a feature of its own (docs/search.md says what it adds). Case and diacritics are folded, so that Turkish
typed without its letters matches too. Chinese has no surface forms, and no file.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from index.analysis import article_words, family, fold, words
from index.parts import arrays
from index.parts.lexicon import Level, Terms, merge_bags
from index.parts.row_reuse import Run
from index.parts.word_table import WordIds, WordList, WordNumbers

_MAX_WORDS = 60


def forms(text: str, lang: str, *, query: bool = False) -> list[str]:
    """The unstemmed words of a text, in lower case without accents; none for Chinese."""
    if family(lang) == "zh":
        return []
    return [_form(word) for word in (words(text) if query else article_words(text, lang))]


@lru_cache(maxsize=100_000)
def _form(word: str) -> str:
    return fold(word.lower())


def forget_forms() -> None:
    """Empty the cache of forms; see index.analysis.forget_words."""
    _form.cache_clear()


class SurfaceForms:
    """The surface forms of one family's passages; `level` has their occurrences, rows as in the family's lexicon."""

    def __init__(self, known_forms: Sequence[str], level: Level) -> None:
        self.known_forms = known_forms
        self.level = level

    @cached_property
    def ids(self) -> WordIds:
        """The number of each form, made when a search first asks."""
        return WordNumbers(self.known_forms)

    @staticmethod
    def reuse_rows(
        previous: "SurfaceForms | None", runs: Sequence[Run], fresh: Sequence[Sequence[str]]
    ) -> "SurfaceForms":
        """From the reused rows of `previous` and the forms of the new passages."""
        old = [previous.level.bags] if previous else None
        known_forms, (bags,) = merge_bags(
            previous.known_forms if previous else (), old, ((runs, [sorted({*f}) for f in fresh]),)
        )
        # With k1 = 0 BM25 is binary: a form counts once, however often it occurs.
        return SurfaceForms(known_forms, Level.from_bags(bags, len(known_forms), 0.0, 0.0))

    def terms(self, text: str, lang: str) -> Terms:
        """The query's surface forms, at most the first _MAX_WORDS."""
        query_forms = list(dict.fromkeys(forms(text, lang, query=True)))[:_MAX_WORDS]
        return self.level.terms([self.ids.get(form) for form in query_forms])

    def save(self, path: Path) -> None:
        """Write `path`.forms and `path`.exact."""
        path.with_suffix(".forms").write_text("\n".join(self.known_forms), encoding="utf-8")
        arrays.write(path.with_suffix(".exact"), vars(self.level))

    @staticmethod
    def load(path: Path) -> "SurfaceForms":
        text = path.with_suffix(".forms").read_text(encoding="utf-8")
        known_forms = WordList(text)
        level = Level(**arrays.read(path.with_suffix(".exact")))
        if len(known_forms) != len(level.frequency):
            raise ValueError(f"{path.name}.forms holds {len(known_forms)} words instead of {len(level.frequency)}")
        return SurfaceForms(known_forms, level)
