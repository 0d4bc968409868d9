"""Queries are stored without what says who asked: addresses and numbers, in whatever script."""

import re

import pytest

from insight.scrub import TEXT_MAX, patterns_of, scrub


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("where is my parcel", "where is my parcel"),
        ("write to ada@example.org please", "write to [address] please"),
        ("ada＠example.org", "[address]"),
        ("<ada.lovelace+x@mail.example.co.uk>,", "[address]"),
        ("mail ada @ example.org or bo@ example.org", "mail [address] or [address]"),
        ("meet @ noon. Then go", "meet @ noon. Then go"),
        ("call +90 (532) 123 45 67 today", "call [number] today"),
        ("0532-123-45-67", "[number]"),
        ("card 4111 1111 1111 1111", "card [number]"),
        ("order 12345", "order [number]"),
        ("order 1234", "order 1234"),
        ("sipariş ١٢٣٤٥٦ nerede", "sipariş [number] nerede"),
        ("ｏｒｄｅｒ １２３４５", "order [number]"),
        ("订单１２３４５６在哪里", "订单[number]在哪里"),
        ("电话一三八〇〇一三八〇〇〇", "电话[number]"),
        ("हेल्प ९८७६५ कब", "हेल्प [number] कब"),
        ("12\u200b3\u200b4\u200b5", "[number]"),
        ("error 404 in version 10.15.7", "error 404 in version 10.15.7"),
        ("14 günde iade", "14 günde iade"),
        ("a\nb\tc\0d", "a b c d"),
    ],
)
def test_addresses_and_numbers_are_taken_out(typed: str, kept: str) -> None:
    assert scrub(typed) == kept


@pytest.mark.parametrize(
    "address",
    [
        "mary(at)example.com", "mary (at) example.com", "mary @ example . com", "mary [at] example [dot] com",
        "mary[at]example[dot]co[dot]uk", "mary AT example DOT com", "mary at example dot com",
        "mary dot smith at example dot com", "mary[dot]smith[at]example[dot]com", "mary@example dot com",
        "mary＠example．com", "mary﹫example。com", "mary {at} mail.example.com", "mary<at>example<dot>com",
        "mary%40example.com", "mary&#64;example.com", "mary &commat; example . com", "mary(a)example.com",
        "mary [et] example [nokta] com.tr", "mary et example nokta com", "mary (kuyruklu a) example.com.tr",
        "mary kuyruklu a example nokta com nokta tr", "çağrı(at)örnek.com", "mary@ example . com . tr",
        "mary艾特example点com", "mary（at）example點com", "mary 小老鼠 example.com.tw", "mary【at】example.cn",
        "mary圈a example.com", "mary @ example. com", "mary [שטרודל] example.co.il", "mary (آت) example.com",
        "mary(@)example.org", "+mary.smith (at) 163.com",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "write to {} please", "adresim: {}, yazın", "（{}）"])
def test_addresses_that_are_spelt_out_are_taken_out(address: str, around: str) -> None:
    found = scrub(around.format(address))

    assert "[address]" in found
    assert re.search("mary|smith|example|örnek|çağrı|163", found) is None, found


def test_what_stands_around_an_address_in_chinese_stays() -> None:
    assert scrub("我的邮箱是mary@example.com收不到验证码") == "我的邮箱是[address]收不到验证码"
    assert scrub("mary艾特example点com收不到验证码") == "[address]收不到验证码"
    assert scrub("请发到mary(at)example.com。谢谢") == "请发到[address]。谢谢"


@pytest.mark.parametrize(
    "text",
    [
        "meet at example street", "photos @ 300 dpi", "meet @ noon. Then go", "sign in at example.com",
        "2 tickets @ 19.99 each", "2@19.99", "look at the dot product", "dots at 300 dot per inch", "meet (at) noon",
        "iade et lütfen. com", "hizmet et nokta", "what is (a) example", "let us meet @ noon . then we go",
        "kargo evde @ 14.30 teslim", "会议@3点半", "小老鼠鼠标坏了", "联系我@小明。谢谢大家", "see you at 5. Then",
        "price at 3.50 dot", "version 1.2 @ main", "call @ 9.30am", "follow @example for news",
    ],
)  # fmt: skip
def test_what_is_no_address_stays(text: str) -> None:
    assert scrub(text) == text


def test_order_numbers_by_the_pattern_of_a_form() -> None:
    order = re.compile(r"AB-\d{4}")

    assert scrub("where is AB-1234, please", (order,)) == "where is [number], please"
    assert scrub("where is AB-12", (order,)) == "where is AB-12"


def test_a_pattern_that_takes_any_word_is_no_number() -> None:
    assert patterns_of([re.compile(r".*"), re.compile(r"\w+"), re.compile(r"[A-Z]{2}\d+")]) == (
        re.compile(r"[A-Z]{2}\d+"),
    )


def test_a_long_text_is_cut() -> None:
    assert len(scrub("word " * 1000)) <= TEXT_MAX
