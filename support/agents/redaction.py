"""Redaction: what an answer says of one customer is taken out before another one, or everybody, reads it.

What is known of the customer (name, addresses, fields) is found however it is spelt; for what nobody recorded (the name
in a greeting, an order number, a status link) there are patterns. They take out too much rather than too little: an
agent reads the result, and each gap is marked. Every repetition in them is bounded, so that time is linear in the text.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from support.tickets.models import Ticket


class Gap(StrEnum):
    """What stood where something was taken out."""

    NAME = "name"
    AGENT = "agent"
    EMAIL = "e-mail"
    ADDRESS = "address"
    NUMBER = "number"
    LINK = "link"
    DETAIL = "detail"


@dataclass(frozen=True)
class Known:
    """What is known of the customer a text was written to. `agent` is who signed it; `ours` are our own addresses and
    numbers, which may stay."""

    name: str = ""
    email: str = ""
    phone: str = ""
    reference: str = ""
    details: tuple[str, ...] = ()
    agent: str = ""
    ours: tuple[str, ...] = ()

    @classmethod
    def of(cls, ticket: Ticket) -> "Known":
        return cls(ticket.name, ticket.email, ticket.phone, ticket.reference, tuple(ticket.fields.values()))


def placeholder(gap: Gap) -> str:
    """The mark an agent sees. Not translated: it must be recognised when it is still there on sending."""
    return f"[{gap}]"


_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(map(re.escape, Gap)) + r")\](?![(\[:])")  # not a link in Markdown


def placeholders_in(text: str) -> tuple[str, ...]:
    """The placeholders nobody has filled in yet, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def redacted(text: str, known: Known, mark: Callable[[Gap], str] = placeholder, *, any_case: bool = False) -> str:
    """The text without what is personal. `any_case`: parts of the name are also taken out in small letters, where they
    may be words of the language: “Will”, “May”, “Can”."""
    text = unicodedata.normalize("NFC", _RESERVED.sub("", text))
    kept = [one for one in known.ours if len(one) > 3 and one in text]
    for number, one in enumerate(kept[:_MOST_KEPT]):
        text = text.replace(one, chr(_KEPT + number))
    text = _URL.sub(_without_secrets, text)
    text = _STATUS_LINK.sub(_sign(Gap.LINK), text)
    for pattern in _EMAILS:
        text = pattern.sub(_sign(Gap.EMAIL), text)
    for value in sorted((known.reference, known.email, known.phone, *known.details), key=len, reverse=True):
        if len(value.strip()) > 3:
            text = re.sub(rf"{_START}{re.escape(value.strip())}{_END}", _sign(Gap.DETAIL), text, flags=re.IGNORECASE)
    for pattern in _POSTAL:
        text = pattern.sub(_sign(Gap.ADDRESS), text)
    text = _LAST_DIGITS.sub(lambda found: found[1] + _sign(Gap.NUMBER), text)
    text = _DEVICE.sub(_sign(Gap.NUMBER), text)
    text = _IBAN.sub(_sign(Gap.NUMBER), text)
    text = _LABELLED.sub(lambda found: found[1] + _sign(Gap.NUMBER), text)
    text = _CODE.sub(_unless_a_word, text)  # before numbers, which are a part of codes
    text = _NUMBER.sub(_sign(Gap.NUMBER), text)
    text = _without_names(text, known.agent, Gap.AGENT, any_case=any_case)
    text = _without_names(text, known.name, Gap.NAME, any_case=any_case)
    text = _without_greeted(text)
    text = _REPEATED.sub(r"\1", text)
    for gap in Gap:
        text = text.replace(_sign(gap), mark(gap))
    for number, one in enumerate(kept[:_MOST_KEPT]):
        text = text.replace(chr(_KEPT + number), one)
    return text.strip()


