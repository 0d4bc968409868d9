"""Which quantity a question asks for, and whether an article names one."""

from pathlib import Path

import pytest

from index.embed.hashing import HashingEmbedder
from index.query.asked_quantity import Quantity, names_quantity, quantity_asked
from index.ranking.first_place import missing_quantity
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from tests.index.builders import article

TIME, MONEY, WEIGHT, SIZE = Quantity.TIME, Quantity.MONEY, Quantity.WEIGHT, Quantity.SIZE


@pytest.mark.parametrize(
    ("asked", "quantity"),
    [
        ("how long do you keep deleted files", TIME), ("how many days do I have", TIME), ("kaç gün sürer", TIME),
        ("ne kadar sürede gelir", TIME), ("驗證碼多久過期", TIME), ("要等几天", TIME),
        ("wie lange gilt der Link", TIME),
        ("combien de temps ça prend", TIME), ("cuánto tiempo tarda", TIME), ("quanto tempo demora", TIME),
        ("hoe lang duurt het", TIME), ("сколько дней ждать", TIME),
        ("how much does the big plan cost", MONEY), ("price of a spare strap", MONEY), ("kaç para", MONEY),
        ("一年多少錢", MONEY), ("was kostet ein Ersatzteil", MONEY), ("cuánto cuesta", MONEY),
        ("сколько стоит", MONEY),
        ("how heavy is it", WEIGHT), ("kaç gram", WEIGHT), ("這個多重", WEIGHT), ("wie schwer ist er", WEIGHT),
        ("how long is the cable", SIZE), ("how tall is the stand", SIZE), ("kablo kaç metre", SIZE), ("線有多長", SIZE),
        ("how do I delete files", None), ("how many friends can I add", None), ("最多幾個", None), ("kaç kişi", None),
        ("where is my order", None), ("wie viele Geräte", None), ("it has been days", None), ("as long as I pay", None),
    ],
)  # fmt: skip
def test_the_quantity_that_is_asked_for(asked: str, quantity: Quantity | None) -> None:
    assert quantity_asked(asked) is quantity


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("Kept for 30 days.", TIME), ("It takes two working days.", TIME), ("We never delete them.", TIME),
        ("Valid until you sign out.", TIME), ("3 ila 5 iş günü, en çok 5 gün", TIME), ("Bir ay sonra silinir.", TIME),
        ("保留三十天", TIME), ("立即生效", TIME), ("Nach zwei Wochen wird gelöscht.", TIME),
        ("Es gibt kein Zeitlimit.", TIME),
        ("Pendant un mois.", TIME), ("Se guardan para siempre.", TIME), ("через 5 минут", TIME),
        ("overnight", TIME),
        ("It is free of charge.", MONEY), ("$10 a year", MONEY), ("Ücretsizdir.", MONEY), ("每年 300 元", MONEY),
        ("免費", MONEY), ("kostenlos", MONEY), ("бесплатно", MONEY), ("250 g", WEIGHT), ("重量 30 克", WEIGHT),
        ("1.5 m", SIZE),
        ("120cm", SIZE), ("長 30 公分", SIZE),
    ],
)  # fmt: skip
def test_a_text_that_names_it(text: str, quantity: Quantity) -> None:
    assert names_quantity(text, quantity)


@pytest.mark.parametrize("quantity", list(Quantity))
@pytest.mark.parametrize(
    "text",
    [
        "A recovery code lets you in when the phone is lost. Choose Settings, then Security.",
        "Kurtarma kodu, telefon kaybolunca girişi sağlar. Ayarlar ve ardından Güvenlik seçin.",
        "恢復代碼可在手機遺失時登入。選擇設定，再選擇安全。",
        "Ein Relay leitet Nachrichten weiter. Tippe auf Einstellungen und dann auf Erweitert.",
    ],
)
def test_a_text_that_names_none(text: str, quantity: Quantity) -> None:
    assert not names_quantity(text, quantity)


def test_an_article_is_asked_as_a_whole(tmp_path: Path) -> None:
    articles = [
        article("with", "How it works.\n\n## Keeping\n\nWe keep them for 30 days."),
        article("without", "How it works.\n\n## Keeping\n\nWe keep them in a safe place."),
    ]
    bring_up_to_date(articles, HashingEmbedder(), tmp_path)
    generation = LiveIndex(tmp_path).current()
    assert generation is not None
    found = {
        one.ref.slug: missing_quantity(generation, row, "how long are they kept")
        for row, one in enumerate(generation.articles)
    }
    assert found == {"with": None, "without": TIME}
    assert missing_quantity(generation, 1, "where are they kept") is None
