"""What `flask kb explain` says of a verdict is so: where an urgent message stands above it, and at every threshold."""

import re
from dataclasses import replace
from pathlib import Path

from app.cli.explain_output import lines
from index.models import SearchQuery, Verdict
from index.search import Search
from index.storage.live import LiveIndex
from index.tools.explain import explain

DANGER_ASIDE = (
    "How do I return my headphones? The case is smoking.",
    "my battery is swollen",
    "where is my parcel, the charger caught fire",
    "the left earbud is silent and smoking",
    "forgot my password and my account was hacked",
)
CALM = ("where is my parcel", "taksit", "xbox", "how do I return my headphones")


def test_no_sentence_about_a_verdict_compares_what_is_not_so(demo_index: Path, search: Search) -> None:
    live, calm = LiveIndex(demo_index), []
    for text in (*DANGER_ASIDE, *CALM):
        found = explain(search, live.current(), SearchQuery(text, "en"))
        first, needed = found.result.first_confidence, found.first_answer_from
        assert first is not None and needed is not None
        for value in (first, needed - 1e-9, needed, needed + 0.001, needed + 0.07):
            result = replace(found.result, first_confidence=value)
            for line in lines(replace(found, result=result)):
                for less, least in re.findall(r"(\d\.\d\d), less than (\d\.\d\d)", line):
                    assert float(less) < float(least), line
        if found.urgent is None:
            calm.append(text)
    assert calm == list(CALM)


def test_a_verdict_that_an_urgent_message_changed_is_told_so(demo_index: Path, search: Search) -> None:
    live, changed = LiveIndex(demo_index), 0
    for text in DANGER_ASIDE:
        found = explain(search, live.current(), SearchQuery(text, "en"))
        assert found.urgent is not None
        told = next(line for line in lines(found) if line.startswith("Verdict"))
        assert ("an urgent message is shown" in told) == (found.urgent.verdict is not found.result.verdict)
        changed += found.urgent.verdict is Verdict.ANSWER
    assert changed, "else this shows nothing"


def test_what_is_told_of_an_article_is_the_passage_that_the_page_shows(demo_index: Path, search: Search) -> None:
    live = LiveIndex(demo_index)
    for text, lang in (
        ("Kartım neden kabul edilmedi?", "tr"),  # a heading
        ("How do I send my headphones back?", "en"),  # steps
        ("帳單上有我沒買過的消費", "zh-Hant"),
        ("where is my parcel", "en"),
    ):
        found = explain(search, live.current(), SearchQuery(text, lang))
        shown = {hit.ref: (hit.heading, hit.passage) for hit in found.result.hits}
        told = {one.ref: (one.heading, one.passage) for one in found.candidates if one.shown}
        assert told and all(shown[ref] == passage for ref, passage in told.items()), text
