"""Whom mails come from, what they quote and suggest, and how they keep two directions of writing apart."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.ops.translations import compile_all
from app.settings.schema import Settings
from core.database.connection import connect
from core.texts.localized_text import LocalizedText
from index.models import ArticleHit, Degraded, SearchResult, Verdict
from kb.models import ArticleRef
from support.email.composer import _TO_CUSTOMERS, EmailComposer, quoted_lines
from support.email.mail_threads import claimed_by_reference
from support.email.suggested_articles import suggested_articles
from support.intake.models import ChannelSettings
from support.tickets.agent_actions import AgentActions
from support.tickets.journey import Journey
from support.tickets.models import (
    Channel,
    Delivery,
    OutboxRow,
    OutboxState,
    Priority,
    Staff,
    SuggestedArticle,
    Ticket,
    UrgentNotice,
)
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket


@pytest.fixture(autouse=True)
def compiled() -> None:
    compile_all()


class Mails:
    """Tickets, and the mails about them as they would be sent."""

    def __init__(self, engine: Engine, settings: Settings):
        self.settings = settings
        self.tickets = TicketService(engine, settings)
        self.agents = AgentActions(self.tickets)

    def ticket(self, **changes: object) -> Ticket:
        return self.tickets.create(new_ticket(**changes), None, NOW)

    def answered(self, ticket: Ticket, text: str = "Please reset it.", name: str = "Ada") -> EmailMessage:
        self.agents.reply(ticket.reference, text, NOW + timedelta(days=2), staff=Staff(None, name))
        return self.mail(Delivery.CUSTOMER_MAIL, self.tickets.by_reference(ticket.reference))

    def mail(self, kind: Delivery, ticket: Ticket, **more: Any) -> EmailMessage:
        composer = EmailComposer(self.settings, self.tickets.files.path, self.tickets.response_targets, **more)
        row = OutboxRow(1, "uid-1", ticket.id, ticket.messages[-1].id, kind, OutboxState.PENDING, 0, NOW, NOW)
        return composer.write(row, ticket, NOW)


@pytest.fixture
def mails(make_settings: Callable[..., Settings]) -> Iterator[Mails]:
    languages = ("en", "tr", "zh-Hant", "zh-Hans", "ar", "he")
    settings = make_settings(
        site_name="Tonfell", mail_from="help@tonfell.example", languages=languages, base_url="https://help.example"
    )
    engine = connect(settings.database)
    yield Mails(engine, settings)
    engine.dispose()


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_reply_comes_from_a_person_of_the_shop_and_the_rest_from_the_shop(mails: Mails) -> None:
    ticket = mails.ticket()
    assert mails.mail(Delivery.ACKNOWLEDGEMENT, ticket)["From"] == "Tonfell <help@tonfell.example>"
    assert mails.answered(ticket)["From"] == "Ada from Tonfell <help@tonfell.example>"


@pytest.mark.parametrize(
    ("lang", "name"), [("tr", "Ada (Tonfell)"), ("zh-Hant", "Tonfell 的 Ada"), ("ar", "Ada من Tonfell")]
)
def test_the_sender_is_named_in_the_customers_language(mails: Mails, lang: str, name: str) -> None:
    mail = mails.answered(mails.ticket(lang=lang))
    assert str(make_header(decode_header(parseaddr(mail["From"])[0]))) == name


def test_a_mail_in_chinese_has_no_latin_signs_between_its_words(mails: Mails) -> None:
    text = _text(mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket(lang="zh-Hant")))
    assert "您的案件編號：SP-" in text and "會有專人閱讀。我們通常" in text


@pytest.mark.parametrize("name", ["bank@evil.example", "", "  ", "tonfell"])
def test_what_is_no_name_of_a_person_leaves_the_shop_alone(mails: Mails, name: str) -> None:
    assert mails.answered(mails.ticket(), name=name)["From"] == "Tonfell <help@tonfell.example>"


def test_a_name_of_several_lines_stays_one_header(mails: Mails) -> None:
    mail = mails.answered(mails.ticket(), name="Ada\r\nBcc: all@evil.example" + "x" * 500)
    assert mail["Bcc"] is None
    assert parseaddr(mail["From"])[1] == "help@tonfell.example" or "\n" not in str(mail["From"])


def test_a_reply_quotes_what_it_answers(mails: Mails) -> None:
    mail = mails.answered(mails.ticket(message="The left <b>earbud</b> is silent.\nSince Monday."))
    text = _text(mail)
    assert "You wrote on Monday 23 November, 11:00:\n> The left <b>earbud</b> is silent.\n> Since Monday." in text
    assert "The left &lt;b&gt;earbud&lt;/b&gt; is silent.\nSince Monday.</blockquote>" in _html(mail)


def test_a_stranger_s_words_are_not_quoted_under_our_name(mails: Mails) -> None:
    ticket = mails.ticket()
    unproven = replace(ticket, messages=(replace(ticket.messages[0], unproven=True),))
    mails.agents.reply(ticket.reference, "Please reset it.", NOW)
    reply = mails.tickets.by_reference(ticket.reference).messages[-1]
    mail = mails.mail(Delivery.CUSTOMER_MAIL, replace(unproven, messages=(*unproven.messages, reply)))
    assert "earbud" not in _text(mail) and "You wrote on" not in _text(mail)


def test_a_long_message_is_quoted_by_its_beginning() -> None:
    lines = quoted_lines("\n".join(f"line {n}" for n in range(100)))
    assert (lines[0], lines[-1], len(lines)) == ("line 0", "…", 31)
    assert quoted_lines("short") == ("short",)


def test_an_acknowledgement_names_the_articles_it_is_given(mails: Mails) -> None:
    article = SuggestedArticle("Reset <it>", "https://help.example/en/a/reset")
    mail = mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket(), suggested=lambda ticket, lang: (article,))
    assert "These articles may help meanwhile:\n- Reset <it>\n  https://help.example/en/a/reset" in _text(mail)
    assert 'href="https://help.example/en/a/reset" dir="auto"' in _html(mail) and "Reset &lt;it&gt;" in _html(mail)
    assert "meanwhile" not in _text(mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket()))


def _hit(slug: str, lang: str = "en") -> ArticleHit:
    return ArticleHit(ArticleRef(lang, slug), slug, slug.title(), "c", "", "", "p", (), 1.0)


def _search(**changes: Any) -> Any:
    values = {"verdict": Verdict.ANSWER, "degraded": None, "hits": (_hit("a"), _hit("b"), _hit("c")), "plausible": 3}
    values.update(changes)
    found = SearchResult(query="q", lang="en", confidence=0.9, **values)
    return SimpleNamespace(search=lambda query, where: found)


def test_two_articles_are_suggested_when_search_is_sure(mails: Mails) -> None:
    found = suggested_articles(_search(), mails.ticket(), "en")
    assert [one.url for one in found] == ["https://help.example/en/a/a", "https://help.example/en/a/b"]
    assert len(suggested_articles(_search(plausible=1), mails.ticket(), "en")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.SUGGEST}, {"verdict": Verdict.ASK_HUMAN}, {"degraded": Degraded.KEYWORD_ONLY},
        {"degraded": Degraded.DEADLINE}, {"hits": ()}, {"hits": (_hit("a", "tr"),)},
    ],
)  # fmt: skip
def test_nothing_is_suggested_unsure_degraded_or_in_another_language(mails: Mails, changes: dict[str, Any]) -> None:
    assert suggested_articles(_search(**changes), mails.ticket(), "en") == ()


def test_what_the_customer_has_read_or_rejected_is_not_suggested_again(mails: Mails) -> None:
    read = Journey().with_suggestion("a", "en", opened=True)
    assert suggested_articles(_search(), mails.ticket(journey=read), "en") == ()
    second = Journey().with_suggestion("b", "en", rejected="other")
    found = suggested_articles(_search(), mails.ticket(journey=second), "en")
    assert [one.title for one in found] == ["A", "C"]


def test_a_name_in_the_other_direction_is_isolated_in_both_parts(mails: Mails) -> None:
    mail = mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket(name="ליאת\u202e"))
    assert "Hello \u2068ליאת\u2069," in _text(mail)
    assert "Hello <bdi>ליאת</bdi>," in _html(mail)
    assert "Hello Ada," in _text(mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket()))


@pytest.mark.parametrize("lang", ["ar", "he"])
def test_a_mail_from_right_to_left_keeps_addresses_and_messages_in_their_own_direction(mails: Mails, lang: str) -> None:
    mail = mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket(lang=lang))
    assert "\u2068ada@example.org\u2069" in _text(mail)
    assert f'<html lang="{lang}" dir="rtl">' in _html(mail)
    assert "<bdi>ada@example.org</bdi>" in _html(mail)
    assert '<div dir="auto"' in _html(mail)


URGENT_HEADERS = {"X-Priority": "1", "Importance": "high", "Priority": "urgent"}
WRITTEN = "Hello.\nIt <smokes>! What now?"


def _urgent_headers(mail: EmailMessage) -> dict[str, Any]:
    return {name: mail[name] for name in URGENT_HEADERS}


def _notice(sentence: str = "2") -> UrgentNotice:
    return UrgentNotice("battery", "Move away <now>", "Call us.", "en", "urgent", sentence=sentence)


def test_a_team_that_works_from_mail_sees_the_fire(mails: Mails) -> None:
    mail = mails.mail(Delivery.TEAM_MAIL, mails.ticket(message=WRITTEN, urgent=_notice()))
    assert mail["Subject"].startswith("Urgent: [SP-") and _urgent_headers(mail) == URGENT_HEADERS
    seen = "!!! Urgent\nTaken for danger: Move away <now>\nThe customer wrote: It <smokes>\n\nAnswer by e-mail"
    assert _text(mail).startswith(seen)
    body = _html(mail).partition("<body")[2]
    assert body.index("Move away &lt;now&gt;") < body.index("It &lt;smokes&gt;") < body.index("Answer by e-mail")


@pytest.mark.parametrize(
    ("lang", "begins", "says"),
    [
        ("tr", "Acil: [SP-", "Tehlike sayıldı:"), ("zh-Hant", "緊急：[SP-", "判斷為危險："),
        ("zh-Hans", "紧急：[SP-", "判断为危险："), ("ar", "عاجلة: [SP-", "عُدّت خطرًا:"),
        ("he", "דחופה: [SP-", "זוהה כסכנה:"),
    ],
)  # fmt: skip
def test_it_says_so_in_the_language_of_the_team(mails: Mails, lang: str, begins: str, says: str) -> None:
    mails.settings = replace(mails.settings, default_lang=lang)
    ticket = mails.ticket(urgent=_notice("1"))
    mail = mails.mail(Delivery.TEAM_MAIL, ticket)
    subject = str(make_header(decode_header(mail["Subject"])))
    assert subject.startswith(begins)
    with mails.tickets.engine.connect() as connection:
        assert list(claimed_by_reference(connection, f"Re: {subject}")) == [ticket.id], "answers find their ticket"
    assert says in _text(mail) and says in _html(mail) and "left earbud is silent" in _text(mail).partition("\n\n")[0]


def test_whatever_made_it_urgent_and_only_while_it_is(mails: Mails) -> None:
    calm = mails.ticket()
    mails.agents.set_priority(calm.reference, Priority.URGENT, NOW)
    mail = mails.mail(Delivery.TEAM_MAIL, mails.tickets.by_reference(calm.reference))
    assert mail["Subject"].startswith("Urgent: [SP-") and _urgent_headers(mail) == URGENT_HEADERS
    assert _text(mail).startswith("!!! Urgent\n\nAnswer by") and "danger" not in _text(mail)
    for priority in set(Priority) - {Priority.URGENT}:
        mails.agents.set_priority(calm.reference, priority, NOW)
        mail = mails.mail(Delivery.TEAM_MAIL, mails.tickets.by_reference(calm.reference))
        assert mail["Subject"].startswith("[SP-") and set(_urgent_headers(mail).values()) == {None}
        assert "Urgent" not in _text(mail) + _html(mail)


def test_danger_that_is_held_says_so_to_its_team(mails: Mails) -> None:
    notice = "Suspected spam, held: it reached you since it may be about danger. Your answer releases it."
    mail = mails.mail(Delivery.TEAM_MAIL, mails.ticket(urgent=_notice(), quarantine="links"))
    assert notice in " ".join(_text(mail).split()) and notice in _html(mail)
    assert notice not in _html(mails.mail(Delivery.TEAM_MAIL, mails.ticket(urgent=_notice())))


@pytest.mark.parametrize("kind", _TO_CUSTOMERS)
def test_no_mail_to_a_customer_calls_itself_urgent(mails: Mails, kind: Delivery) -> None:
    mail = mails.mail(kind, mails.ticket(urgent=_notice()))
    assert set(_urgent_headers(mail).values()) == {None} and "Urgent" not in mail["Subject"]


_NOT_WAITING = {
    "en": "Please do not wait for our reply", "tr": "Lütfen yanıtımızı beklemeyin", "zh-Hant": "請不要等我們回覆",
    "zh-Hans": "请不要等我们回复", "ar": "من فضلك لا تنتظر ردّنا", "he": "אל תחכו לתשובה שלנו",
}  # fmt: skip


@pytest.mark.parametrize("lang", _NOT_WAITING)
@pytest.mark.parametrize("kind", [Delivery.ACKNOWLEDGEMENT, Delivery.TARGET_RENEWED_MAIL])
def test_before_a_promise_somebody_in_danger_is_told_not_to_wait(mails: Mails, kind: Delivery, lang: str) -> None:
    danger = mails.mail(kind, mails.ticket(urgent=_notice(), lang=lang))
    for body in (_text(danger), _html(danger).partition("<body")[2].replace("&lt;", "<").replace("&gt;", ">")):
        promise = body.index(":00", body.index(_NOT_WAITING[lang]))
        assert body.index("Move away <now>") < body.index(_NOT_WAITING[lang]) < promise
        assert body.count(_NOT_WAITING[lang]) == 1 and ":00" not in body[: body.index(_NOT_WAITING[lang])]
    calm = mails.mail(kind, mails.ticket(lang=lang))
    assert _NOT_WAITING[lang] not in _text(calm) + _html(calm) and "Move away" not in _text(calm)


@pytest.mark.parametrize("sentence", ["", "0", "9", "x", "-1"])
def test_a_sentence_that_is_no_longer_there_is_left_out(mails: Mails, sentence: str) -> None:
    text = _text(mails.mail(Delivery.TEAM_MAIL, mails.ticket(urgent=_notice(sentence))))
    assert text.startswith("!!! Urgent\nTaken for danger: Move away <now>\n\nAnswer by")


def test_the_sentence_stays_the_same_with_another_subject(mails: Mails) -> None:
    ticket = replace(mails.ticket(message=WRITTEN, urgent=_notice()), subject="Battery. Smoke. Third floor.")
    assert "wrote: It <smokes>\n" in _text(mails.mail(Delivery.TEAM_MAIL, ticket))


_NUMBER, _EMERGENCY = "+31 10 555 0142", "+31 10 555 0199"


@pytest.mark.parametrize("kind", [*_TO_CUSTOMERS, Delivery.TEAM_MAIL])
@pytest.mark.parametrize(("lang", "spoken"), [("ar", "ar"), ("he", "en"), ("en", "he")])
def test_numbers_in_lines_from_right_to_left_keep_their_order(
    mails: Mails, kind: Delivery, lang: str, spoken: str
) -> None:
    label = LocalizedText({"en": "Urgent line", "ar": "خط الطوارئ", "he": "קו חירום"})
    channels = (ChannelSettings("urgent", _EMERGENCY, label=label),)
    mails.settings = replace(mails.settings, default_lang=lang, channels=channels)
    notice = replace(_notice(), lang=spoken)
    ticket = mails.ticket(lang=lang, phone=_NUMBER, preferred_channel=Channel.PHONE, urgent=notice)
    mail = mails.mail(kind, ticket)
    if kind is Delivery.ACKNOWLEDGEMENT:
        assert _EMERGENCY in _text(mail) and _EMERGENCY in _html(mail)
    for number in (_NUMBER, _EMERGENCY):
        if lang != "en" or number == _EMERGENCY:
            isolated = (_text(mail).count(f"\u2068{number}\u2069"), _html(mail).count(f"<bdi>{number}</bdi>"))
            assert isolated == (_text(mail).count(number), _html(mail).count(number))


def test_what_is_told_in_danger_runs_its_own_way(mails: Mails) -> None:
    notice = replace(_notice(), title="Move away!", text="Call us.\nNow!")
    mail = mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket(lang="he", urgent=notice))
    assert _text(mail).startswith("!!! \u2068Move away!\u2069\n\u2068Call us.\u2069\n\u2068Now!\u2069\n")
    told = _html(mail).partition('<div lang="en">')[2].partition("</div>")[0]
    assert told.count("<p ") == told.count('<p dir="auto" ') > 1 and "Move away!" in told
    same = mails.mail(Delivery.ACKNOWLEDGEMENT, mails.ticket(urgent=notice))
    assert _text(same).startswith("!!! Move away!\nCall us.\nNow!\n")
