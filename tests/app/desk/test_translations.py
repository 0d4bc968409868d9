"""Translations at the desk: the board, source and translation side by side, and how much an edit weighs."""

import csv
import io
import json
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kb.authoring.scopes import Scope
from kb.models import ArticleRef
from support.agents.models import Role
from tests.app.desk.conftest import token_in
from tests.app.desk.test_article_rights import restrict
from tests.app.desk.test_authoring import Join, edit, fields, post, save
from tests.articles import publish, write

SOURCE, TURKISH = "en/returns/refund-time.md", "tr/returns/refund-time.md"
TEXT = "Before.\n\n## How long\n\nIt takes a week.\n\n## Where to\n\nTo your card.\n"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    write(s.settings.kb_dir, "en", "refund-time", "When refunds arrive", TEXT, category="returns",
          head="owner: Ada\nupdated: 2026-01-01")  # fmt: skip
    text = "Önce.\n\n## Ne kadar\n\nBir hafta.\n\n## Nereye\n\nKartınıza."
    write(s.settings.kb_dir, "tr", "refund-time", "İade ne zaman gelir", text,
          category="returns", head="updated: 2026-01-01")  # fmt: skip
    write(s.settings.kb_dir, "en", "pairing", "Pair =them", "Hold it.", category="setup")
    write(
        s.settings.kb_dir,
        "tr",
        "half",
        "Yarım",
        "Yarım.",
        category="setup",
        head="status: draft\ntranslation_of: pairing",
    )
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
    assert [row[-1] for row in rows[1:]] == ["Outdated, major change"]
    assert "Pair =them" not in author.get("/desk/translations?state=major&q=refund").text

    # By the article's own path, too, to which its editor leads.
    own = author.get(f"/desk/translations/{SOURCE}").text
    assert "Bir hafta." in own and "There is no translation" not in own
    assert "There is no translation into 繁體中文" in author.get(f"/desk/translations/{SOURCE}?to=zh-Hant").text
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
    assert [row[-1] for row in rows[1:] if row[0].startswith("When")] == ["Draft"]
    again = author.post(f"/desk/translations/{SOURCE}", action="begin", to="zh-Hant")
    assert again.headers["Location"].endswith("/desk/translations/zh-Hant/returns/refund-time.md")


def test_who_saves_a_source_says_how_much_it_weighs(desk_app: Flask, folder: Path, member: Join) -> None:
    editor = member(Role.EDITOR)
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
    assert (told["source"]["slug"], told["sections"]) == (
        "refund-time",
        [{"anchor": "how-long", "heading": "How long"}],
    )
    assert client.get("/api/v1/articles/en/refund-time").json["translation_outdated"] is None
    assert "weight" not in save(editor, TURKISH, edit(editor, TURKISH), summary="Kısa").headers["Location"]
    assert 'name="weight"' not in editor.get(f"/desk/articles/edit/{TURKISH}").text


@pytest.mark.parametrize("same_place", [True, False])
def test_what_is_said_about_a_change_goes_through_a_merge(folder: Path, member: Join, same_place: bool) -> None:
    editor = member(Role.EDITOR)
    editor.get("/desk/translations")
    form, file = edit(editor, SOURCE), folder / SOURCE
    file.write_text(file.read_text("utf-8").replace("a week", "ten days"), "utf-8")
    old, new = ("a week", "12 days") if same_place else ("your card", "your bank")

    answer = save(
        editor, SOURCE, form, body=form["body"].replace(old, new), weight="major", reason="longer", action="suggest"
    )

    page = answer.text
    assert answer.status_code == 409
    if same_place:
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        hidden["text"] = re.findall(r'<textarea name="text" hidden>\n(.*?)</textarea>', page, re.DOTALL)[0]
        page = post(editor, f"/desk/articles/merge/{SOURCE}", {**hidden, "choice-0": "mine"}).text
    assert fields(page)["reason"] == "longer" and new in fields(page)["body"]
    assert '<option value="major" selected>' in page
    assert re.findall(r'value="(\w+)" data-save', page) == ["suggest"]


