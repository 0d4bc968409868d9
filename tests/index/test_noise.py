"""What people say around a question is not searched; what they ask stays."""

import pytest

from index.query.noise import without_noise


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
    ],
)
def test_what_is_the_question_stays(text: str, lang: str) -> None:
    assert without_noise(text, lang) == text
