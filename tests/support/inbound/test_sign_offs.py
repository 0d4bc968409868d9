"""Danger is looked for in what a mail says, not in how its sender is called: `Smoke Detectors Ltd` smokes nowhere."""

from dataclasses import replace
from typing import Any

import pytest

from index.models import UrgentMatch
from index.query.danger_sentences import sentences
from support.email.inbound.ingest import Ingester
from support.email.inbound.signatures import names_of, without_sign_offs
from support.routing.router import Router
from tests.support.inbound.conftest import Site, answer, letter

BODY = "Hello,\n\nwhere is my parcel?\n\n"


@pytest.mark.parametrize(
    ("sender", "end"),
    [
        ("Anna Smith", "Best regards\nAnna Smith\nSmoke Detectors Ltd"),
        ("Anna Smith", "Kind regards,\nAnna Smith\nSales Manager\nSmoke Detectors Ltd\n12 High Street, Leeds"),
        ("Anna Smith", "Anna\n\nCaught Fire Theatre Company\nwww.smoke.example"),
        ("Uwe Klein", "Mit freundlichen Grüßen\nUwe Klein\nSmoke & Fire GmbH\nIm Notfall: +49 30 1234567"),
        ("Bob Miller", "--\nBob Miller\nBattery World: we recycle batteries that smoke!"),
        ("Bob Miller", "-- \nSmoke World\nIn an emergency call 112"),
        ("Ali Duman", "Saygılarımla\nAli Duman\nSmoke Sistemleri A.Ş.\nAcil durumda 0212 555 00 11"),
        ("王小明", "敬上\n王小明\n防火smoke設備股份有限公司\n電話 02-1234-5678"),
        ("Ola Nordmann", "Ola Nordmann\nFire Protection AS\nSmoke proof equipment"),
        ("Ola Nordmann", "Ola\nEngineer\nFire Protection AS\nSmoke control · Sprinklers\n+47 22 33 44 55"),
        ("Eva Braun", "Viele Grüße\nEva Braun\nBrandschutz GmbH\nSmoke und Feuer aus einer Hand"),
        ("Luc Petit", "Luc Petit\nSécurité SARL\nDétection de smoke et de gaz\nwww.x.example"),
        ("Can Demir", "Can Demir\nGüvenlik A.Ş.\nSmoke ve yangın çözümleri"),
        ("王小明", "王小明\n防火股份有限公司\n專業smoke設備"),
        ("Jo Smoke", "Jo Smoke"),
        ("Ann", "Thanks\nAnn\nSmoke Ltd\n\nOn Monday the team wrote:\n> We look into it."),
    ],
)  # fmt: skip
def test_a_company_below_the_senders_name_is_not_looked_at(sender: str, end: str) -> None:
    left = without_sign_offs(BODY + end, names_of(sender, "someone@x.example"))
    assert "where is my parcel?" in left and "smoke" not in left.lower()


@pytest.mark.parametrize(
    "end",
    [
        "Regards\nJane\n\nPS: there is smoke now", "-- \nJane\nP.S. there is smoke now",
        "Regards\nJane\nNow there is smoke.",
        "REGARDS\nJANE\nTHERE IS SMOKE NOW HELP", "Thanks\nthere is smoke and my child is ill\nJane",
        "Jane here: smoke!", "Jane\nDoe Ltd\nthe case has smoke in it", "Jane\nDoe Ltd\nMy case is full of smoke",
        "Jane\nDoe Ltd\nSmoke from charger", "Jane\nDoe Ltd\n\nSmoke proof equipment", "Jane\nSmoke proof equipment",
        "Jane\nDoe Ltd\nIch sehe smoke", "Jane\nDoe Ltd\nSmoke, please call", "王\nJane\n充電盒smoke了",
        "Regards\nJane\nIs this smoke normal?", "--\nthere is smoke",
    ],
)  # fmt: skip
def test_what_is_said_below_it_is_looked_at(end: str) -> None:
    assert "smoke" in without_sign_offs(BODY + end, names_of("Jane Doe", "jane@x.example")).lower()


@pytest.mark.parametrize("text", ["", "Jane", "Regards\nJane\nSmoke Ltd", "-- \nSmoke Ltd", "\n\n"])
def test_something_is_left_of_every_mail(text: str) -> None:
    left = without_sign_offs(text, names_of("Jane Doe"))
    assert left.strip() or not text.strip()


def watching(site: Site) -> None:
    """The service finds danger where smoke is written."""

    def find(text: str, lang: str) -> UrgentMatch | None:
        number = next((n for n, one in enumerate(sentences(text)) if "smoke" in one.lower()), None)
        return None if number is None else UrgentMatch("b", "en", "Move away", "", None, "urgent", "", "smoke", number)

    unused: Any = None
    router = Router(site.settings, lambda refs: (), unused, find)
    site.tickets.urgent = router.urgent
    site.ingester = Ingester(
        site.settings, site.tickets, site.agent_actions, lambda new: replace(router.assign_team(new), team="default")
    )


def test_a_mail_and_its_answer_are_looked_at_without_their_signatures(site: Site) -> None:
    watching(site)
    calm = letter(f"{BODY}Best regards\nAda\nSmoke Ltd", sender="Ada <ada@example.com>")
    ticket = site.tickets.by_reference(site.take(calm).reference)
    assert ticket.urgent is None and "Smoke Ltd" in ticket.messages[0].text, "the team reads all of it"
    sent = next(mail for mail in site.deliver() if "ada@" in mail["To"])
    site.take(
        answer(
            sent,
            f"{BODY}There is smoke. Please help.\n\nBest regards\nAda\n\nSmoke Ltd\n",
            sender="Ada <ada@example.com>",
        )
    )
    notice = site.tickets.by_reference(ticket.reference).urgent
    assert notice is not None
    written = sentences(site.tickets.by_reference(ticket.reference).messages[-1].text)
    assert written[-int(notice.sentence)] == "There is smoke"


def test_the_sentence_of_danger_is_told_also_where_a_signature_stands_below_it(site: Site) -> None:
    watching(site)
    mail = letter("There is smoke. Help.\n\nBest regards\nAda\nSmoke Ltd\nSales", sender="Ada <ada@example.com>")
    ticket = site.tickets.by_reference(site.take(mail).reference)
    assert ticket.urgent is not None
    written = sentences(f"{ticket.subject}\n{ticket.messages[0].text}".strip())
    assert written[-int(ticket.urgent.sentence)] == "There is smoke"


def test_what_a_mail_that_opens_a_request_quotes_is_looked_at_since_nobody_here_has_read_it(site: Site) -> None:
    watching(site)
    mail = letter("See below, any news?\n\n> there is smoke from it", sender="Ada <ada@example.com>")
    assert site.tickets.by_reference(site.take(mail).reference).urgent is not None


def test_typed_text_is_looked_at_as_it_is(site: Site) -> None:
    watching(site)
    assert site.tickets.urgent("Where is it?\nBest regards\nAda\nSmoke Ltd", "en") is not None
