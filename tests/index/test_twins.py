"""Near twins are compared in a thread, once a generation, and nobody waits for long."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from index.ranking import twins
from index.ranking.related import NearDuplicates
from index.ranking.twins import TwinFinder


def test_whoever_asks_while_articles_are_compared_gets_those_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, asked = threading.Event(), list[str]()

    def slow(generation: Any) -> Iterator[NearDuplicates]:
        asked.append(generation.folder.name)
        assert may_go_on.wait(30)
        yield NearDuplicates(0, 1, 0.7, 0.9)
        yield NearDuplicates(1, 2, 0.9, 0.9)

    monkeypatch.setattr(twins, "near_duplicates", slow)
    serving: list[Any] = [None]
    finder = TwinFinder(lambda: serving[0])
    assert finder.pairs() == ()

    articles = [SimpleNamespace(ref=number) for number in range(3)]
    serving[0] = SimpleNamespace(folder=Path("g1"), articles=articles)
    assert finder.pairs(0.01) is None and finder.pairs(0.01) is None
    may_go_on.set()
    found = finder.pairs(30)
    assert found is not None and [one.semantic for one in found] == [0.9, 0.7] and asked == ["g1"]
    assert finder.pairs(0.01) == found and asked == ["g1"]

    may_go_on.clear()
    serving[0] = SimpleNamespace(folder=Path("g2"), articles=articles)
    assert finder.pairs(0.01) == found
    may_go_on.set()
    assert finder.pairs(30) is not None and asked == ["g1", "g2"]
