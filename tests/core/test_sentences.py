"""Sentences end where readers of each language say they end."""

import pytest

from core.texts.sentences import sentence_ends


def sentences(text: str) -> list[str]:
    ends = sentence_ends(text)
    return [text[start:end].strip() for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ('He said "wait." Then he left.', ['He said "wait."', "Then he left."]),
        ("Needs v2.10 or e.g. v3. It costs 3.50 EUR.", ["Needs v2.10 or e.g. v3.", "It costs 3.50 EUR."]),
        ("See Fig. 4 and Dr. J. Doe. Done.", ["See Fig. 4 and Dr. J. Doe.", "Done."]),
        ("Wait … then press it. Done…", ["Wait … then press it.", "Done…"]),
        ("Ayın 3. gününde gelir. İade için bkz. Ek 2. Olur mu?",
         ["Ayın 3. gününde gelir.", "İade için bkz. Ek 2.", "Olur mu?"]),
        ("Kargo, iade vb. konularda yazın. Şimdi deneyin.", ["Kargo, iade vb. konularda yazın.", "Şimdi deneyin."]),
        ("請先登入。接著按「退貨。」再列印！好了嗎？", ["請先登入。", "接著按「退貨。」", "再列印！", "好了嗎？"]),
        ("افتح الطلب. هل لديك طابعة؟ اطبع الملصق.", ["افتح الطلب.", "هل لديك طابعة؟", "اطبع الملصق."]),
        ("पहला चरण। दूसरा चरण।", ["पहला चरण।", "दूसरा चरण।"]),
        ("1. Open the lid. 2 screws hold it.", ["1. Open the lid.", "2 screws hold it."]),
        ("", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_at_its_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
