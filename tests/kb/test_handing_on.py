"""Which sentences of a quotation answer nothing themselves, and which ones answer in their place."""

import pytest

from kb.markup.handing_on import handing_on
from kb.markup.quote_tree import text_of_html
from tests.kb.test_quote import quote


def said(markdown: str, lang: str = "en") -> list[tuple[str, list[str]]]:
    """Each sentence of a quotation, with those that answer in its place."""
    html = quote(markdown, lang).html
    sentences = [text_of_html(one.partition("</sentence>")[0]).strip() for one in html.split("<sentence>")[1:]]
    handed = handing_on(html)
    return [(own, [sentences[n] for n in one.to]) for own, one in zip(sentences, handed, strict=True)]


@pytest.mark.parametrize(
    ("markdown", "lang", "question", "answers"),
    [
        ("**Is it loud?** It hums. Softly.\n\n**Is it hot?** Yes.", "en", "Is it loud?", ["It hums.", "Softly."]),
        ("Is it loud? No.\n\nMore.", "en", "Is it loud?", ["No."]),
        ("**Is it loud?**\n\nIt hums. Softly.\n\n**Is it hot?**\n\nYes.", "en", "Is it loud?", ["It hums.", "Softly."]),
        ("**Is it loud?**\n\n- Not here.\n- Not there.\n\nMore.", "en", "Is it loud?", ["Not here.", "Not there."]),
        ("**How loud it is**\n\nIt hums.", "en", "How loud it is", ["It hums."]),
        ("**Ses çıkar mı?** Hayır. Çıkmaz.", "tr", "Ses çıkar mı?", ["Hayır.", "Çıkmaz."]),
        ("**會有聲音嗎？**不會。很安靜。", "zh-Hant", "會有聲音嗎？", ["不會。", "很安靜。"]),
        ("- Is it on?\n- Is it loud?", "en", "Is it on?", []),
        ("Read Is it loud? for more.", "en", "Read Is it loud?", []),
        ("Choose “Is it loud?” It hums.", "en", "Choose “Is it loud?”", []),
        ("**Never open it.**\n\nIt hums.", "en", "Never open it.", []),
    ],
)
def test_a_question_hands_on_to_what_follows_it(markdown: str, lang: str, question: str, answers: list[str]) -> None:
    assert dict(said(markdown, lang))[question] == answers


@pytest.mark.parametrize(
    ("markdown", "announcing", "answers"),
    [
        ("Check these:\n\n- One.\n- Two. Too.\n\nMore.", "Check these:", ["One.", "Two.", "Too."]),
        ("- Two ways:\n    - One.\n    - Two.\n- More.", "Two ways:", ["One.", "Two."]),
        ("Run this:\n\n```\nstop it\n```\n\nMore.", "Run this:", ["stop it"]),
        ("Run\n\n```\nstop it\n```\n", "Run", ["stop it"]),
        ("Write this:\n\n```\none\ntwo\n```\n\nMore.", "Write this:", []),
        ("You see errors like this:\n\n```\none\ntwo\n```\n\nWait. Try again.\n\nMore.", "You see errors like this:",
         ["Wait.", "Try again."]),
        ("Prices:\n\n| a | b |\n|---|---|\n| c | d |\n", "Prices:", []),
        ("All of what we sell comes back free within thirty days of the sale:\n\n- Hats.\n- Shoes.",
         "All of what we sell comes back free within thirty days of the sale:", []),
    ],
)  # fmt: skip
def test_what_only_announces_hands_on_to_what_it_announces(markdown: str, announcing: str, answers: list[str]) -> None:
    assert dict(said(markdown))[announcing] == answers


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ('It hums.\n\n```yaml title="settings.yml"\none: 1\ntwo: 2\n```\n', "label"),
        ("It hums. For more, see [the guide](returns.md).", "pointer"),
        ("It hums. For the noise see [the guide](returns.md).", "pointer"),
        ("It hums. See [the guide](returns.md).", "pointer"),
        ("Uğuldar. Ayrıntılar için [rehbere](returns.md) bakın.", "pointer"),
        ("會響。詳見[說明](returns.md)。", "pointer"),
        ("It hums. You see a light.", ""),
        ("It hums. To stop it, visit [the guide](returns.md).", ""),
        ("It hums. [The guide](returns.md) is long.", ""),
    ],
)
def test_names_of_files_and_pointers_answer_nothing(markdown: str, expected: str) -> None:
    found = handing_on(quote(markdown).html)[1]
    assert ("label" if found.is_label else "pointer" if found.is_pointer else "") == expected
