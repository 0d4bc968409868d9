"""Who may write and publish which articles: one rule, tried at every address of the desk that changes an article."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.database.connection import writing
from insight import aggregates, ledger
from insight.events import make
from kb.authoring.scopes import EVERYWHERE, Scope, Spot, scope_of, spot_of
from kb.source.frontmatter import read
from support.agents.models import Right, Role
from tests.app.desk.conftest import PASSWORD, Member, token_in
from tests.app.desk.test_agents_day import in_app
from tests.app.desk.test_authoring import actions, edit, fields, save
from tests.app.desk.test_gaps import ask, topic_about
from tests.articles import publish, write

Join = Callable[..., Member]
PAID, DRAFT, TURKISH = "en/returns/refund-time.md", "en/returns/half-done.md", "tr/orders/kargo.md"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    write(s.settings.kb_dir, "en", "refund-time", "When refunds arrive", "First.\n\nSecond.", category="returns")
    write(s.settings.kb_dir, "en", "half-done", "Half done", "Begun.", category="returns", head="status: draft")
    write(s.settings.kb_dir, "tr", "kargo", "Kargo", "Bugün.", category="orders")
    publish(s)
    return Path(s.settings.kb_dir)


def restrict(app: Flask, one: Member, writes: Scope = EVERYWHERE, publishes: Scope = EVERYWHERE) -> None:
    s = app.extensions["signpost"]
    s.desk.accounts.create("boss@example.org", "Boss", PASSWORD, [Role.ADMIN], "test", s.now())
    s.desk.accounts.change(
        one.user, "test", s.now(), roles=one.user.roles, disabled=False, scopes=(writes, publishes)
    )  # fmt: skip


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.md")}


def words_for(app: Flask) -> None:
    """Customers' words that the article on refunds could take, at the desk's gaps and at its findability."""
    s = app.extensions["signpost"]
    about = {"lang": "en", "slug": "refund-time"}
    ask(app, "where did my money go", times=4,
        then=[("result_opened", about), ("vote", {**about, "helpful": False})])  # fmt: skip
    for visit in ("one", "two"):
        steps = (
            ("search", {"query": "cash back please", "verdict": "suggest", "results": [["en", "refund-time"]]}),
            ("result_opened", about), ("article_read", {**about, "seconds": 60, "depth": 1}),
        )  # fmt: skip
        at = s.now() - timedelta(hours=1)
        with writing(s.engine) as connection:
            ledger.add(connection, [make(name, at, data, visit=visit, lang="en") for name, data in steps])
    aggregates.update(s.engine, s.now())


def stage(by: Member, path: str, **fields: object) -> Any:
    at = f"/desk/articles/flow/{path}"
    base = re.findall(r'name="base" value="(\w+)"', by.get(at).text)[0]
    return by.post(at, at, base=base, **fields)


def tried(app: Flask, by: Member) -> dict[str, Any]:
    """The answer of each address that changes articles, to somebody who tries to change the published one, to publish
    the draft, or to begin one in English."""
    ticket = in_app(app, subject="Where is my money?")
    about_ticket = f"/desk/t/{ticket.reference}/article"
    draft = {"lang": "en", "title": "New", "category": "returns"}
    topic = topic_about(app, "money go")
    gap = f"/desk/insight/gaps/{topic.id}"
    history = f"/desk/articles/history/{PAID}"
    form, half = edit(by, PAID), edit(by, DRAFT)
    earlier = re.findall(r"version=(\d+)#shown", by.get(history).text)[-1]
    found = "/desk/insight/findability/en/refund-time"
    elsewhere = half["head"] if "lang:" in half["head"] else half["head"].replace("\n---", "\nlang: tr\n---")
    return {
        "save_article_text": save(by, PAID, form, body="Changed.\n"),
        "save_article_text, publishing": save(by, DRAFT, half, status="published"),
        "save_article_text, into another topic": save(by, PAID, form, category="orders"),
        "save_article_text, into another language": save(by, DRAFT, half, head=elsewhere),
        "change_article_history": by.post(history, version=earlier, action="revert"),
        "change_article_history, declining": by.post(history, version=earlier, action="decline"),
        "merge_article": by.post(f"/desk/articles/merge/{PAID}", base=form["base"], version=form["base"], text="x"),
        "preview_article": by.post(f"/desk/articles/preview/{PAID}", **{**form, "body": "x"}),
        "paste_into_article": by.post("/desk/articles/paste", html="x"),
        "new_article": by.post("/desk/articles/new", **draft, slug="new-one"),
        "save_article": by.post(about_ticket, **draft, slug="new-two", text="x", questions="Why?"),
        "save_article, adding": by.post(about_ticket, **draft, questions="Where?", action="add:en/refund-time"),
        "change_gap": by.post(gap, gap, action="add", **{"words-en": ["where did my money go"]}),
        "change_gap, drafting": by.post(
            gap, gap, action="draft", category="returns", **{"lang-en": "on", "title-en": "T", "slug-en": "new-three"}
        ),
        "add_reached": by.post(found, found, words="cash back please"),
        "change_article_flow, publishing": stage(by, DRAFT, action="publish", when="now", reason="r"),
        "change_article_flow, archiving": stage(by, PAID, action="archive"),
        "change_remote": by.post("/desk/articles/remote", action="try"),
    }  # fmt: skip


def test_no_address_changes_what_an_account_may_not_write(desk_app: Flask, folder: Path, member: Join) -> None:
    words_for(desk_app)
    editor = member(Role.EDITOR)
    changes = (editor.get(f"/desk/articles/edit/{PAID}"), editor.get(f"/desk/articles/edit/{DRAFT}"))
    assert {page.status_code for page in changes} == {200}
    restrict(desk_app, editor, writes=Scope(("tr",)))
    before = files(folder)

    answers = tried(desk_app, editor)

    assert files(folder) == before
    assert desk_app.extensions["signpost"].authoring.open_suggestions() == {}
    assert {name: one.status_code for name, one in answers.items()} == {
        "save_article_text": 403, "save_article_text, publishing": 403, "save_article_text, into another topic": 403,
        "save_article_text, into another language": 403, "change_article_history": 303,
        "change_article_history, declining": 403, "merge_article": 200, "preview_article": 200,
        "paste_into_article": 200, "new_article": 422, "save_article": 422, "save_article, adding": 422,
        "change_gap": 422, "change_gap, drafting": 422, "add_reached": 422, "change_article_flow, publishing": 403,
        "change_article_flow, archiving": 403, "change_remote": 404,
    }  # fmt: skip
    assert fields(answers["save_article_text"].text)["body"] == "Changed.\n"
    assert not {"article_saved", "article_published", "article_created"} & set(actions(desk_app))
    # The one it may write, it also publishes.
    assert save(editor, TURKISH, edit(editor, TURKISH), body="Yarın.\n").headers["Location"].endswith("done=saved")


def test_what_may_be_written_and_not_published_is_suggested_everywhere(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    words_for(desk_app)
    author, editor = member(Role.AUTHOR), member(Role.EDITOR)
    restrict(desk_app, editor, publishes=Scope((), ("orders",)))
    s = desk_app.extensions["signpost"]
    for by in (author, editor):
        before, waiting = files(folder), s.authoring.open_suggestions().get(PAID, 0)

        answers = tried(desk_app, by)

        after = files(folder)
        assert {path: text for path, text in after.items() if path in (PAID, TURKISH)} == {
            path: before[path] for path in (PAID, TURKISH)
        }
        assert all(
            read(text, "").fields.status == "draft" for path, text in after.items() if path not in (PAID, TURKISH)
        )
        assert s.authoring.open_suggestions()[PAID] == waiting + 6, by.user.login
        assert answers["change_article_history, declining"].status_code == 403
        for name in ("save_article, adding", "change_gap", "add_reached"):
            assert "done=suggested" in answers[name].headers["Location"], name
        for path in [path for path in after if "/new-" in path]:
            (folder / path).unlink()
    assert author.get(f"/desk/articles/history/{PAID}").text.count("Open in the editor") == 0
    turkish = save(editor, TURKISH, edit(editor, TURKISH), body="Yarın.\n")
    assert turkish.headers["Location"].endswith("done=saved")


def test_every_address_that_changes_articles_is_tried(desk_app: Flask, folder: Path, member: Join) -> None:
    """Whoever adds one names it in `tried`, or here with the reason why it changes none."""
    changes_none = {
        "save_canned", "delete_canned", "insight_stop", "save_view", "delete_view", "near_twins", "near_title",
        "try_questions",
        # Tried in test_writing_aids.py.
        "change_articles", "add_picture", "snippets",
        # Tried in test_health.py and test_translations.py.
        "merge_twins", "import_translations", "change_translation",
    }  # fmt: skip
    words_for(desk_app)
    known = {name.split(",")[0] for name in tried(desk_app, member(Role.EDITOR))} | changes_none
    posts = {
        rule.endpoint.removeprefix("desk.")
        for rule in desk_app.url_map.iter_rules()
        if rule.endpoint.startswith("desk.") and "POST" in (rule.methods or ())
        and getattr(desk_app.view_functions[rule.endpoint], "desk_right", None) in {Right.WRITE, Right.PUBLISH}
    }  # fmt: skip
    assert posts - known == set()


def test_an_admin_says_where_an_account_writes_and_publishes(desk_app: Flask, folder: Path, member: Join) -> None:
    admin, editor = member(Role.ADMIN), member(Role.EDITOR)
    s, page = desk_app.extensions["signpost"], f"/desk/users/{editor.user.id}"
    form = {
        "csrf": token_in(admin.get("/desk/users").text), "action": "change", "roles": ["editor"],
        "write_languages": ["en", "xx"], "write_categories": "", "publish_languages": ["en"],
        "publish_categories": " orders，returns/ , returns",
    }  # fmt: skip

    assert admin.client.post(page, data=form).status_code == 303

    user = s.desk.accounts.by_id(editor.user.id)
    assert (user.writes, user.publishes) == (Scope(("en",)), Scope(("en",), ("orders", "returns")))
    shown = admin.get("/desk/users").text
    assert "Some articles only" in shown and 'value="orders, returns"' in shown
    entry = s.desk.audit_log(action="user_changed")[0][0][1]
    assert entry.detail["publishes"] == "en; orders,returns" and entry.detail["writes"] == "en"
    notice = "Your account may not write articles in this language or topic"
    assert notice in editor.get(f"/desk/articles/edit/{TURKISH}").text
    assert notice not in editor.get(f"/desk/articles/edit/{PAID}").text
    # As an admin it is not restricted; without its scopes in the form nothing of them changes.
    s.desk.accounts.change(user, "test", s.now(), roles=[Role.ADMIN], disabled=False)
    assert s.desk.accounts.by_id(user.id).writes == EVERYWHERE
    s.desk.accounts.change(user, "test", s.now(), roles=[Role.EDITOR], disabled=False)
    assert s.desk.accounts.by_id(user.id).writes == Scope(("en",))
    everywhere = {**form, "write_languages": [], "publish_languages": [], "publish_categories": ""}
    assert admin.client.post(page, data=everywhere).status_code == 303
    assert s.desk.accounts.by_id(user.id).publishes == EVERYWHERE


def test_where_an_article_stands_is_what_the_reader_says() -> None:
    head = "---\ntitle: A\n{}---\n\nText.\n"
    assert spot_of("tr/02-orders/a.md", head.format(""), "en") == Spot("tr", "orders")
    assert spot_of("tr/orders/a.md", head.format("lang: en\ncategory: setup/network\n"), "en") == Spot(
        "en", "setup/network"
    )
    assert spot_of("a.md", "no header", "zh-Hant").lang == "zh-Hant"
    inside = Scope(("en",), ("setup",))
    assert inside.covers(Spot("en", "setup/network")) and not inside.covers(Spot("en", "setups"))
    assert not inside.covers(Spot("tr", "setup")) and scope_of([], [" ", "/"]) == EVERYWHERE
