"""One word for one thing, in each language of the interface: what another word would say is listed here and not used.

Catalogues, the widget's words and the demo's articles are read. A word is listed with what stands for it instead.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.test_translations import catalogue

_ROOT = Path(__file__).parents[2]

# What is not said, as a pattern, and what is said for it.
_NOT_SAID = {
    "tr": {
        r"\b[Mm]asa(?:da|ya|nın|yı|’|'|\b)": "destek paneli",
        r"\b[Oo]lay(?:lar|ı|\b)": "arıza",
        r"\b(?:bu )?ileti(?:yi|nin|yle|\b)": "e-posta, mesaj",
        r"[Tt]alebiniz|[Tt]alepleriniz|[Tt]aleplerim": "başvuru (of a customer)",
        r"\byazılar(?:ı|\b)(?! )": "makale",
        r"\bsüz\b": "filtrele",
        r"\b(?:Onlar|Seçtikleri|onlara)\b": "müşteri",
        r"\bsen(?:in|i|den)?\b": "siz",
        r"\d\d\.\d\d\b": "09:00",
    },
    "zh_Hant": {
        "帳號|賬": "帳戶", "顧客": "客戶", "狀態頁": "進度頁面", "請求": "案件, or 要求 of a program", "提問頁": "案件",
        "你": "您", "事件": "異常狀況", "線上對話": "線上聊天", "答案": "解答", "身份": "身分",
        "信箱(?!已)": "電子郵件地址", "送交真人": "送出",
    },
    "zh_Hans": {
        "账户|帐": "账号", "顾客": "客户", "状态页|进展": "进度页面", "案件": "工单", "你": "您", "事件": "故障",
        "在线对话": "在线聊天", "解答": "答案", "真人": "人工客服", "送出": "发送, 提交", "范本": "模板",
        "管道": "渠道", "身分": "身份", "登出|注销": "退出登录", "电子邮件地址": "电子邮箱", "关键字": "关键词",
        "[「」]": "“”",
    },
}  # fmt: skip
_BUTTONS = {"tr": "Gönder", "zh_Hant": "送出", "zh_Hans": "发送"}
_CHINESE = "\u3400-\u9fff"
# A half-width sign beside a Chinese one. Markdown stays as it is written.
_HALF_WIDTH = re.compile(rf"[{_CHINESE}]\s*[,:;!?()]|[,:;!?()]\s*[{_CHINESE}]|[{_CHINESE}]\.(?:\s|$)")
_MARKDOWN = re.compile(r"\[[^\]]*\]\([^)]*\)|:::|!?\[\[\]\]")
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def _texts(language: str) -> Iterator[str]:
    for message in catalogue(language):
        if message.id:
            yield from [message.string] if isinstance(message.string, str) else message.string
    words = _ROOT / "widget" / "src" / "strings" / f"{language.replace('_', '-')}.json"
    yield from json.loads(words.read_text(encoding="utf-8")).values()


@pytest.mark.parametrize("language", sorted(_NOT_SAID))
def test_one_word_stands_for_one_thing(language: str) -> None:
    found = [
        f"{text!r}: say {instead}"
        for text in _texts(language)
        for pattern, instead in _NOT_SAID[language].items()
        if re.search(pattern, _PLACEHOLDER.sub("", text))
    ]
    assert found == []


def test_the_account_has_one_name_in_interface_and_articles() -> None:
    folder = _ROOT / "kb" / "articles" / "zh-Hant"
    # Questions and synonyms in front matter are what customers type: they may call it anything.
    texts = [path.read_text(encoding="utf-8").split("\n---\n", 1)[-1] for path in folder.rglob("*.md")]
    articles = "\n".join([*texts, *(path.read_text(encoding="utf-8") for path in folder.rglob("_category_.yml"))])
    assert "帳戶" in articles
    assert re.findall(".{0,8}(?:帳號|賬戶|账户).{0,8}", articles) == []


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans"])
def test_chinese_has_its_own_punctuation(language: str) -> None:
    found = [text for text in _texts(language) if _HALF_WIDTH.search(_MARKDOWN.sub("", _PLACEHOLDER.sub("", text)))]
    assert found == []


@pytest.mark.parametrize("language", sorted(_BUTTONS))
def test_the_button_that_sends_says_so_and_nothing_else(language: str) -> None:
    for text in ("Send", "Send to a person"):
        message = catalogue(language).get(text)
        assert message is not None and message.string == _BUTTONS[language]
