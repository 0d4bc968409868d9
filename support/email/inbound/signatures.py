"""Signatures, lines of mobile programs and disclaimers at the end of a mail, without I/O.

Only the last block is one, and only as a whole: where a sentence stands in it, nothing is taken for a signature.
"""

import re
import unicodedata

from index.query.plain_danger import statements

_MOST_LINES, _LONGEST = 9, 90
_DELIMITER = re.compile(r"^(?:--|—|––|__)[ \t]*$")
_SENTENCE = re.compile(r"[?？¿؟;；]|[.!。！…]$")
_LINK_OR_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[^\s<>]{1,64}@[^\s<>]{1,200}", re.IGNORECASE)
_CLOSINGS = frozenset(
    phrase.strip()
    for phrase in """
    regards|best regards|kind regards|warm regards|many thanks|best|cheers|thanks|thank you|thanks and regards|sincerely
    yours sincerely|yours faithfully|all the best|best wishes|thx
    mit freundlichen grüßen|mit freundlichem gruß|freundliche grüße|viele grüße|liebe grüße|beste grüße|schöne grüße
    herzliche grüße|grüße|gruß|lg|vg|mfg|danke|vielen dank|besten dank|hochachtungsvoll|mit freundlichen grüssen
    cordialement|bien cordialement|bien à vous|merci|merci beaucoup|salutations|sincères salutations|bonne journée
    saludos|un saludo|saludos cordiales|un cordial saludo|atentamente|gracias|muchas gracias|cordialmente
    atenciosamente|att|cumprimentos|com os melhores cumprimentos|obrigado|obrigada|abraços|abraço|grato|grata
    cordiali saluti|saluti|distinti saluti|grazie|un saluto|grazie mille
    met vriendelijke groet|met vriendelijke groeten|vriendelijke groeten|groeten|groet|bedankt|mvg|hartelijke groeten
    pozdrawiam|z poważaniem|dziękuję|serdecznie pozdrawiam|pozdrowienia
    s pozdravem|děkuji|s úctou|zdravím|s pozdravom|ďakujem
    med venlig hilsen|venlig hilsen|hilsen|mvh|tak|mange tak|med vänlig hälsning|med vänliga hälsningar|hälsningar|tack
    vänliga hälsningar|med vennlig hilsen|vennlig hilsen|takk|ystävällisin terveisin|terveisin|kiitos|üdvözlettel
    köszönöm|tisztelettel|cu stimă|mulțumesc|cu respect|με εκτίμηση|ευχαριστώ
    с уважением|спасибо|с наилучшими пожеланиями|благодарю|з повагою|дякую|с уважение|благодаря
    saygılarımla|saygılarımızla|saygılar|selamlar|iyi çalışmalar|iyi günler|teşekkürler|teşekkür ederim|sevgiler
    iyi çalışmalar dilerim|kolay gelsin|çok teşekkürler
    此致|敬礼|敬禮|敬上|祝好|谢谢|謝謝|多谢|多謝|顺颂商祺|順頌商祺|此致敬礼|感谢|感謝|祝商祺|祝您生活愉快|谨上|謹上
    よろしくお願いします|よろしくお願いいたします|宜しくお願い致します|敬具|以上|ありがとうございます
    감사합니다|고맙습니다|안녕히 계세요|드림
    مع التحية|تحياتي|شكرا|شكراً|مع خالص التحية|مع أطيب التحيات|بכבוד רב|בברכה|תודה|תודה רבה|با احترام|با تشکر
    trân trọng|cảm ơn|xin cảm ơn|hormat saya|terima kasih|salam|ขอบคุณ|ขอบคุณครับ|ขอบคุณค่ะ|ด้วยความเคารพ
    धन्यवाद|सादर
    """.replace("\n", "|").split("|")
)  # fmt: skip
_DEVICE = (
    r"(?:Apple |Samsung |Huawei |Xiaomi )?"
    r"(?:iPhone|iPad|Android(?:[ -]\w{2,12})?|Galaxy(?: [\w+]{1,10}){0,3}|Huawei|Xiaomi|Samsung|Pixel|BlackBerry|Nokia"
    r"|Windows ?Phone|(?:mobile|smart)?(?:[ -]?phone|telefon|tele)|mobile(?: device)?|Handy|Smartphone|móvil|celular)"
)
_PROGRAM = (
    r"(?:Outlook|Yahoo ?Mail|Mail|Gmail|Proton ?Mail|Samsung(?: Mobile| Email)?|Spark|K-9 Mail|FairEmail|GMX(?: Mail)?"
    r"|WEB\.DE(?: Mail)?|Mail\.ru|Яндекс[.. ]?Почт[аы]|Yandex(?:[. ]Mail)?|QQ ?邮箱|网易邮箱(?:大师)?|Nine"
    r"|Blue ?Mail|AOL)"
)
_TO_SYSTEM = r"(?: (?:for|on|für|auf|pour|sur|para|per|voor|op|dla|для|на) [\w ]{2,20})?"
_KNOWN = (
    r"[\w+ -]{0,12}(?:iPhone|iPad|iOS|Android|Galaxy|Samsung|Huawei|Xiaomi|OPPO|vivo|Outlook|QQ ?邮箱|网易邮箱"
    r"|手机|手機|华为|華為|小米|三星|荣耀|行動裝置|移动设备|スマートフォン|携帯|휴대전화|휴대폰|갤럭시|아이폰"
    r"|هاتف|جوال|آيفون|موبايل|הטלפון|אייפון|โทรศัพท์|मोबाइल|फ़ोन)[\w+ -]{0,16}"
)
_MOBILE = re.compile(
    r"^\W{0,3}(?:"
    r"(?:Sent|Gesendet|Envoyé|Enviado|Enviada|Inviato|Verzonden|Verstuurd|Wysłan[eo]|Odesláno|Odoslané|Sendt|Skickat"
    r"|Lähetetty|Trimis|Отправлено|Надіслано|Dikirim|Được gửi|Στάλθηκε|Von)"
    r"(?: (?:from|via|with|by|von|mit|de|depuis|desde|do|da|dal|vanaf|vanuit|met|z|ze|fra|från|laitteesta|din|с|со|из"
    r"|з|dari|από|το|từ|meinem|gesendet|mojego|mého|môjho|mojí|my|min|mijn|mon|mi|meu|mio|mein|моего|мого)){1,3}"
    rf" (?:{_DEVICE}|{_PROGRAM}{_TO_SYSTEM})(?:['’]?\w{{0,4}})(?: (?:gesendet|μου|saya|của tôi))?"
    rf"|Lähetetty {_DEVICE}\w{{0,4}}|(?:iPhone|iPad|Android)-?\w{{0,4}} küldve"
    rf"|Get {_PROGRAM}{_TO_SYSTEM}|Outlook für \w{{2,10}} beziehen|Télécharger Outlook pour \w{{2,10}}"
    r"|(?:iPhone|iPad|Android|Samsung|Huawei|Xiaomi)['’]?(?:umdan|ımdan|imden|mdan|den|dan|um|ım)? ?"
    r"(?:cihazımdan|telefonumdan|cihazından)? ?(?:gönderildi|gönderilmiştir)"
    rf"|{_PROGRAM} (?:uygulamasından|ile|aracılığıyla) gönderildi|(?:Android|iOS) için Outlook.{{0,12}}"
    rf"|(?:发|發|傳|传|寄)(?:送)?自(?:我的)? ?{_KNOWN}|[从從](?:我的)? ?{_KNOWN}(?:发送|發送|傳送|寄出)"
    rf"|(?:私の)?{_KNOWN}から送信(?:されました)?|(?:나의|내)? ?{_KNOWN}에서 (?:보냄|전송됨)"
    rf"|(?:أُرسلت من|تم الإرسال من|مرسل من|أرسلت من) {_KNOWN}|נשלח מה-?{_KNOWN}|ส่งจาก ?{_KNOWN}"
    rf"|मेरे {_KNOWN} से भेजा गया|ارسال شده از {_KNOWN}"
    r")\W{0,3}(?:<?https?://\S{1,200}>?)?\W{0,3}$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"confidential|disclaimer|intended (?:only|solely) for|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk"
    r"|poufn|důvěrn|dôvern|fortrolig|konfidenti|luottamuksel|bizalmas|confidențial|εμπιστευτικ|конфиденциал|конфіденц"
    r"|gizli|機密|机密|保密|機微|기밀|سري|חסוי|محرمانه|bảo mật|rahasia|ความลับ|गोपनीय"
    r"|virus-free|virenfrei|sans virus|libre de virus|virüs bulunmuyor|avast\.com",
    re.IGNORECASE,
)
_ABOUT_MAILS = re.compile(
    r"e-?mail|message|mensaje|mensagem|messag|nachricht|bericht|wiadomo|zpráv|správ|besked|meddeland|viesti|üzenet|mesaj"
    r"|μήνυμα|письм|сообщени|повідомлен|e-?posta|ileti|郵件|邮件|メール|메일|رسالة|بريد|הודע|دوא|ایمیل|thư|surel|อีเมล|ईमेल|avast",
    re.IGNORECASE,
)


