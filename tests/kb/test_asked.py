"""Which questions a quotation asks itself."""

import pytest

from kb.markup.asked import questions_in
from tests.kb.test_quote import quote


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**Is it free?** Yes.\n\n**Is it *really* free?**\n\nYes.", ("Is it free?", "Is it really free?")),
        ("1. **Ücretsiz mi?** Evet.\n2. **免费吗？** 是的。", ("Ücretsiz mi?", "免费吗？")),
        ("**هل هو مجاني؟** نعم.", ("هل هو مجاني؟",)),
        ("Is it free?\n:   Yes.\n\nPrice\n:   None.", ("Is it free?",)),
        ("<details><summary>Is it free?</summary>\n\nYes.\n\n</details>", ("Is it free?",)),
        ("**In other countries**\n\nIt costs nothing.", ("In other countries",)),
        ("**Save & quit?** Yes, and “**no?**” is no question. Press **OK**.", ("Save & quit?",)),
        ("- **Red**\n- **Green**\n\nIs it free? Yes. **Important:** it is.", ()),
    ],
)
def test_questions_are_told_from_what_is_only_bold(source: str, expected: tuple[str, ...]) -> None:
    assert questions_in(quote(source).html) == expected
