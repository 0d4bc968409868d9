"""What kind of answer a question asks for."""

import pytest

from index.query.asked_for import asks_for_number, asks_for_steps, has_number


@pytest.mark.parametrize(
    ("question", "asks"),
    [("How much is it?", True), ("when will it come", True), ("What happens when I press it", False),
     ("kaça gelir", True), ("ne zaman gelir", True), ("nasıl iade ederim", False), ("運費多少", True),
     ("什么时候到", True), ("怎麼退貨", False),
     ("Wie viele Konten gehen", True), ("Wann kommt er", True), ("Wie geht das", False), ("Wo ist wann anders", False),
     ("Combien de comptes", True), ("Quand arrive-t-il", True), ("¿Cuántas cuentas?", True), ("Quanti account", True),
     ("Quantos dispositivos", True), ("Hoeveel apparaten", True), ("Wanneer komt het", True), ("Сколько стоит", True),
     ("Ile kosztuje", True), ("largest parcel, max weight", True), ("en fazla kaç", True), ("上限是什麼", True),
     ("maximise the window", False)],
)  # fmt: skip
def test_questions_that_a_number_answers_are_known(question: str, asks: bool) -> None:
    assert asks_for_number(question) is asks


@pytest.mark.parametrize(
    ("text", "has"),
    [("in 5 days", True), ("三天之內", True), ("一般來說", False), ("often", False)],
)  # fmt: skip
def test_numbers_are_figures_and_what_chinese_counts(text: str, has: bool) -> None:
    assert has_number(text) is has


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("how do I reset it", True), ("How to reset", True), ("reset steps", True), ("how much is it", False),
        ("how long does it take", False), ("nasıl iade ederim", True), ("怎麼退貨", True), ("怎么退货", True),
        ("耳機不見了怎麼辦", False), ("輸錯會怎麼樣", False), ("怎麼還沒到", False),
        ("重置步驟", True), ("Wie kann ich das zurückgeben?", True),
        ("wie teuer ist es", False),
        ("comment annuler", True), ("the comment is gone", False), ("where is my order", False),
        ("كيف أعيد ضبط كلمة المرور", True), ("كم سعره", False), ("איך מחזירים מוצר", True), ("כמה זה עולה", False),
        ("как вернуть товар", True), ("어떻게 반품하나요", True), ("पासवर्ड कैसे बदलें", True),
    ],
)  # fmt: skip
def test_questions_that_steps_answer_are_known(question: str, asks: bool) -> None:
    assert asks_for_steps(question) is asks
