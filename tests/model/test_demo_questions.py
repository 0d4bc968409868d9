"""The demo help centre answers what customers would ask, in their words, in each language and across languages."""

import pytest

from core.texts.languages import fallbacks
from index.models import SearchQuery, Verdict
from index.search import Search

# (reader's language, what is asked, the article's key)
QUESTIONS = [
    ("en", "my package should have been here a week ago", "late-or-lost-parcel"),
    ("en", "how long till the money is back on my card?", "refund-status"),
    ("en", "left earbud has no sound at all", "one-side-is-silent"),
    ("en", "people on the phone say I sound far away", "microphone-in-calls"),
    ("en", "my laptop doesn't see the headset", "pair-with-a-computer"),
    ("en", "I typed the wrong street, the order isn't shipped yet", "change-or-cancel-an-order"),
    ("en", "the visa card gets refused when I check out", "payment-declined"),
    ("en", "please erase everything you know about me", "get-or-delete-your-data"),
    ("en", "i can't remember my password", "reset-your-password"),
    ("en", "how much does a new ear cushion cost", "spare-parts"),
    ("tr", "param ne zaman kartıma yatar", "refund-status"),
    ("tr", "kargom bir haftadır gelmedi", "late-or-lost-parcel"),
    ("tr", "kulakligin sag tarafindan ses gelmiyor", "one-side-is-silent"),
    ("tr", "şifremi unuttum ne yapmalıyım", "reset-your-password"),
    ("tr", "kutudan kırık çıktı", "damaged-on-arrival"),
    ("tr", "aldığım kulaklığı geri göndermek istiyorum", "return-an-item"),
    ("tr", "hem telefona hem bilgisayara aynı anda bağlansın", "two-devices-at-once"),
    ("tr", "şirket adına fatura kesiyor musunuz", "invoice-and-vat"),
    ("zh-Hant", "錢什麼時候會退到信用卡", "refund-status"),
    ("zh-Hant", "包裹一直沒有送到", "late-or-lost-parcel"),
    ("zh-Hant", "左邊耳機沒有聲音", "one-side-is-silent"),
    ("zh-Hant", "想換另一個顏色", "exchange-an-item"),
    ("zh-Hant", "忘記密碼怎麼辦", "reset-your-password"),
    ("zh-Hant", "電池一下子就沒電了", "charging-and-battery-life"),
    ("zh-Hant", "想直接跟真人說話", "talk-to-a-person"),
    ("zh-Hans", "耳机连不上手机蓝牙", "pair-with-a-phone"),
    ("zh-Hans", "怎么更新固件", "update-the-firmware"),
]  # fmt: skip

# A reader of one language who asks in another.
ACROSS = [
    ("en", "param ne zaman iade edilir", "refund-status"),
    ("en", "忘記密碼怎麼辦", "reset-your-password"),
    ("tr", "one side has no sound", "one-side-is-silent"),
    ("zh-Hant", "how do I update the firmware", "update-the-firmware"),
    ("tr", "包裹一直沒有送到", "late-or-lost-parcel"),
    ("de", "Wann bekomme ich mein Geld zurück?", "refund-status"),
    ("fr", "mot de passe oublié", "reset-your-password"),
]

# What a headphones shop's help centre has no answer to.
UNANSWERABLE = [
    ("en", "asdkjh qwepoi zmxncb"),
    ("en", "how do I bake sourdough bread"),
    ("en", "who won the football world cup in 1998"),
    ("en", "fix a leaking kitchen tap"),
    ("tr", "mercimek çorbası nasıl yapılır"),
    ("tr", "kjhgf dsaqwe zxcvb"),
    ("tr", "yarın Ankara'da hava nasıl olacak"),
    ("zh-Hant", "怎麼煮牛肉麵"),
    ("zh-Hant", "明天台北會下雨嗎"),
    ("zh-Hans", "去北京的火车几点出发"),
]


def found(search: Search, text: str, reader: str) -> list[str]:
    return [hit.key for hit in search.search(SearchQuery(text, reader)).hits[:3]]


@pytest.mark.parametrize(("reader", "text", "key"), QUESTIONS)
def test_a_question_finds_its_article_among_the_first_three(reader: str, text: str, key: str, search: Search) -> None:
    assert key in found(search, text, reader)


@pytest.mark.parametrize(("reader", "text", "key"), ACROSS)
def test_a_question_in_another_language_finds_it_too(reader: str, text: str, key: str, search: Search) -> None:
    assert key in found(search, text, reader)


@pytest.mark.parametrize(
    ("reader", "text", "key"), [(r, t, k) for r, t, k in QUESTIONS + ACROSS if r not in ("de", "fr")]
)
def test_what_is_found_is_in_the_readers_language(reader: str, text: str, key: str, search: Search) -> None:
    hit = next(hit for hit in search.search(SearchQuery(text, reader)).hits if hit.key == key)
    assert hit.ref.lang in fallbacks(reader)


@pytest.mark.parametrize(("reader", "text"), UNANSWERABLE)
def test_what_nobody_wrote_about_is_for_a_person(reader: str, text: str, search: Search) -> None:
    result = search.search(SearchQuery(text, reader))
    assert result.verdict is Verdict.ASK_HUMAN


def test_most_questions_with_an_answer_are_not_sent_to_a_person(search: Search) -> None:
    verdicts = [search.search(SearchQuery(text, reader)).verdict for reader, text, _ in QUESTIONS]
    assert verdicts.count(Verdict.ASK_HUMAN) <= len(QUESTIONS) // 5
