"""Answers to our mails as people's programs write them: twenty-two languages by the shapes of the usual clients.

Each says which lines are the customer's own, and which are quoted. The words were invented for this purpose; the
headers are those that the programs write.
"""

import html
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

US = "Tonfell <help@tonfell.example>"
OUR_ADDRESS = "help@tonfell.example"


@dataclass(frozen=True)
class Tongue:
    """What a customer, a colleague of the team and a mail program write in one language.

    `wrote` is the line above a quotation with {who}; `labels` those of Outlook's block: from, sent, to, subject."""

    code: str
    name: str
    own: tuple[str, str]
    thanks: str  # a line that could begin a signature, and does not
    prose: str  # a line that could be the header of a quotation, and is not
    answers: tuple[str, str]
    closing: str
    phone_line: str
    disclaimer: str
    asked: tuple[str, str]
    wrote: str
    labels: tuple[str, str, str, str]
    date: str


TONGUES = (
    Tongue(
        "en", "Ada Lovelace", ("The left earbud is still silent.", "The serial is K-4411, bought in May."),
        "Thanks!", "On Friday your colleague wrote: replace the fuse.", ("It blinks red.", "Since Monday."),
        "Best regards,", "Sent from my iPhone",
        "This e-mail is confidential and intended only for the addressee.",
        ("Does the light blink red or green?", "Since when has it been like this?"),
        "On Mon, Nov 23, 2026 at 10:00 AM {who} wrote:", ("From", "Sent", "To", "Subject"),
        "Monday, November 23, 2026 10:00 AM",
    ),
    Tongue(
        "de", "Jürgen Groß", ("Der linke Hörer bleibt stumm.", "Die Seriennummer ist K-4411, gekauft im Mai."),
        "Danke!", "Am Freitag schrieb Ihr Kollege: Sicherung tauschen.", ("Es blinkt rot.", "Seit Montag."),
        "Mit freundlichen Grüßen", "Von meinem iPhone gesendet",
        "Diese E-Mail enthält vertrauliche Informationen und ist nur für den Empfänger bestimmt.",
        ("Blinkt das Licht rot oder grün?", "Seit wann ist das so?"),
        "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb {who}:", ("Von", "Gesendet", "An", "Betreff"),
        "Montag, 23. November 2026 10:00",
    ),
    Tongue(
        "fr", "Hélène Dubois", ("L’écouteur gauche reste muet.", "Le numéro de série est K-4411, acheté en mai."),
        "Merci !", "Vendredi votre collègue a écrit : changez le fusible.", ("Il clignote en rouge.", "Depuis lundi."),
        "Cordialement,", "Envoyé de mon iPhone",
        "Ce message est confidentiel et destiné uniquement à son destinataire.",
        ("Le voyant clignote-t-il en rouge ou en vert ?", "Depuis quand est-ce ainsi ?"),
        "Le lun. 23 nov. 2026 à 10:00, {who} a écrit :", ("De", "Envoyé", "À", "Objet"), "lundi 23 novembre 2026 10:00",
    ),
    Tongue(
        "es", "Lucía Núñez", ("El auricular izquierdo sigue mudo.", "El número de serie es K-4411, comprado en mayo."),
        "¡Gracias!", "El viernes su colega escribió: cambie el fusible.", ("Parpadea en rojo.", "Desde el lunes."),
        "Saludos,", "Enviado desde mi iPhone",
        "Este mensaje es confidencial y solo para su destinatario.",
        ("¿La luz parpadea en rojo o en verde?", "¿Desde cuándo está así?"),
        "El lun, 23 nov 2026 a las 10:00, {who} escribió:", ("De", "Enviado", "Para", "Asunto"),
        "lunes, 23 de noviembre de 2026 10:00",
    ),
    Tongue(
        "pt", "João Conceição", ("O fone esquerdo continua mudo.", "O número de série é K-4411, comprado em maio."),
        "Obrigado!", "Na sexta o seu colega escreveu: troque o fusível.", ("Pisca vermelho.", "Desde segunda."),
        "Atenciosamente,", "Enviado do meu iPhone",
        "Esta mensagem é confidencial e destina-se apenas ao destinatário.",
        ("A luz pisca em vermelho ou em verde?", "Desde quando está assim?"),
        "Em seg., 23 de nov. de 2026 às 10:00, {who} escreveu:", ("De", "Enviado", "Para", "Assunto"),
        "segunda-feira, 23 de novembro de 2026 10:00",
    ),
    Tongue(
        "it", "Niccolò Ferrari", ("L’auricolare sinistro tace.", "Il numero di serie è K-4411, comprato a maggio."),
        "Grazie!", "Venerdì il vostro collega ha scritto: cambi il fusibile.", ("Lampeggia rosso.", "Da lunedì."),
        "Cordiali saluti", "Inviato da iPhone",
        "Questo messaggio è riservato e destinato al solo destinatario.",
        ("La luce lampeggia in rosso o in verde?", "Da quando è così?"),
        "Il giorno lun 23 nov 2026 alle ore 10:00 {who} ha scritto:", ("Da", "Inviato", "A", "Oggetto"),
        "lunedì 23 novembre 2026 10:00",
    ),
    Tongue(
        "nl", "Daniël de Vries", ("Het linker oortje blijft stil.", "Het serienummer is K-4411, gekocht in mei."),
        "Bedankt!", "Vrijdag schreef uw collega: vervang de zekering.", ("Het knippert rood.", "Sinds maandag."),
        "Met vriendelijke groet,", "Verstuurd vanaf mijn iPhone",
        "Dit bericht is vertrouwelijk en alleen bestemd voor de geadresseerde.",
        ("Knippert het lampje rood of groen?", "Sinds wanneer is dat zo?"),
        "Op ma 23 nov 2026 om 10:00 schreef {who}:", ("Van", "Verzonden", "Aan", "Onderwerp"),
        "maandag 23 november 2026 10:00",
    ),
    Tongue(
        "pl", "Łukasz Wiśniewski", ("Lewa słuchawka dalej milczy.", "Numer seryjny to K-4411, kupiona w maju."),
        "Dziękuję!", "W piątek Państwa kolega napisał: proszę wymienić bezpiecznik.",
        ("Miga na czerwono.", "Od poniedziałku."), "Pozdrawiam,", "Wysłano z iPhone’a",
        "Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata.",
        ("Czy dioda miga na czerwono, czy na zielono?", "Od kiedy tak jest?"),
        "pon., 23 lis 2026 o 10:00 {who} napisał(a):", ("Od", "Wysłano", "Do", "Temat"),
        "poniedziałek, 23 listopada 2026 10:00",
    ),
    Tongue(
        "cs", "Jiří Dvořák", ("Levé sluchátko pořád mlčí.", "Sériové číslo je K-4411, koupeno v květnu."),
        "Děkuji!", "V pátek váš kolega napsal: vyměňte pojistku.", ("Bliká červeně.", "Od pondělí."),
        "S pozdravem", "Odesláno z iPhonu", "Tato zpráva je důvěrná a určena pouze příjemci.",
        ("Bliká kontrolka červeně, nebo zeleně?", "Odkdy to tak je?"),
        "po 23. 11. 2026 v 10:00 odesílatel {who} napsal:", ("Od", "Odesláno", "Komu", "Předmět"),
        "pondělí 23. listopadu 2026 10:00",
    ),
    Tongue(
        "sv", "Åsa Björk", ("Vänster hörsnäcka är fortfarande tyst.", "Serienumret är K-4411, köpt i maj."),
        "Tack!", "I fredags skrev er kollega: byt säkringen.", ("Den blinkar rött.", "Sedan i måndags."),
        "Med vänliga hälsningar", "Skickat från min iPhone",
        "Detta meddelande är konfidentiellt och endast avsett för mottagaren.",
        ("Blinkar lampan rött eller grönt?", "Sedan när är det så?"),
        "Den mån 23 nov. 2026 kl 10:00 skrev {who}:", ("Från", "Skickat", "Till", "Ämne"),
        "måndag 23 november 2026 10:00",
    ),
    Tongue(
        "da", "Søren Ærø", ("Venstre øreprop er stadig tavs.", "Serienummeret er K-4411, købt i maj."),
        "Tak!", "I fredags skrev jeres kollega: skift sikringen.", ("Den blinker rødt.", "Siden mandag."),
        "Venlig hilsen", "Sendt fra min iPhone", "Denne besked er fortrolig og kun bestemt for modtageren.",
        ("Blinker lampen rødt eller grønt?", "Siden hvornår har det været sådan?"),
        "Den man. 23. nov. 2026 kl. 10.00 skrev {who}:", ("Fra", "Sendt", "Til", "Emne"),
        "23. november 2026 10:00",
    ),
    Tongue(
        "fi", "Päivi Mäkelä", ("Vasen kuuloke on yhä mykkä.", "Sarjanumero on K-4411, ostettu toukokuussa."),
        "Kiitos!", "Perjantaina kollegasi kirjoitti: vaihda sulake.", ("Se vilkkuu punaisena.", "Maanantaista asti."),
        "Ystävällisin terveisin", "Lähetetty iPhonesta",
        "Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle.",
        ("Vilkkuuko valo punaisena vai vihreänä?", "Mistä lähtien näin on ollut?"),
        "ma 23.11.2026 klo 10.00 {who} kirjoitti:", ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
        "maanantai 23. marraskuuta 2026 10.00",
    ),
    Tongue(
        "hu", "Gergő Kőszegi", ("A bal fülhallgató még mindig néma.", "A sorozatszám K-4411, májusban vettem."),
        "Köszönöm!", "Pénteken a kollégája azt írta: cserélje ki a biztosítékot.", ("Pirosan villog.", "Hétfő óta."),
        "Üdvözlettel", "iPhone-omról küldve", "Ez az üzenet bizalmas, és csak a címzettnek szól.",
        ("Pirosan vagy zölden villog a lámpa?", "Mióta van ez így?"),
        "{who} ezt írta (időpont: 2026. nov. 23., H, 10:00):", ("Feladó", "Elküldve", "Címzett", "Tárgy"),
        "2026. november 23., hétfő 10:00",
    ),
    Tongue(
        "el", "Γιώργος Παππάς", ("Το αριστερό ακουστικό σιωπά.", "Ο σειριακός αριθμός είναι K-4411, από τον Μάιο."),
        "Ευχαριστώ!", "Την Παρασκευή ο συνάδελφός σας έγραψε: αλλάξτε την ασφάλεια.",
        ("Αναβοσβήνει κόκκινο.", "Από τη Δευτέρα."), "Με εκτίμηση,", "Στάλθηκε από το iPhone μου",
        "Αυτό το μήνυμα είναι εμπιστευτικό και προορίζεται μόνο για τον παραλήπτη.",
        ("Αναβοσβήνει κόκκινο ή πράσινο;", "Από πότε είναι έτσι;"),
        "Στις Δευ 23 Νοε 2026 στις 10:00 π.μ., ο χρήστης {who} έγραψε:", ("Από", "Στάλθηκε", "Προς", "Θέμα"),
        "Δευτέρα, 23 Νοεμβρίου 2026 10:00",
    ),
    Tongue(
        "ru", "Фёдор Щукин", ("Левый наушник всё ещё молчит.", "Серийный номер K-4411, куплен в мае."),
        "Спасибо!", "В пятницу ваш коллега написал: замените предохранитель.",
        ("Мигает красным.", "С понедельника."), "С уважением,", "Отправлено с iPhone",
        "Это письмо содержит конфиденциальную информацию и предназначено только адресату.",
        ("Индикатор мигает красным или зелёным?", "С каких пор это так?"),
        "пн, 23 нояб. 2026 г. в 10:00, {who}:", ("От", "Отправлено", "Кому", "Тема"),
        "понедельник, 23 ноября 2026 г. 10:00",
    ),
    Tongue(
        "uk", "Ґалина Їжак", ("Лівий навушник досі мовчить.", "Серійний номер K-4411, куплений у травні."),
        "Дякую!", "У п’ятницю ваш колега написав: замініть запобіжник.", ("Блимає червоним.", "З понеділка."),
        "З повагою,", "Надіслано з iPhone", "Це повідомлення є конфіденційним і призначене лише адресату.",
        ("Індикатор блимає червоним чи зеленим?", "Відколи це так?"),
        "пн, 23 лист. 2026 р. о 10:00 {who} пише:", ("Від", "Надіслано", "Кому", "Тема"),
        "понеділок, 23 листопада 2026 р. 10:00",
    ),
    Tongue(
        "tr", "Ayşe Iğdır", ("Sol kulaklık hâlâ sessiz.", "Seri numarası K-4411, mayısta aldım."),
        "Teşekkürler!", "12 Mayıs tarihinde bayiniz bana şöyle yazdı: sigortayı değiştirin.",
        ("Kırmızı yanıp sönüyor.", "Pazartesiden beri."), "Saygılarımla,", "iPhone’umdan gönderildi",
        "Bu e-posta gizli bilgiler içerir ve yalnızca alıcısı içindir.",
        ("Işık kırmızı mı yeşil mi yanıp sönüyor?", "Ne zamandan beri böyle?"),
        "{who}, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:", ("Kimden", "Gönderilen", "Kime", "Konu"),
        "23 Kasım 2026 Pazartesi 10:00",
    ),
    Tongue(
        "ar", "ليلى حداد", ("السماعة اليسرى ما زالت صامتة.", "الرقم التسلسلي K-4411 واشتريتها في مايو."),
        "شكراً!", "يوم الجمعة كتب زميلكم: غيّروا المصهر.", ("يومض بالأحمر.", "منذ يوم الاثنين."),
        "مع التحية", "أُرسلت من الـ iPhone", "هذه الرسالة سرية ومخصصة للمرسل إليه فقط.",
        ("هل يومض الضوء بالأحمر أم بالأخضر؟", "منذ متى والحال هكذا؟"),
        "\u202bفي الاثنين، 23 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة \u202a{who}\u202c\u200f:\u202c",
        ("من", "تم الإرسال", "إلى", "الموضوع"), "الاثنين، 23 نوفمبر 2026 10:00",
    ),
    Tongue(
        "he", "נועה לוי", ("האוזנייה השמאלית עדיין שותקת.", "המספר הסידורי הוא K-4411, נקנתה במאי."),
        "תודה!", "ביום שישי כתב לי עמיתך: החליפו את הנתיך.", ("מהבהב באדום.", "מיום שני."),
        "בברכה,", "נשלח מה-iPhone שלי", "הודעה זו חסויה ומיועדת לנמען בלבד.",
        ("האם האור מהבהב באדום או בירוק?", "ממתי זה כך?"),
        "\u202bבתאריך יום ב׳, 23 בנוב׳ 2026 ב-10:00 מאת \u202a{who}\u202c\u200f:\u202c",
        ("מאת", "נשלח", "אל", "נושא"), "יום שני 23 נובמבר 2026 10:00",
    ),
    Tongue(
        "ja", "髙橋 太郎", ("左のイヤホンはまだ鳴りません。", "製造番号はK-4411で、五月に買いました。"),
        "ありがとうございます", "金曜日に担当の方が書きました：ヒューズを交換してください。",
        ("赤く点滅しています。", "月曜日からです。"), "よろしくお願いいたします。", "iPhoneから送信",
        "このメールには機密情報が含まれ、宛先の方のみを対象としています。",
        ("ランプは赤く点滅していますか、それとも緑ですか。", "いつからそうなっていますか。"),
        "2026年11月23日(月) 10:00 {who}:", ("差出人", "送信日時", "宛先", "件名"), "2026年11月23日月曜日 10:00",
    ),
    Tongue(
        "ko", "김민수", ("왼쪽 이어폰에서 아직 소리가 나지 않습니다.", "일련번호는 K-4411이고 오월에 샀습니다."),
        "감사합니다!", "금요일에 동료분이 이렇게 썼습니다: 퓨즈를 바꾸세요.",
        ("빨간색으로 깜빡입니다.", "월요일부터입니다."),
        "감사합니다.", "나의 iPhone에서 보냄", "이 메일은 기밀이며 수신자만을 위한 것입니다.",
        ("불빛이 빨간색으로 깜빡입니까, 초록색으로 깜빡입니까?", "언제부터 그랬습니까?"),
        "2026년 11월 23일 (월) 오전 10:00, {who}님이 작성:", ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
        "2026년 11월 23일 월요일 오전 10:00",
    ),
    Tongue(
        "zh-Hant", "王小明", ("左邊的耳機還是沒有聲音。", "序號是K-4411，五月買的。"),
        "謝謝！", "星期五你們同事寫道：請更換保險絲。", ("閃紅燈。", "從星期一開始。"),
        "敬上", "從我的 iPhone 傳送", "本郵件含機密資訊，僅供收件者閱讀。",
        ("指示燈是閃紅燈還是閃綠燈呢？", "從什麼時候開始這樣的呢？"),
        "{who} 於 2026年11月23日 週一 上午10:00寫道：", ("寄件者", "寄件日期", "收件者", "主旨"),
        "2026年11月23日 星期一 上午 10:00",
    ),
    Tongue(
        "zh-Hans", "李娜", ("左边的耳机还是没有声音。", "序列号是K-4411，五月买的。"),
        "谢谢！", "星期五你们同事写道：请更换保险丝。", ("闪红灯。", "从星期一开始。"),
        "祝好", "发自我的iPhone", "本邮件含机密信息，仅供收件人阅读。",
        ("指示灯是闪红灯还是闪绿灯呢？", "从什么时候开始这样的呢？"),
        "{who} 于2026年11月23日周一 10:00写道：", ("发件人", "发送时间", "收件人", "主题"),
        "2026年11月23日 10:00",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """One mail, the lines that must survive, and the quoted ones. `interleaved`: answers stand between quoted lines,
    which stay then. `may_go` are lines of signature and disclaimer."""

    name: str
    plain: str = ""
    html: str = ""
    own: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    interleaved: bool = False
    may_go: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Sent:
    """The mail that is answered, in both its versions."""

    plain: str
    html: str

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.plain.split("\n") if line.strip())

    @property
    def as_outlook(self) -> str:
        """Our HTML as Outlook's text part has it: links behind their words, blank lines between paragraphs."""
        text = re.sub(r"(?is)<(style|title|head)\b.*?</\1>", "", self.html)
        text = re.sub(r"\s+", " ", text)
        text = re.sub(r'(?is)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', r"\2<\1>", text)
        text = re.sub(r"(?i)<br ?/?>", "\n", text)
        text = re.sub(r"(?i)</(?:p|div|h\d|tr|table|td)>", "\n\n", text)
        text = html.unescape(re.sub(r"<(?!https?:)[^>]*>", "", text))
        lines = [line.strip().replace("'", "’") for line in text.split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    @property
    def inner(self) -> str:
        found = re.search(r"(?is)<body[^>]*>(.*)</body>", self.html)
        return found[1] if found else self.html


def _marked(text: str, width: int = 0) -> str:
    lines = text.split("\n")
    if width:
        lines = [piece for line in lines for piece in (textwrap.wrap(line, width) or [""])]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _block(tongue: Tongue, mark: str = "{label}: {value}") -> str:
    values = (US, tongue.date, f"{tongue.name} <customer@example.org>", "Re: K-4411")
    return "\n".join(mark.format(label=label, value=value) for label, value in zip(tongue.labels, values, strict=True))


def _html_lines(lines: tuple[str, ...]) -> str:
    return "".join(f"<div>{html.escape(line)}</div>" for line in lines)


def _gmail(t: Tongue, sent: Sent) -> Iterator[Answered]:
    header = t.wrote.format(who=US)
    quoted = (header, *sent.lines)
    top = "\n".join(t.own)
    attribution = html.escape(header)
    markup = (
        f'<div dir="auto">{_html_lines(t.own)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{attribution}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{sent.inner}'
        "</blockquote></div>"
    )
    plain = f"{top}\n\n{header}\n\n{_marked(sent.plain)}\n"
    yield Answered("gmail, both parts", plain, markup, t.own, quoted)
    yield Answered("gmail, HTML only", "", markup, t.own, quoted)
    wrapped = "\n".join(textwrap.wrap(header, 60, break_long_words=False))
    yield Answered("gmail, lines broken anew", f"{top}\n\n{wrapped}\n\n{_marked(sent.plain, 60)}\n", "", t.own, quoted)
    traps = (
        t.own[0], t.thanks, t.prose, "--", t.own[1], "> error 42: fuse blown", "________________", t.answers[0],
    )  # fmt: skip
    yield Answered(
        "gmail, words that look like something else", "\n".join(traps) + f"\n\n{header}\n\n{_marked(sent.plain)}\n", "",
        tuple(line for line in traps if any(ch.isalnum() for ch in line)), quoted,
    )  # fmt: skip
    mine = f"{t.own[0]}\n\n{header}\n{_marked(sent.plain)}"
    twice = f"{t.answers[0]}\n\n{header}\n\n{_marked(mine)}\n"
    yield Answered("gmail, a chain of two", twice, "", (t.answers[0],), quoted)


def _outlook(t: Tongue, sent: Sent) -> Iterator[Answered]:
    quoted = (*_block(t).split("\n"), *sent.lines)
    top = "\n\n".join(t.own)
    rule = "_" * 32
    yield Answered("Outlook for Windows, text", f"{top}\n\n{_block(t)}\n\n{sent.as_outlook}\n", "", t.own, quoted)
    signed = f"{top}\n\n{t.closing}\n{t.name}\n+90 212 555 01 02\n\n{rule}\n{_block(t)}\n\n{sent.as_outlook}\n"
    yield Answered("Outlook, signature above the quotation", signed, "", t.own, quoted, may_go=(t.closing, t.name))
    bold = _block(t, "<b>{label}:</b> {value}").replace(US, html.escape(US)).replace("\n", "<br>")
    bold = bold.replace("<customer@example.org>", "&lt;customer@example.org&gt;")
    markup = (
        f'<html><head><style type="text/css">p {{margin:0}}</style></head><body dir="ltr">{_html_lines(t.own)}'
        f'<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{bold}</font><div>&nbsp;</div></div>'
        f"{sent.inner}</body></html>"
    )
    yield Answered("Outlook on the web, HTML only", "", markup, t.own, quoted)
    mobile = f"{top}\n\n{t.phone_line}\n{rule}\n{_block(t)}\n\n{sent.as_outlook}\n"
    yield Answered("Outlook on a phone", mobile, "", t.own, quoted, may_go=(t.phone_line,))
    inside = sent.as_outlook
    for question, answer in zip(t.asked, t.answers, strict=True):
        inside = inside.replace(question, f"{question}\n{answer}")
    yield Answered(
        "Outlook, answers between", f"{t.own[0]}\n\n{_block(t)}\n\n{inside}\n", "", (t.own[0], *t.answers), quoted,
        interleaved=True,
    )  # fmt: skip
    below = f"{top}\n\n{rule}\n{_block(t)}\n\n{sent.as_outlook}\n\n{t.disclaimer}\n"
    yield Answered("Outlook, disclaimer at the end", below, "", t.own, quoted, may_go=(t.disclaimer,))


def _others(t: Tongue, sent: Sent) -> Iterator[Answered]:
    header = t.wrote.format(who=US)
    quoted = (header, *sent.lines)
    top = "\n".join(t.own)
    yield Answered(
        "Apple Mail, the header marked too", f"{top}\n\n{t.phone_line}\n\n> {header}\n> \n{_marked(sent.plain)}\n", "",
        t.own, quoted, may_go=(t.phone_line,),
    )  # fmt: skip
    apple = (
        f'<html><body>{_html_lines(t.own)}<br><div dir="ltr">{t.phone_line}</div><div dir="ltr"><br>'
        f'<blockquote type="cite">{html.escape(header)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">{sent.inner}</div></blockquote></body></html>'
    )
    yield Answered("Apple Mail, HTML only", "", apple, t.own, quoted, may_go=(t.phone_line,))
    yield Answered("Thunderbird, answer below", f"{header}\n{_marked(sent.plain, 72)}\n\n{top}\n", "", t.own, quoted)
    lines = sent.plain.split("\n")
    inline: list[str] = [header]
    for line in lines:
        inline.append(f"> {line}".rstrip())
        if line.strip() in t.asked:
            inline.append(t.answers[t.asked.index(line.strip())])
    yield Answered(
        "Thunderbird, answers between", "\n".join(inline) + f"\n-- \n{t.name}\n", "", t.answers, quoted,
        interleaved=True, may_go=(t.name,),
    )  # fmt: skip
    yield Answered(
        "Thunderbird, signature delimiter", f"{top}\n\n-- \n{t.name}\nhttps://ada.example.org\n\n{header}\n{_marked(sent.plain)}\n",
        "", t.own, quoted, may_go=(t.name,),
    )  # fmt: skip
    yahoo = (
        f'<div class="yahoo-style-wrap">{_html_lines(t.own)}</div><div id="yahoo_quoted_1" class="yahoo_quoted">'
        f"<div><div>{html.escape(header)}</div><div><br></div><div><br></div><div>{sent.inner}</div></div></div>"
    )
    yield Answered("Yahoo, HTML only", "", yahoo, t.own, quoted)
    yield Answered("no header", f"{top}\n\n{_marked(sent.plain)}\n", "", t.own, sent.lines)
    yield from _local(t, sent, top)


def _local(t: Tongue, sent: Sent, top: str) -> Iterator[Answered]:
    """Programs of one country."""
    own, lines = t.own, sent.lines
    if t.code in {"ru", "uk"}:
        yandex = f'23.11.2026, 10:00, "Tonfell" <{OUR_ADDRESS}>:'
        yield Answered("Yandex", f"{top}\n\n{yandex}\n{_marked(sent.plain)}\n", "", own, (yandex, *lines))
        mailru = f"Понедельник, 23 ноября 2026, 10:00 +03:00 от {US}:"
        yield Answered("Mail.ru", f"{top}\n\n{mailru}\n{_marked(sent.plain)}\n", "", own, (mailru, *lines))
    if t.code.startswith("zh"):
        netease = f'在 2026-11-23 10:00:00，"Tonfell" <{OUR_ADDRESS}> 写道：'
        yield Answered("NetEase", f"{top}\n\n\n\n{netease}\n\n{_marked(sent.plain)}\n", "", own, (netease, *lines))
        table = (
            f"---- Replied Message ----\n| From | Tonfell<{OUR_ADDRESS}> |\n| Date | 11/23/2026 10:00 |\n"
            "| To | <customer@example.org> |\n| Subject | Re: K-4411 |"
        )
        yield Answered("NetEase Master", f"{top}\n\n{table}\n{sent.plain}\n", "", own, (*table.split("\n"), *lines))
        qq = (
            f'------------------&nbsp;原始邮件&nbsp;------------------\n发件人: "Tonfell" <{OUR_ADDRESS}>;\n'
            '发送时间: 2026年11月23日(星期一) 上午10:00\n收件人: "customer"<customer@example.org>;\n主题: Re: K-4411'
        ).replace("&nbsp;", " ")
        yield Answered("QQ", f"{top}\n\n\n{qq}\n\n{sent.plain}\n", "", own, (*qq.split("\n"), *lines))
    if t.code == "tr":
        wrapped = f"{US}, 23 Kas 2026 Pzt, 10:00\ntarihinde şunları yazdı:"
        yield Answered("Gmail, Turkish, broken", f"{top}\n\n{wrapped}\n\n{_marked(sent.plain)}\n", "", own, lines)


SHAPES: tuple[Callable[[Tongue, Sent], Iterator[Answered]], ...] = (_gmail, _outlook, _others)


def answers(tongue: Tongue, sent: Sent) -> Iterator[Answered]:
    for shape in SHAPES:
        yield from shape(tongue, sent)


def as_mail(one: Answered, tongue: Tongue, to: str, number: int) -> bytes:
    """The mail as it arrives."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = f'"{tongue.name}" <customer@example.org>', to, "Re: K-4411"
    mail["Message-ID"] = f"<{tongue.code}-{number}@example.org>"
    if one.plain:
        mail.set_content(one.plain)
        if one.html:
            mail.add_alternative(one.html, subtype="html")
    else:
        mail.set_content(one.html, subtype="html")
    return mail.as_bytes()