_POSTSCRIPT = re.compile(r"^(?:p\. ?s\b|ps\b|p\.s\.|n\.?b\.|not:|附[:：註注]|又及|追伸|з\.?ы\b|ملاحظة)", re.IGNORECASE)
# What companies are by law, in the languages of _CLOSINGS.
_COMPANY = re.compile(
    r"(?:\b(?:Ltd|Limited|Inc|LLC|LLP|PLC|Corp|Co|GmbH|mbH|AG|KG|OHG|e\.K|UG|S\.?A\.?S|SARL|S\.?A|S\.?L|S\.?p\.?A|S\.?r\.?l|B\.?V"
    r"|N\.?V|A\.?Ş|Ş[Tt][İi]|AB|A/S|ApS|Oy|AS|Sp\. z o\.o|s\.r\.o|Kft|d\.o\.o|Pty|Pvt)\b\.?$"
    r"|公司$|集[团團]$|商[行店]$|株式会社|合同会社|有限会社|주식회사|^(?:ООО|ЗАО|АО|ОАО|ИП|ТОВ)\b|^شركة|בע[\"״]מ$)"
)
# Words of a sentence, which stand in no line that a company says of itself: who speaks, and what happens to whom.
_SAYS = frozenset(
    re.findall(
        r"\S+",
        """
    i i'm i've my me mine it it's its is isn't are was were has have had he she they his her their this that there
    please
    help not no can can't cannot could will won't would do does did don't doesn't didn't got get gets when while
    after
    now today still again yesterday
    ich mein meine meinem meinen mir mich er sie es ist sind war hat haben hatte wird wurde bitte hilfe nicht kein
    kann
    seit jetzt heute noch wieder gestern
    je j'ai mon ma mes il elle c'est est sont était a ont avait ne pas peut depuis maintenant aujourd'hui encore
    hier aidez
    yo mi mis me es está están era ha han había no puede desde ahora hoy todavía ayer ayuda se
    io mio mia miei mi è sono era ha hanno aveva non può da ora oggi ancora ieri aiuto si
    eu meu minha meus está estão era tem não pode agora hoje ainda ontem ajuda
    ik mijn mij het is zijn was heeft hebben had niet geen kan sinds nu vandaag nog gisteren
    ja mój moja moje mnie jest są był była nie może teraz dziś wciąż wczoraj pomocy się
    jeg min mitt mine det er var har hadde ikke kan nå jag mitt det är hade inte nu idag
    я мой моя моё мои мне меня он она оно они был была было есть не может сейчас сегодня вчера помогите
    ben benim bana beni o var yok değil oldu oluyor ediyor etti çıktı çıkıyor geldi geliyor lütfen yardım bugün
    dün hala
    """,
    )
)
_HAPPENS = frozenset("我你他她它了在被著着過过嗎吗沒没請请救がたすだ")
_LONGEST_UNCASED = 20
# Languages in which a line may say danger plainly.
_SPOKEN = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "ru", "tr", "zh-Hans", "ja", "ko", "ar", "he")
_MOST_READ = 20_000


