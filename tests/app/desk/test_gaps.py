"""Content gaps at the desk: the list, a topic's page, a draft in customers' words, words for an article."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from core.database.connection import writing
from insight import ledger
from insight.events import make
from insight.topics.models import Status, Topic
from insight.topics.service import shown_days
from kb.models import ArticleRef
from kb.source.frontmatter import read
from support.agents.models import Role
from tests.app.desk.conftest import Member
from tests.articles import publish, write

Join = Callable[..., Member]


def services(app: Flask) -> Any:
    return app.extensions["signpost"]


def ask(app: Flask, words: str, lang: str = "en", times: int = 1, then: list[tuple[str, dict[str, Any]]] | None = None,
        verdict: str = "ask_human") -> None:  # fmt: skip
    s = services(app)
    at = s.now() - timedelta(days=1)
    for number in range(times):
        visit = f"{lang}-{words}-{number}".encode().hex()[:90]
        events = [make("search", at, {"query": words, "verdict": verdict, "results": []}, visit=visit, lang=lang)]
        events += [make(name, at + timedelta(minutes=1), data, visit=visit, lang=lang) for name, data in then or []]
        with writing(s.engine) as connection:
            ledger.add(connection, events)


def topics(app: Flask) -> list[Topic]:
    s = services(app)
    assert s.topics.refresh(s.now(), s.today()) is not None
    found: list[Topic] = s.topics.topics(*shown_days(s.now().date()))
    return found


def topic_about(app: Flask, words: str) -> Topic:
    return next(one for one in topics(app) if any(words in question.text for question in one.questions))


@pytest.fixture
def asked(desk_app: Flask) -> Flask:
    folder = services(desk_app).settings.kb_dir
    write(folder, "en", "refund-time", "When refunds arrive", "## Refunds\n\nWithin five days.", category="returns",
          head='owner: Ada\nquestions: ["when is my refund"]')  # fmt: skip
    write(folder, "tr", "iade-suresi", "İade ne zaman gelir", "## İade\n\nBeş günde.", category="returns",
          head="translation_of: refund-time")  # fmt: skip
    publish(services(desk_app))
    ask(desk_app, "gift card balance", times=3, then=[("ticket_sent", {"form": "contact"})])
    ask(desk_app, "hediye kartı bakiyesi", "tr", times=2)
    return desk_app


def test_who_writes_articles_sees_the_gaps_and_others_do_not(asked: Flask, member: Join) -> None:
    gift = topic_about(asked, "gift card")

    page = member(Role.AUTHOR).get("/desk/insight/gaps")

    assert page.status_code == 200
    assert "gift card balance" in page.text and f"/desk/insight/gaps/{gift.id}" in page.text
    assert member(Role.AGENT).get("/desk/insight/gaps").status_code == 403
    author = member(Role.ADMIN, login="d@example.org")
    assert author.get("/desk/insight/gaps.csv").text.splitlines()[1].startswith("gift card balance,en,3,3,")
    behind = re.findall(r'href="(/desk/insight/events[^"]+)"', author.get(f"/desk/insight/gaps/{gift.id}").text)[0]
    assert author.get(behind.replace("&amp;", "&")).text.count("<time datetime") == 3
    assert member(Role.AGENT, login="b@example.org").get(f"/desk/insight/gaps/{gift.id}").status_code == 403
    assert member(Role.ADMIN).get("/desk/insight/gaps?show=closed&page=9").status_code == 200
    assert member(Role.ADMIN, login="c@example.org").get("/desk/insight/gaps/999").status_code == 404


def test_words_of_strangers_stand_in_pages_as_text(asked: Flask, member: Join) -> None:
    ask(asked, 'a <script>alert(1)</script> "quoted" card')
    nasty = topic_about(asked, "quoted")

    page = member(Role.AUTHOR).get(f"/desk/insight/gaps/{nasty.id}").text

    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_draft_in_each_language_has_the_customers_words_as_its_questions(asked: Flask, member: Join) -> None:
    gift = topic_about(asked, "gift card")
    author = member(Role.AUTHOR)
    address = f"/desk/insight/gaps/{gift.id}"

    sent = author.post(
        address, address, action="draft", category="returns",
        **{"lang-en": "on", "title-en": "Gift card: balance", "slug-en": "gift-card",
           "questions-en": "gift card balance\nbalance of a gift card\n", "lang-tr": "on",
           "title-tr": "Hediye kartı", "slug-tr": "hediye-karti", "questions-tr": "hediye kartı bakiyesi"},
    )  # fmt: skip

    assert sent.status_code == 303
    folder = services(asked).settings.kb_dir
    english = read((folder / "en/returns/gift-card.md").read_text(encoding="utf-8"), "")
    turkish = read((folder / "tr/returns/hediye-karti.md").read_text(encoding="utf-8"), "")
    assert english.fields.questions == ("gift card balance", "balance of a gift card")
    assert turkish.fields.questions == ("hediye kartı bakiyesi",)
    assert turkish.fields.translation_of == "gift-card"
    after = topic_about(asked, "gift card")
    assert (after.id, after.status, after.article) == (gift.id, Status.DRAFTED, ArticleRef("en", "gift-card"))
    assert "gift-card.md" in author.get(sent.headers["Location"]).text


def test_no_file_is_overwritten_and_what_was_typed_stays(asked: Flask, member: Join) -> None:
    gift = topic_about(asked, "gift card")
    file = services(asked).settings.kb_dir / "en/returns/refund-time.md"
    before = file.read_bytes()
    address = f"/desk/insight/gaps/{gift.id}"
    form = {"lang-en": "on", "title-en": "Mine", "slug-en": "refund-time", "questions-en": "typed with care"}

    page = member(Role.AUTHOR).post(address, address, action="draft", category="returns", **form)

    assert page.status_code == 422 and "typed with care" in page.text
    assert file.read_bytes() == before
    nothing = member(Role.ADMIN).post(address, address, action="draft", category="returns", **{"title-en": "x"})
    assert nothing.status_code == 422
    assert topic_about(asked, "gift card").status is Status.OPEN


def test_the_words_are_added_to_the_article_that_should_have_answered(asked: Flask, member: Join) -> None:
    read_it = [
        ("result_opened", {"lang": "en", "slug": "refund-time"}),
        ("vote", {"lang": "en", "slug": "refund-time", "helpful": False}),
    ]
    ask(asked, "where did my money go", times=4, then=read_it)
    money = topic_about(asked, "money go")
    address = f"/desk/insight/gaps/{money.id}"
    author = member(Role.EDITOR)
    page = author.get(address).text
    assert "When refunds arrive" in page and "Ada" in page
    file = services(asked).settings.kb_dir / "en/returns/refund-time.md"

    sent = author.post(
        address, address, action="add", **{"words-en": ["where did my money go", "never asked by anybody"]}
    )

    assert sent.status_code == 303
    changed = read(file.read_text(encoding="utf-8"), "")
    assert changed.fields.questions == ("when is my refund", "where did my money go")
    after = topic_about(asked, "money go")
    assert (after.status, after.article) == (Status.DRAFTED, ArticleRef("en", "refund-time"))
    assert author.post(address, address, action="add").status_code == 422


def test_a_gap_is_ignored_until_it_is_put_back(asked: Flask, member: Join) -> None:
    gift = topic_about(asked, "gift card")
    author, address = member(Role.AUTHOR), f"/desk/insight/gaps/{gift.id}"

    assert author.post(address, address, action="ignore").status_code == 303
    assert "gift card balance" not in author.get("/desk/insight/gaps").text
    assert "gift card balance" in author.get("/desk/insight/gaps?show=ignored").text

    author.post(address, address, action="heed")
    assert "gift card balance" in author.get("/desk/insight/gaps").text
    assert author.post(address, address, action="nonsense").status_code == 400


def test_a_gap_is_closed_when_its_article_is_there_and_comes_back_when_it_is_asked_again(
    asked: Flask, member: Join
) -> None:
    s = services(asked)
    today = s.now().replace(hour=9)
    s.now = lambda: today  # type: ignore[method-assign] # also where midnight comes while this runs

    def asked_on(day: int, times: int) -> None:
        data = {"query": "spare part delivery", "verdict": "ask_human", "results": []}
        events = [make("search", today + timedelta(days=day), data, visit=f"{day}-{n}-part", lang="en")
                  for n in range(times)]  # fmt: skip
        with writing(s.engine) as connection:
            ledger.add(connection, events)

    for day in range(1, 29):
        asked_on(-day, 2)
    part = topic_about(asked, "spare part")
    author, address = member(Role.EDITOR), f"/desk/insight/gaps/{part.id}"

    def shown(days_on: int) -> str:
        """The status on the topic's page, so many days from now."""
        assert s.topics.refresh(s.now() + timedelta(days=days_on), today.date()) is not None
        (found,) = re.findall(r"<dt>Status</dt><dd>(.*?)</dd>", author.get(address).text)
        return " ".join(re.sub("<[^>]+>", "", found).split())

    def is_on(show: str) -> bool:
        return "spare part delivery" in author.get(f"/desk/insight/gaps?show={show}").text

    assert shown(0) == "To do" and is_on("")
    form = {"lang-en": "on", "title-en": "Spare parts", "slug-en": "spare-parts", "questions-en": "spare part delivery"}
    assert author.post(address, address, action="draft", category="returns", **form).status_code == 303
    assert shown(0) == "Article begun" and not is_on("") and is_on("drafted")
    assert "en/spare-parts" in author.get(address).text
    file = s.settings.kb_dir / "en/returns/spare-parts.md"
    written = file.read_text(encoding="utf-8").replace("draft: true\n", "") + "\nThey arrive within a week.\n"
    file.write_text(written, encoding="utf-8")
    publish(s)
    assert 'href="/en/a/spare-parts"' in author.get(address).text

    asked_on(2, 7)  # not more than half of what a week had
    assert shown(5) == "Article begun"
    assert shown(12) == "Demand halved after 7 days" and is_on("closed")
    # Somebody leaves it out, and takes that back: what is known of its demand is the same.
    author.post(address, address, action="ignore")
    assert shown(13) == "Ignored after 7 days"
    author.post(address, address, action="heed")
    assert shown(13) == "Demand halved after 7 days"
    asked_on(14, 11)  # three quarters of it again
    assert shown(16).startswith("Asked again") and is_on("") and not is_on("closed")
    page = author.get(address).text
    assert "The words are there" not in page
    assert author.post(address, address, action="draft", category="returns", **form).status_code == 422


def test_the_command_lists_them_in_the_promised_shape(asked: Flask) -> None:
    runner = asked.test_cli_runner()

    done = runner.invoke(args=["insight", "gaps", "--json"])

    assert done.exit_code == 0, done.output
    first, *_others = json.loads(done.stdout)
    assert list(first) == ["id", "title", "size", "weeks", "tickets", "nearest", "cause", "status", "questions"]
    assert first["title"]["en"] == "gift card balance" and first["tickets"] == 3 and first["status"] == "open"
    assert first["questions"][0] == {"lang": "en", "text": "gift card balance", "count": 3}
    assert sum(first["weeks"]) == first["size"]
    plain = runner.invoke(args=["insight", "gaps", "--no-refresh", "--limit", "1"])
    assert "gift card balance" in plain.output and "3 contacts" in plain.output
    assert runner.invoke(args=["insight", "gaps", "--from", "2026-05-02", "--to", "2026-05-01"]).exit_code == 2
