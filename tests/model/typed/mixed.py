"""One language with product names in another, a reader of one language who asks in another, whole letters."""

from tests.model.typed.case import finds

_COMPLAINT = (
    "Dear team, I am writing to you for the third time and I am really disappointed. On the 3rd of the month I ordered "
    "a pair of your headphones as a birthday present for my daughter, and I paid extra attention to choose an address "
    'where somebody is home all day. The confirmation came at once, which was nice. Then nothing. The page said "in '
    'transit" for six days, then "handed to the carrier", and since then it has not moved at all. My neighbours have '
    "not taken it in, there is no card in the letter box - and the depot down the road says they never had it. "
)
_COMPLAINT_TR = (
    "Merhaba, size daha önce de yazdım ama kimse dönmedi. Kızımın doğum günü için aldığım kulaklık iki haftadır ortada "
    'yok. Kargo firmasını aradım, "dağıtıma çıktı" diyorlar ama kapıya gelen giden olmadı - komşulara da sordum, '
    "kimsede değil. Takip sayfası günlerdir aynı yazıyı gösteriyor. Paket kayboldu mu, ne yapmam gerekiyor? "
)
_COMPLAINT_ZH = (
    "您好，我是第一次在你們這裡買東西，本來很期待，結果等了三個禮拜都沒有收到。物流頁面一直顯示「配送中」，打電話去問，"
    "他們說沒有這個包裹。鄰居跟管理員我都問過了，沒有人代收。請問是不是寄丟了？可以重寄或退錢給我嗎？"
)

CASES = [
    # a question in one language, product names in another
    finds("tr", "Tonfell One iki telefona aynı anda bağlanır mı", "two-devices-at-once"),
    finds("tr", "Apple Pay ile ödeme yapabilir miyim", "ways-to-pay"),
    finds("tr", "MacBook Air bluetooth ayarlarında görünmüyor", "pair-with-a-computer"),
    finds("tr", "Google Pay geçiyor mu", "ways-to-pay"),
    finds("tr", "Android telefonda Tonfell Air görünmüyor", "pair-with-a-phone"),
    finds("zh-Hant", "Tonfell Swim 可以換電池嗎", "spare-parts", "what-the-warranty-covers",
          "charging-and-battery-life"),
    finds("zh-Hant", "Apple Pay 可以用嗎", "ways-to-pay"),
    finds("zh-Hans", "Tonfell Air 单只丢了能买吗", "spare-parts"),
    finds("zh-Hans", "MacBook 连不上 Tonfell", "pair-with-a-computer"),
    finds("en", "Tonfell Air left bud is silent", "one-side-is-silent"),
    finds("de", "Tonfell One zurücksetzen", "reset-your-headphones", within=5),
    finds("fr", "payer avec Apple Pay", "ways-to-pay"),
    finds("ar", "إعادة ضبط Tonfell One", "reset-your-headphones", within=5),
    finds("ja", "Tonfell Air を iPhone とペアリングする方法", "pair-with-a-phone"),
    finds("ru", "как вернуть наушники Tonfell", "return-an-item", within=5),
    # a reader of one language asks in another, and reads it in his own
    finds("en", "kargom gelmedi", "late-or-lost-parcel", "track-your-order", lang="en"),
    finds("en", "şifremi unuttum", "reset-your-password", lang="en"),
    finds("tr", "forgot my password", "reset-your-password", lang="tr"),
    finds("tr", "how long is the warranty", "what-the-warranty-covers", lang="tr"),
    finds("zh-Hant", "how do I return this", "return-an-item", lang="zh-Hant"),
    finds("zh-Hans", "change my delivery address", "change-or-cancel-an-order", "change-your-email-or-address",
          lang="zh-Hant"),
    finds("tr", "忘記密碼", "reset-your-password", lang="tr"),
    finds("en", "我要退貨", "return-an-item", lang="en"),
    # a language nobody wrote in: English, rather than nothing
    finds("de", "Wie schicke ich die Kopfhörer zurück?", "return-an-item", lang="en"),
    finds("es", "¿dónde está mi pedido?", "track-your-order", "late-or-lost-parcel", lang="en"),
    # whole letters, pasted
    finds("en", (_COMPLAINT * 9)[:5000], "late-or-lost-parcel", "track-your-order"),
    finds("tr", (_COMPLAINT_TR * 14)[:5000], "late-or-lost-parcel", "track-your-order"),
    finds("zh-Hant", (_COMPLAINT_ZH * 40)[:5000], "late-or-lost-parcel", "track-your-order"),
    finds("en", _COMPLAINT, "late-or-lost-parcel", "track-your-order", unmatched=()),
]  # fmt: skip
