"""Pure: which quantity a question asks for (how long, how much money, how heavy, how large); whether a text names one.

All words of `how long do you keep my messages` may stand in an article about messages that says nothing of how long: of
near unknowns this is the commonest kind. What a text has to name is broad on purpose (`for ever`, `free of charge`).
"""

import re
from enum import StrEnum


class Quantity(StrEnum):
    """What is asked for; the value is for logs and explanations."""

    TIME = "time"
    MONEY = "money"
    WEIGHT = "weight"
    SIZE = "size"


def _either(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_TIME_UNITS = r"""
    seconds? secs? minutes? mins? hours? hrs? days? nights? weeks? months? years? saniye dakika saat gün gun hafta yıl
    yil sekunden? minuten? stunden? tage? wochen? monate? jahre? secondes? heures? jours? semaines? mois ans? années?
    segundos? minutos? horas? días? dias? semanas? meses mes mês años? anos? second[io] minut[io] or[ae] giorn[io]
    settiman[ae] mes[ei] ann[io] seconden uur uren dag dagen weken maanden? jaar jaren
    секунд\w* минут\w* час\w* дн\w+ день недел\w* месяц\w* год\w* лет
"""
_UNITS_OF_TIME = "|".join(_TIME_UNITS.split())
_TR_UNITS = "saniye|dakika|saat|gün|gun|hafta|ay|yıl|yil"
_ASKS: dict[Quantity, re.Pattern[str]] = {
    Quantity.TIME: _either(
        r"\bhow long\b",
        r"\bhow many (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b",
        rf"\bne kadar (?:süre|sure|zaman)|\bkaç (?:{_TR_UNITS})\w*|\bkac (?:{_TR_UNITS})\w*",
        "多久|多[長长][時时][間间]|[時时][間间]多[長长]|[幾几](?:天|小[時时]|[個个]月|[週周]|年|分[鐘钟])",
        "多少(?:天|小[時时]|分[鐘钟]|[週周]|[個个]月|年)",
        r"\bwie lange?\b|\bwie viele (?:minuten|stunden|tage|wochen|monate|jahre)\b",
        r"\bcombien de (?:temps|minutes|heures|jours|semaines|mois)\b",
        r"\bcu[aá]nt[oa]s? (?:tiempo|d[ií]as|horas|semanas|meses)\b",
        r"\bquanto tempo\b|\bquant[ie] (?:giorni|ore|settimane|mesi)\b|\bquantos (?:dias|meses)\b",
        r"\bquantas (?:horas|semanas)\b",
        r"\bhoe lang\b|\bhoeveel (?:dagen|uren|weken|maanden)\b|как долго",
        r"сколько (?:времени|дней|часов|недель|месяцев)",
    ),
    Quantity.MONEY: _either(
        r"\bhow much (?:money|does .* cost|do .* cost|is (?:the|a|an) (?:fee|subscription|plan|upgrade)|do you charge)",
        r"\bwhat (?:does|do|is) .* cost\b|\bprices? (?:of|for)\b|\bcost of\b",
        r"\bhow (?:expensive|pricey)\b|\bwhat.{0,20} price\b",
        r"\bkaç (?:para|lira|tl)\b|\bkac (?:para|lira|tl)\b|\bne kadar (?:tutar|tutuyor|öde|para)",
        r"\b(?:fiyat|ücret)\w* ne\b",
        "多少[錢钱]|[費费]用(?:是|要)?多少|[價价][錢钱格](?:是|要)?多少|怎[麼么]收[費费]|收[費费]多少",
        r"\bwas kostet|\bwas kosten\b|\bwie teuer\b|\bwieviel kostet|\bwie viel kostet",
        r"\bcombien (?:coûte|coute|ça coûte)",
        r"\bcu[aá]nto (?:cuesta|vale)|\bquanto (?:custa|costa)|\bwat kost|\bhoeveel kost",
        r"сколько (?:стоит|стоят)",
    ),
    Quantity.WEIGHT: _either(
        r"\bhow heavy\b|\bhow much (?:does|do) .* weigh\b|\bweight of\b|\bwhat.{0,20} weigh",
        r"\bkaç (?:gram|kilo|kg)\w*|\bne kadar ağır|\bağırlığı\b|\bagirligi\b",
        "多重|重量(?:是)?多少|[幾几](?:公克|公斤|克)",
        r"\bwie schwer\b|\bwie viel wiegt|\bwas wiegt|\bcombien pèse|\bcu[aá]nto pesa|\bquanto pesa",
        r"\bhoe zwaar\b|сколько весит",
    ),
    Quantity.SIZE: _either(
        r"\bhow long (?:is|are) (?:the|a|an|my|your)? ?(?:\w+ )?(?:cables?|cords?|wires?|straps?|leads?|hoses?)\b",
        r"\bhow (?:tall|wide|thick|deep|high) (?:is|are)\b|\b(?:dimensions|measurements) of\b",
        r"\bkaç (?:santim|cm|mm|metre|inç)\w*|\bboyu ne kadar|\buzunluğu\b|\bboyutları\b",
        "多[寬宽高厚]|尺寸(?:是)?多少|[線线]有?多[長长]|[幾几](?:公分|厘米|公尺|米[長长])",
        r"\bwie (?:groß|hoch|breit|dick) (?:ist|sind)\b|\bquelle (?:taille|longueur)\b",
        r"\bqué (?:tamaño|medidas)\b",
    ),
}
_NUMBER_WORDS = """
    one two three four five six seven eight nine ten twelve fourteen fifteen twenty thirty sixty ninety hundred a an
    half bir iki üç dört beş altı yedi sekiz dokuz on yirmi otuz ein eine einem einen einer zwei drei vier fünf sechs
    sieben acht neun zehn zwölf vierzehn un une deux trois quatre cinq dix uno una dos tres cuatro cinco diez dois due
    tre quattro cinque dieci um uma dez een twee drie vijf tien один одну два две три пять десять
"""
_A_NUMBER = rf"(?:\d[\d.,]*|\b(?:{'|'.join(_NUMBER_WORDS.split())})\b)"
_NAMES: dict[Quantity, re.Pattern[str]] = {
    Quantity.TIME: _either(
        rf"{_A_NUMBER}[ \u00a0-]?(?:[\w-]+ )?(?:{_UNITS_OF_TIME})\b",
        rf"{_A_NUMBER}[ \u00a0-]?ay(?:da|dan|dir|dır|lık|lik|a|ı|i)?\b",
        rf"\d+[ \u00a0]?(?:{_TR_UNITS})",
        "[\\d一二三四五六七八九十百半兩两數数][ \u00a0]*[個个]?(?:秒|分[鐘钟]?|小[時时]|天|日|[週周])",
        "[\\d一二三四五六七八九十百半兩两數数][ \u00a0]*(?:[個个]?月|年|[個个]工作)",
        r"\b(?:hourly|daily|nightly|weekly|monthly|yearly|annual\w*|overnight|immediately|instant\w*|at once)",
        r"\b(?:right|straight) away",
        r"\b(?:for ?ever|permanent\w*|indefinite\w*|always|never|as long as|until|lifetime|unlimited|expire)",
        r"\bno (?:time )?limit",
        r"\b(?:hemen|anında|aninda|süresiz|suresiz|sonsuza|kalıcı|kalici|sürekli|ömür|günlük|aylık|yıllık)",
        r"\bher (?:gün|ay|yıl|hafta)",
        "立即|立刻|馬上|马上|即[時时]|永久|永[遠远]|一直|[無无]限|每[天日週周月年]",
        "[當当]天|[終终]身|直到|[過过]期",
        r"\b(?:sofort|umgehend|dauerhaft|immer|nie|solange|täglich|wöchentlich|monatlich|jährlich|unbegrenzt)\b",
        r"(?:zeit|frist)\w*limit|\bfrist\w*|\btime limit",
        r"\b(?:immédiat\w*|toujours|jamais|jusqu\w*|illimité\w*|inmediat\w*|siempre|nunca|hasta|ilimitad\w*)\b",
        r"\b(?:subito|sempre|mai|fino)\b",
        r"\b(?:imediat\w*|onmiddellijk|meteen|altijd|nooit|totdat|onbeperkt)\b",
        r"\b(?:сразу|немедленно|всегда|никогда|пока|бессрочно)\b",
    ),
    Quantity.MONEY: _either(
        r"[$€£¥₺₽₹]|\b(?:usd|eur|gbp|tl|try|dollars?|euros?|pounds?|lira|rubl\w+)\b",
        r"\d[ \u00a0]?(?:元|塊|块|人民[幣币])",
        r"\b(?:free|no charge|charged?|fees?|costs?|prices?|pricing|pay nothing|paid)\b",
        r"\b(?:ücret|fiyat|bedava|tutar)\w*",
        "免[費费]|收[費费]|[費费]用|[價价]格|[價价][錢钱]|不收",
        r"\b(?:kostenlos|kostenfrei|kostet|kosten|gebühr\w*|preis\w*|gratis|gratuit\w*|prix|payant\w*)",
        r"\b(?:precio|preço|prezz)\w*",
        r"\b(?:cuesta\w*|custa\w*|costa\w*|gratuit\w*|prijs\w*|бесплатн\w*|стоит|стоимост\w*|цен[аыу])\b",
    ),
    Quantity.WEIGHT: _either(
        r"\d[ \u00a0]?(?:g|gr|kg|lbs?|oz|grams?|gram|kilo\w*|ounces?|pounds?)\b|\d[ \u00a0]*(?:公克|公斤|克|千克|斤)",
        r"\b(?:weigh\w*|ağırlı\w*|gewicht|wiegt|poids|pèse|pesa|peso|weegt)\b|重量",
    ),
    Quantity.SIZE: _either(
        r"\d[ \u00a0]?(?:mm|cm|m|metres?|meters?|metre|inch\w*|in|ft|feet|\")(?!\w)",
        r"\d[ \u00a0]*(?:公分|公尺|厘米|毫米|米)",
        r"\b(?:long|tall|wide|uzunlu\w*|lang|breit|hoch|longueur|largo)\b|[長长寬宽高]度",
    ),
}  # fmt: skip


def quantity_asked(text: str) -> Quantity | None:
    """The quantity that a question asks for, if it is one that can be told from others."""
    return next(
        (one for one in (Quantity.SIZE, Quantity.WEIGHT, Quantity.MONEY, Quantity.TIME) if _ASKS[one].search(text)),
        None,
    )


def names_quantity(text: str, quantity: Quantity) -> bool:
    """Whether a text names such a quantity, in any of the languages that questions are known in."""
    return _NAMES[quantity].search(text) is not None