@pytest.mark.parametrize("form", ["xliff", "po"])
def test_work_goes_out_to_a_translator_and_comes_back(desk_app: Flask, folder: Path, tmp_path: Path, form: str) -> None:
    s, run = desk_app.extensions["signpost"], desk_app.test_cli_runner()
    file = tmp_path / "work"
    command = ["kb", "translations"]
    done = run.invoke(args=[*command, "export", "--to", "de", "--format", form, "--out", str(file), SOURCE])
    assert "1 articles, 6 units" in done.output, done.output
    assert "unchanged" in run.invoke(args=[*command, "import", str(file)]).output
    assert not (folder / "de").exists()

    text = file.read_text("utf-8")
    german = {"When refunds arrive": "Wann das Geld kommt", "Before.": "Zuvor.", "How long": "Wie lange",
              "It takes a week.": "Eine Woche.", "Where to": "Wohin", "To your card.": "Auf deine Karte."}  # fmt: skip
    for english, words in german.items():
        if form == "po":
            text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{words}"')
        else:
            text = text.replace(f"{english}</source>", f"{english}</source><target>{words}</target>")
    file.write_text(text.replace('state="initial"', 'state="final"'), "utf-8")
    assert "created" in run.invoke(args=[*command, "import", "--dry-run", str(file)]).output
    assert not (folder / "de").exists()
    done = run.invoke(args=[*command, "import", str(file)])
    assert done.exit_code == 0 and "created as de/returns/refund-time.md" in done.output, done.output
    made = (folder / "de/returns/refund-time.md").read_text("utf-8")
    assert 'title: "Wann das Geld kommt"' in made and "status: draft" in made
    assert made.endswith("\n\nZuvor.\n\n## Wie lange\n\nEine Woche.\n\n## Wohin\n\nAuf deine Karte.\n\n")
    basis = s.translations.basis("de/returns/refund-time.md")
    assert basis and basis.how == "imported" and not basis.outdated

    # The source changes; what is translated of it goes out with it, and a part of the rest is only suggested.
    source = (folder / SOURCE).read_text("utf-8")
    (folder / SOURCE).write_text(source.replace("a week.", "14 days.") + "\nOne more.\n", "utf-8")
    (folder / "de/returns/refund-time.md").write_text(made.replace("status: draft", "status: published"), "utf-8")
    run.invoke(args=[*command, "export", "--to", "de", "--format", form, "--out", str(file)])
    text = file.read_text("utf-8")
    assert "Wohin" in text and "Eine Woche." not in text
    if form == "po":
        text = text.replace('msgid "It takes 14 days."\nmsgstr ""', 'msgid "It takes 14 days."\nmsgstr "14 Tage."')
    else:
        text = text.replace("14 days.</source>", "14 days.</source><target>14 Tage.</target>").replace(
            "initial", "final"
        )
    file.write_text(text, "utf-8")
    done = run.invoke(args=[*command, "import", str(file)])
    assert "suggested" in done.output and "1 of 7 units are not translated" in done.output, done.output
    assert "14 Tage" not in (folder / "de/returns/refund-time.md").read_text("utf-8")
    assert s.authoring.open_suggestions() == {"de/returns/refund-time.md": 1}
    assert "de: 0 up to date, 1 outdated" in run.invoke(args=[*command, "status"]).output
    file.write_text("<xliff>", "utf-8")
    assert run.invoke(args=[*command, "import", str(file)]).exit_code == 1


@pytest.mark.parametrize("form", ["xliff", "po"])
def test_a_round_trip_changes_what_was_translated_anew_and_nothing_else(
    desk_app: Flask, folder: Path, member: Join, form: str
) -> None:
    s, editor = desk_app.extensions["signpost"], member(Role.EDITOR)
    source, own = folder / "en/setup/see.md", folder / "tr/setup/see.md"
    write(
        folder, "en", "see", "See", "One [two](pairing.md).\n\n```\ncode\n```\n\n![A chart](see.svg)", category="setup"
    )
    text = "Bir\n[iki](half.md).\n\n```\nkod\n```\n\n![Bir çizelge](../../en/setup/see.svg)"
    write(folder, "tr", "see", "Bakın", text, category="setup")
    s.translations.notice(s.shelf.look(s.today(), None, 30.0).reading, s.now())
    csrf = token_in(editor.get("/desk/account").text)

    def out() -> str:
        return str(editor.get(f"/desk/translations-export?to=tr&format={form}&path=en/setup/see.md").text)

    def back(text: str) -> str:
        given = {"csrf": csrf, "file": (io.BytesIO(text.encode()), "back")}
        return str(editor.client.post("/desk/translations-import", data=given, content_type="multipart/form-data").text)

    before, basis, text = own.read_bytes(), s.translations.basis("tr/setup/see.md"), out()
    assert "Bir çizelge" in text and 'state="initial"' not in text
    assert "Nothing new" in back(text) and (own.read_bytes(), s.translations.basis("tr/setup/see.md")) == (
        before,
        basis,
    )

    page = back(text.replace("çizelge", "tablo"))
    assert "Saved" in page and "0 / 3" in page
    after = own.read_text("utf-8")
    assert after.partition("---\n\n")[2] == before.decode().partition("---\n\n")[2].replace("çizelge", "tablo")

    # Of what is not taken its text and what to do is told, in the reader's language.
    damaged = out().replace('<ph id="1"', '<ph id="9"') if form == "xliff" else out().replace("](pairing.md)", "")
    page = back(damaged)
    assert "One [two](pairing.md)." in page and "Its markup" in page and own.read_text("utf-8") == after
    assert source.exists()


