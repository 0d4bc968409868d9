"""Checks `_urgent.yml` as search would use it: every example and phrase must match its entry, and no near miss may
match any, nor say itself what is danger. Without an embedder what needs meaning is left out: whether examples are
recognised, and near misses that only sound like danger. `needs_meaning` counts them. Languages of the site in which
nothing is written are named.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from index.models import UrgentMatch
from index.parts.language_centering import shipped_means
from index.protocols import Embedder
from index.query.danger_sentences import sentences
from index.query.plain_danger import statements
from index.query.product_words import spoken
from index.query.urgent_matcher import UrgentMatcher, decided
from index.query.urgent_words import WordHit, in_script_of
from kb.findings import Finding, error, warning
from kb.source.search_hints import Hints
from kb.source.urgent_messages import UrgentEntry


def needs_meaning(hints: Hints) -> tuple[int, int]:
    """How many examples and near misses there are, which words alone say little of."""
    entries = [entry for some in hints.urgent.values() for entry in some]
    return sum(len(one.examples) for one in entries), sum(len(one.near_misses) for one in entries)


def check_urgent(hints: Hints, embedder: Embedder | None, languages: Sequence[str] = ()) -> Iterator[Finding]:
    """What is wrong, with the line of the text that it is about. `languages` are those that the site is shown in."""
    matcher = UrgentMatcher()
    means = shipped_means(embedder.fingerprint, embedder.dimensions) if embedder else None

    def said(text: str, lang: str) -> WordHit | None:
        words = matcher.words.by_words(text, lang, lang, hints)
        plain = matcher.words.plainly(text, lang, lang, hints) if words is None or not words.certain else None
        return plain if plain is not None and (plain.certain or words is None) else words

    def matched(text: str, lang: str) -> UrgentMatch | None:
        words, meaning = said(text, lang), None
        parts = [in_script_of(part, lang, hints) for part in sentences(text)]
        if embedder is not None and means is not None and parts:
            vectors = np.stack(matcher.embedded(parts, embedder))
            meaning = matcher.by_meaning(vectors, lang, lang, hints, embedder, means, parts)
            meaning = matcher.with_around(words, meaning, lang, lang, hints, embedder, means, parts)
        return decided(words, meaning)

    def certain(text: str, lang: str) -> UrgentMatch | None:
        """What words alone decide, whatever the text means."""
        words = said(text, lang)
        return words.match if words and words.certain else None

    def nearest_miss(text: str, lang: str) -> str:
        """The near miss that is nearest to a text, of all entries."""
        misses = [(one.lang, miss) for some in hints.urgent.values() for one in some for miss in one.near_misses]
        if embedder is None or not misses:
            return ""
        own, *others = matcher.embedded([in_script_of(text, lang, hints), *(miss for _, miss in misses)], embedder)
        return misses[int((np.stack(others) @ own).argmax())][1]

    entries = [entry for some in hints.urgent.values() for entry in some]
    for entry in entries:
        for example in entry.examples:
            found = matched(example, entry.lang) if embedder else certain(example, entry.lang)
            if (found is None and embedder) or (found and found.name != entry.name):
                taken = f"is taken for {found.name} ({found.why})" if found else "is not recognised"
                if found is None and (miss := nearest_miss(example, entry.lang)):
                    taken += f", since the near miss “{miss}” is as near"
                message = f"“{example}” {taken}. Reword it, or put the entry that should be shown first."
                yield error(entry.path, entry.line_of("examples", example), "urgent-example", message)
        for phrase in entry.words:
            if matcher.words.by_words(phrase.replace("*", "xx"), entry.lang, entry.lang, hints) is None:
                message = f"“{phrase}” matches nothing: it has only stop words, or a near miss hides it."
                yield error(entry.path, entry.line_of("words", phrase), "urgent-words", message)
        for text in entry.near_misses:
            found = matched(text, entry.lang)
            if found is not None:
                message = f"The near miss “{text}” is taken for {found.name} ({found.why})."
                yield error(entry.path, entry.line_of("not", text), "urgent-near-miss", message)
            elif any(one.sure for one in statements(text, entry.lang)):
                message = (
                    f"The near miss “{text}” says danger plainly: whoever writes that is shown nothing. Say in it what"
                    " makes it harmless."
                )
                yield warning(entry.path, entry.line_of("not", text), "urgent-hides", message)
    yield from _untold(hints, entries, languages)


def _untold(hints: Hints, entries: Sequence[UrgentEntry], languages: Sequence[str]) -> Iterator[Finding]:
    """The languages of the site that have no file, where others have one."""
    written = {spoken(tag) for tag, some in hints.urgent.items() if some}
    without = [lang for lang in languages if spoken(lang) not in written]
    if without and entries:
        message = (
            f"The site is shown in {', '.join(without)} too, where there is no _urgent.yml: what is written in"
            f" {'these' if len(without) > 1 else 'it'} is compared by meaning, and by words that come with the product"
            " only; the message is shown as written here."
        )
        yield warning(entries[0].path, entries[0].line, "urgent-untold", message)
