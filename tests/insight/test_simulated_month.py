"""A month with planted truth: the report finds it to the last digit, whatever way the events came in."""

import io
from datetime import timedelta

import pytest

from bench.insight import GAPS, MISLEADING, Month, month, whole
from core.database.connection import connect
from insight import aggregates, ledger
from insight.report import Report, report
from insight.scrub import scrub
from tests.databases import migrated_sqlite


@pytest.fixture(scope="module")
def made() -> Month:
    return month(14_500, seed=5)


def test_the_report_recovers_what_was_planted(made: Month, tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = connect(migrated_sqlite(tmp_path_factory.mktemp("month") / "month.db"))
    lines = list(made.lines())
    # It arrives in two pieces, and is counted in between: what comes later changes what was counted.
    for piece in (lines[: len(lines) // 2], lines[len(lines) // 3 :]):
        ledger.import_file(engine, io.BytesIO("\n".join(piece).encode()), scrub, lambda lang, slug: "")
        aggregates.update(engine, made.now)

    assert ledger.size(engine) == len(made.events) > 50_000
    for lang, truth in made.truth.items():
        assert report(engine, whole(made, lang), made.now) == truth.as_json()
    assert made.truth[""].outcomes["pending"] and made.truth[""].false_cases
    assert aggregates.check(engine, made.now) == ""

    with engine.connect() as connection:
        found = Report(connection, whole(made), made.now)
        top = {row["query"] for row in found.queries("ask_human", 9)}
        rows = found.as_json()["articles"]
    assert len(top & {words.casefold() for gap in GAPS for words in gap.values()}) >= 8
    assert max(rows, key=lambda row: row["failed_after"])["slug"] == MISLEADING
    later = report_later(engine, made)
    assert later["outcomes"]["pending"] == 0
    engine.dispose()


def report_later(engine: object, made: Month) -> dict[str, dict[str, int]]:
    return report(engine, whole(made), made.now + timedelta(days=4))  # type: ignore[arg-type]
