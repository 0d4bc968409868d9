"""Questions in customers' words, embedded and grouped into topics."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.parts.language_centering import centred_queries, shipped_means
from index.protocols import Embedder
from insight.topics.grouping import group

# A search takes no more; what is longer is no question but a text.
_MAX_CHARACTERS = 500


@dataclass(frozen=True)
class Question:
    """What somebody asked: an id of the caller's, the language tag, the text."""

    id: str
    lang: str
    text: str


def topics_of(questions: Sequence[Question], embedder: Embedder) -> list[int]:
    """The topic of each question, numbered from 0. Equal texts of a language are embedded once."""
    asked = [(q.lang, " ".join(q.text[:_MAX_CHARACTERS].split()).lower()) for q in questions]
    distinct = list(dict.fromkeys(asked))
    if not distinct:
        return []
    langs = [lang for lang, _ in distinct]
    vectors = embedder.encode_queries([text for _, text in distinct])
    prior = shipped_means(embedder.fingerprint, embedder.dimensions)
    topic = dict(zip(distinct, group(centred_queries(vectors, langs, prior), langs).tolist(), strict=True))
    return [topic[key] for key in asked]