# While the text is worked on, a gap is one reserved character, which no later pattern mistakes for text.
_GAPS, _KEPT, _MOST_KEPT = 0xE000, 0xE100, 200
_RESERVED = re.compile("[\ue000-\ue1ff]")
_SIGNS: Mapping[Gap, str] = {gap: chr(_GAPS + number) for number, gap in enumerate(Gap)}
_REPEATED = re.compile("([\ue000-\ue0ff])(?:[ \u00a0]?\\1){1,99}")


def _sign(gap: Gap) -> str:
    return _SIGNS[gap]


# Chinese is written without spaces, so only a letter or digit of the same kind makes a word longer.
_START, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_BLANK = " \u00a0\u2007\u2009\u200e\u200f\u202f\u2066-\u2069"

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'（）「」，。、；\u0600-\u06ff\ue000-\uf8ff]{1,2000}", re.IGNORECASE)
_STATUS_LINK = re.compile(r"[A-Za-z0-9.:/_-]{0,200}/t/[\w-]{16,200}[^\s<>，。]{0,500}")
_TOKEN = re.compile(r"[A-Za-z0-9_~.=+-]{16,}")

_DOMAIN = r"(?:(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}|(?:[\w-]{1,63}\.){1,8}[\w-]{2,63})"
# Those in Latin letters first: in Chinese the words before an address follow without a space.
_EMAILS = (
    re.compile(rf"[A-Za-z0-9._%+'-]{{1,64}}@{_DOMAIN}"),
    re.compile(rf"[^\s@<>()\[\]\",:;，。、；：（）「」]{{1,64}}@{_DOMAIN}"),
)
_IBAN = re.compile(rf"{_START}[A-Z]{{2}}\d{{2}}(?:[ -]?[A-Z0-9]{{4}}){{2,7}}(?:[ -]?[A-Z0-9]{{1,3}})?{_END}")
_NUMBER = re.compile(
    rf"[(]?[+＋]?\d[\d{_BLANK}()./‐‑–-]{{5,40}}\d"  # a phone, a card, an account, a long order number
    r"|\d{5,40}|[#№]\s?\d{3,40}"
)
# The last digits of a card or an account, as answers about payments name them.
_LAST_DIGITS = re.compile(
    r"(\bend(?:ing|end|ende)\s(?:(?:in|with|on|auf|mit)\s)?|\bendet\s(?:auf|mit)\s|\bson\s(?:dört|4)\s(?:hane\w{0,4}|rakam\w{0,4})[\s:]{0,2}"
    r"|(?:末四碼|末四码|後四碼|后四位|末四位|尾號|尾号)[\s為为是:：]{0,3})\d{4}(?!\d)",
    re.IGNORECASE,
)
_DEVICE = re.compile(rf"{_START}(?:[0-9A-Fa-f]{{2}}[:-]){{5}}[0-9A-Fa-f]{{2}}{_END}")  # its address in the network
_LABELLED = re.compile(
    r"((?:order|invoice|ticket|parcel|tracking|case|serial|sipariş|fatura|kargo|takip|talep|訂單|订单|單號|单号|發票|发票"
    r"|編號|编号|案件|الطلب|طلب|رقم|الفاتورة)\w{0,12}"
    r"[\s:#.：]{0,4}(?:(?:no|nr|number|id|numara\w{0,6}|號碼|号码|編號|编号|رقم)[\s:#.：]{0,4})?)"
    r"(?=[A-Za-z0-9\u0660-\u0669\u06f0-\u06f9/-]{0,30}\d)[A-Za-z0-9\u0660-\u0669\u06f0-\u06f9/-]{3,40}",
    re.IGNORECASE,
)
_CODE = re.compile(rf"{_START}[#+]?[A-Za-z0-9]{{1,40}}(?:[-_/.][A-Za-z0-9]{{1,40}}){{0,8}}")
_DIGITS_OF_A_CODE = 6  # a model such as TF-O700 or WH-1000XM4 has fewer


