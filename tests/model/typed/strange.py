"""Emoji, punctuation, nothing at all, right to left, SQL and script fragments."""

from tests.model.typed.case import ANY, PERSON, UNSURE, Case, finds, person

NOTHING = {"nothing": True, "verdict": PERSON}

CASES = [
    Case("en", "", **NOTHING),
    Case("tr", "   ", **NOTHING),
    Case("zh-Hant", "\u3000\u3000", **NOTHING),
    Case("en", "???", **NOTHING),
    Case("en", "!!!!!!!!", **NOTHING),
    Case("zh-Hant", "。。。？！", **NOTHING),
    Case("en", "-", **NOTHING),
    Case("en", '""', **NOTHING),
    Case("en", "😡", **NOTHING),
    Case("en", "👍🏽👩‍💻❤️", **NOTHING),
    Case("en", "… — –", **NOTHING),
    finds("en", "where is my parcel 😡😡", "late-or-lost-parcel", "track-your-order"),
    finds("en", "📦 late", "late-or-lost-parcel"),
    finds("tr", "kargom nerede 😭", "track-your-order", "late-or-lost-parcel"),
    finds("zh-Hant", "退款🙏🙏", "refund-status"),
    finds("en", "refund!!!!!!", "refund-status", "return-an-item"),
    finds("en", "???password???", "reset-your-password"),
    finds("en", "refund\u200b status\u00ad", "refund-status"),
    # right to left
    finds("en", "أين طردي؟ لم يصل بعد", "late-or-lost-parcel", "track-your-order"),
    finds("ar", "أريد استرداد أموالي", "refund-status", "return-an-item", within=6),
    finds("en", "נשכחה לי הסיסמה", "reset-your-password"),
    finds("ar", "كيف أعيد ضبط كلمة المرور", "reset-your-password"),
    Case("fa", "سفارش من نرسیده است", verdict=UNSURE),
    finds("en", "\u202erefund\u202c", "refund-status", "return-an-item"),
    # SQL, script, markup, query syntax, paths
    person("en", "'; DROP TABLE users; --"),
    person("en", "' OR '1'='1"),
    person("en", "1; SELECT * FROM information_schema.tables"),
    person("en", "<script>alert(document.cookie)</script>"),
    person("en", "{{7*7}} ${jndi:ldap://x}"),
    person("en", "../../../../etc/passwd"),
    person("en", "%s%s%s%n \\x00"),
    finds("en", "<b>refund</b> status", "refund-status"),
    finds("en", "title:refund AND (status OR money)", "refund-status"),
    finds("en", "refund* status~2", "refund-status"),
    # nonsense and strangers' topics
    person("en", "asdf jkl qwertz"),
    person("en", "lorem ipsum dolor sit amet"),
    person("en", "best pizza in Naples"),
    person("tr", "en iyi dönerci nerede"),
    person("zh-Hant", "今天股市收盤多少點"),
    Case("en", "a", verdict=ANY),
    Case("tr", "ı", verdict=ANY),
    Case("en", "x" * 3000, verdict=PERSON),
]