def names_of(name: str, address: str = "") -> frozenset[str]:
    """The words by which this person may sign."""
    local = address.rpartition("@")[0].partition("+")[0]
    words = re.split(r"[\s,.;()\"'_]+", name.casefold()) + re.split(r"[._+-]+", local.casefold())
    whole = "".join(name.casefold().split())
    return frozenset(word for word in (*words, whole) if len(word) > 1 and not word.isdigit())


def without_end(lines: list[str], names: frozenset[str]) -> int:
    """How many of these lines are left without signature, mobile line and disclaimer; never none of them."""
    kept = _content_end(lines, len(lines))
    while kept:
        less = _less(lines, kept, names)
        if less == kept or not _content_end(lines, less):
            return kept
        kept = _content_end(lines, less)
    return kept


def without_sign_offs(text: str, names: frozenset[str]) -> str:
    """A mail's text without its signatures, to look for danger in it: a company may be called Smoke Detectors Ltd.

    Bolder than `without_end`, since nothing is shown by it. Below a closing or the sender's name, wherever that stands,
    every line goes that is a name, a title, a company or an address, and what a company says of itself right below;
    below the signature delimiter all. Other sentences stay, and so does a postscript."""
    lines = text.split("\n")
    lines = lines[: without_end(lines, names)] if len(lines) <= _MOST_READ else lines
    kept: list[str] = []
    below = cut = 0
    in_block = False  # what stood above, without a blank line between, was a name's title, company or address
    for at, line in enumerate(lines):
        written = line.strip()
        was_in_block, in_block = in_block, False
        if not written:
            kept.append(line)
        elif _POSTSCRIPT.match(written):
            kept.append(line)
            below = cut = 0
        elif _DELIMITER.match(line) and _begins_signature(lines[at + 1 : at + 4], names, sure=line == "-- "):
            cut = _MOST_LINES
        elif cut:
            cut -= 1
        elif len(written) <= _LONGEST and (_is_closing(written) or _is_name_of(written, names)):
            below = _MOST_LINES
        elif below and (_may_stand_below(written) or (was_in_block and _is_tagline(written))):
            below -= 1
            in_block = True
        else:
            kept.append(line)
            below = max(0, below - 1)
    return "\n".join(kept) if any(line.strip() for line in kept) else text


