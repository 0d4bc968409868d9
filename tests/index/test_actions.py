"""Which actions a text names, by whatever verb, and which headings are about the opposite of what is asked."""

import pytest

from index.query.actions import actions_in


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("How do I switch the sound off?", "turn_off"),
        ("Deactivate reminders", "turn_off"),
        ("Hatırlatmaları devre dışı bırakma", "turn_off"),
        ("hatirlatmalari nasil kapatirim", "turn_off"),
        ("如何關閉提醒", "turn_off"),
        ("怎么停用提醒", "turn_off"),
        ("通知を無効にする", "turn_off"),
        ("Turn on reminders", "turn_on"),
        ("Hatırlatmaları etkinleştirin", "turn_on"),
        ("開啟提醒", "turn_on"),
        ("close my account", "remove"),
        ("hesabımı kapatmak istiyorum", "remove"),
        ("log out everywhere", "sign_out"),
        ("oturumu kapatma", "sign_out"),
        ("登出所有裝置", "sign_out"),
        ("unsubscribe from letters", "cancel"),
        ("取消訂閱", "cancel"),
    ],
)
def test_an_action_is_named_by_any_of_its_verbs(text: str, action: str) -> None:
    assert actions_in(text).named == {action}


@pytest.mark.parametrize(
    "text",
    [
        "the sound turned off by itself",
        "my account is disabled",
        "error when installing",
        "telefon kapandı",
        "acil yardım, mağaza açık mı",
        "帳號被停用",
        "Settings",
        "offline",
    ],
)
def test_what_was_done_or_is_so_is_no_action_that_is_asked_for(text: str) -> None:
    assert not actions_in(text).named


@pytest.mark.parametrize(
    "text",
    [
        "it won't let me sign in",
        "I cannot turn it off",
        "kapatamıyorum",
        "無法關閉提醒",
        "怎麼試都登入不了",
        "can’t install",
    ],
)
def test_what_cannot_be_done_is_told_from_what_is_to_be_done(text: str) -> None:
    assert actions_in(text).named and actions_in(text).is_refused


@pytest.mark.parametrize("text", ["sign in", "turn it off", "nasıl kapatırım", "如何關閉提醒"])
def test_what_is_to_be_done_is_not_refused(text: str) -> None:
    assert actions_in(text).named and not actions_in(text).is_refused


def test_the_text_is_left_without_its_verbs() -> None:
    assert actions_in("turn off automatic updates").rest.split() == ["automatic", "updates"]
    assert actions_in("Automatic updates").rest == "Automatic updates"
    assert actions_in("close my account for good").rest.split() == ["account", "for", "good"]
    assert actions_in("hesabımı kapatmak istiyorum").rest.split() == ["hesabimi", "istiyorum"]
    assert actions_in("我要關閉帳號").rest.split() == ["我要", "账号"]


@pytest.mark.parametrize(
    ("heading", "question", "crosses"),
    [
        ("Enable it", "turn it off", True),
        ("Turn it on or off", "turn it off", False),
        ("Disable it", "kapatmak istiyorum", False),
        ("Sign in", "how do I log out", True),
        ("Add a card", "remove a card", True),
        ("啟用", "關閉", True),
        ("Etkinleştirme", "nasıl kapatılır", True),
        ("Questions", "turn it off", False),
        ("Enable it", "what does it cost", False),
        ("Add a card", "turn it off", False),
    ],
)
def test_a_heading_crosses_a_question_by_the_opposite_alone(heading: str, question: str, crosses: bool) -> None:
    assert actions_in(heading).crosses(actions_in(question)) is crosses
