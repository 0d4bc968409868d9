"""What people really type, through the whole pipeline with the real model, on the demo help centre."""

import pytest

from index.models import SearchQuery
from index.search import Search
from tests.model.typed import authors, chinese, codes, insisting, mixed, strange, turkish, typos
from tests.model.typed.case import Case

TOPICS = (turkish, chinese, typos, codes, insisting, strange, mixed, authors)
CASES = [case for topic in TOPICS for case in topic.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_people_type_finds_what_it_should(case: Case, search: Search) -> None:
    assert case.wrong(search.search(SearchQuery(case.text, case.reader))) == []


def test_there_are_enough_cases_and_none_twice() -> None:
    assert len({(c.reader, c.text) for c in CASES}) == len(CASES) >= 240
