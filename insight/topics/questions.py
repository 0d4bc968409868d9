"""Questions in customers' words, embedded and grouped into topics."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.parts.language_centering import centred_queries, shipped_means
from index.protocols import Embedder, Vectors
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
    centred = centred_for(embedder, embed([text for _, text in distinct], embedder), langs)
    topic = dict(zip(distinct, group(centred, langs).tolist(), strict=True))
    return [topic[key] for key in asked]


def embed(texts: Sequence[str], embedder: Embedder) -> Vectors:
    return embedder.encode_queries([text[:_MAX_CHARACTERS] for text in texts])


def centred_for(embedder: Embedder, vectors: Vectors, langs: Sequence[str]) -> Vectors:
    """Vectors of questions as they are grouped: each without what is of its language."""
    return centred_queries(vectors, langs, shipped_means(embedder.fingerprint, embedder.dimensions))