def _begins_signature(lines: list[str], names: frozenset[str], *, sure: bool) -> bool:
    first = next((line.strip() for line in lines if line.strip()), "")
    return bool(first) and (sure or _is_name(first) or _is_name_of(first, names))


def _is_closing(line: str) -> bool:
    return line.strip().rstrip(",.!，。！、، ").casefold().replace("i̇", "i") in _CLOSINGS


def _may_stand_below(line: str) -> bool:
    """A line of a signature. What somebody shouts is none, unless a company's form of law says so."""
    if len(line) > _LONGEST or re.search(r"[?？!！]", line):
        return False
    count = len(line.split())
    if _COMPANY.search(line):
        return count <= 8
    if _is_shouted(line):
        return False
    return _is_below_a_name(line) or (count <= 8 and not _SENTENCE.search(line) and _titled(line))


def _is_tagline(line: str) -> bool:
    """What a company says of itself, in a few words: no sentence, nobody who speaks, and nothing that happened. What
    says danger plainly (`Battery swollen`) is none."""
    if len(line) > _LONGEST or _SENTENCE.search(line) or re.search(r"[!！,，、]", line) or _is_shouted(line):
        return False
    if any(statements(line, lang) for lang in _SPOKEN):
        return False
    words = [word for word in re.split(r"[^\w'’]+", line.casefold()) if word]
    if any(char > "\u2e7f" for char in line):
        return 2 < len(line) <= _LONGEST_UNCASED and not any(char in _HAPPENS for char in line)
    return 1 < len(words) <= 8 and line[0].isupper() and _SAYS.isdisjoint(words)


