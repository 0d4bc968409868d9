"""What a past answer says of one customer does not reach the next one."""

import time

import pytest

from support.agents.redaction import Gap, Known, placeholder, placeholders_in, redacted


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("Ada Lovelace", "Hi Ada,\nall done.", "Hi [name],\nall done."),
        ("Ada Lovelace", "Dear Ms Lovelace, thank you.", "Dear [name], thank you."),
        ("ada lovelace", "ADA, we wrote to Ada Lovelace.", "[name], we wrote to [name]."),
        ("Will May", "Hi Will, you may pay and we will send it.", "Hi [name], you may pay and we will send it."),
        ("Zoë Müller", "Hallo Zoe Muller!", "Hallo [name]!"),
        ("İbrahim Yıldız", "Merhaba Ibrahim Bey, İBRAHİM YILDIZ adına", "Merhaba [name], [name] adına"),
        ("Ayşe Yılmaz", "Sayın Ayşe Hanım,\nAyşe'ye gönderdik.", "Sayın [name],\n[name]'ye gönderdik."),
        ("Can Işık", "Selam Can, CAN IŞIK için; you can.", "Selam [name], [name] için; you can."),
        ("王小明", "王小明您好，小明的訂單", "[name]您好，[name]的訂單"),
        ("王小明", "感謝王先生的來信。", "感謝[name]的來信。"),
        ("李娜", "亲爱的李娜女士：您好", "亲爱的[name]：您好"),
        ("محمد علي", "مرحبا محمد، أرسلنا لمحمد علي الطرد.", "مرحبا [name]، أرسلنا ل[name] الطرد."),
        ("أحمد", "عزيزي احمد،", "عزيزي [name]،"),
        ("José Núñez", "Hola Jose, el señor Nuñez", "Hola [name], el señor [name]"),
    ],
)
def test_a_customers_name_is_found_however_it_is_spelt(name: str, answer: str, expected: str) -> None:
    assert redacted(answer, Known(name=name)) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Hi Grace,\nyou have it.", "Hi [name],\nyou have it."),
        ("Hello, Grace Hopper!", "Hello, [name]!"),
        ("hi grace\nsee below", "hi [name]\nsee below"),
        ("Dear Mrs Hopper,", "Dear [name],"),
        ("Sehr geehrte Frau van den Berg,", "Sehr geehrte [name],"),
        ("Bonjour Marie,", "Bonjour [name],"),
        ("Здравствуйте, Анна!", "Здравствуйте, [name]!"),
        ("Merhaba Zeynep Hanım,", "Merhaba [name],"),
        ("Mehmet Bey merhaba,", "[name] merhaba,"),
        ("Good day Maria Ferreira - it is here.", "Good day [name] - it is here."),
        ("Kia ora Hemi,", "Kia ora [name],"),
        ("Hi，Amy：", "Hi，[name]："),
        ("Thanks Peter, it is here.", "Thanks [name], it is here."),
        ("Sayın Ahmet Yılmaz'ın talebi", "Sayın [name]'ın talebi"),
        ("嗨 淑芬，您的包裹", "嗨 [name]，您的包裹"),
        ("親愛的陳小姐，您好：", "親愛的[name]，您好："),
        ("林小姐您好，", "[name]您好，"),
        ("عزيزتي فاطمة الزهراء،", "عزيزتي [name]،"),
        ("السيد خالد، شكرا", "السيد [name]، شكرا"),
        ("田中様\nありがとう", "[name]\nありがとう"),
        ("김민수님, 안녕하세요", "[name], 안녕하세요"),
    ],
)
def test_who_is_greeted_is_taken_out_though_the_ticket_has_no_name(answer: str, expected: str) -> None:
    assert redacted(answer, Known()) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "Hi there,\nhold both buttons for 5 seconds.",
        "Hello, thank you for writing.",
        "Dear customer,",
        "Thanks again, and thanks everyone, indeed. Thank you for waiting.",
        "嗨大家，請重新開機。",
        "Sayın müşterimiz, iade 14 gün içinde.",
        "The warranty ends in 2026, which is 2 years all the way.",
        "Değerli müşterimiz, iade 14 gün içinde.",
        "親愛的顧客您好，請重新開機。",
        "您好，請重新開機。",
        "عزيزي العميل، أعد التشغيل.",
        "السلام عليكم ورحمة الله، أعد التشغيل.",
        "Hold the button for 10 seconds. TF-O700, WH-1000XM4 and Bluetooth 5.3 work; 14 days, 09:00 to 18:00.",
        "See https://help.example/en/a/return-an-item and https://shop.example/en/returns?lang=tr#how.",
        "1. Open **My account > Orders**\n2. Choose **Return items**.",
    ],
)
def test_what_is_about_nobody_stays_as_it_is(answer: str) -> None:
    assert redacted(answer, Known(name="Ada Lovelace")) == answer


