"""The simulated month of bench/insight.py, over the demo's articles: what was planted comes out on top."""

import io
from collections.abc import Iterable
from pathlib import Path

from bench.insight import CUSTOMS, FIRST, GAPS, MISLEADING, ONLY_ELSEWHERE, QUERIES, month
from core.database.connection import connect
from index.protocols import Embedder
from index.search import Search
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
    demo: tuple[Article, ...], demo_index: Path, serving: Embedder, tmp_path: Path
) -> None:
    there = {one.ref: one for one in demo if (one.lang, one.key) != ("tr", ONLY_ELSEWHERE)}
    assert len(there) == len(demo) - 1

    def visible(refs: Iterable[ArticleRef]) -> set[ArticleRef]:
        return there.keys() & set(refs)

    search = Search(LiveIndex(demo_index), serving, visible, budget_ms=60_000)
    engine = connect(migrated_sqlite(tmp_path / "month.db"))
    made = month(1500, seed=3, rare=0)
    lines = "\n".join(made.lines()).encode()
    ledger.import_file(engine, io.BytesIO(lines), scrub, lambda lang, slug: "")
    service = TopicService(
        engine, lambda: serving, search.search, lambda _day: tuple(there.values()), lambda _first, _last: ()
    )

    last = made.now.date()
    assert service.refresh(made.now, last, last) is not None
    found = service.topics(FIRST.date(), last)

    refunds = {words[2] for words in QUERIES.values()}
    planted = [set(gap.values()) for gap in GAPS] + [refunds]
    others = [place for place, topic in enumerate(found) if not words(topic) & {CUSTOMS["tr"]}.union(*planted)]
    for gap in planted:
        parts = [topic for topic in found if words(topic) & gap]
        assert all(words(topic) <= gap for topic in parts)
        assert max(parts, key=lambda one: one.size) in found[: min(others)]
        if gap != refunds:
            asked = [one for one in made.events if one["name"] == "search" and one["data"]["query"] in gap]
            assert 2 * sum(topic.size for topic in parts) == len(asked)  # each visit asks it twice
            largest = max(parts, key=lambda one: one.size)
            assert (largest.cause, largest.nearest) == (Cause.NO_ARTICLE, None)
    misled = [one for one in found if words(one) & refunds]
    assert {one.cause for one in misled} == {Cause.DID_NOT_HELP}
    assert {one.nearest.slug for one in misled if one.nearest} == {MISLEADING}
    (customs,) = [one for one in found if CUSTOMS["tr"] in words(one)]
    assert customs.cause is Cause.OTHER_LANGUAGE
    assert customs.nearest is not None and (customs.nearest.lang, customs.nearest.slug) == ("en", ONLY_ELSEWHERE)
    engine.dispose()