def _content_end(lines: list[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _less(lines: list[str], end: int, names: frozenset[str]) -> int:
    last = lines[end - 1].strip()
    if len(last) <= 120 and _MOBILE.match(last):
        return end - 1
    start = _paragraph(lines, end)
    paragraph = " ".join(line.strip() for line in lines[start : min(end, start + 30)])[:3_000]
    if start and _DISCLAIMER.search(paragraph) and _ABOUT_MAILS.search(paragraph) and not lines[start - 1].strip():
        return start
    for at in range(end - 1, max(-1, end - 2 - _MOST_LINES * 2), -1):
        line = lines[at]
        if _DELIMITER.match(line) and _is_signature(lines[at + 1 : end], names, sure=line == "-- "):
            return at
        closing = line.strip().rstrip(",.!，。！、، ").casefold().replace("i̇", "i")
        if closing and closing in _CLOSINGS and _is_signature(lines[at + 1 : end], names, sure=False):
            return at
    return end


def _paragraph(lines: list[str], end: int) -> int:
    start = end
    while start and end - start < 40 and lines[start - 1].strip():
        start -= 1
    return start


def _is_signature(lines: list[str], names: frozenset[str], *, sure: bool) -> bool:
    """Whether all of this is a name and what stands below names. `sure`: below the signature delimiter of RFC 3676."""
    written = [line.strip() for line in lines if line.strip()]
    if not 1 <= len(written) <= _MOST_LINES:
        return False
    first, *more = written
    if not (_is_name_of(first, names) if names and not sure else _is_name(first) or _is_name_of(first, names)):
        return False
    return all(_is_below_a_name(line) for line in more)


def _is_name(line: str) -> bool:
    words = line.split()
    if not words or len(words) > 5 or _SENTENCE.search(line.rstrip(".")) or any(ch.isdigit() for ch in line):
        return False
    if any(_cased(word) for word in words):
        return all(not _cased(word) or word[0].isupper() for word in words)
    return len(line) <= 4 if line[0] > "\u2e7f" else len(words) <= 3


def _is_name_of(line: str, names: frozenset[str]) -> bool:
    """Whether it is the sender's name: one of their words, and nothing that is no name."""
    words = [word.strip(".,;()\"'") for word in re.split(r"[\s/|]+", line.casefold().strip("-–—~*_ "))]
    words = [word for word in words if word]
    known = sum(word in names for word in words)
    if words and known == len(words):
        return True
    joined = "".join(line.casefold().split())
    if not known and not (joined[:1] > "\u2e7f" and any(n in joined and len(joined) <= len(n) + 2 for n in names)):
        return False
    return _is_name(line) or (joined[:1] > "\u2e7f" and len(joined) <= 8)


def _is_below_a_name(line: str) -> bool:
    """A title, a company, a telephone number, an address of mail or web."""
    if len(line) > _LONGEST or (_is_shouted(line) and not _COMPANY.search(line)):
        return False
    rest = _LINK_OR_ADDRESS.sub("", line)
    digits = sum(unicodedata.category(ch) == "Nd" for ch in rest)
    if digits and not (digits >= 7 and len(re.sub(r"[\d\s()+./-]", "", rest)) <= 14):
        return False
    if rest != line or digits:
        return len(rest.split()) <= 8 and not re.search(r"[?？]", rest)
    return _is_name(line) or (len(line.split()) <= 8 and not _SENTENCE.search(line) and _titled(line))


def _is_shouted(line: str) -> bool:
    """Whether all of more than a name is in capitals."""
    return line == line.upper() != line.lower() and len(line.split()) > 3 and not any(char.isdigit() for char in line)


def _titled(line: str) -> bool:
    words = [word for word in re.split(r"[^\w]+", line) if word]
    cased = [word for word in words if _cased(word) and len(word) > 3]
    return bool(cased) and all(word[0].isupper() for word in cased)


def _cased(word: str) -> bool:
    return word.lower() != word.upper()
