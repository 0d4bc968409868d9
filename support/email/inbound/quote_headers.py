"""Headers above quotations, in the forms of the usual mail programs and languages, without I/O.

What looks like one is only a header when a quotation stands below it; that is for quotes.py to see. The words come from
the programs themselves (Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Yandex, Mail.ru, NetEase, QQ), where they are
known, and from the language tables of mail-parser-reply (MIT), whose patterns cut wherever such words stand.
"""

import re
from enum import IntEnum

# Left-to-right and right-to-left marks and zero-width spaces stand in the headers of Arabic, Hebrew and Persian Gmail.
INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|geschrieben|a écrit|a ecrit|escribió|escribio|escreveu|ha scritto|schreef|geschreven"
    r"|napisał(?:\(a\)|a)?|pisze|napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|skrev|kirjoitti|írta|a scris|έγραψε"
    r"|написал(?:\(а\)|а)?|пишет|писал(?:\(а\)|а)?|написав(?:ла)?|пише|написа|yazdı|yazmış|menulis|đã viết|viết"
    r"|je napisao(?:/la)?|napisao|va escriure)\b"
    r"|كتب(?:ت)?|نوشت|כתב(?:ה|/ה)?|ने लिखा|เขียนว่า|님이 작성|작성하였습니다|작성했습니다|썼습니다"
    r"|[写寫](?:道|到|了|下)|のメッセージ|は書きました|さんが書きました",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_DATE = re.compile(r"(?<!\d)(?:(?:19|20|25)\d\d|\d{1,2}[./-]\d{1,2}(?:[./-]\d{2})?|[٠-٩۰-۹]{4})(?!\d)")
_TIME = re.compile(r"\d{1,2}\s?[:.h時时시點点]\s?\d{2}|\d{1,2}\s?[時时시]")
_BEGINS = re.compile(
    r"^\W{0,3}(?:On|Am|Le|El|Em|Il|Op|Dnia|W dniu|Dne|Dňa|Den|D\.|På|Pada|Vào|Στις|Στα|В|На|У|Pe|Ons?|Tir|Man|Tor|Fre"
    r"|في|در|ב|เมื่อ|在|於|于)\b",
    re.IGNORECASE,
)

_FROM = (
    "From|Von|De|Da|Van|Od|Fra|Från|Lähettäjä|Feladó|Από|От|От кого|Від|Kimden|Gönderen|De la|Expéditeur|Remitente"
    "|Remetente|Mittente|Afzender|Avsändare|Absender|Dari|Từ|发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 ?사람|من"
    "|מאת|จาก|प्रेषक|Šalje"
)
_SENT = (
    "Sent|Date|Gesendet|Datum|Envoyé|Envoyé le|Enviado|Enviado el|Enviada em|Enviado em|Enviada|Fecha|Data|Inviato"
    "|Verzonden|Wysłano|Odesláno|Odoslané|Sendt|Dato|Skickat|Lähetetty|Päivämäärä|Päiväys|Elküldve|Dátum|Στάλθηκε"
    "|Ημερομηνία|Отправлено|Дата|Надіслано|Gönderilen|Gönderildi|Gönderme tarihi|Gönderim tarihi|Tarih|发送时间"
    "|发送日期|日期|寄件日期|傳送時間|發送時間|时间|時間|送信日時|日時|보낸 ?날짜|날짜|تاريخ الإرسال|التاريخ|تم الإرسال"
    "|نُشر|נשלח|תאריך|Đã gửi|Ngày|Dikirim|Tanggal|ส่ง|วันที่|Trimis|Expédié"
)
_REST = (
    "To|An|À|A|Para|Aan|Do|Komu|Til|Till|Vastaanottaja|Címzett|Προς|Кому|Kime|Alıcı|Kepada|Đến|Tới|Către|Pre|Za"
    "|Destinataire|Destinatario|Destinatário|收件人|收件者|宛先|받는 ?사람|إلى|אל|ถึง"
    "|Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Temat|Předmět|Predmet|Emne|Ämne|Aihe|Tárgy|Θέμα|Тема|Konu"
    "|Subjek|Perihal|Chủ đề|Subiect|主题|主題|主旨|件名|제목|الموضوع|נושא|เรื่อง|หัวเรื่อง"
    "|Cc|Bcc|Kopie|Copie|CC|DW|Bilgi|抄送|副本|참조|نسخة|עותק|Копия|Копія|Kopia|Kopi|Kópia|Cópia"
    "|Reply-To|Importance|Priority|Attachments|Organization|Organisation|Anlagen|Wichtigkeit|附件"
)


