"""The questions without an answer that ship with search."""

from collections import Counter

from index.tools.no_answer import held_out, unanswerable_questions


def test_every_language_has_many_questions_on_many_topics() -> None:
    assert {s.lang for s in unanswerable_questions()} == {"en", "tr", "zh-Hant", "zh-Hans"}
    for lang in {s.lang for s in unanswerable_questions()}:
        own = [s for s in unanswerable_questions() if s.lang == lang]
        assert len({s.text for s in own}) == len(own) >= 150
        assert len({s.topic for s in own}) >= 12


def test_each_half_has_about_as_many() -> None:
    halves = Counter((s.lang, held_out(s.text)) for s in unanswerable_questions())
    assert all(60 <= count <= 105 for count in halves.values())
