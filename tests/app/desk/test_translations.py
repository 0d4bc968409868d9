"""Translations at the desk: the board, source and translation side by side, and how much an edit weighs."""

import csv
import io
from pathlib import Path

import pytest
from flask import Flask

from support.agents.models import Role
from tests.app.desk.test_authoring import Join, edit, save
from tests.articles import publish, write

SOURCE, TURKISH = "en/returns/refund-time.md", "tr/returns/refund-time.md"
TEXT = "Before.\n\n## How long\n\nIt takes a week.\n\n## Where to\n\nTo your card.\n"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    write(s.settings.kb_dir, "en", "refund-time", "When refunds arrive", TEXT, category="returns",
          head="owner: Ada\nupdated: 2026-01-01")  # fmt: skip
    write(s.settings.kb_dir, "tr", "refund-time", "İade ne zaman gelir", "Önce.\n\n## Ne kadar\n\nBir hafta.\n\n## Nereye\n\nKartınıza.",
          category="returns", head="updated: 2026-01-01")  # fmt: skip
    write(s.settings.kb_dir, "en", "pairing", "Pair =them", "Hold it.", category="setup")
    write(s.settings.kb_dir, "tr", "half", "Yarım", "Yarım.", category="setup", head="status: draft\ntranslation_of: pairing")
    publish(s)
    return Path(s.settings.kb_dir)


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_board_says_how_each_article_stands_and_the_source_side_by_side(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    author, agent = member(Role.AUTHOR), member(Role.AGENT)
    assert agent.get("/desk/translations").status_code == 403
    page = author.get("/desk/translations")
    assert page.status_code == 200 and "İade" not in page.text
    rows = table(author.get("/desk/translations.csv").text)
    assert [row[-1] for row in rows[1:]] == ["Draft", "Up to date"] and rows[1][0] == "Pair =them"

    text = (folder / SOURCE).read_text("utf-8")
    (folder / SOURCE).write_text(text.replace("It takes a week.", "It takes 14 days."), "utf-8")
    rows = table(author.get("/desk/translations.csv?state=outdated&to=tr").text)
    assert [row[-1] for row in rows[1:]] == ["outdated for 0 days, major change"]
    assert "Pair =them" not in author.get("/desk/translations?state=major&q=refund").text

    shown = author.get(f"/desk/translations/{TURKISH}").text
    assert "<ins>14</ins>" in shown and "Bir hafta." in shown and "Kartınıza" not in shown
    assert "Kartınıza" in author.get(f"/desk/translations/{TURKISH}?all=1").text
    assert author.post(f"/desk/translations/{TURKISH}", action="weigh", weight="typo").status_code == 303
    assert [row[-1] for row in table(author.get("/desk/translations.csv?state=outdated").text)[1:]] == []
    assert author.post(f"/desk/translations/{TURKISH}", action="current").status_code == 303
    assert "up to date" in author.get(f"/desk/translations/{TURKISH}").text
    assert author.post(f"/desk/translations/{TURKISH}", action="nonsense").status_code == 400
    assert author.get("/desk/translations/en/returns/none.md").status_code == 404


def test_a_missing_translation_is_begun_with_the_text_of_its_source(folder: Path, member: Join) -> None:
    author = member(Role.AUTHOR)
    write(folder, "zh-Hant", "x", "某", "某", category="returns")
    page = author.get(f"/desk/translations/{SOURCE}?to=zh-Hant").text
    assert "Begin with the source" in page
    begun = author.post(f"/desk/translations/{SOURCE}", action="begin", to="zh-Hant")
    assert "desk/articles/edit/zh-Hant/returns/refund-time.md" in begun.headers["Location"]
    text = (folder / "zh-Hant/returns/refund-time.md").read_text("utf-8")
    assert "status: draft" in text and text.endswith(TEXT + "\n") and "translation_of: refund-time" in text
    rows = table(author.get("/desk/translations.csv?to=zh-Hant").text)
    assert ["Draft"] == [row[-1] for row in rows[1:] if row[0].startswith("When")]
    again = author.post(f"/desk/translations/{SOURCE}", action="begin", to="zh-Hant")
    assert again.headers["Location"].endswith("/desk/translations/zh-Hant/returns/refund-time.md")


def test_who_saves_a_source_says_how_much_it_weighs(desk_app: Flask, folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
    editor.get("/desk/translations")
    form = edit(editor, SOURCE)
    assert 'name="weight"' in editor.get(f"/desk/articles/edit/{SOURCE}").text
    sent = save(editor, SOURCE, form, body=form["body"].replace("a week", "one week"), weight="major")
    assert "weight=major" in sent.headers["Location"]
    assert "readers of its translations" in editor.get(sent.headers["Location"]).text
    s = desk_app.extensions["signpost"]
    basis = s.translations.for_readers(TURKISH)
    assert basis and basis.changed == ("How long",)
    client = desk_app.test_client()
    publish(s)
    page = client.get("/tr/a/refund-time").text
    assert "/en/a/refund-time#how-long" in page and "#where-to" not in page.partition("data-prose")[0]
    told = client.get("/api/v1/articles/tr/refund-time").json["translation_outdated"]
    assert (told["source"]["slug"], told["sections"]) == ("refund-time", [{"anchor": "how-long", "heading": "How long"}])
    assert client.get("/api/v1/articles/en/refund-time").json["translation_outdated"] is None
    assert "weight" not in save(editor, TURKISH, edit(editor, TURKISH), summary="Kısa").headers["Location"]
    assert 'name="weight"' not in editor.get(f"/desk/articles/edit/{TURKISH}").text