def _label(names: str) -> re.Pattern[str]:
    return re.compile(rf"^[\s>*|]{{0,40}}(?:{names})\s?\*{{0,2}}\s?[:：|]", re.IGNORECASE)


_FROM_LINE, _SENT_LINE, _ANY_LINE = _label(_FROM), _label(_SENT), _label(f"{_FROM}|{_SENT}|{_REST}")
_RULE = re.compile(r"^\s*(?:[-_=*–—]{5,}|[-_]{2,}[^-_]{3,60}[-_]{2,}|Begin forwarded message:)\s*$", re.IGNORECASE)
_LONGEST = 400
_LINES_OF_BLOCK = 14


class Header(IntEnum):
    """How sure it is that these lines are a header. WEAK ones are prose as often."""

    NONE = 0
    WEAK = 1
    STRICT = 2


def is_rule(line: str) -> bool:
    """Whether it is a line that divides: `-----Original Message-----`, underscores."""
    return len(line) <= 200 and _RULE.match(line) is not None


def attribution(line: str) -> Header:
    """How much this line, or lines joined into one, looks like “On … somebody wrote:”."""
    text = INVISIBLE.sub("", line[: _LONGEST + 1]).strip(" \t>*")
    if not 4 <= len(text) <= _LONGEST or text[-1] not in ":：":
        return Header.NONE
    wrote = _WROTE.search(text) is not None
    address = "@" in text and _ADDRESS.search(text) is not None
    dated = _DATE.search(text) is not None
    if (address and (dated or wrote)) or (wrote and dated and _TIME.search(text)):
        return Header.STRICT
    return Header.WEAK if wrote or address or dated else Header.NONE


def attribution_lines(lines: list[str], last: int) -> tuple[int, Header]:
    """(first line, how sure) of the attribution that ends in this line. Programs wrap long ones."""
    best = last, Header.NONE
    joined = ""
    for first in range(last, max(-1, last - 4), -1):
        line = lines[first].strip()
        if not line or len(line) > _LONGEST:
            break
        joined = f"{line} {joined}".strip() if first < last else line
        sure = attribution(joined)
        if first == last and sure is Header.NONE and not joined.endswith((":", "：")):
            break
        if sure > best[1]:
            best = first, sure
        if sure is Header.STRICT:
            break
    first, sure = best
    if sure is Header.STRICT and first and not _DATE.search(" ".join(lines[first : last + 1])):
        above = lines[first - 1].strip(" >")
        if len(above) < _LONGEST and _DATE.search(above) and (_TIME.search(above) or _BEGINS.match(above)):
            first -= 1
    return first, sure


def label_block(lines: list[str], first: int, *, any_order: bool = False) -> int:
    """Behind the last line of a block “From: … Sent: … To: … Subject: …” that begins here; 0 for none. With `any_order`
    the sender may stand further down."""
    begins = lines[first][:_LONGEST]
    sender = _FROM_LINE.match(begins) is not None
    if not (sender or (any_order and _ANY_LINE.match(begins))):
        return 0
    seen, dated, behind = 1, _SENT_LINE.match(begins) is not None, first + 1
    for at in range(first + 1, min(len(lines), first + _LINES_OF_BLOCK)):
        line = lines[at][:_LONGEST]
        if _ANY_LINE.match(line):
            seen += 1
            dated = dated or _SENT_LINE.match(line) is not None
            sender = sender or _FROM_LINE.match(line) is not None
            behind = at + 1
        elif not line.strip(" >*") and seen < 3:
            continue  # some programs put blank lines between them
        elif not (line[:1] in " \t" or "@" in line) or not line.strip():
            break
        else:
            behind = at + 1  # further recipients
    return behind if seen >= 3 and dated and sender else 0