def _without_secrets(found: re.Match[str]) -> str:
    """A link stays when anybody may have it: nothing in it is a number, an address or a token of one customer."""
    # A token may end in an underscore; one that closes emphasis has another before the link.
    emphasised = found.string[: found.start()].endswith("_")
    link = found[0].rstrip(".,;:!?)]*_" if emphasised else ".,;:!?)]*")
    rest = found[0][len(link) :]
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:
        return _sign(Gap.LINK) + rest
    said = [unquote(part) for part in (*parts.path.split("/"), *re.split("[&=;/]", parts.query), parts.fragment)]
    secret = parts.username is not None or any(
        "@" in part or sum(ch.isdigit() for ch in part) >= 5 or (_TOKEN.fullmatch(part) and _random(part))
        for part in said
    )
    return (_sign(Gap.LINK) if secret or "/t/" in f"{parts.path}/" else link) + rest


def _random(text: str) -> bool:
    """Letters in both cases or with digits between: no word, and no address made of words with hyphens."""
    words = re.split("[-_.~=+]", text)
    return any(re.search("[a-z]", word) and re.search("[A-Z0-9]", word[1:]) for word in words)


def _unless_a_word(found: re.Match[str]) -> str:
    """Order numbers and the like: many digits, or letters and digits by turns."""
    code = found[0]
    digits = sum(ch.isdigit() for ch in code)
    turns = len(re.findall(r"[A-Za-z](?=[-_/.]?\d)|\d(?=[-_/.]?[A-Za-z])", code))
    return _sign(Gap.NUMBER) if digits >= _DIGITS_OF_A_CODE or (len(code) >= 8 and turns >= 4) else code


_POSTAL = (
    re.compile(
        r"(?:(?<![A-Za-z0-9])(?:P\.?\s?O\.?\s?Box|Postfach|Postbus|Apartado|Boîte\spostale|Posta\sKutusu)|郵政信箱|邮政信箱)"
        r"\s?\d{1,8}",
        re.IGNORECASE,
    ),
    # 221B Baker Street, 12 rue de la Paix, Via Roma 5
    re.compile(
        r"(?<![A-Za-z0-9])\d{1,5}[A-Za-z]?,?\s(?:[\w'’.-]{1,30}\s){0,3}[\w'’-]{1,30}\s?"
        r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Boulevard|Blvd|Terrace|Place|Close|Crescent"
        r"|Grove|Gardens|Mews|Way|Hill|Quay|Parade|Circle|Parkway|Highway)(?![A-Za-z0-9])\.?"
    ),
    re.compile(r"\b\d{1,5},?\s(?:rue|avenue|boulevard|place|chemin|allée)\s[\w'’ -]{2,40}", re.IGNORECASE),
    re.compile(
        r"\b(?:Via|Viale|Piazza|Corso|Calle|Avenida|Avda\.?|Rua|Plaza|Paseo)\s[\w'’ .]{2,40},?\s(?:n\.?\s?)?\d{1,5}\b"
    ),
    # Hauptstraße 5, Kerkstraat 12, Bahnhofstr. 3a
    re.compile(
        r"\b[^\W\d]{2,30}(?:straße|strasse|str\.|weg|platz|gasse|allee|straat|laan|gracht|plein)\s\d{1,4}\s?[a-z]?\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:\b[^\W\d]{2,30}\.?\s){1,4}(?:Mah\.|Mahallesi|Mh\.|Sokağı|Sokak|Sok\.|Sk\.|Caddesi|Cad\.|Cd\.|Bulvarı|Blv\.)"
        r"(?:[\s,]{0,3}(?:[^\W\d]{1,30}\.?|(?:No|D|K|Kat|Daire)\s?[:.]?\s?\d{1,5}|\d{1,5}(?:/\d{1,5})?)){0,12}"
    ),
    re.compile(
        r"(?:[\u4e00-\u9fff]{2,3}[縣县市省])?(?:[\u4e00-\u9fff]{1,4}[區区鄉乡鎮镇市])?[\u4e00-\u9fff]{1,8}"
        r"[路街道巷村里](?:[一二三四五六七八九十\d]{1,4}[段巷弄號号樓楼室之-]{1,2}){1,6}(?:\d{1,4}(?:[樓楼室F]|之\d{1,3})?)?"
    ),
    re.compile(
        r"(?:شارع|حي|عمارة|شقة)\s[\u0600-\u06ff]{2,20}(?:\s[\u0600-\u06ff]{2,20}){0,2}(?:[،,\s]{1,3}(?:رقم\s)?\d{1,5})?"
    ),
)

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_MARKS = "[\u064b-\u0652\u0640]{0,3}"  # vowel signs, and the stroke that makes a word longer
_BASES = str.maketrans("ıİøØłŁđĐßæÆœŒ", "iIoOlLdDsaAoO")