class Service(BaseHTTPRequestHandler):
    """As LibreTranslate: every word in capitals, markup left alone; it damages what says so."""

    asked: ClassVar[list[dict[str, object]]] = []

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(asked)
        made = [re.sub(r"(?:^|(?<=>))[^<]+", lambda found: found[0].upper(), one) for one in asked["q"]]
        made = [one.replace('<x id="1"></x>', "") if "BREAK" in one else one for one in made]
        body = json.dumps({"translatedText": made} if asked["target"] != "fr" else {"error": "no"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def test_a_machines_draft_is_marked_and_stays_a_draft_until_somebody_has_read_it(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    s, editor = desk_app.extensions["signpost"], member(Role.EDITOR)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        text = "Hold `it` & wait.\n\nBreak `this`.\n"
        write(folder, "en", "hold", "Hold it", text, category="setup")
        page = f"/desk/translations/{SOURCE.replace('returns/refund-time', 'setup/hold')}"
        assert "machine" not in editor.get(f"{page}?to=de").text
        assert editor.post(page, action="machine", to="de").status_code == 404
        address = f"http://127.0.0.1:{server.server_port}/translate"
        s.settings = replace(s.settings, translation_url=address, translation_key="k")
        # Not in the own network, unless that is allowed.
        assert editor.post(page, action="machine", to="de").status_code == 422 and not Service.asked
        s.settings = replace(s.settings, allow_private_webhooks=True)
        assert "translatedText" in editor.post(page, action="machine", to="fr").text
        assert "Begin with a machine" in editor.get(f"{page}?to=de").text
        done = editor.post(page, action="machine", to="de")
        assert done.status_code == 303 and "missing=1" in done.headers["Location"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert Service.asked[-1]["api_key"] == "k"
    made = (folder / "de/setup/hold.md").read_text("utf-8")
    assert "machine_translated: true" in made and made.endswith("HOLD `it` & WAIT.\n\nBreak `this`.\n\n")
    published = made.replace("status: draft", "status: published")
    (folder / "de/setup/hold.md").write_text(published, "utf-8")
    publish(s)
    assert s.articles.visible([ArticleRef("de", "hold")], s.today()) == set()
    assert "nobody has read it" in editor.get("/desk/translations/de/setup/hold.md").text
    assert editor.post("/desk/translations/de/setup/hold.md", action="current").status_code == 303
    assert "machine_translated" not in (folder / "de/setup/hold.md").read_text("utf-8")


def test_work_goes_out_and_comes_back_through_the_desk(desk_app: Flask, folder: Path, member: Join) -> None:
    author, agent = member(Role.AUTHOR), member(Role.AGENT)
    assert agent.get("/desk/translations-export?to=de&format=po").status_code == 403
    assert author.get("/desk/translations-export?to=%21&format=po").status_code == 400
    got = author.get("/desk/translations-export?to=tr&format=po&path=en/setup/pairing.md")
    assert "pairing.md#" in got.get_data(as_text=True) and "refund-time.md#" not in got.get_data(as_text=True)
    assert "done=nothing" in author.get("/desk/translations-export?to=en&format=po").headers["Location"]
    data = got.get_data(as_text=True).replace('msgstr "Yarım."', 'msgstr "Basılı tutun."')
    csrf = token_in(author.get("/desk/account").text)

    def send(content: bytes) -> TestResponse:
        given = {"csrf": csrf, "file": (io.BytesIO(content), "back.po")}
        return author.client.post("/desk/translations-import", data=given, content_type="multipart/form-data")

    page = send(data.encode())
    assert page.status_code == 200 and "tr/setup/half.md" in page.text and "0 / 2" in page.text
    assert "Basılı tutun." in (folder / "tr/setup/half.md").read_text("utf-8")
    before = (folder / "tr/setup/half.md").read_text("utf-8")
    elsewhere = member(Role.EDITOR, login="elsewhere@example.org")
    restrict(desk_app, elsewhere, writes=Scope(("en",)))
    author, csrf = elsewhere, token_in(elsewhere.get("/desk/account").text)
    assert "Not taken" in send(data.replace("Basılı tutun.", "Bırakın.").encode()).text
    assert elsewhere.post("/desk/translations/tr/setup/half.md", action="current").status_code == 403
    assert (folder / "tr/setup/half.md").read_text("utf-8") == before
    assert send(b"<xliff>").status_code == 422 and send(b"").status_code == 422
