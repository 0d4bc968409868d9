"""Noise around a question changes neither its article nor its verdict, and what nobody wrote about is not answered."""

import pytest

from index.models import SearchQuery, SearchResult, Verdict
from index.search import Search
from tests.model.noisy import GROUPS, UNDOCUMENTED, Group


@pytest.fixture(scope="module")
def asked(search: Search) -> list[tuple[Group, SearchResult, list[SearchResult]]]:
    """Each group, with the results of its calm question and of its noisy forms."""

    def ask(text: str, reader: str) -> SearchResult:
        return search.search(SearchQuery(text, reader))

    return [(g, ask(g.calm, g.reader), [ask(text, g.reader) for text in g.noisy]) for g in GROUPS]


def keys(result: SearchResult) -> list[str]:
    return [hit.key for hit in result.hits[:5]]


def test_there_are_enough_groups_in_three_languages() -> None:
    assert len(GROUPS) >= 60 and {g.reader for g in GROUPS} == {"en", "tr", "zh-Hant"}
    assert all(len(g.noisy) == 5 for g in GROUPS)
    assert len(UNDOCUMENTED) >= 40


def test_noisy_forms_find_the_article_of_the_calm_question(
    asked: list[tuple[Group, SearchResult, list[SearchResult]]],
) -> None:
    same = [keys(form)[:1] == keys(calm)[:1] for _, calm, forms in asked for form in forms]
    assert sum(same) / len(same) >= 0.93


def test_the_best_answer_is_seldom_wrong(asked: list[tuple[Group, SearchResult, list[SearchResult]]]) -> None:
    answered = [
        keys(result)[:1] == [group.key]
        for group, calm, forms in asked
        for result in (calm, *forms)
        if result.verdict is Verdict.ANSWER
    ]
    assert len(answered) >= 0.35 * 6 * len(asked)
    assert answered.count(False) / len(answered) <= 0.07


def test_few_are_sent_to_a_person_in_vain(asked: list[tuple[Group, SearchResult, list[SearchResult]]]) -> None:
    found = [
        result.verdict is Verdict.ASK_HUMAN
        for group, calm, forms in asked
        for result in (calm, *forms)
        if group.key in keys(result)
    ]
    assert sum(found) / len(found) <= 0.08


def test_what_nobody_wrote_about_is_seldom_answered(search: Search) -> None:
    verdicts = [search.search(SearchQuery(text, reader)).verdict for reader, text in UNDOCUMENTED]
    assert verdicts.count(Verdict.ANSWER) / len(verdicts) <= 0.08
