"""Writing at the desk: the library, the editor without scripts, two people at once, history, rights."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import Engine

from kb.authoring import header_form
from kb.authoring.merge import text_of
from kb.authoring.models import Author, ChangedMeanwhile, Kind, Saved, Suggested
from kb.authoring.service import AuthoringService
from kb.source.folder_reader import read_folder
from kb.source.frontmatter import FIELDS
from support.agents.models import Role
from tests.app.desk.conftest import Member, token_in
from tests.articles import publish, write
from tests.support.conftest import NOW

Join = Callable[..., Member]
HEAD = "x_tool: {keep: [this, exactly]}   # and this\nowner: Ada"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    write(s.settings.kb_dir, "en", "refund-time", "When refunds arrive", "First.\n\nSecond.\n\nThird.",
          category="returns", head=HEAD)  # fmt: skip
    write(s.settings.kb_dir, "en", "half-done", "Half done", "Begun.", category="returns", head="status: draft")
    publish(s)
    return Path(s.settings.kb_dir)


REFUND, DRAFT = "en/returns/refund-time.md", "en/returns/half-done.md"


def fields(page: str) -> dict[str, str]:
    """What the editor's form would send, as a browser without scripts does."""
    form = page[page.index("data-editor") : page.index("</form>", page.index("data-editor"))]
    found = {n: unescape(v) for n, v in re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', form)}
    found |= {
        n: unescape(v.removeprefix("\n"))
        for n, v in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    }
    found["status"] = re.findall(r'<option value="(draft|published)" selected', form)[0]
    return found


def post(member: Member, path: str, values: dict[str, str]) -> Any:
    crlf = {name: value.replace("\n", "\r\n") for name, value in values.items()}
    return member.client.post(path, data=crlf, content_type="multipart/form-data")


def edit(member: Member, path: str) -> dict[str, str]:
    return fields(member.get(f"/desk/articles/edit/{path}").text)


def save(member: Member, path: str, values: dict[str, str], **changed: str) -> Any:
    return post(member, f"/desk/articles/edit/{path}", {**values, "action": "save", **changed})


def actions(app: Flask) -> list[str]:
    s = app.extensions["signpost"]
    found, _kinds = s.desk.audit_log()
    return [entry.action for _n, entry in found if entry.action.startswith("article_")]


def test_a_save_changes_what_was_changed_and_nothing_else(desk_app: Flask, folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
    before = (folder / REFUND).read_bytes().decode()
    form = edit(editor, REFUND)
    assert form["title"] == "When refunds arrive" and form["owner"] == "Ada"

    assert save(editor, REFUND, form).headers["Location"].endswith("done=same")
    assert (folder / REFUND).read_bytes().decode() == before
    sent = save(editor, REFUND, form, body=form["body"].replace("Second.", "Zweitens 二."), reason="clearer",
                summary="It takes\nfive days", tags="refund, money，card",
                questions="when is my refund\n\nwo ist es")  # fmt: skip

    assert sent.status_code == 303
    after = (folder / REFUND).read_bytes().decode()
    reading = read_folder(folder)
    made = next(one for one in reading.articles if one.source == REFUND)
    assert (made.summary, made.tags) == ("It takes five days", ("refund", "money", "card"))
    assert made.questions == ("when is my refund", "wo ist es")
    kept = [line for line in before.replace("Second.", "Zweitens 二.").splitlines() if line not in after.splitlines()]
    assert kept == []
    assert HEAD in after
    page = editor.get(f"/desk/articles/history/{REFUND}").text
    assert "clearer" in page and "editor@example.org" in page
    assert actions(desk_app) == ["article_saved"]
    assert not list(folder.rglob("*.part"))


def test_windows_line_ends_and_a_byte_order_mark_stay(folder: Path, member: Join) -> None:
    text = (folder / REFUND).read_text("utf-8")
    (folder / REFUND).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (folder / REFUND).chmod(0o640)
    editor = member(Role.EDITOR)
    form = edit(editor, REFUND)

    assert save(editor, REFUND, form, body=form["body"].replace("First", "1st")).status_code == 303

    wanted = b"\xef\xbb\xbf" + text.replace("First", "1st").replace("\n", "\r\n").encode()
    assert (folder / REFUND).read_bytes() == wanted
    assert (folder / REFUND).stat().st_mode & 0o777 == 0o640


def test_two_people_at_once(desk_app: Flask, folder: Path, member: Join) -> None:
    ada, bo = member(Role.ADMIN, login="ada@example.org"), member(Role.EDITOR, login="bo@example.org")
    hers, his = edit(ada, REFUND), edit(bo, REFUND)
    assert save(ada, REFUND, hers, body=hers["body"].replace("First.", "First, by Ada.")).status_code == 303

    fits = save(bo, REFUND, his, body=his["body"].replace("Third.", "Third, by Bo."), reason="his")

    assert fits.status_code == 409 and "ada@example.org" in fits.text
    assert "by Bo" not in (folder / REFUND).read_text("utf-8")
    together = fields(fits.text)
    assert "by Ada" in together["body"] and "by Bo" in together["body"] and together["reason"] == "his"
    assert save(bo, REFUND, together).status_code == 303
    # Git, at the same paragraph, between opening and saving.
    form = edit(ada, REFUND)
    file = folder / REFUND
    file.write_text(file.read_text("utf-8").replace("Second.", "Second, by Git."), "utf-8")
    mine = save(ada, REFUND, form, body=form["body"].replace("Second.", "Second, by <b>Ada</b>.") + "\nFourth.\n")
    assert mine.status_code == 409
    assert "Second, by Git." in mine.text and "Second, by &lt;b&gt;Ada" in mine.text
    assert "by <b>" not in file.read_text("utf-8")
    hidden = {n: unescape(v) for n, v in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', mine.text)}
    hidden["text"] = unescape(re.findall(r'<textarea name="text" hidden>\n(.*?)</textarea>', mine.text, re.DOTALL)[0])
    for choice, there, not_there in (
        ("mine", "by <b>Ada", "by Git"),
        ("theirs", "by Git", "by <b>"),
        ("", "by Git", "!"),
    ):
        chosen = fields(post(ada, f"/desk/articles/merge/{REFUND}", {**hidden, "choice-0": choice}).text)
        assert there in chosen["body"] and not_there not in chosen["body"] and "Fourth." in chosen["body"]
    assert "by <b>" in chosen["body"]
    assert save(ada, REFUND, chosen).status_code == 303
    assert "by Git" in file.read_text("utf-8")
    assert "Changed outside of the editor" in ada.get(f"/desk/articles/history/{REFUND}").text


def test_open_suggestions_are_named_and_one_of_the_very_text_is_taken_up(folder: Path, member: Join) -> None:
    author, editor = member(Role.AUTHOR), member(Role.EDITOR)
    assert save(author, REFUND, edit(author, REFUND), body="Mine.").headers["Location"].endswith("done=suggested")
    assert save(author, REFUND, edit(author, REFUND), body="Other.").headers["Location"].endswith("done=suggested")
    where = f"/desk/articles/edit/{REFUND}"

    def named(query: str = "") -> list[str]:
        return re.findall(r'suggestion=(\d+)">Open', editor.get(where + query).text)

    other, mine = named()
    assert named(f"?suggestion={other}") == [mine]
    assert save(editor, REFUND, edit(editor, REFUND), body="Mine.").status_code == 303
    assert named() == [other]


def test_writing_and_publishing_are_separate_rights(desk_app: Flask, folder: Path, member: Join) -> None:
    author, editor = member(Role.AUTHOR), member(Role.EDITOR)
    before = (folder / REFUND).read_bytes()
    form = edit(author, DRAFT)
    assert save(author, DRAFT, form, body="## Steps\n\nMore.\n").headers["Location"].endswith("done=saved")
    form = edit(author, DRAFT)

    for path, values in ((DRAFT, {**form, "status": "published"}), (REFUND, edit(author, REFUND) | {"body": "Mine."})):
        assert save(author, path, values).headers["Location"].endswith("done=suggested")

    assert (folder / REFUND).read_bytes() == before
    assert "status: draft" in (folder / DRAFT).read_text("utf-8")
    library = editor.get("/desk/articles?state=suggested").text
    assert REFUND in library and DRAFT in library
    history = editor.get(f"/desk/articles/history/{REFUND}").text
    number = re.findall(r"version=(\d+)#shown", history)[0]
    shown = editor.get(f"/desk/articles/history/{REFUND}?version={number}").text
    assert "<ins>Mine" in shown and "<del>" in shown
    suggested = fields(editor.get(f"/desk/articles/edit/{REFUND}?suggestion={number}").text)
    assert save(editor, REFUND, suggested).status_code == 303
    assert "Mine." in (folder / REFUND).read_text("utf-8")
    assert REFUND not in editor.get("/desk/articles?state=suggested").text
    other = re.findall(r"version=(\d+)#shown", editor.get(f"/desk/articles/history/{DRAFT}").text)[0]
    token = token_in(editor.get("/desk/account").text)
    refused = author.post(f"/desk/articles/history/{DRAFT}", version=other, action="decline")
    assert refused.status_code == 403
    assert (
        post(
            editor, f"/desk/articles/history/{DRAFT}", {"csrf": token, "version": other, "action": "decline"}
        ).status_code
        == 303
    )
    assert editor.get("/desk/articles?state=suggested").text.count("desk-item__link") == 0
    published = save(editor, DRAFT, edit(editor, DRAFT), status="published")
    assert published.status_code == 303 and "status: published" in (folder / DRAFT).read_text("utf-8")
    assert actions(desk_app)[0] == "article_published" and "article_declined" in actions(desk_app)
    assert member(Role.AGENT).get("/desk/articles").status_code == 403
    assert member(Role.AGENT, login="c@example.org").get(f"/desk/articles/edit/{REFUND}").status_code == 403


def test_a_version_is_gone_back_to(folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
    before = (folder / REFUND).read_text("utf-8")
    save(editor, REFUND, edit(editor, REFUND), body="All new.\n")
    page = editor.get(f"/desk/articles/history/{REFUND}").text
    first = min(int(one) for one in re.findall(r"version=(\d+)#shown", page))
    diff = editor.get(f"/desk/articles/history/{REFUND}?version={first + 1}").text
    assert "<del>" in diff and "<ins>All new" in diff

    sent = editor.post(f"/desk/articles/history/{REFUND}", version=str(first), action="revert")

    assert sent.status_code == 303 and (folder / REFUND).read_text("utf-8") == before
    assert "All new" in editor.get(f"/desk/articles/history/{REFUND}?version={first + 2}").text
    assert editor.post(f"/desk/articles/history/{REFUND}", version="9999", action="revert").status_code == 404


def test_only_articles_of_the_folder_can_be_opened(desk_app: Flask, folder: Path, member: Join) -> None:
    editor = member(Role.ADMIN)
    secret = folder.parent / "secret.md"
    secret.write_text("secret", "utf-8")
    (folder / "en/returns/leads-out.md").symlink_to(secret)
    (folder / "en/_hidden.md").write_text("hidden", "utf-8")
    (folder / "en/data.txt").write_text("x", "utf-8")
    paths = """
        ../secret.md en/../../secret.md en/returns/leads-out.md en/_hidden.md en/data.txt /etc/passwd en/returns
        nothing.md en/returns/./refund-time.md %2e%2e/secret.md
    """
    for path in paths.split():
        for kind in ("edit", "history"):
            assert editor.get(f"/desk/articles/{kind}/{path}").status_code in {308, 404}, path
        form = {**edit(editor, REFUND), "body": "overwritten"}
        assert post(editor, f"/desk/articles/preview/{path}", form).status_code in {308, 404}, path
        assert save(editor, path, form).status_code in {308, 409}, path
    assert secret.read_text("utf-8") == "secret"
    # As no multipart form, for which the test's client would make a file.
    long = editor.client.post(f"/desk/articles/edit/{REFUND}", data={**edit(editor, REFUND), "body": "a" * 600_000})
    assert long.status_code == 422 and fields(long.text)["body"] == "a" * 600_000
    assert long.status_code == 422 and "a" * 1000 not in (folder / REFUND).read_text("utf-8")
    assert save(editor, REFUND, {**edit(editor, REFUND), "csrf": "wrong"}).status_code == 403


def test_what_cannot_be_written_comes_back_with_its_text(
    folder: Path, member: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = member(Role.EDITOR)
    form = edit(editor, REFUND)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.atomic_files.os.fsync", refuse)
        page = save(editor, REFUND, form, body="typed with care")
    assert page.status_code == 422 and fields(page.text)["body"] == "typed with care"
    assert "typed with care" not in (folder / REFUND).read_text("utf-8")
    assert "Saved" not in editor.get(f"/desk/articles/history/{REFUND}").text.split("<table")[1]
    (folder / REFUND).unlink()
    gone = save(editor, REFUND, form, body="typed with care")
    assert gone.status_code == 409 and fields(gone.text)["body"] == "typed with care"


def test_the_preview_is_what_the_site_shows(desk_app: Flask, folder: Path, member: Join) -> None:
    body = "## Steps\n\n1. **Do** it\n\n!!! note\n    A box.\n\n<script>alert(1)</script>\n\n[gone](nowhere.md)\n"
    editor = member(Role.EDITOR)
    form = edit(editor, REFUND)

    made = editor.client.post(
        f"/desk/articles/preview/{REFUND}", data={**form, "csrf": "", "body": body},
        headers={"X-CSRF-Token": form["csrf"]},
    )  # fmt: skip

    shown = json.loads(made.text)
    assert [(one["line"], one["code"]) for one in shown["findings"] if one["severity"] == "error"] == [
        (10, "broken-link")
    ]
    turkish = editor.client.post(
        f"/desk/articles/preview/{REFUND}?lang=tr", data={**form, "csrf": "", "body": body},
        headers={"X-CSRF-Token": form["csrf"]},
    )  # fmt: skip
    messages = " ".join(one["message"] for one in turkish.get_json()["findings"])
    assert "nowhere.md bağlantısı hiçbir yere gitmiyor" in messages
    save(editor, REFUND, form, body=body)
    assert "nowhere.md bağlantısı hiçbir yere gitmiyor" in editor.get("/desk/articles/health?lang=tr").text
    article = next(one for one in read_folder(folder).articles if one.source == REFUND)
    assert shown["html"] == article.html and "<script" not in shown["html"]
    without = post(editor, f"/desk/articles/edit/{REFUND}", {**form, "body": body, "action": "preview"})
    assert article.html in without.text and fields(without.text)["body"] == body
    assert editor.client.post(f"/desk/articles/preview/{REFUND}", data=form | {"csrf": ""}).status_code == 403


def test_a_new_article_begins_as_a_draft(desk_app: Flask, folder: Path, member: Join) -> None:
    author = member(Role.AUTHOR)
    values = {"title": "Göndermek: how?", "lang": "en", "category": "returns", "slug": "", "translation_of": ""}

    sent = author.post("/desk/articles/new", "/desk/articles/new", **values)

    assert sent.status_code == 303 and "gondermek-how.md" in sent.headers["Location"]
    assert edit(author, "en/returns/gondermek-how.md")["status"] == "draft"
    assert author.post("/desk/articles/new", "/desk/articles/new", **values).status_code == 422
    assert author.post("/desk/articles/new", "/desk/articles/new", **{**values, "lang": "../x"}).status_code == 422
    assert "article_created" in actions(desk_app)


def test_a_new_article_says_which_field_is_missing_or_wrong(folder: Path, member: Join) -> None:
    author = member(Role.AUTHOR)
    good = {"title": "Second", "lang": "en", "category": "returns"}

    def wrong(**changed: str) -> list[str]:
        page = author.post("/desk/articles/new", "/desk/articles/new", **{**good, **changed})
        assert page.status_code == (422 if "-error" in page.text else 303)
        return re.findall(r'id="(\w+)-error"', page.text)

    assert wrong(title="") == ["title"] and wrong(category="") == ["category"] and wrong(lang="xx") == ["lang"]
    for slug in ("a/b", ".git/hooks/x", "..\\x", ".x", "?", "_snippets"):
        assert wrong(slug=slug) == ["slug"]
    for topic in ("../../x", ".git/hooks", "a//b", "a\\b"):
        assert wrong(new_category=topic) == ["new_category"]
    assert wrong(title="!!!") == ["slug"]
    assert not [one for one in folder.rglob("*") if one.name in {"a", "hooks", "x", "b.md", "x.md"}]
    assert wrong(new_category="New one/inside") == []
    made = folder / "en/new-one/inside/second.md"
    assert made.read_text("utf-8").endswith("---\n")  # no empty heading to begin with
    page = author.get("/desk/articles/new").text
    assert 'value="returns"' in page and 'data-twins-url="/desk/articles/near-title' in page


def test_topics_can_be_chosen_when_nothing_is_published(desk_app: Flask, member: Join) -> None:
    write(Path(desk_app.extensions["signpost"].settings.kb_dir), "en", "one", "One", "Text.", category="setup")
    assert '<option value="setup"' in member(Role.AUTHOR).get("/desk/articles/new").text


def test_the_form_has_the_fields_of_the_reference_and_its_words(folder: Path, member: Join) -> None:
    page = member(Role.EDITOR).get(f"/desk/articles/edit/{REFUND}?lang=en").text
    told = {row.name: row.help for row in FIELDS}
    for name in header_form.NAMES:
        assert re.search(rf'<(?:input|textarea|select) id="{name}" name="{name}"', page), name
        assert f'id="{name}-help">{escape(told[name])}</p>' in page, name


def test_fields_of_the_form_are_written_where_they_were_changed(folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
    path = "en/returns/fields.md"
    head = "title: Fields\nslug: fields  # kept\nstatus: draft\nmenu: {x: 1}\nexpiryDate: 2027-05-01\nweight: 3\n"
    (folder / path).write_text(f"---\n{head}---\nText.\n", "utf-8")
    form = edit(editor, path)
    assert (form["slug"], form["expiry_date"], form["position"], form["aliases"]) == ("fields", "2027-05-01", "3", "")
    assert save(editor, path, form).headers["Location"].endswith("done=same")
    old_page = {name: value for name, value in form.items() if name not in header_form.MORE}
    assert save(editor, path, old_page).headers["Location"].endswith("done=same")  # what was not sent is not emptied
    changed = {
        "slug": "fields-2", "aliases": "/old/one\nolder", "synonyms": "columns", "review_by": "2027-01-31",
        "publish_date": "2027-01-01", "handoff": "billing", "translation_of": "felder", "position": "",
    }  # fmt: skip
    assert save(editor, path, form, **changed).status_code == 303
    assert (folder / path).read_text("utf-8") == (
        '---\ntitle: Fields\nslug: "fields-2"\nstatus: draft\nmenu: {x: 1}\nexpiryDate: 2027-05-01\n'
        'translation_of: "felder"\nhandoff: "billing"\nsynonyms: ["columns"]\naliases: ["/old/one", "older"]\n'
        "publish_date: 2027-01-01\nreview_by: 2027-01-31\n---\nText.\n"
    )


def test_what_a_field_cannot_hold_is_said_beside_it_and_nothing_is_saved(folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
    form, before = edit(editor, DRAFT), (folder / DRAFT).read_text("utf-8")
    typed = {
        "review_by": "soon",
        "slug": "a/b",
        "lang": "klingon?",
        "position": "first",
        "category": "../../x",
        "title": "",
    }
    page = save(editor, DRAFT, form, body="Typed.", **typed)
    assert page.status_code == 422 and (folder / DRAFT).read_text("utf-8") == before
    shown = re.findall(r'data-wrong="(\w+)">[^<]', page.text)
    assert sorted(shown) == sorted(typed)
    assert fields(page.text)["body"] == "Typed." and fields(page.text)["slug"] == "a/b"
    told = post(editor, f"/desk/articles/preview/{DRAFT}", {**form, **typed}).get_json()
    assert sorted(told["fields"]) == sorted(typed)
    order = save(editor, DRAFT, form, publish_date="2027-02-01", expiry_date="2027-02-01")
    assert re.findall(r'data-wrong="(\w+)">[^<]', order.text) == ["expiry_date"]


def test_the_library_shows_and_filters_what_is_there(desk_app: Flask, folder: Path, member: Join) -> None:
    (folder / "en/returns/torn.md").write_text("---\ntitle: [\n---\n", "utf-8")
    admin = member(Role.ADMIN)

    def found(query: str) -> set[str]:
        page = admin.get(f"/desk/articles?{query}")
        assert page.status_code == 200
        return set(re.findall(r'library__path" dir="ltr">([^<]+)<', page.text))

    torn = "en/returns/torn.md"
    assert found("") == {REFUND, DRAFT, torn}
    assert found("state=draft") == {DRAFT} and found("state=broken") == {torn} == found("health=errors")
    assert found("owner=Ada&language=en") == {REFUND} and found("language=tr") == set()
    assert found("q=refund") >= {REFUND} and found("q=half") >= {DRAFT}
    assert found("state=nonsense") == set() and found("fresh=old") == {REFUND, DRAFT}
    assert found("page=99&category=returns") == {REFUND, DRAFT}
    assert 'value="&lt;script&gt;"' in admin.get("/desk/articles?q=%3Cscript%3E").text


def test_the_history_is_kept_in_either_database(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "en", "a", "A", "One.\n\nTwo.\n\nThree 三.", head="status: draft")
    service, path = AuthoringService(engine, tmp_path), "en/orders/a.md"
    ada, bo = Author("ada", may_publish=True), Author("bo", may_publish=False)
    opened = service.open(path, NOW)
    assert service.open(path, NOW).version == opened.version

    first = service.save(path, opened.text.replace("One", "1"), opened.version, bo, " why\nso ", NOW)
    second = service.save(path, opened.text.replace("三", "3"), opened.version, ada, "", NOW)

    assert isinstance(first, Saved) and isinstance(second, ChangedMeanwhile) and second.by == "bo"
    both = text_of(second.parts)
    assert "1." in both and "Three 3" in both
    published = both.replace("draft", "published")
    waits = service.save(path, published, second.version, bo, "", NOW)
    assert isinstance(waits, Suggested) and service.open_suggestions() == {path: 1}
    assert isinstance(service.save(path, published, second.version, ada, "", NOW, waits.id), Saved)
    assert service.open_suggestions() == {} and not service.decline(path, waits.id, ada)
    found, more = service.history(path)
    assert [(one.kind, one.login, one.reason) for one in found] == [
        (Kind.SAVED, "ada", ""), (Kind.SUGGESTED, "bo", ""), (Kind.SAVED, "bo", "why so"), (Kind.FOUND, "", ""),
    ]  # fmt: skip
    assert more == 0 and found[1].settled == "taken"
    assert service.before(path, found[0].id) == service.version(path, found[2].id)[1]
    assert isinstance(service.revert(path, found[-1].id, bo, "", NOW), Suggested)
    assert isinstance(service.revert(path, found[-1].id, ada, "", NOW), Saved)
    assert service.open(path, NOW).version == opened.version
    assert service.last_changes([path, "nothing"])[path].kind is Kind.REVERTED
