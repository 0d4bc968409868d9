"""What people say around a question is not searched; what they ask stays."""

from pathlib import Path

import pytest

from index.query import noise
from index.query.noise import without_noise

FOLDER = Path(noise.__file__).parents[1] / "data" / "noise"
LISTS = sorted(file.stem for file in FOLDER.glob("*.txt"))


@pytest.mark.parametrize(
    ("text", "lang", "left"),
    [
        ("Hello, please help, where is my refund?", "en", "where is my refund?"),
        ("how the hell do I reset this damn thing", "en", "how do I reset this thing"),
        ("Change my address ASAP!!!", "en", "Change my address"),
        ("my case broke 😭😭", "en", "my case broke"),
        ("lütfen kargom nerede, teşekkürler", "tr", "kargom nerede"),
        ("where is my order, I've been waiting for ages and I'm disappointed in you lot", "en", "where is my order"),
        ("merhaba, ödemem reddedildi, yardım ederseniz çok sevinirim", "tr", "ödemem reddedildi"),
        ("Sizi rahatsız ediyorum ama siparişim nerede acaba", "tr", "siparişim nerede"),
        ("付款失敗，火大", "zh-Hant", "付款失敗"),
        ("LUTFEN kargom nerede", "tr", "kargom nerede"),
        ("請問一下,怎麼退貨?謝謝", "zh-Hant", "怎麼退貨?"),
        ("请问怎么退货", "zh-Hans", "怎么退货"),
        ("sorry for the stupid question but add invoice", "en", "add invoice"),
        (
            "Hi, I've been a customer for 12 years. Where is my refund? Thanks in advance, Tom",
            "en",
            "Where is my refund?",
        ),
        ("I have tried three times. No sound\nBest regards\nMary Ann", "en", "No sound"),
        ("Merhaba, üç yıldır kullanıyorum. Kargom nerede? Teşekkürler, Ayşe", "tr", "Kargom nerede?"),
        ("makro kaydet lütfen yardım edin her şeyi denedim", "tr", "makro kaydet"),
        ("你好，我是老用户了，怎么退货？谢谢", "zh-Hans", "怎么退货？"),
        ("please wie lange dauert das 🙏", "de", "please wie lange dauert das"),
        ("Hallo, mein Konto ist gesperrt, bitte um schnelle Hilfe! MfG, Jonas Weber", "de", "mein Konto ist gesperrt"),
        ("ich hab die Nase voll, wo ist meine Rechnung", "de-AT", "wo ist meine Rechnung"),
        ("Bonjour, je n'arrive pas à payer, merci d'avance", "fr", "je n'arrive pas à payer"),
        ("hola, por favor, ¿dónde está mi pedido? muchas gracias", "es", "¿dónde está mi pedido?"),
        ("Bom dia, onde está a encomenda? Obrigada desde já", "pt-BR", "onde está a encomenda?"),
        ("ciao, vorrei sapere dove trovo la fattura, grazie mille", "it", "dove trovo la fattura"),
        ("Hoi, waar is mijn factuur? Alvast bedankt", "nl", "waar is mijn factuur?"),
        ("Здравствуйте, подскажите пожалуйста, где мой заказ? Спасибо", "ru", "где мой заказ?"),
        ("السلام عليكم، أين طلبي؟ شكرا جزيلا", "ar", "أين طلبي؟"),
        ("bro where is my refund ffs", "en", "where is my refund"),
        ("no sound\nSent from my iPhone", "en", "no sound"),
        ("slm kargom nerede tşk", "tr", "kargom nerede"),
        ("我真的服了，怎麼退貨", "zh-Hant", "怎麼退貨"),
    ],
)
def test_greetings_haste_anger_and_emoji_go(text: str, lang: str, left: str) -> None:
    assert without_noise(text, lang) == left


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("please help", "en"),
        ("HELP!!!", "en"),
        ("acil", "tr"),
        ("🎁", "en"),
        ("fast charging", "en"),
        ("I am disappointed with the bass and the fit", "en"),
        ("and or but", "en"),
        ("kulaklıktan memnun değilim", "tr"),
        ("快遞到哪了", "zh-Hant"),
        ("垃圾郵件", "zh-Hant"),
        ("hızlı şarj", "tr"),
        ('"please help" button', "en"),
        ("reset -please", "en"),
        ("I have tried the left and the right one", "en"),
        ("two-year guarantee for customers since 2019", "en"),
        ("thank Tom for his charger", "en"),
        ("schnell laden", "de"),
        ("la batterie se vide vite", "fr"),
        ("una pregunta de seguridad", "es"),
        ("carregador rápido", "pt"),
        ("Hilfe", "de"),
        ("контрольный вопрос", "ru"),
    ],
)
def test_what_is_the_question_stays(text: str, lang: str) -> None:
    assert without_noise(text, lang) == text


@pytest.mark.parametrize("name", LISTS)
def test_every_phrase_of_a_list_goes_from_before_and_after_a_question(name: str) -> None:
    question = "怎麼退貨" if name == "zh-Hant" else "怎么退货" if name == "zh-Hans" else "xylo 42"
    lines = [line for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert len(lines) > 50 and len(set(lines)) == len(lines)
    for phrase in (line.replace("{n}", "3") for line in lines if len(line) > 1):
        assert without_noise(f"{phrase}, {question}", name) == question, phrase
        assert without_noise(f"{question}. {phrase}", name).rstrip(".") == question, phrase