@pytest.mark.parametrize(
    ("secret", "gap"),
    [
        ("TF-20418837", Gap.NUMBER),
        ("#4821", Gap.NUMBER),
        ("A1B2-C3D4", Gap.NUMBER),
        ("1Z999AA10123456784", Gap.NUMBER),
        ("+90 (212) 555 01 00", Gap.NUMBER),
        ("0912-345-678", Gap.NUMBER),
        ("٠١٢٣٤٥٦٧٨٩", Gap.NUMBER),
        ("4111 1111 1111 1111", Gap.NUMBER),
        ("TR33 0006 1005 1978 6457 8413 26", Gap.NUMBER),
        ("DE89370400440532013000", Gap.NUMBER),
        ("00:1A:2B:3C:4D:5E", Gap.NUMBER),
        ("ada.lovelace+shop@example.co.uk", Gap.EMAIL),
        ("ada@bücher.example", Gap.EMAIL),
        ("https://help.example/t/x9Qw-7Z_pLk2mN4bVc8RtYuI", Gap.LINK),
        ("help.example/tr/t/x9Qw-7Z_pLk2mN4bVc8RtYuI?by=1", Gap.LINK),
        ("https://track.example/?no=3S1234567", Gap.LINK),
        ("https://shop.example/reset/eyJhbGciOiJIUzI1NiJ9", Gap.LINK),
        ("https://shop.example/sso?mail=ada%40example.org", Gap.LINK),
        ("221B Baker Street", Gap.ADDRESS),
        ("14 Elm Grove", Gap.ADDRESS),
        ("PO Box 1234", Gap.ADDRESS),
        ("Hauptstraße 5a", Gap.ADDRESS),
        ("Moda Mahallesi, Bahariye Caddesi No: 12 D: 3", Gap.ADDRESS),
        ("台北市大安區和平東路二段106號3樓", Gap.ADDRESS),
        ("شارع الملك فهد، 12", Gap.ADDRESS),
    ],
)
@pytest.mark.parametrize("around", ["We have {} here.", "請看{}，謝謝。", "انظر {} هنا"])
def test_numbers_addresses_and_links_of_one_customer_are_taken_out(secret: str, gap: Gap, around: str) -> None:
    done = redacted(around.format(secret), Known())
    assert placeholder(gap) in done
    assert gap is Gap.ADDRESS or done == around.format(placeholder(gap))
    for piece in filter(lambda one: len(one) > 2, secret.replace("/", " ").split()):
        if piece not in {"https:", "help.example", "We"}:
            assert piece not in done


@pytest.mark.parametrize(
    "before",
    ["Your card ending ", "the card ending in ", "son dört hanesi ", "您的卡片（末四碼：", "die Karte, endend auf "],
)
def test_the_last_digits_of_a_card_are_taken_out(before: str) -> None:
    assert redacted(f"{before}4242 again", Known()) == f"{before}[number] again"


def test_fields_the_reference_and_the_agents_name_are_taken_out_and_our_own_numbers_stay() -> None:
    known = Known(
        reference="SP-7K3M-Q4",
        details=("Kırmızı bisiklet",),
        agent="Grace Hopper",
        ours=("+31 10 555 0142", "help@tonfell.example"),
    )
    answer = "SP-7K3M-Q4: kırmızı bisiklet. Call +31 10 555 0142 or help@tonfell.example.\nGrace"
    assert redacted(answer, known) == "[detail]: [detail]. Call +31 10 555 0142 or help@tonfell.example.\n[agent]"


def test_what_an_article_draft_takes_out_is_no_less() -> None:
    known = Known(name="Ada Lovelace", email="ada@example.org", reference="SP-7K3M-Q4")
    answer = "ada, write to ada@example.org or call +31 20 555 01 00 about SP-7K3M-Q4"
    assert redacted(answer, known, lambda _gap: "…", any_case=True) == "…, write to … or call … about …"


@pytest.mark.parametrize("name", ["[name]", "\ue000", "a.*(", "Link", "name", "e-mail"])
def test_a_strange_name_breaks_nothing(name: str) -> None:
    done = redacted(f"Hi {name}, mail ada@example.org: https://x.example/t/x9Qw-7Z_pLk2mN4bVc8RtYuI", Known(name=name))
    assert "[e-mail]" in done and "[link]" in done and "\ue000" not in done


def test_placeholders_are_recognised_until_they_are_filled_in() -> None:
    assert placeholders_in("Hi [name], see [link] and [name]. [link](https://x.example) [x]") == ("[name]", "[link]")
    assert placeholders_in("Hi Ada, see https://x.example.") == ()


@pytest.mark.parametrize(
    "piece",
    [
        "a@", "@a.", "1 ", "(1", "A1-", "http://a/", "x/t/", "王", "親愛的", "Hi A ", "Mr A ", "١", "order no ",
        "\u200e", "路1號", "a. ", "DE89 ", "Mah. ",
    ],
)  # fmt: skip
def test_the_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Ratios of a text and one four times as long, at best of three, so that a busy machine does not fail it."""

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        known, best = Known(name="Ada Lovelace", email="ada@example.org"), 9.0
        for _ in range(3):
            start = time.process_time()
            redacted(text, known)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(20_000) < max(0.5, 4**1.5 * seconds(5_000))