def _without_names(text: str, name: str, gap: Gap, *, any_case: bool) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    parts = name.split()
    for part in sorted({name, *parts, *(_chinese_given(name))}, key=len, reverse=True):
        if len(part) < 2 or part.casefold() in _PARTICLES:
            continue
        loose = any_case or (part == name and len(parts) > 1)
        text = re.sub(_spelt(part, loose=loose), lambda found: found.group("before") + _sign(gap), text)
    return text


def _chinese_given(name: str) -> tuple[str, ...]:
    """`小明` of 王小明, as an answer may call him; two signs at least, else it is any word."""
    return (name[1:],) if len(name) == 3 and re.fullmatch(r"[\u3400-\u9fff]{3}", name) else ()


def _spelt(part: str, *, loose: bool) -> str:
    """A pattern for a name with and without accents, in capitals, and with what Arabic writes before a word."""
    letters = []
    for at, ch in enumerate(part):
        if ch == " ":
            letters.append(r"\s{1,3}")
            continue
        variants = {ch, _plain(ch)}
        small = at > 0 or loose or not ch.isalpha() or ch.lower() == ch.upper()
        cases = {one.upper() for one in variants} | ({one.lower() for one in variants} if small else set())
        if ch.lower() in "iı":
            cases |= {"İ", "I"} | ({"i", "ı"} if small else set())
        single = {one for one in cases | (variants if small else set()) if len(one) == 1}
        letters.append(f"[{''.join(map(re.escape, sorted(single)))}]{_MARKS if _ARABIC.match(ch) else ''}")
    written = "".join(letters)
    if _CJK.search(part):
        return f"(?P<before>){written}"
    if _ARABIC.search(part):
        return rf"(?<!\w)(?P<before>[وفبلك]{{0,2}}){written}(?!\w)"
    return rf"(?<!\w)(?P<before>){written}(?!\w)"


def _plain(ch: str) -> str:
    return unicodedata.normalize("NFKD", ch.translate(_BASES))[:1] or ch


_PARTICLES = {"de", "da", "do", "di", "du", "la", "le", "el", "al", "van", "von", "der", "den", "bin", "ibn", "the"}
_NOBODY = {
    "there", "again", "all", "everyone", "team", "customer", "sir", "madam", "friend", "friends", "thanks", "thank",
    "both", "folks", "valued", "reader", "müşterimiz", "müşteri", "arkadaşlar", "herkese", "kunde", "kundin", "kunden",
    "damen", "client", "cliente", "klant", "tous",
    "顧客", "客戶", "客户", "顾客", "用戶", "用户", "會員", "会员", "朋友", "貴賓", "贵宾", "您", "你", "大家",
    "お客", "고객",
    "العميل", "العميلة", "عميلنا", "عميلتنا", "الزبون", "بك", "بكم", "وسهلا", "وبعد", "ورحمة",
}  # fmt: skip

