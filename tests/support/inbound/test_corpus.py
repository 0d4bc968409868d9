"""Some four hundred answers in twenty-two languages: no word of a customer is lost, at most 2 % of what they quote is
left."""

import os
from collections import Counter
from datetime import timedelta

from support.tickets.models import Ticket
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import Site
from tests.support.inbound.corpus import TONGUES, Answered, Sent, Tongue, answers, as_mail


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _answered(site: Site, tongue: Tongue) -> tuple[Ticket, Sent, str]:
    """A ticket of this customer, which the team has answered; the mail with its answer."""
    ticket = site.tickets.create(
        new_ticket(
            email="customer@example.org", name=tongue.name, message=f"{tongue.own[0]} ({tongue.code})", lang=tongue.code
        ),
        None,
        NOW,
    )
    site.deliver()
    asked = f"{tongue.answers[1]}\n\n{tongue.asked[0]}\n{tongue.asked[1]}\n\nTonfell"
    site.agent_actions.reply(ticket.reference, asked.replace(tongue.answers[1], "K-4411?"), NOW)
    (mail,) = [m for m in site.deliver() if "customer@" in str(m["To"])]
    plain, markup = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert markup is not None
    return ticket, Sent(
        str(plain.get_content()).replace("\r\n", "\n").strip(), str(markup.get_content())
    ), str(mail["Reply-To"])


def test_of_four_hundred_answers_nothing_is_lost_and_little_quotation_is_left(site: Site) -> None:
    counted: Counter[str] = Counter()
    lost: list[str] = []
    left: list[str] = []
    number = 0
    for tongue in [t for t in TONGUES if t.code in os.environ.get("LANGS", t.code).split(",")]:
        ticket, sent, to = _answered(site, tongue)
        for one in answers(tongue, sent):
            number += 1
            result = site.take(as_mail(one, tongue, to, number), timedelta(hours=number))
            assert result.reference == ticket.reference, (tongue.code, one.name, result)
            message = site.tickets.by_reference(ticket.reference).messages[-1]
            _count(counted, lost, left, tongue, one, message.text)
            if not message.folded and not one.interleaved:
                left.append(f"{tongue.code}, {one.name}: all of it\n{message.text}" if os.environ.get("SHOW") else f"{tongue.code}, {one.name}: all")
            if message.folded:
                assert all(_squeezed(line) in _squeezed(message.whole) for line in one.own), (tongue.code, one.name)
    share = counted["left"] / counted["quoted"]
    print(f"{number} mails, {len(TONGUES)} languages: {counted['own']} lines, {len(lost)} lost, {share:.2%} quotation left")  # noqa: E501, T201
    if os.environ.get("LANGS"): print("\n".join(lost+left)); return
    assert number >= 300
    assert not lost, lost[:20]
    assert share <= 0.02, left[:40]


def _count(
    counted: Counter[str], lost: list[str], left: list[str], tongue: Tongue, one: Answered, shown: str
) -> None:
    text = _squeezed(shown)
    counted["own"] += len(one.own)
    lost += [f"{tongue.code}, {one.name}: {line}" for line in one.own if _squeezed(line) not in text]
    if one.interleaved:
        return
    for line in one.quoted:
        # What the customer says in the same words is theirs.
        if _squeezed(line) and not any(_squeezed(line) in _squeezed(own) for own in (*one.own, *one.may_go)):
            counted["quoted"] += len(_squeezed(line))
            if _squeezed(line) in text:
                counted["left"] += len(_squeezed(line))
                left.append(f"{tongue.code}, {one.name}: {line}")
