"""Synonyms and pinned answers of the demo: kb/articles/<lang>/_synonyms.yml and _pins.yml."""

from tests.model.typed.case import ANSWER, finds, first

PINNED = frozenset({ANSWER})

CASES = [
    first("en", "agent", "talk-to-a-person", verdict=PINNED),
    first("en", "Live chat!", "talk-to-a-person", verdict=PINNED),
    first("en", "talk to a human about my battery", "talk-to-a-person", verdict=PINNED),
    first("tr", "CANLI DESTEK", "talk-to-a-person", verdict=PINNED, lang="tr"),
    first("tr", "musteri hizmetleri", "talk-to-a-person", verdict=PINNED, lang="tr"),
    first("zh-Hant", "客服", "talk-to-a-person", verdict=PINNED, lang="zh-Hant"),
    first("zh-Hans", "转真人", "talk-to-a-person", verdict=PINNED, lang="zh-Hant"),
    finds("en", "my cans keep cutting out", "connection-drops"),
    finds("en", "how to reset my cans", "reset-your-headphones"),
    finds("en", "coupon does not work", "vouchers-and-gift-cards"),
    finds("en", "how do I get an rma", "return-an-item"),
    finds("tr", "kupon kodum çalışmıyor", "vouchers-and-gift-cards", lang="tr"),
    finds("tr", "dekont nereden indirilir", "invoice-and-vat", lang="tr"),
    finds("zh-Hant", "折扣碼輸入沒反應", "vouchers-and-gift-cards"),
    finds("zh-Hans", "铁盒多少钱", "spare-parts"),
]