_WORD = r"[^\W\d_][\w'’.-]{0,30}"
_GREETED = re.compile(
    r"(?P<greeting>^[\s>*_]{0,8}(?:Dear|Hi|Hello|Hey|Greetings|Good\s(?:morning|afternoon|evening|day)|Kia\sora|Merhaba|Merhabalar|Selam"
    r"|Sayın|Değerli|Sevgili|İyi\s(?:günler|akşamlar)|Günaydın|Hallo|Liebe[rs]?|Sehr\sgeehrter?|Guten\s(?:Tag|Morgen|Abend)"
    r"|Bonjour|Bonsoir|Chère?|Hola|Buenos\sdías|Buenas\stardes|Estimad[oa]|Querid[oa]|Ciao|Buongiorno|Gentile|Car[oa]|Olá"
    r"|Prezad[oa]|Beste|Geachte|Hej|Cześć|Dzień\sdobry|Szanown[ya]|Здравствуйте|Привет|Добрый\s(?:день|вечер)"
    r"|Уважаем(?:ый|ая)|Дорог(?:ой|ая)|Xin\schào)(?:[,،]?\s|，\s?))"
    rf"(?P<who>{_WORD}(?: {_WORD}){{0,3}})(?=\s?(?:[,!.:：;،،，！—–-]|$))",
    re.MULTILINE | re.IGNORECASE,
)
# Only with a capital: “Thanks indeed,” thanks nobody by name. After Sayın always a name follows.
_THANKED = re.compile(
    r"(?P<greeting>\b(?:[Tt]hanks|[Tt]hank\s[Yy]ou|[Dd]anke|[Mm]erci|[Gg]racias|[Tt]eşekkürler)(?:\sagain)?,?\s)"
    r"(?P<who>[A-ZÀ-ÖØ-ÞĀ-Ž][\w’-]{1,30}(?:\s[A-ZÀ-ÖØ-ÞĀ-Ž][\w’-]{1,30}){0,2})(?=[,!.])"
    r"|(?P<greeting2>\bSayın\s)(?P<who2>[A-ZÇĞİÖŞÜ][\w-]{1,30}(?:\s[A-ZÇĞİÖŞÜ][\w-]{1,30}){0,2})"
)
_TURNED = re.compile(
    rf"(?P<greeting>^[\s>*_]{{0,8}})(?P<who>{_WORD}(?: {_WORD}){{0,2}})(?=\s(?:merhaba|selam|iyi\sgünler)\b)",
    re.MULTILINE,
)
_ARABIC_WORD = r"[\u0621-\u065f\u0671-\u06d3]{2,20}"
_GREETED_ARABIC = re.compile(
    r"(?P<greeting>(?:^|(?<=\s))(?:مرحب[اًا]{0,2}|أهل[اًا]{0,2}|السلام\sعليكم|عزيزي|عزيزتي|حضرة|السيدة?"
    r"|الأستاذة?|سيدي|سيدتي|الأخت?|يا)"
    r"[\s،,]{1,3}(?:يا\s)?(?:السيدة?\s|الأستاذة?\s)?)"
    rf"(?P<who>{_ARABIC_WORD}(?: {_ARABIC_WORD}){{0,3}}?)(?=\s?(?:[،,!.:؛\n]|$))",
    re.MULTILINE,
)
_TITLES = (
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Sra?|Signora?|Sig|Senhora?|Dhr|Mevr|Bay|Bayan)"
    r"\.?\s"
)
_TITLED = re.compile(
    rf"(?P<greeting>)(?P<who>{_TITLES}[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]{{1,30}}(?:\s[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]{{1,30}}){{0,2}})"
)
# What stood before or after a name: it tells whether a man or a woman was written to.
_AROUND = re.compile(
    rf"(?:{_TITLES})?{_SIGNS[Gap.NAME]}"
    r"(?:\s(?:Hanım|Bey|HANIM|BEY|hanım|bey)\b|\s?(?:先生|小姐|女士|太太|老師|老师|同學|同学|様|さま|さん|님|씨))?"
)
_HONOURED = re.compile(
    r"(?P<greeting>)(?P<who>(?:[A-ZÇĞİÖŞÜ][\w'’-]{1,30}\s){1,2}(?:Hanım|Bey|HANIM|BEY)|[A-ZÇĞİÖŞÜ][\w'’-]{1,30}\s(?:hanım|bey))\b"
)
_HAN = r"[\u3400-\u9fff]"
_SURNAMES = (
    "王李張张劉刘陳陈楊杨黃黄趙赵吳吴周徐孫孙馬马朱胡林郭何高羅罗鄭郑梁宋唐許许鄧邓馮冯韓韩曹曾彭蕭萧蔡潘田董袁于余葉叶蔣蒋杜"
    "蘇苏魏程呂吕丁沈任姚盧卢傅鍾鐘钟姜崔譚谭廖范汪陸陆金石戴賈贾韋韦夏邱方侯鄒邹熊孟秦白江閻阎薛尹段雷黎史龍龙陶賀贺顧顾毛郝龔龚"
    "邵萬万錢钱嚴严賴赖覃洪武莫孔湯汤康易喬乔施歐欧柯簡简游詹阮紀纪童温溫"
)
_GREETED_CHINESE = re.compile(
    rf"(?P<greeting>(?:親愛的|亲爱的|尊敬的|敬愛的|敬爱的)\s?)(?P<who>{_HAN}{{1,8}}?)(?=(?:您好|你好)|[\s，,：:！!、。]|$)"
    rf"|(?P<greeting2>^[\s>]{{0,8}})(?P<who2>{_HAN}{{1,5}}?)(?=(?:您好|你好))"
    rf"|(?P<greeting3>^[\s>]{{0,8}}(?:嗨|嘿|哈囉|哈啰)[\s，,]{{0,2}})(?P<who3>{_HAN}{{1,4}}?)(?=[，,：:！!]|$)",
    re.MULTILINE,
)
_HONOURED_CHINESE = re.compile(
    rf"(?P<greeting>)(?P<who>(?:[{_SURNAMES}]|(?<![感多答致])[謝谢]){_HAN}{{0,2}}?(?:先生|小姐|女士|太太|老師|老师|同學|同学))"
)
_HONOURED_JAPANESE = re.compile(
    r"(?P<greeting>^[\s>]{0,8})(?P<who>[\u3040-\u30ff\u3400-\u9fff]{1,8}?(?:様|さま|さん))", re.MULTILINE
)
_HONOURED_KOREAN = re.compile(
    r"(?P<greeting>^[\s>]{0,8})(?P<who>[\uac00-\ud7af]{2,4}\s?(?:고객님|님|씨))", re.MULTILINE
)


