"""Promises are counted in opening hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from support.teams.business_hours import OpeningHours
from support.teams.response_targets import ResponseTarget, full_hour, moment_words, sentence, target_in_opening_hours

ZONE = ZoneInfo("Europe/Amsterdam")
HOURS = OpeningHours.written(mon="09:00-18:00", tue="09:00-12:00, 13:00-18:00", fri="09:00-17:00")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "by", "opens"),
    [
        ("2026-11-23 10:00", "2026-11-23 14:00", None),  # Monday morning
        ("2026-11-23 16:00", "2026-11-24 11:00", None),  # two hours today, two tomorrow
        ("2026-11-24 11:00", "2026-11-24 16:00", None),  # over the lunch break
        ("2026-11-21 12:00", "2026-11-23 13:00", "2026-11-23 09:00"),  # a Saturday
        ("2026-11-24 12:30", "2026-11-24 17:00", "2026-11-24 13:00"),  # in the break
    ],
)
def test_hours_count_only_while_somebody_is_there(start: str, by: str, opens: str | None) -> None:
    made = target_in_opening_hours(_at(start), 4, HOURS, ZONE)
    assert made.by == _at(by)
    assert made.opens == (_at(opens) if opens else None)


def test_without_opening_hours_the_clock_counts() -> None:
    assert target_in_opening_hours(_at("2026-11-21 22:00"), 4, OpeningHours(), ZONE).by == _at("2026-11-22 02:00")


def test_a_promise_of_many_days_ends() -> None:
    assert (
        target_in_opening_hours(_at("2026-11-21 22:00"), 1000, OpeningHours.written(mon="09:00-10:00"), ZONE).by.year
        > 2026
    )


def _plain(text: str, **values: object) -> str:
    return text % values


@pytest.mark.parametrize("lang", ["en", "tr", "zh-Hant", "zh-Hans", "ar", "xx"])
def test_it_is_said_in_words_with_the_zone(lang: str) -> None:
    words = sentence(target_in_opening_hours(_at("2026-11-23 10:00"), 4, HOURS, ZONE), lang, _plain)
    assert {"zh-Hant": "下午2:00", "ar": "2:00"}.get(lang, "14:00") in words


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "Monday 23 November, 14:00 (Amsterdam)"),
        ("tr", "23 Kasım Pazartesi 14:00 (Amsterdam)"),
        ("zh-Hant", "11月23日 星期一 下午2:00（阿姆斯特丹）"),
        ("zh-Hans", "11月23日 星期一 14:00（阿姆斯特丹）"),
        ("ar", "الاثنين، 23 نوفمبر 2:00 م (أمستردام)"),
        ("he", "יום שני, 23 בנובמבר 14:00 (אמסטרדם)"),
    ],
)
def test_a_moment_is_written_as_a_native_writer_would(lang: str, words: str) -> None:
    assert moment_words(_at("2026-11-23 14:00"), lang) == words


def test_another_day_is_said_to_the_hour_and_today_to_the_minute() -> None:
    due = _at("2026-11-24 09:20")
    assert full_hour(due, _at("2026-11-24 08:05")) == due
    assert full_hour(due, _at("2026-11-23 17:20")) == _at("2026-11-24 10:00")  # never earlier than what is meant
    assert full_hour(_at("2026-11-24 09:00"), _at("2026-11-23 17:20")) == _at("2026-11-24 09:00")
    words = sentence(ResponseTarget(due, None, 4, False), "en", _plain, _at("2026-11-23 17:20"))
    assert "10:00" in words and "09:20" not in words


def test_who_writes_at_night_is_told_when_the_team_is_back() -> None:
    words = sentence(target_in_opening_hours(_at("2026-11-21 12:00"), 4, HOURS, ZONE), "en", _plain)
    assert words.startswith("Our team is back on Monday 23 November, 09:00.")
    assert "13:00 (Amsterdam)" in words


def test_hours_are_only_named_when_none_are_skipped() -> None:
    by = _at("2026-11-24 11:00")
    assert "within" not in sentence(ResponseTarget(by, None, 4, False), "en", _plain)
    assert "within an hour" in sentence(ResponseTarget(by, None, 1, True), "en", _plain)
    assert "within 4 hours" in sentence(ResponseTarget(by, None, 4, True), "en", _plain)
