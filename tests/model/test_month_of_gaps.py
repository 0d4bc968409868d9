"""The simulated month of bench/insight.py, over the demo's articles: what was planted comes out on top."""

import io
from collections.abc import Iterable
from pathlib import Path

from bench.insight import CUSTOMS, FIRST, GAPS, MISLEADING, ONLY_ELSEWHERE, QUERIES, month
from core.database.connection import connect
from index.protocols import Embedder
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from insight import ledger
from insight.scrub import scrub
from insight.topics.models import Cause, Topic
from insight.topics.service import TopicService
from kb.models import Article, ArticleRef
from tests.databases import migrated_sqlite


def words(topic: Topic) -> set[str]:
    return {one.text for one in topic.questions}


def test_what_was_planted_comes_out_on_top_with_its_cause(
    demo: tuple[Article, ...], serving: Embedder, vectors: Path, tmp_path: Path
) -> None:
    there = [one for one in demo if (one.lang, one.key) != ("tr", ONLY_ELSEWHERE)]
    assert len(there) == len(demo) - 1
    bring_up_to_date(there, serving, tmp_path / "index", cache_folder=vectors)

    def visible(refs: Iterable[ArticleRef]) -> set[ArticleRef]:
        return set(refs)

    search = Search(LiveIndex(tmp_path / "index"), serving, visible, budget_ms=60_000)
    engine = connect(migrated_sqlite(tmp_path / "month.db"))
    made = month(1500, seed=3)
    lines = "\n".join(made.lines()).encode()
    ledger.import_file(engine, io.BytesIO(lines), scrub, lambda lang, slug: "")
    service = TopicService(engine, lambda: serving, search.search, lambda _day: there, lambda _first, _last: ())

    last = made.now.date()
    assert service.refresh(made.now, last, last) is not None
    found = service.topics(FIRST.date(), last)

    planted = [set(one.values()) for one in (*GAPS, {"en": QUERIES["en"][2], **{k: QUERIES[k][2] for k in QUERIES}})]
    assert all(any(words(topic) == one for one in planted) for topic in found[:4]), [words(one) for one in found[:6]]
    for gap in GAPS:
        (topic,) = [one for one in found if words(one) & set(gap.values())]
        assert topic.cause is Cause.NO_ARTICLE and topic.nearest is None
        asked = sum(1 for row in made.events if row["name"] == "search" and row["data"]["query"] in gap.values())
        assert topic.size == asked / 2  # each asks it twice
    (misled,) = [one for one in found if QUERIES["en"][2] in words(one)]
    assert misled.cause is Cause.DID_NOT_HELP
    assert misled.nearest is not None and misled.nearest.slug == MISLEADING
    (customs,) = [one for one in found if CUSTOMS["tr"] in words(one)]
    assert customs.cause is Cause.OTHER_LANGUAGE
    assert customs.nearest is not None and (customs.nearest.lang, customs.nearest.slug) == ("en", ONLY_ELSEWHERE)
    engine.dispose()