def _without_greeted(text: str) -> str:
    """Names nobody recorded: of whoever is greeted, or has a title."""
    for pattern, cased in (
        (_GREETED, True), (_TURNED, True), (_THANKED, False), (_TITLED, False), (_HONOURED, False),
        (_GREETED_ARABIC, False), (_HONOURED_CHINESE, False), (_GREETED_CHINESE, False), (_HONOURED_JAPANESE, False),
        (_HONOURED_KOREAN, False),
    ):  # fmt: skip
        text = pattern.sub(_greeted_cased if cased else _greeted, text)
    return _AROUND.sub(_sign(Gap.NAME), text)


def _greeted_cased(found: re.Match[str]) -> str:
    """Several words are a name when each begins with a capital; a single one may be typed small."""
    words = found["who"].split()
    one_small = len(words) == 1 and "," not in found["greeting"]
    if not one_small and not all(word[0].isupper() or word.casefold() in _PARTICLES for word in words):
        return found[0]
    return _greeted(found)


def _greeted(found: re.Match[str]) -> str:
    groups = found.groupdict()
    who = groups["who"] or groups.get("who2") or groups.get("who3") or ""
    greeting = groups["greeting"] or groups.get("greeting2") or groups.get("greeting3") or ""
    if _nobody(who):
        return found[0]
    return greeting + _sign(Gap.NAME)


def _nobody(who: str) -> bool:
    """Whether it is no name: “there”, “customer”, 顧客."""
    words: Collection[str] = who.casefold().rstrip(".").split()
    return any(word in _NOBODY for word in words) or any(who.startswith(one) for one in _NOBODY if _CJK.match(one))
