"""Pure: the questions that a quotation itself asks, as those of an FAQ: in bold letters, as a term, or on a folded box.

An author who does not give each question a heading (`**Can I cancel?** Yes.`) asks it all the same.
"""

import re
from functools import lru_cache

from kb.markup.quote_tree import BEGIN, END, text_of_html

_SUMMARY = re.compile(r"<summary[^<>]*>(.*?)</summary>", re.DOTALL)
_TERM = re.compile(rf"<dt[^<>]*>\s*{BEGIN}(.*?){END}", re.DOTALL)
_BOLD = re.compile(rf"{BEGIN}\s*((?:<(strong|b)>(?:(?!</\2>).)*</\2>\s*)+)", re.DOTALL)
# A title in bold letters that has a paragraph for itself.
_BOLD_ALONE = re.compile(rf"<p>{BEGIN}\s*(<(strong|b)>(?:(?!</\2>|{END}).)*</\2>)\s*{END}\s*</p>", re.DOTALL)
_ASKS = re.compile("[?？؟][\"'”’»)\\]）】\\s]*$")
_MARKS = ("<strong", "<b>", "<dt", "<summary")


@lru_cache(maxsize=1024)
def questions_in(html: str) -> tuple[str, ...]:
    """The questions of a stored quotation, and its titles in bold letters, each once."""
    if not any(mark in html for mark in _MARKS):
        return ()
    found = [text_of_html(said).strip() for pattern in (_SUMMARY, _TERM) for said in pattern.findall(html)]
    found += (text_of_html(said).strip() for said, _ in _BOLD.findall(html))
    asked = [said for said in found if _ASKS.search(said)]
    asked += (text_of_html(said).strip() for said, _ in _BOLD_ALONE.findall(html))
    return tuple(dict.fromkeys(filter(None, asked)))
