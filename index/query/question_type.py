"""Pure: what kind of answer a question asks for (a number, a price, a date, a place), and whether a text holds any."""

import re

from index.analysis import family

_ASKS = {
    "en": {
        "number": r"\bhow (?:many|long|far|big|heavy|tall|wide|old|fast|often|high|deep|loud|large|small|thick)\b"
        r"|\b(?:weight|weigh|size|dimensions?|capacity|number|limit|maximum|minimum|max|min|temperature|length|height|width)\b",
        "price": r"\bhow much\b|\b(?:price|prices|cost|costs|fees?|charge|charges|rate|rates|expensive|cheap)\b",
        "date": r"\bwhen\b|\bwhat (?:time|date|day|year)\b|\bhow long\b|\bhow soon\b|\bwhich (?:day|year|date)\b",
        "place": r"\bwhere\b|\bwhich (?:country|city|place|store|shop|state)\b|\bwhat (?:country|city)\b",
        "yes_no": r"^(?:is|are|can|could|do|does|did|will|would|may|has|have|am|should|was|were)\b",
    },
    "tr": {
        "number": r"\b(?:kaç|kac|ne kadar|ağırlığı|agirligi|boyutu|kapasitesi|uzunluğu|yüksekliği|genişliği|sayısı|en fazla|en az|kaçıncı)",
        "price": r"\b(?:fiyat|ücret|ucret|kaça|kaca|kaç para|kaç lira|ne kadar|masraf|bedel)",
        "date": r"\b(?:ne zaman|saat kaçta|hangi (?:gün|tarih|yıl)|kaç (?:gün|saat|yıl|ay|hafta)|ne kadar sürer|kaç yılında)",
        "place": r"\b(?:nerede|nereye|nereden|neresi|hangi (?:ülke|şehir|il|yer|mağaza))",
        "yes_no": r"(?:\b|(?<=\w))m[iıuü](?:y[iıuü]m|s[iıuü]n\w*|y[iıuü]z)?\s*\??$",
    },
    "zh": {
        "number": r"多少|几(?:个|位|次|台|公|米|瓦|克|斤|岁|年|天|小时)|多(?:重|长|大|高|远|快|宽|深|久|厚|少)|上限|容量|尺寸|重量|数量",
        "price": r"多少钱|价格|价钱|费用|收费|售价|运费|几块|多贵|要钱",
        "date": r"什么时候|何时|几(?:点|时|号|天|月|年)|哪(?:年|天|一年|一天)|多久|什么时间|日期",
        "place": r"哪里|哪儿|何处|什么地方|在哪|哪(?:个|座|一个)?(?:国家|城市|地方|省|店)",
        "yes_no": r"吗[?？]?$|是否|能不能|可不可以|有没有|会不会|是不是|可以吗",
    },
}
_HOLDS = {
    "number": re.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|once|twice|unlimited|half)\b"
        r"|\b(?:bir|iki|üç|dört|beş|altı|yedi|sekiz|dokuz|on|yüz|bin|yarım)\b|[一二三四五六七八九十百千万两]",
        re.IGNORECASE,
    ),
    "price": re.compile(
        r"[$€£¥₺₩₹]\s?\d|\d\s?[$€£¥₺%]|\b(?:free|fees?|costs?|price|charged?|eur|usd|gbp|try|euros?|pounds?|dollars?|cents?)\b"
        r"|\b(?:ücretsiz|bedava|ücret\w*|fiyat\w*|lira|tl)\b|元|免费|费用|价格|收费|%",
        re.IGNORECASE,
    ),
    "date": re.compile(
        r"\d|\b(?:days?|weeks?|months?|years?|hours?|minutes?|today|tomorrow|immediately|instantly|seconds?|soon|daily|always)\b"
        r"|\b(?:gün|hafta|ay|yıl|saat|dakika|hemen|bugün|yarın|anında)\w*|[年月日天周时]|小时|分钟|立即|马上",
        re.IGNORECASE,
    ),
    "place": re.compile(
        r"\b(?:in|at|on|near|under|below|above|from|to|address|street|city|country|countries|website|page|app|menu|settings|office|"
        r"store|europe|world|branch)\b|\w(?:de|da|te|ta|den|dan|ten|tan)\b|在|位于|地址|页面|国|市|省",
        re.IGNORECASE,
    ),
}
_KINDS = ("number", "date", "place", "price")
_PATTERNS = {name: {k: re.compile(p, re.IGNORECASE) for k, p in kinds.items()} for name, kinds in _ASKS.items()}


def asks_for(text: str, lang: str) -> frozenset[str]:
    """The kinds of answer that a question asks for: number, price, date, place, yes_no; none in other languages."""
    from index.analysis import to_simplified

    patterns = _PATTERNS.get(family(lang), {})
    simple = to_simplified(text) if family(lang) == "zh" else text.strip()
    return frozenset(kind for kind, pattern in patterns.items() if pattern.search(simple))


def answer_type_missing(text: str, lang: str, passage: str) -> list[float]:
    """For number, date, place and price: 1.0 where the question asks for it and the passage holds none; and whether it
    is a yes-or-no question."""
    asked = asks_for(text, lang)
    if not asked:
        return [0.0] * (len(_KINDS) + 1)
    return [
        *(float(kind in asked and not _HOLDS[kind].search(passage)) for kind in _KINDS),
        float("yes_no" in asked),
    ]
