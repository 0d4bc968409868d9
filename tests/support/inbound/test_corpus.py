"""More than four hundred answers in twenty-three languages: no word of a customer is lost, at most 2 % of what they
quote is left."""

from collections import Counter
from datetime import timedelta

from support.email.inbound.parser import read
from support.email.inbound.spool import InboundOutcome
from support.email.mail_threads import Side
from support.tickets.models import Ticket
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import Site, letter
from tests.support.inbound.corpus import TONGUES, Answered, Sent, Tongue, answers, as_mail


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _answered(site: Site, tongue: Tongue) -> tuple[Ticket, Sent, str]:
    """A ticket of this customer, which the team has answered; the mail with its answer, and where answers to it go."""
    said = f"{tongue.own[0]} ({tongue.code})"
    new = new_ticket(email="customer@example.org", name=tongue.name, message=said, lang=tongue.code)
    ticket = site.tickets.create(new, None, NOW)
    site.deliver()
    asked = f"K-4411?\n\n{tongue.asked[0]}\n{tongue.asked[1]}\n\nTonfell"
    ticket = site.agent_actions.reply(ticket.reference, asked, NOW)
    (mail,) = [m for m in site.deliver() if "customer@" in str(m["To"])]
    plain, markup = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert markup is not None
    text = str(plain.get_content()).replace("\r\n", "\n").strip()
    return ticket, Sent(text, str(markup.get_content())), str(mail["Reply-To"])


def test_of_four_hundred_answers_nothing_is_lost_and_little_quotation_is_left(site: Site) -> None:
    counted: Counter[str] = Counter()
    lost: list[str] = []
    left: list[str] = []
    for tongue in TONGUES:
        ticket, sent, to = _answered(site, tongue)
        for number, one in enumerate(answers(tongue, sent)):
            reading = site.ingester._fold(read(as_mail(one, tongue, to, number)), ticket, Side.CUSTOMER, NOW)
            counted["mails"] += 1
            whole = _squeezed(reading.whole or reading.words)
            lost += [f"{tongue.code}, {one.name}: {line}" for line in one.own if _squeezed(line) not in whole]
            _count(counted, lost, left, f"{tongue.code}, {one.name}", one, reading.words)
    share = counted["left"] / counted["quoted"]
    print(f"{counted['mails']} answers: {counted['own']} lines, {len(lost)} lost, {share:.2%} of quotations left")  # noqa: T201
    assert counted["mails"] >= 300
    assert not lost, lost[:20]
    assert share <= 0.02, left[:40]


def _count(counted: Counter[str], lost: list[str], left: list[str], name: str, one: Answered, shown: str) -> None:
    text = _squeezed(shown)
    counted["own"] += len(one.own)
    lost += [f"{name}: {line}" for line in one.own if _squeezed(line) not in text]
    for line in () if one.interleaved else one.quoted:
        # What the customer says in the same words is theirs.
        if _squeezed(line) and not any(_squeezed(line) in _squeezed(own) for own in (*one.own, *one.may_go)):
            counted["quoted"] += len(_squeezed(line))
            if _squeezed(line) in text:
                counted["left"] += len(_squeezed(line))
                left.append(f"{name}: {line}")


def test_answers_between_quoted_lines_keep_what_they_answer(site: Site) -> None:
    for tongue in TONGUES:
        ticket, sent, to = _answered(site, tongue)
        inside = [one for one in answers(tongue, sent) if one.interleaved]
        assert len(inside) == 2
        for one in inside:
            words = site.ingester._fold(read(as_mail(one, tongue, to, 0)), ticket, Side.CUSTOMER, NOW).words
            for asked, answered in zip(tongue.asked, tongue.answers, strict=True):
                assert -1 < words.find(asked) < words.find(answered), (tongue.code, one.name)


def test_an_answer_goes_the_whole_way_in_each_language(site: Site) -> None:
    for number, tongue in enumerate(TONGUES):
        ticket, sent, to = _answered(site, tongue)
        one = next(one for one in answers(tongue, sent) if one.name == "gmail, both parts")
        result = site.take(as_mail(one, tongue, to, number), timedelta(hours=number))
        assert result.reference == ticket.reference
        message = site.tickets.by_reference(ticket.reference).messages[-1]
        assert message.text == "\n".join(tongue.own)
        assert all(_squeezed(line) in _squeezed(message.whole) for line in one.quoted)
        assert message.folded == 1 + sum(1 for line in sent.plain.split("\n"))


def test_the_team_s_mail_says_how_much_is_folded_and_its_answer_publishes_nothing_of_it(site: Site) -> None:
    tongue = TONGUES[0]
    ticket, sent, to = _answered(site, tongue)
    one = next(one for one in answers(tongue, sent) if one.name == "gmail, both parts")
    site.deliver()
    site.take(as_mail(one, tongue, to, 1))
    (notice,) = [m for m in site.deliver() if "team@" in str(m["To"])]
    plain, markup = notice.get_body(("plain",)), notice.get_body(("html",))
    assert plain is not None
    assert markup is not None
    folded = site.tickets.by_reference(ticket.reference).messages[-1].folded
    assert f"{folded} lines of this mail are folded away" in plain.get_content()
    assert f"{folded} lines of this mail are folded away" in markup.get_content()

    # Outlook marks no quotation; the colleague answers below the customer's line.
    quoted = Sent(plain.get_content().replace("\r\n", "\n").strip(), markup.get_content()).as_outlook
    inside = quoted.replace(tongue.own[1], f"{tongue.own[1]}\nThen it is under warranty.", 1)
    text = (
        f"Dear Ada, see below.\n\nFrom: Tonfell <help@tonfell.example>\nSent: Monday\nTo: Team\nSubject: x\n\n{inside}"
    )
    mail = letter(text, sender="Grace <grace@tonfell.example>", to=str(notice["Reply-To"]), message_id="<g@x>")
    assert site.take(mail).outcome is InboundOutcome.REPLY
    answer = site.tickets.by_reference(ticket.reference).messages[-1]
    assert answer.text.startswith("Dear Ada, see below.")
    assert "Then it is under warranty." in answer.text
    for internal in ("Promised", "Language", "folded away", "Status page", "Earlier", "status page as the customer"):
        assert internal not in answer.text
    assert "Promised" in answer.whole
