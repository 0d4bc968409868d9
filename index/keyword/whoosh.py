"""BM25 in a Whoosh folder: one document an article, tokens made by index/analysis.py and by nothing else.

Whoosh is pure Python and slow beyond some thousand documents (docs/search.md), hence one document an article rather
than a passage. It finds candidates; what is ranked by is computed from our own statistics (index/lexicon.py), so that
an engine can be exchanged without moving a score.
"""

from collections.abc import Sequence
from pathlib import Path

from whoosh import analysis, fields, index, query, scoring

K1 = 1.5
B = 0.4


def _schema() -> fields.Schema:
    tokens = analysis.RegexTokenizer(r"\S+")
    return fields.Schema(row=fields.STORED, body=fields.TEXT(analyzer=tokens, phrase=False))


class WhooshIndex:
    def __init__(self, folder: Path) -> None:
        self._index = index.open_dir(str(folder), readonly=True)

    def __len__(self) -> int:
        return int(self._index.doc_count())

    def search(self, tokens: Sequence[str], depth: int) -> list[tuple[int, float]]:
        terms = [query.Term("body", t) for t in dict.fromkeys(tokens)]
        if not terms:
            return []
        # One searcher a search: they are cheap to open and not safe to share between threads.
        with self._index.searcher(weighting=scoring.BM25F(B=B, K1=K1)) as searcher:
            hits = searcher.search(query.Or(terms), limit=depth, scored=True)
            return [(int(hit["row"]), float(hit.score)) for hit in hits]


def write(folder: Path, documents: Sequence[Sequence[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    created = index.create_in(str(folder), _schema())
    writer = created.writer(limitmb=256)
    for row, tokens in enumerate(documents):
        writer.add_document(row=row, body=" ".join(tokens))
    writer.commit(optimize=True)
