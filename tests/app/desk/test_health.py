"""The health page, twins that become one, and reminders to owners."""

import csv
import email
import io
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path

import pytest
from flask import Flask

from app.desk import reminders
from app.ops.upkeep_worker import UpkeepWorker
from index.ranking.twins import Twins
from kb.authoring.scopes import Scope
from kb.models import ArticleRef
from support.agents.models import Role
from tests.app.desk.test_article_rights import restrict
from tests.app.desk.test_authoring import Join, edit, save
from tests.app.desk.test_digest import mails
from tests.articles import write

NOW = datetime.now(UTC).replace(hour=12)
TODAY = NOW.date()


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    kb = Path(s.settings.kb_dir)
    text = "## How long\n\nA week. See [pairing](../setup/pairing.md).\n\n![](x.png)"
    head = f"owner: Ada\nreview_by: {TODAY - timedelta(days=3)}\nquestions: [when is my money back]"
    write(kb, "en", "refund", "When refunds arrive", text, category="returns", head=head)
    (kb / "en/returns/x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    text = "## How long\n\nA week.\n\n## To which card\n\nThe one you paid with."
    write(kb, "en", "money-back", "Getting money back", text, category="returns",
          head="aliases: [/old/money]\nquestions: [where is my money]")  # fmt: skip
    write(kb, "en", "pairing", "Pair them", "Hold it. See [none](none.md).", category="setup",
          head=f"owner: default\nexpiry_date: {TODAY + timedelta(days=5)}")  # fmt: skip
    write(kb, "tr", "pairing", "Eşleştir", "Basılı tutun.", category="setup", head="owner: Ada\nstatus: published")
    from app.ops.publishing import publish_and_index

    publish_and_index(s)
    return kb


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]


