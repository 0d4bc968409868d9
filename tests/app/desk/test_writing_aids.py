"""What helps whoever writes: pictures, links, near twins, trials of questions, snippets; and a change to many files."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app.desk.authoring_views import reading_in_words
from app.ops.publishing import publish_and_index
from insight.findability.models import Place, Question, Run
from kb.authoring.bulk_changes import Change, changed
from kb.authoring.header_form import HeaderKept
from kb.authoring.scopes import Scope
from kb.readability import Ease, Reading, Scale
from kb.source.frontmatter import read
from support.agents.models import Role
from tests.app.desk.conftest import Member, token_in
from tests.app.desk.test_article_rights import restrict
from tests.app.desk.test_authoring import actions, edit, post
from tests.articles import write

Join = Callable[..., Member]
REFUND, DRAFT, PARCEL = "en/returns/refund-time.md", "en/returns/half-done.md", "en/orders/lost-parcel.md"
SNIPPET = "_snippets/return-address.md"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    kb = Path(s.settings.kb_dir)
    write(kb, "en", "refund-time", "When refunds arrive", "Refunds take five days.\n\n## By card\n\nThree days.",
          category="returns", head="owner: Ada\nquestions: [how long does a refund take]\ntags: [money]")  # fmt: skip
    write(kb, "en", "lost-parcel", "My parcel is lost", "Tell us when a parcel is lost.", category="orders")
    write(kb, "tr", "iade", "İade süresi", "Beş gün.", category="returns")
    write(kb, "en", "half-done", "Half done", "Begun.", category="returns", head="status: draft")
    publish_and_index(s)
    s.shelf.look(s.today(), None, wait=20)
    return kb


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 99, 9)).save(out, "PNG")
    return out.getvalue()


def send(member: Member, path: str, values: dict[str, str], file: bytes | None = None) -> Any:
    data: dict[str, Any] = {"csrf": token_in(member.get("/desk/account").text), **values}
    if file is not None:
        data["picture"] = (io.BytesIO(file), "IMG_1.png")
    return member.client.post(path, data=data, content_type="multipart/form-data")


def test_a_picture_is_kept_beside_the_article_and_shown_in_the_preview_at_once(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    ada = member(Role.AUTHOR)
    where = f"/desk/articles/pictures/{DRAFT}"
    assert send(ada, where, {"alt": ""}, picture()).get_json()["error"]["code"] == "alt"
    assert send(ada, where, {"alt": "A"}, b"no picture").get_json()["error"]["code"] == "kind"
    assert send(ada, where, {"alt": "A"}).get_json()["error"]["code"] == "none"
    made = send(ada, where, {"alt": "A green field"}, picture()).get_json()["markdown"]
    found = re.fullmatch(r"!\[A green field\]\((half-done-[0-9a-f]{8}\.png)\)", made)
    assert found and (folder / "en" / "returns" / found[1]).is_file()
    form = edit(ada, DRAFT)
    shown = post(ada, f"/desk/articles/preview/{DRAFT}", {**form, "body": made}).get_json()
    assert 'alt="A green field"' in shown["html"] and shown["findings"] == []
    decoration = send(ada, where, {"decorative": "1"}, picture()).get_json()["markdown"]
    assert decoration == f'<img src="{found[1]}" alt="">'
    assert desk_app.extensions["signpost"].desk.audit_log()[0][0][1].action == "picture_added"
    assert send(ada, "/desk/articles/pictures/en/none.md", {"alt": "A"}, picture()).status_code == 404
    assert member(Role.AGENT, login="agent@example.org").post(where, alt="A").status_code in {403, 404}


def test_a_picture_is_added_without_scripts(desk_app: Flask, folder: Path, member: Join) -> None:
    ada = member(Role.AUTHOR)
    form = edit(ada, DRAFT)
    page = send(ada, f"/desk/articles/edit/{DRAFT}", {**form, "action": "picture", "alt": "A field"}, picture())
    assert page.status_code == 200 and "![A field](half-done-" in page.text
    assert "A field" not in (folder / DRAFT).read_text("utf-8")
    form.pop("decorative")  # a box nobody has ticked
    refused = send(ada, f"/desk/articles/edit/{DRAFT}", {**form, "body": "Typed", "action": "picture"}, picture())
    assert refused.status_code == 422 and "Typed" in refused.text


def links(member: Member, path: str, words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = member.get(f"/desk/articles/links/{path}?q={words}").get_json()["results"]
    return found


def test_links_are_written_as_the_renderer_reads_them(folder: Path, member: Join) -> None:
    ada = member(Role.AUTHOR)
    [first, *_rest] = links(ada, PARCEL, "refunds arrive")
    assert (first["target"], first["headings"]) == (
        "../returns/refund-time.md", [{"heading": "By card", "anchor": "by-card"}],
    )  # fmt: skip
    assert [one["target"] for one in links(ada, REFUND, "half") if one["draft"]] == ["half-done.md"]
    assert all(one["path"] != REFUND for one in links(ada, REFUND, "refunds"))  # not to itself
    form = edit(ada, PARCEL)
    body = f"[x]({first['target']}#by-card) [y]({first['target']}#none)"
    shown = post(ada, f"/desk/articles/preview/{PARCEL}", {**form, "body": body}).get_json()
    assert 'href="/en/a/refund-time#by-card"' in shown["html"]
    assert [one["code"] for one in shown["findings"] if one["line"]] == ["broken-anchor"]


def test_a_title_that_is_there_already_is_told_while_it_is_typed(folder: Path, member: Join) -> None:
    ada = member(Role.AUTHOR)
    form = edit(ada, DRAFT)
    where = f"/desk/articles/twins/{DRAFT}"
    typed = {**form, "title": "When refunds arrive", "body": "Refunds take five days."}
    told = post(ada, where, typed).text
    assert f"/desk/articles/edit/{REFUND}" in told and "alike in meaning" in told
    assert REFUND not in post(ada, f"/desk/articles/twins/{REFUND}", typed).text  # none is near to itself
    assert post(ada, where, {**form, "title": "When"}).text.strip() == ""


def test_a_new_article_is_told_near_twins_while_its_title_is_typed(folder: Path, member: Join) -> None:
    ada = member(Role.AUTHOR)
    told = ada.post("/desk/articles/near-title", title="When refunds arrive", lang="en").text
    assert f"/desk/articles/edit/{REFUND}" in told
    assert ada.post("/desk/articles/near-title", title="When refunds arrive", lang="tr").text.strip() == ""
    assert ada.post("/desk/articles/near-title", title="When", lang="en").text.strip() == ""


def test_articles_move_to_a_topic_of_the_list_or_deliberately_to_a_new_one(folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
    assert '<option value="orders">' in editor.get("/desk/articles").text.partition('name="topic"')[2]

    def shown(**values: str) -> str:
        return editor.post("/desk/articles/bulk", chosen=REFUND, change="category", **values).text

    assert "<ins><bdi>orders" in shown(topic="orders") and "<ins>" in shown(value="orders")
    assert "<ins>" not in shown(value="elsewhere") and "There is no topic" in shown(value="elsewhere")
    new = shown(value="elsewhere", new_topic="1")
    assert "<ins>" in new and '<input type="hidden" name="new_topic" value="1">' in new
    for value in ("../../x", ".git/hooks", "a\\b"):
        page = shown(value=value, new_topic="1")
        assert "<ins>" not in page and "There is no topic" not in page and "notice--error" in page


def test_a_figure_of_a_hundred_is_between_0_and_100(desk_app: Flask) -> None:
    for scale in (Scale.FLESCH, Scale.ATESMAN):
        for score, shown in ((107.3, "100 of 100"), (-12.0, "0 of 100"), (61.4, "61 of 100")):
            with desk_app.test_request_context("/desk/articles?lang=en"):
                told = reading_in_words(Reading(scale, score, Ease.EASY, 20, 2, 10.0, 12))
            assert f" · {shown}" in told


def tried(member: Member, path: str, form: dict[str, str]) -> str:
    found = post(member, f"/desk/articles/trial/{path}", form).text
    for _ in range(200):
        if "data-running" not in found:
            return str(found)
        time.sleep(0.1)
        found = member.get(f"/desk/articles/trial/{path}").text
    raise AssertionError(found)


def test_questions_are_tried_with_what_is_typed_and_nothing_is_published(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    ada, s = member(Role.EDITOR), desk_app.extensions["signpost"]
    before = (s.articles.revision(), s.live.current().folder)
    form = edit(ada, DRAFT)
    nothing = tried(ada, DRAFT, {**form, "questions": ""})
    assert "at least one question" in nothing
    asked = {**form, "title": "Volcano insurance", "body": "Volcano eruption insurance covers lava.",
             "questions": "does insurance cover a volcano eruption\nmy parcel is lost"}  # fmt: skip
    found = tried(ada, DRAFT, asked)
    assert "1 of 2 questions" in found and "Place 1" in found
    assert f"/desk/articles/edit/{PARCEL}" in found  # the article that competes
    assert "revision" in found
    assert (s.articles.revision(), s.live.current().folder) == before
    assert s.findability.repository.places() == {}
    assert "Volcano" not in (folder / DRAFT).read_text("utf-8")
    plain = post(ada, f"/desk/articles/edit/{DRAFT}", {**asked, "action": "trial"})
    assert plain.status_code == 200 and "1 of 2 questions" in plain.text  # without scripts, and not tried again


def test_a_snippet_is_shown_by_articles_and_changed_for_all_of_them(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    ada, s = member(Role.EDITOR), desk_app.extensions["signpost"]
    made = ada.post("/desk/articles/snippets", name="Return address", text="Box 1, Utrecht")
    assert made.status_code == 303 and SNIPPET in made.headers["Location"]
    assert ada.post("/desk/articles/snippets", name="return-address", text="x").status_code == 422
    [choice] = ada.get("/desk/articles/snippets.json?q=utrecht").get_json()["results"]
    assert choice["include"] == f'--8<-- "{SNIPPET}"'
    for path in (REFUND, PARCEL):
        form = edit(ada, path)
        form["body"] += f"\n\n{choice['include']}\n"
        assert "Box 1, Utrecht" in post(ada, f"/desk/articles/preview/{path}", form).get_json()["html"]
        assert "done=saved" in post(ada, f"/desk/articles/edit/{path}", {**form, "action": "save"}).headers["Location"]
    s.shelf.look(s.today(), None, wait=20)
    page = ada.get(f"/desk/articles/edit/{SNIPPET}").text
    assert "changes every article that shows it: 2" in page and "My parcel is lost" in page
    publish_and_index(s)
    form, [link, *_rest] = edit(ada, SNIPPET), links(ada, SNIPPET, "refunds arrive")
    body = f"Box 2, Leiden. See [refunds]({link['target']}).\n"
    assert post(ada, f"/desk/articles/preview/{SNIPPET}", {**form, "body": body}).get_json()["findings"] == []
    assert send(ada, f"/desk/articles/pictures/{SNIPPET}", {"alt": "A"}, picture()).status_code == 404
    post(ada, f"/desk/articles/edit/{SNIPPET}", {**form, "action": "save", "body": body})
    report = publish_and_index(s)
    shown_by = [one for one in s.articles.published(s.today()) if one.source in {REFUND, PARCEL}]
    assert report.publish.touched and len(shown_by) == 2
    assert all("Leiden" in one.html and 'href="/en/a/refund-time"' in one.html for one in shown_by)
    typed = {**edit(ada, REFUND), "body": '--8<-- "_snippets/none.md"\n'}
    missing = post(ada, f"/desk/articles/preview/{REFUND}", typed)
    assert "removed-markup" in {one["code"] for one in missing.get_json()["findings"]}


def test_an_author_only_suggests_another_text_of_a_snippet(folder: Path, member: Join) -> None:
    (folder / "_snippets").mkdir()
    (folder / SNIPPET).write_text("Box 1\n", encoding="utf-8")
    bo = member(Role.AUTHOR)
    sent = post(bo, f"/desk/articles/edit/{SNIPPET}", {**edit(bo, SNIPPET), "action": "save", "body": "Box 9\n"})
    assert "done=suggested" in sent.headers["Location"]
    assert (folder / SNIPPET).read_text("utf-8") == "Box 1\n"
    assert "1 suggestion" in bo.get("/desk/articles/snippets").text
    for path in ("_snippets/../en/returns/x.md", "_snippets/.hidden.md", "_snippets/none.md", "_variables.yml"):
        assert bo.get(f"/desk/articles/edit/{path}").status_code in {404, 308}


def test_the_preview_says_how_the_text_reads(folder: Path, member: Join) -> None:
    ada = member(Role.AUTHOR)
    form = edit(ada, DRAFT)
    told = post(ada, f"/desk/articles/preview/{DRAFT}", {**form, "body": "Open the box. Press the red button now."})
    assert re.search(r"Easy to read · \d+ of 100 by Flesch · 4 words a sentence", told.get_json()["reading"])
    empty = post(ada, f"/desk/articles/preview/{DRAFT}", {**form, "body": "", "summary": ""})
    assert empty.get_json()["reading"] == ""


def bulk(member: Member, paths: list[str], **values: str) -> Any:
    data = {"csrf": token_in(member.get("/desk/account").text), "chosen": paths, **values}
    return member.client.post("/desk/articles/bulk", data=data)


def bases(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(base:[^"]+)" value="([0-9a-f]+)"', page))


def test_one_change_is_shown_before_it_is_made_to_several_files(desk_app: Flask, folder: Path, member: Join) -> None:
    ada = member(Role.EDITOR)
    both = [REFUND, PARCEL]
    before = {path: (folder / path).read_text("utf-8") for path in both}
    page = bulk(ada, both, change="add_tags", value="money, autumn")
    assert page.text.count("Will be changed") == 2 and "money, autumn" in page.text
    assert {path: (folder / path).read_text("utf-8") for path in both} == before
    done = bulk(ada, both, change="add_tags", value="money, autumn", action="apply", **bases(page.text))
    assert done.text.count("Saved") == 2 and actions(desk_app)[:2] == ["article_saved", "article_saved"]
    assert 'tags: ["money", "autumn"]' in (folder / PARCEL).read_text("utf-8")
    versions, _more = desk_app.extensions["signpost"].authoring.history(PARCEL)
    assert versions[0].reason == "Add tags: money, autumn"
    page = bulk(ada, both, change="owner", value="Bo")
    (folder / PARCEL).write_text(before[PARCEL] + "\nMeanwhile.\n", encoding="utf-8")
    done = bulk(ada, both, change="owner", value="Bo", action="apply", **bases(page.text))
    assert "Changed meanwhile" in done.text and "Meanwhile." in (folder / PARCEL).read_text("utf-8")
    assert 'owner: "Bo"' in (folder / REFUND).read_text("utf-8")
    assert bulk(ada, both, change="review_by", value="soon").status_code == 422
    assert bulk(ada, [], change="owner", value="Bo").status_code == 422
    assert "No longer there" in bulk(ada, ["../x.md"], change="owner", value="Bo").text


def test_who_may_not_publish_only_suggests_in_bulk(folder: Path, member: Join) -> None:
    bo = member(Role.AUTHOR)
    page = bulk(bo, [REFUND, DRAFT], change="draft", value="")
    assert page.text.count("Will be changed") == 1 and "Is so already" in page.text
    done = bulk(bo, [REFUND], change="draft", value="", action="apply", **bases(page.text))
    assert "Suggested" in done.text and "status" not in (folder / REFUND).read_text("utf-8")


def test_articles_are_archived_and_taken_back_in_bulk(desk_app: Flask, folder: Path, member: Join) -> None:
    ada, bo = member(Role.EDITOR), member(Role.AUTHOR)
    page = bulk(ada, [REFUND, DRAFT], change="archived", value="")
    assert page.text.count("Will be changed") == 2 and "archived" not in (folder / REFUND).read_text("utf-8")
    bulk(bo, [REFUND], change="archived", value="", action="apply", **bases(page.text))
    assert not read((folder / REFUND).read_text("utf-8"), "").fields.archived
    done = bulk(ada, [REFUND, DRAFT], change="archived", value="", action="apply", **bases(page.text))
    assert done.text.count("Saved") == 2
    assert all(read((folder / path).read_text("utf-8"), "").fields.archived for path in (REFUND, DRAFT))
    assert actions(desk_app)[:3] == ["article_archived", "article_archived", "article_suggested"]
    assert "Is so already" in bulk(ada, [DRAFT], change="archived", value="").text
    for change, of, action in (("draft", DRAFT, "article_restored"), ("published", REFUND, "article_published")):
        page = bulk(ada, [of], change=change, value="")
        bulk(ada, [of], change=change, value="", action="apply", **bases(page.text))
        fields = read((folder / of).read_text("utf-8"), "").fields
        assert (fields.archived, fields.status) == (False, change) and actions(desk_app)[0] == action


def test_who_may_not_write_in_a_language_changes_nothing_there(desk_app: Flask, folder: Path, member: Join) -> None:
    ada = member(Role.EDITOR)
    restrict(desk_app, ada, writes=Scope(("tr",), ()))
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    page = bulk(ada, [REFUND], change="owner", value="Bo")
    assert "Not allowed" in bulk(ada, [REFUND], change="owner", value="Bo", action="apply", **bases(page.text)).text
    assert send(ada, f"/desk/articles/pictures/{REFUND}", {"alt": "A"}, picture()).status_code == 403
    assert ada.post("/desk/articles/snippets", name="New", text="Text").status_code == 403
    assert {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()} == before


def test_changes_of_headers_keep_everything_else() -> None:
    text = "---\ntitle: A   # the title\nx: [1,\n  2]\ntags: [One, two]\n---\nBody.\n"
    assert changed(text, Change.REMOVE_TAGS, "ONE").text == text.replace("[One, two]", '["two"]')
    assert changed(text, Change.ADD_TAGS, "TWO").text == text
    assert changed(text, Change.REVIEW_BY, "2027-01-31").text == text.replace(
        "two]\n---", "two]\nreview_by: 2027-01-31\n---"
    )
    assert changed(text, Change.CATEGORY, "orders").text == text.replace("two]\n---", 'two]\ncategory: "orders"\n---')
    with pytest.raises(HeaderKept):
        changed('+++\ntitle = "A"\n+++\nBody.\n', Change.OWNER, "Ada")


def test_questions_that_fail_are_a_filter_of_the_library(desk_app: Flask, folder: Path, member: Join) -> None:
    ada, s = member(Role.EDITOR), desk_app.extensions["signpost"]
    write(folder, "en", "odd", "Odd", "Nothing of the kind.", category="orders", head="questions: [zebra crossing]")
    publish_and_index(s)
    run = Run(0, 1, s.now(), "basis", 2, 1, 0, 0)
    lost, found = Question("en", "odd", "zebra crossing"), Question("en", "refund-time", "how long")
    places = {lost: Place(0, "ask_human"), found: Place(1, "answer")}
    s.findability.repository.store(run, places, [])
    s.shelf.look(s.today(), None, wait=20)
    page = ada.get("/desk/articles?health=questions").text
    assert "1 question does not find it" in page
    assert "odd.md" in page and "refund-time.md" not in page and "half-done.md" not in page
