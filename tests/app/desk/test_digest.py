"""The weekly digest: to whom, in which language, once a week, and ended by one POST."""

import email
import io
from datetime import UTC, datetime, timedelta
from email import policy

from flask import Flask

from app.desk import digest
from bench.insight import FIRST, GAPS, month
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


def test_authors_get_it_in_their_language_once_and_can_end_it_with_one_post(desk_app: Flask, member: Join) -> None:
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
    stop = read["List-Unsubscribe"].strip("<>").partition("/desk/")[2]
    stranger = desk_app.test_client()
    assert stranger.get(f"/desk/{stop}").status_code == 200
    assert stranger.post(f"/desk/{stop[:-1]}x").status_code == 404
    assert stranger.post(f"/desk/{stop}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert digest.send_if_due(s, following + timedelta(days=7)) == 0


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
    assert "en/refund-status" in mail
    assert "en/what-the-warranty-covers" not in mail