def test_the_page_names_what_wants_looking_after_and_where_it_is_mended(
    desk_app: Flask, folder: Path, member: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = desk_app.extensions["signpost"]
    author, agent = member(Role.AUTHOR), member(Role.AGENT)
    pair = Twins(ArticleRef("en", "refund"), ArticleRef("en", "money-back"), 0.9, 0.8)
    monkeypatch.setattr(s.twins, "pairs", lambda _wait: (pair,))
    assert agent.get("/desk/articles/health").status_code == 403
    page = author.get("/desk/articles/health").text
    for words in ("Review is due", "Expires soon", "no text for those who cannot see it", "there is no such file",
                  "Merge with “Getting money back”", "No article links to it, nobody read it"):  # fmt: skip
        assert words in page, words
    assert "/desk/articles/edit/en/returns/refund.md" in page
    assert "/desk/articles/twins?keep=en/returns/refund.md" in page

    found = {kind: rows(author.get(f"/desk/articles/health.csv?kind={kind}").text) for kind in
             ("reviews", "expiry", "links", "external", "orphans", "twins", "pictures", "questions")}  # fmt: skip
    assert [row[1] for row in found["reviews"]] == ["en/returns/refund.md"]
    assert [row[1] for row in found["expiry"]] == ["en/setup/pairing.md"]
    assert {row[1] for row in found["orphans"]} == {"en/returns/refund.md", "en/returns/money-back.md"}
    assert rows(author.get("/desk/articles/health.csv?kind=orphans&language=tr").text) == []
    assert rows(author.get("/desk/articles/health.csv?kind=reviews&owner=default").text) == []
    assert author.get("/desk/articles/health.csv?kind=none").status_code == 404
    assert "Merge with" not in author.get("/desk/articles/health?kind=reviews").text


def test_twins_become_one_and_the_old_addresses_lead_there_for_ever(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    s = desk_app.extensions["signpost"]
    editor, author = member(Role.EDITOR), member(Role.AUTHOR)
    form = {"keep": "en/returns/refund.md", "drop": "en/returns/money-back.md"}
    query = "&".join(f"{name}={value}" for name, value in form.items())
    page = editor.get(f"/desk/articles/twins?{query}").text
    assert "The one you paid with." in page
    assert author.post("/desk/articles/twins", **form).status_code == 403
    assert editor.post("/desk/articles/twins", **form).status_code == 409
    import re

    form |= dict(re.findall(r'name="(version\w*)" value="([^"]+)"', page))
    elsewhere = member(Role.EDITOR, login="elsewhere@example.org")
    restrict(desk_app, elsewhere, publishes=Scope(("tr",)))
    assert elsewhere.post("/desk/articles/twins", **form).status_code == 403
    done = editor.post("/desk/articles/twins", **form, part=["1"], names="on")
    assert done.status_code == 303

    kept, other = (folder / form["keep"]).read_text("utf-8"), (folder / form["drop"]).read_text("utf-8")
    assert kept.endswith("## To which card\n\nThe one you paid with.\n") and kept.count("A week.") == 1
    assert 'aliases: ["/en/a/money-back", "/old/money"]' in kept
    assert 'questions: ["when is my money back", "where is my money"]' in kept
    assert "status: draft" in other and "The one you paid with." in other
    from app.ops.publishing import publish_and_index

    publish_and_index(s)
    client = desk_app.test_client()
    for address in ("/en/a/money-back", "/old/money"):
        assert client.get(address).headers["Location"].endswith("/en/a/refund"), address
    assert not [one for one in rows(editor.get("/desk/articles/health.csv?kind=links").text) if "alias" in str(one)]
    # Somebody who writes the file anew, as an import does, takes no visitor's bookmark away.
    (folder / form["keep"]).write_text("---\ntitle: When refunds arrive\n---\n\nA week.\n", "utf-8")
    publish_and_index(s)
    assert client.get("/old/money").headers["Location"].endswith("/en/a/refund")
    # Nor does renaming it afterwards.
    (folder / form["keep"]).rename(folder / "en/returns/refund-time.md")
    publish_and_index(s)
    assert client.get("/old/money").headers["Location"].endswith("/en/a/refund-time")
    # Who claims it, gets it.
    write(folder, "en", "cash", "Cash", "Cash.", head="aliases: [/old/money]")
    publish_and_index(s)
    assert client.get("/old/money").headers["Location"].endswith("/en/a/cash")


def test_owners_are_reminded_once_in_their_language_and_one_post_ends_it(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    s = desk_app.extensions["signpost"]
    ada = member(Role.EDITOR, login="ada@example.org")
    member(Role.EDITOR, login="bo@example.org")
    ada.post("/desk/account/choices", lang="tr", next="/desk/")
    assert reminders.send_if_due(s, NOW.replace(hour=2)) == 0
    assert reminders.send_if_due(s, NOW) == 2
    assert reminders.send_if_due(s, NOW) == 0 == reminders.send_if_due(s, NOW + timedelta(days=1))

    sent = {
        one["To"]: one for one in (email.message_from_string(one, policy=policy.default) for one in mails(desk_app))
    }
    assert set(sent) == {"ada@example.org", "team@localhost"}
    body = sent["ada@example.org"].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "When refunds arrive (en)" in text and "/desk/articles/edit/en/returns/refund.md" in text
    assert "Pair them" not in text and "Articles that need you" not in text
    assert sent["ada@example.org"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # What is new since: the source of a translation of hers has changed.
    editor = member(Role.EDITOR)
    editor.get("/desk/translations")
    form = edit(editor, "en/setup/pairing.md")
    save(editor, "en/setup/pairing.md", form, body="Hold both buttons.\n", weight="minor")
    assert reminders.send_if_due(s, NOW + timedelta(days=2)) == 1
    form = edit(editor, "en/setup/pairing.md")
    save(editor, "en/setup/pairing.md", form, body="Hold both buttons down.\n", weight="minor")
    stop = sent["ada@example.org"]["List-Unsubscribe"].strip("<>").partition("/desk/")[2]
    stranger = desk_app.test_client()
    assert stranger.get(f"/desk/{stop}").status_code == 200
    assert stranger.post(f"/desk/{stop[:-1]}x").status_code == 404
    assert stranger.post(f"/desk/{stop}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert reminders.send_if_due(s, NOW + timedelta(days=3)) == 0


def test_the_worker_does_each_chore_by_itself(
    desk_app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch, member: Join
) -> None:
    s = desk_app.extensions["signpost"]
    member(Role.EDITOR, login="ada@example.org")

    def broken(*_given: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(reminders, "send_if_due", broken)
    asked: list[object] = []
    monkeypatch.setattr(s.external_links, "step", lambda *given: asked.append(given) or (0, 0))
    UpkeepWorker(s).work()
    assert len(asked) == 1 and set(s.translations.notice(s.shelf.look(s.today(), None).reading, s.now())) == {
        "tr/setup/pairing.md"
    }
