"""The weekly digest: to whom, in which language, once a week, and ended by one POST."""

import email
import io
from datetime import UTC, datetime, timedelta
from email import policy

import pytest
from flask import Flask

from app.desk import digest
from bench.insight import FIRST, GAPS, month
from core.secret_keys import Keys
from insight import aggregates, ledger
from insight.report import Filters
from insight.scrub import scrub
from support.agents.models import Role
from support.background.worker import OutboxProcessor, OutboxSender
from tests.app.desk.test_agents_day import Join
from tests.articles import publish

WEEK = Filters((FIRST + timedelta(days=6)).date(), (FIRST + timedelta(days=12)).date())  # Monday to Sunday
NOW = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)


def mails(app: Flask) -> list[str]:
    s = app.extensions["signpost"]
    OutboxProcessor(s.tickets, OutboxSender(s.settings, s.tickets.files.path)).deliver_due(lambda: s.now())
    return [path.read_text(encoding="utf-8") for path in sorted((s.settings.data_dir / "mail").glob("*.eml"))]


def test_authors_get_it_in_their_language_once(desk_app: Flask, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    author, _agent = member(Role.AUTHOR), member(Role.AGENT)
    author.post("/desk/account/choices", lang="tr", next="/desk/")
    assert digest.send_if_due(s, NOW) == 0  # nothing happened yet
    lines = "\n".join(month(300, seed=2).lines())
    ledger.import_file(s.engine, io.BytesIO(lines.encode()), scrub, lambda lang, slug: "")
    aggregates.update(s.engine, NOW)
    following = NOW + timedelta(days=7)
    assert digest.send_if_due(s, following.replace(hour=1)) == 0

    assert digest.send_if_due(s, following) == 1
    assert digest.send_if_due(s, following + timedelta(days=1)) == 0

    (mail,) = mails(desk_app)
    read = email.message_from_string(mail, policy=policy.default)
    assert read["To"] == "author@example.org"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = read.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Haftalık" in text or "önceki hafta" in text
    assert any(words in text for gap in GAPS for words in gap.values())
    assert "7 Eylül 2026" in text or "Eylül 2026" in text
    assert " · Türkçe · " in text or " · İngilizce · " in text or " · Çince" in text
    lines = text.splitlines()
    assert [one for one in lines if one.startswith(("Aramalar: ", "Parantez içinde: ", "- "))]
    assert all("Parantez" not in one or one.startswith("Parantez") for one in lines)
    assert lines[lines.index("Henüz yanıtı olmayan sorular") - 1] == ""


def link_of(app: Flask) -> str:
    """The one-click link of the newest digest."""
    read = email.message_from_string(mails(app)[-1], policy=policy.default)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return "/desk/" + read["List-Unsubscribe"].strip("<>").partition("/desk/")[2]


def filled(app: Flask) -> None:
    s = app.extensions["signpost"]
    lines = "\n".join(month(300, seed=2).lines())
    ledger.import_file(s.engine, io.BytesIO(lines.encode()), scrub, lambda lang, slug: "")
    aggregates.update(s.engine, NOW)


def test_a_digest_that_was_sent_reads_no_articles(
    desk_app: Flask, member: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once a minute."""
    s = desk_app.extensions["signpost"]
    digest.send(s, WEEK, NOW)
    monkeypatch.setattr("app.desk.digest.recipients", lambda _: pytest.fail("read again"))
    assert digest.send(s, WEEK, NOW) == 0


def test_one_post_of_a_mail_program_ends_it_and_nothing_else_does(desk_app: Flask, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    member(Role.AUTHOR)
    filled(desk_app)
    assert digest.send(s, WEEK, NOW) == 1
    link, again = link_of(desk_app), WEEK.before()
    stranger = desk_app.test_client(use_cookies=False)

    for method in ("GET", "HEAD", "OPTIONS"):  # as programs do that look at links
        assert stranger.open(link, method=method).status_code == 200
    assert digest.planned(s, again, NOW)[0].why_not == ""
    # Forged, of somebody who gets none, and of a key that is no more: refused in words, and nothing is changed.
    others = digest.digest.token_of(s.settings.keys.get("insight").current, "nobody@example.org")
    for token in (link[:-1] + ("0" if link[-1] != "0" else "1"), link.rpartition("/")[0] + "/" + others, link + "x"):
        for refused in (stranger.get(token), stranger.post(token, data={"List-Unsubscribe": "One-Click"})):
            assert refused.status_code == 404
            assert "This link belongs to nobody who gets these mails." in refused.get_data(as_text=True)
    assert digest.planned(s, again, NOW)[0].why_not == ""

    # RFC 8058: no session, no token of a form, no page of ours it comes from.
    done = stranger.post(link, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200 and "Set-Cookie" not in done.headers
    assert stranger.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert digest.planned(s, again, NOW)[0].why_not == "unsubscribed"
    assert digest.send(s, Filters(WEEK.last + timedelta(days=1), WEEK.last + timedelta(days=7)), NOW) == 0
    assert stranger.post(link, data={"action": "resume"}).status_code == 200
    assert digest.planned(s, again, NOW)[0].why_not == ""


def test_who_ended_it_under_an_earlier_key_does_not_get_it_again(desk_app: Flask, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    member(Role.AUTHOR)
    now = NOW
    for newest in (b"2" * 32, b"3" * 32, b"4" * 32):
        keys = Keys(newest, (bytes([newest[0] - 1]) * 32,))
        if newest[:1] == b"2":
            digest.digest.stop(s.engine, digest.digest.token_of(keys.previous[0], "author@example.org"), now)
        with s.tickets.transaction() as connection:
            tokens = digest.digest.tokens_of(keys, "author@example.org")
            assert digest.digest.keep_stopped(connection, digest.digest.stopped(s.engine), tokens, now)


def test_the_command_shows_it_and_mails_it_now(desk_app: Flask, member: Join) -> None:
    member(Role.AUTHOR)
    filled(desk_app)
    runner, week = desk_app.test_cli_runner(), WEEK.first.isoformat()

    shown = runner.invoke(args=["insight", "digest", "--week", week])
    assert shown.exit_code == 0, shown.output
    assert "author@example.org  en" in shown.output and "Subject: " in shown.output
    assert mails(desk_app) == []
    for args in (["--send"], ["--send", "--to", "Author@example.org"]):
        done = runner.invoke(args=["insight", "digest", "--week", week, *args])
        assert done.output.startswith("1 digests"), done.output
    assert len(mails(desk_app)) == 2
    twice = runner.invoke(args=["insight", "digest", "--week", week, "--send"])
    assert "0 digests" in twice.output and "--to" in twice.output
    nobody = runner.invoke(args=["insight", "digest", "--to", "nobody@example.org"])
    assert nobody.exit_code == 1 and "not among those" in nobody.output


def test_the_setting_ends_it_for_all(desk_app: Flask, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    member(Role.AUTHOR)
    filled(desk_app)
    object.__setattr__(s.settings, "insight_digest", "off")

    assert digest.send_if_due(s, NOW + timedelta(days=7)) == 0


def test_the_mailbox_of_a_team_hears_of_its_own_articles(desk_app: Flask) -> None:
    s = desk_app.extensions["signpost"]
    (s.settings.kb_dir / "en").mkdir()
    header = "---\ntitle: Refunds\nowner: default\n---\n\nText.\n"
    (s.settings.kb_dir / "en" / "refund-status.md").write_text(header, encoding="utf-8")
    publish(s)
    lines = "\n".join(month(300, seed=2).lines())
    ledger.import_file(s.engine, io.BytesIO(lines.encode()), scrub, lambda lang, slug: "")
    aggregates.update(s.engine, NOW)

    assert digest.send(s, WEEK, NOW) == 1

    (mail,) = mails(desk_app)
    assert "team@localhost" in mail
    body = email.message_from_string(mail, policy=policy.default).get_body(("plain",))
    assert body is not None and "- Refunds · English: " in body.get_content()
    assert "warranty" not in body.get_content()
