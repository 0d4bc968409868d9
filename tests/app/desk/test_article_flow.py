"""From draft to page: comments that stay with their paragraph, reviews with their mails, stages and their dates."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from core.database.connection import writing
from kb.authoring.anchors import block_at, blocks, followed, likeness
from kb.authoring.flow import FlowService, NoSuchComment
from kb.authoring.header_form import HeaderKept
from kb.authoring.models import Author, Kind
from kb.authoring.personal_data import PERSONAL_DATA
from kb.authoring.remote_state import RemoteState, read
from kb.authoring.remote_state import write as write_state
from kb.authoring.service import AuthoringService
from kb.authoring.stages import Stage, archived, drafted, published, stage_of
from kb.models import Status
from kb.source.folder_reader import read_folder
from support.agents.models import Role
from tests.app.desk.conftest import Member
from tests.app.desk.test_authoring import actions, edit, save
from tests.app.desk.test_digest import mails as delivered
from tests.articles import publish, write
from tests.support.conftest import NOW

Join = Callable[..., Member]
DRAFT, PAID = "en/returns/half-done.md", "en/returns/refund-time.md"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    write(s.settings.kb_dir, "en", "half-done", "Half <done>", "First.\n\nSecond.\n\nThird.", category="returns",
          head="status: draft")  # fmt: skip
    for slug in ("refund-time", "other", "more", "most"):
        write(s.settings.kb_dir, "en", slug, f"When refunds arrive, {slug}", "One.\n\nTwo.", category="returns")
    publish(s)
    return Path(s.settings.kb_dir)


def page(of: Member, path: str = DRAFT) -> str:
    found = of.get(f"/desk/articles/flow/{path}")
    assert found.status_code == 200
    return found.text


def act(by: Member, action: str, path: str = DRAFT, **fields: object) -> tuple[int, str]:
    at = f"/desk/articles/flow/{path}"
    base = re.findall(r'name="base" value="(\w+)"', page(by, path))[0]
    answer = by.post(at, at, **{"base": base, "action": action, **fields})
    return answer.status_code, (re.findall(r"done=(\w+)", answer.headers.get("Location", "")) or [answer.text])[0]


def mails(app: Flask) -> list[tuple[str, str, str]]:
    """To, subject, text and HTML of what was sent about reviews, whatever the order."""
    found = []
    for raw in delivered(app):
        mail = message_from_string(raw, policy=policy.default)
        parts = [part.get_content() for kind in ("plain", "html") if (part := mail.get_body((kind,))) is not None]
        found.append((str(mail["To"]), str(mail["Subject"]), "\n".join(parts)))
    return found


def test_a_comment_stays_with_its_paragraph_until_it_is_resolved(desk_app: Flask, folder: Path, member: Join) -> None:
    author, editor = member(Role.AUTHOR), member(Role.EDITOR)
    assert act(editor, "comment", line=8, text="Which <b>day</b>?\nSay it.") == (303, "commented")
    # Lines are counted as in the editor: from the first one of the text, not of the file.
    assert re.search(r'id="line-8">.{0,120}Line [1-7]<', page(author)) and "As readers see it" in page(author)
    assert 'id="line-8"' in page(author) and "Which &lt;b&gt;day" in page(author)
    form = edit(author, DRAFT)
    assert save(author, DRAFT, form, body="New.\n\n" + form["body"].replace("Second.", "Second, on Monday."),
                reason="x").status_code == 303  # fmt: skip
    shown = page(author)
    after = shown[shown.index("Second, on Monday.") :]
    assert after.index("Which &lt;b&gt;day") < after.index("Third.") and "1 open comment" in shown
    number = re.findall(r'id="comment-(\d+)"', shown)[0]
    assert act(author, "reply", comment=number, text="Monday.") == (303, "commented")
    ((to, subject, text),) = mails(desk_app)
    assert to == "editor@example.org" and subject == "Author commented on “Half <done>”" and "Monday." in text
    assert "1 open comment" in author.get("/desk/articles").text
    assert act(editor, "resolve", comment=number) == (303, "saved")
    assert "1 resolved comment" in page(author) and "1 open comment" not in page(author)
    assert act(editor, "reopen", comment=number)[0] == 303
    form = edit(author, DRAFT)
    save(author, DRAFT, form, body=form["body"].replace("Second, on Monday.\n\n", ""))
    assert "On paragraphs that are no longer there" in page(author) and "Monday." in page(author)
    assert act(editor, "comment", line=0, text="x")[0] == 422 and act(editor, "comment", line=7, text=" ")[0] == 422
    assert act(editor, "reply", comment=10**6, text="x")[0] == 422 and act(editor, "nonsense")[0] == 400
    assert member(Role.AGENT).get(f"/desk/articles/flow/{DRAFT}").status_code == 403
    assert {"article_commented", "article_comment_resolved", "article_comment_reopened"} <= set(actions(desk_app))


def test_somebody_is_asked_for_a_review_and_answers(desk_app: Flask, folder: Path, member: Join) -> None:
    author, editor, agent = member(Role.AUTHOR), member(Role.EDITOR), member(Role.AGENT)
    editor.post("/desk/account/choices", lang="tr", next="/desk/")
    assert act(author, "ask", of=agent.user.id)[0] == 422
    assert act(author, "ask", of=editor.user.id, note="Please.\nUntil Friday") == (303, "asked")

    assert "In review" in author.get("/desk/articles?state=review").text
    mine = "/desk/articles?state=mine"
    assert DRAFT in editor.get(mine).text and DRAFT not in author.get(mine).text
    ((to, subject, text),) = mails(desk_app)
    assert to == "editor@example.org" and subject == "Author, “Half <done>” makalesini incelemenizi istiyor"
    assert "Until Friday" in text and "/desk/articles/flow/en/returns/half-done.md" in text
    assert "Half &lt;done&gt;" in text.split("<!doctype", 1)[1] and "<done>" not in text.split("<!doctype", 1)[1]
    number = re.findall(r'name="review" value="(\d+)"', page(editor))[0]
    assert act(member(Role.AUTHOR, login="c@example.org"), "approve", review=number)[0] == 403
    assert act(author, "approve", review=number)[0] == 403  # one's own
    assert act(editor, "changes", review=number, note="Shorter.") == (303, "answered")
    assert act(editor, "approve", review=number)[0] == 422
    back = [text for to, _subject, text in mails(desk_app) if to == "author@example.org"]
    assert len(back) == 1 and "Editor asks for changes" in back[0] and "Shorter." in back[0]
    assert "Changes asked for" in page(author) and "Shorter." in page(author)
    assert act(author, "ask", of=editor.user.id)[1] == "asked"
    number = re.findall(r'name="review" value="(\d+)"', page(author))[0]
    assert act(author, "withdraw", review=number)[1] == "answered" and len(mails(desk_app)) == 3
    assert actions(desk_app)[:2] == ["article_review_withdrawn", "article_review_asked"]


def test_an_editor_has_a_change_reviewed_before_it_is_published(desk_app: Flask, folder: Path, member: Join) -> None:
    editor, other = member(Role.EDITOR), member(Role.EDITOR, login="bo@example.org")
    before, form = (folder / PAID).read_text("utf-8"), edit(editor, PAID)
    assert save(editor, PAID, form, body="New.\n", action="suggest").headers["Location"].endswith("done=suggested")
    assert (folder / PAID).read_text("utf-8") == before
    number = re.findall(r'<option value="(\d+)" selected>Version', page(editor, PAID))[0]
    assert act(editor, "ask", PAID, of=other.user.id, version=number) == (303, "asked")
    assert f"version={number}#shown" in page(other, PAID)
    review = re.findall(r'name="review" value="(\d+)"', page(other, PAID))[0]
    assert act(other, "approve", PAID, review=review) == (303, "answered")
    assert (folder / PAID).read_text("utf-8") == before  # an approval publishes nothing
    assert "Approved" in page(editor, PAID)


def test_an_article_is_published_scheduled_withdrawn_and_archived(desk_app: Flask, folder: Path, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    author, editor = member(Role.AUTHOR), member(Role.EDITOR)

    def stage(path: str = DRAFT) -> str:
        return re.findall(r'aria-current="step">([^<]+)<', page(editor, path))[0]

    assert act(editor, "publish", when="now")[0] == 422  # without a reason
    assert act(editor, "publish", when="day", day=s.today().isoformat(), reason="r")[0] == 422
    assert act(editor, "publish", when="day", day="soon", reason="r")[0] == 422
    assert act(author, "publish", when="now", reason="done") == (303, "suggested")
    assert stage() == "Draft"
    later = (s.today() + timedelta(days=3)).isoformat()
    assert act(editor, "publish", when="day", day=later, reason="with the sale") == (303, "staged")
    assert stage() == "Scheduled" and f"publish_date: {later}" in (folder / DRAFT).read_text("utf-8")
    assert "with the sale" in editor.get(f"/desk/articles/history/{DRAFT}").text
    assert act(editor, "publish", when="now", reason="sooner")[1] == "staged" and stage() == "Published"
    publish(s)
    assert editor.client.get("/en/a/half-done").status_code == 200
    assert act(author, "archive", reason="old") == (303, "suggested") and stage() == "Published"
    assert act(editor, "archive", reason="old")[1] == "staged" and stage() == "Archived"
    assert (folder / DRAFT).read_text("utf-8").count("archived: true") == 1
    publish(s)
    answer = editor.client.get("/en/a/half-done").status_code
    (folder / PAID).unlink()
    publish(s)
    assert answer == editor.client.get("/en/a/refund-time").status_code != 200
    assert DRAFT in editor.get("/desk/articles?state=archived").text
    assert "What differs from what was published last" in page(editor)
    assert act(author, "draft")[1] == "staged" and stage() == "Draft"
    assert "archived" not in (folder / DRAFT).read_text("utf-8")
    # Of a text that somebody changed meanwhile, nothing is published.
    at, before = f"/desk/articles/flow/{DRAFT}", re.findall(r'name="base" value="(\w+)"', page(editor))[0]
    (folder / DRAFT).write_text((folder / DRAFT).read_text("utf-8") + "\nLate.\n", "utf-8")
    stale = editor.post(at, "/desk/account", base=before, action="publish", when="now", reason="r")
    assert stale.status_code == 409 and stage() == "Draft"
    assert [one for one in actions(desk_app)[::-1] if one != "article_suggested"] == [
        "article_scheduled", "article_published", "article_archived", "article_restored",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head", ["title: A\nstatus: draft", "title: A", "title: A\npublish_date: 2099-01-01", "draft: true"]
)
def test_a_stage_is_what_the_reader_of_the_folder_says(tmp_path: Path, head: str) -> None:
    day = NOW.date()
    text = f"---\n{head}\n---\n\nText.\n"

    def of(text: str) -> Status:
        (tmp_path / "en" / "x").mkdir(parents=True, exist_ok=True)
        (tmp_path / "en" / "x" / "a.md").write_text(text, "utf-8")
        return read_folder(tmp_path).articles[0].status

    if "draft: true" in head:
        with pytest.raises(HeaderKept):
            published(text, day, day)
        assert stage_of(archived(text), day) is Stage.ARCHIVED
        return
    away = archived(text)
    assert stage_of(away, day) is Stage.ARCHIVED and of(away) is Status.DRAFT
    assert stage_of(drafted(away), day) is Stage.DRAFT and of(drafted(away)) is Status.DRAFT
    assert "archived" not in drafted(away)
    assert stage_of(published(away, day, day), day) is Stage.PUBLISHED
    assert stage_of(published(text, day, day + timedelta(days=2)), day) is Stage.SCHEDULED
    for more in ("archived: true", "archived: yes\nx: 1"):
        bare = f"---\n{head}\n{more}\n---\n\nText.\n"
        assert stage_of(drafted(bare), day) is Stage.DRAFT and of(drafted(bare)) is Status.DRAFT
    said = "---\nstatus: published\narchived: true\n---\n\nText.\n"
    assert stage_of(drafted(said), day) is Stage.DRAFT and of(said) is Status.DRAFT


def test_a_publish_whose_end_is_over_is_refused() -> None:
    text = "---\ntitle: A\nstatus: draft\nexpiry_date: 2020-01-01\n---\n\nText.\n"
    with pytest.raises(HeaderKept, match="expiry_date"):
        published(text, NOW.date(), NOW.date())


def test_paragraphs_are_followed() -> None:
    old = "---\ntitle: A\n---\n\nOne.\n\nTwo.\n\nThree.\n\nTwo.\n"
    assert [(one.line, one.text) for one in blocks(old)][1:] == [(5, "One."), (7, "Two."), (9, "Three."), (11, "Two.")]
    new = "---\ntitle: A\ntags: []\n---\n\nZero.\n\nOne.\n\nThree, changed.\n\nTwo.\n"
    assert followed(old, 5, new) == 8 and followed(old, 11, new) == 12 and followed(old, 1, new) == 1
    assert followed(old, 9, new) == 10 and followed(old, 5, old.replace("One.\n\n", "")) is None
    assert (block := block_at(old, 8)) is not None and block.text == "Two." and block_at("", 3) is None
    assert likeness(old, new) == pytest.approx(4 / 8) and likeness("a", "a") == 0


def test_the_history_follows_a_file_that_was_moved(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path, "en", "a", "A", "One.\n\nTwo.\n\nThree.", head="status: draft")
    service, flow, ada = AuthoringService(engine, tmp_path), FlowService(engine), Author("ada", may_publish=True)
    path, moved, again = "en/orders/a.md", "en/orders/b.md", "en/moved/c.md"
    opened = service.open(path, NOW)
    service.save(path, opened.text.replace("One", "1"), opened.version, ada, "first", NOW)
    bo = Author("bo", may_publish=False)
    service.save(
        path, service.open(path, NOW).text.replace("draft", "published"), service.open(path, NOW).version, bo, "", NOW
    )
    flow.comment(path, service.open(path, NOW).version, 8, "Hm.", "bo", NOW)
    other = write(tmp_path, "en", "z", "Z", "One.\n\nTwo.\n\nThree.", head="status: draft")

    file.rename(file.with_name("b.md"))
    service.open("en/orders/z.md", NOW)  # alike, but the other one is not gone
    renamed = service.open(moved, NOW)

    found, _more = service.history(moved)
    assert [(one.path, one.kind, one.moved_from) for one in found] == [
        (moved, Kind.FOUND, path), (moved, Kind.SUGGESTED, ""), (path, Kind.SAVED, ""), (path, Kind.FOUND, ""),
    ]  # fmt: skip
    assert service.open_suggestions() == {moved: 1} and flow.open_comments() == {moved: 1}
    assert service.text_with(moved, opened.version) == opened.text
    assert len(flow.discussed(moved, renamed.text).gone) == 0 and flow.discussed(moved, renamed.text).open == 1
    # Moved and changed by Git at once; and gone back to what it said before.
    (tmp_path / "en" / "moved").mkdir()
    target = tmp_path / again
    file.with_name("b.md").rename(target)
    target.write_text(target.read_text("utf-8").replace("Two", "2"), "utf-8")
    service.open(again, NOW)
    found, _more = service.history(again)
    assert [one.moved_from for one in found if one.moved_from] == [moved, path]
    service.revert(again, found[-1].id, ada, "", NOW)
    assert service.open(again, NOW).text == opened.text
    assert service.history("en/orders/z.md")[0][-1].moved_from == "" and other.exists()


def test_what_an_account_said_is_shown_and_erased(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "en", "a", "A", "One.\n\nTwo.", head="status: draft")
    service, flow, path = AuthoringService(engine, tmp_path), FlowService(engine), "en/orders/a.md"
    hash_ = service.open(path, NOW).version
    number = flow.comment(path, hash_, 6, "Hm.", "bo@example.org", NOW)
    flow.reply(path, number, "Yes.", "ada@example.org", NOW)
    flow.ask(path, 0, hash_, "bo@example.org", "ada@example.org", "Please", NOW, lambda _connection: None)
    with pytest.raises(NoSuchComment):
        flow.comment(path, "unknown", 6, "x", "bo@example.org", NOW)
    with engine.connect() as connection:
        shown = PERSONAL_DATA.export_address(connection, "bo@example.org").data
        assert PERSONAL_DATA.count_address(connection, "bo@example.org") == 2
        assert not PERSONAL_DATA.export_address(connection, "c@example.org").data
    assert shown["article_comments"][0]["text"] == "Hm." and shown["article_reviews"][0]["note"] == "Please"
    with writing(engine) as connection:
        PERSONAL_DATA.erase_address(connection, "bo@example.org")
    with engine.connect() as connection:
        assert PERSONAL_DATA.count_address(connection, "bo@example.org") == 0
        assert PERSONAL_DATA.count_address(connection, "ada@example.org") == 2
    assert flow.reviews(path)[0].note == "" and flow.reviews(path)[0].asked_by == ""
    # What became of the remote is one row, in either database.
    state = RemoteState("refused", "no", NOW, NOW, None, NOW, 3, 2, ("a.md",), "kept", ("take", "x")).with_choice(
        "ü", ("", "ours")
    )
    with writing(engine) as connection:
        write_state(connection, RemoteState("network"))
        write_state(connection, state)
        assert read(connection) == state
