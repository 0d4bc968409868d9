"""Checks `_urgent.yml` as search would use it: every example and phrase must match its entry, and no near miss may
match any. Without an embedder what needs meaning is left out: whether examples are recognised, and near misses that
only sound like danger. `needs_meaning` counts them.
"""

from collections.abc import Iterator

import numpy as np

from index.models import UrgentMatch
from index.parts.language_centering import shipped_means
from index.protocols import Embedder
from index.query.urgent_matcher import UrgentMatcher, decided, in_script_of, sentences
from kb.findings import Finding, error
from kb.source.search_hints import Hints


def needs_meaning(hints: Hints) -> tuple[int, int]:
    """How many examples and near misses there are, which words alone say little of."""
    entries = [entry for some in hints.urgent.values() for entry in some]
    return sum(len(one.examples) for one in entries), sum(len(one.near_misses) for one in entries)


def check_urgent(hints: Hints, embedder: Embedder | None) -> Iterator[Finding]:
    """What is wrong, with the line of the text that it is about."""
    matcher = UrgentMatcher()
    means = shipped_means(embedder.fingerprint, embedder.dimensions) if embedder else None

    def matched(text: str, lang: str) -> UrgentMatch | None:
        words, meaning = matcher.by_words(text, lang, lang, hints), None
        parts = [in_script_of(part, lang, hints) for part in sentences(text)]
        if embedder is not None and means is not None and parts:
            vectors = np.stack(matcher.embedded(parts, embedder))
            meaning = matcher.by_meaning(vectors, lang, lang, hints, embedder, means, parts)
            meaning = matcher.with_around(words, meaning, lang, lang, hints, embedder, means, parts)
        return decided(words, meaning)

    def certain(text: str, lang: str) -> UrgentMatch | None:
        """What words alone decide, whatever the text means."""
        words = matcher.by_words(text, lang, lang, hints)
        return words.match if words and words.certain else None

    for entry in (entry for entries in hints.urgent.values() for entry in entries):
        for example in entry.examples:
            found = matched(example, entry.lang) if embedder else certain(example, entry.lang)
            if (found is None and embedder) or (found and found.name != entry.name):
                taken = f"is taken for {found.name} ({found.why})" if found else "is not recognised"
                message = f"“{example}” {taken}. Reword it, or put the entry that should be shown first."
                yield error(entry.path, entry.line_of("examples", example), "urgent-example", message)
        for phrase in entry.words:
            if matcher.by_words(phrase.replace("*", "xx"), entry.lang, entry.lang, hints) is None:
                message = f"“{phrase}” matches nothing: it has only stop words, or a near miss hides it."
                yield error(entry.path, entry.line_of("words", phrase), "urgent-words", message)
        for text in entry.near_misses:
            found = matched(text, entry.lang)
            if found is not None:
                message = f"The near miss “{text}” is taken for {found.name} ({found.why})."
                yield error(entry.path, entry.line_of("not", text), "urgent-near-miss", message)
