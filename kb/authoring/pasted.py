"""What is pasted from Word, Google Docs and web pages as Markdown: words and structure, nothing of their look.

The conversion is that of imports (`kb/transfer/html_markdown.py`). Here stands what those programs put on the clipboard
in place of elements: bold as a style, lists as paragraphs.
"""

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment

from kb.transfer.html_markdown import is_costly, to_markdown

_MOST = 600_000
_BOLD = re.compile(r"(?i)font-weight\s{0,3}:\s{0,3}(?:bold|[6-9]00)")
_NOT_BOLD = re.compile(r"(?i)font-weight\s{0,3}:\s{0,3}(?:normal|400)")
_ITALIC = re.compile(r"(?i)font-style\s{0,3}:\s{0,3}italic")
_LIST = re.compile(r"(?i)mso-list\s{0,3}:\s{0,3}l\d{1,5} level(\d)")
_MARKER = re.compile(r"(?i)mso-list\s{0,3}:\s{0,3}ignore")
_NUMBER = re.compile(r"\s{0,9}[\da-zA-Z]{1,3}[.)]")
_ELSEWHERE = re.compile(r"(?i)\s{0,9}(?:https?:)?//")


def pasted(html: str) -> str:
    """HTML of a clipboard as Markdown. Raises TookTooLong for one that is made to take long."""
    html = html[:_MOST].encode("utf-8", "replace").decode()
    if "<" not in html:
        return html.strip() + "\n"  # no markup, whatever was said of it
    if not is_costly(html):
        soup = BeautifulSoup(html, "html.parser")
        _plain(soup)
        _lists(soup)
        html = str(soup)
    return to_markdown(html).markdown.strip() + "\n"


def _plain(soup: BeautifulSoup) -> None:
    """Styles that are elements; what only the other program can show is taken out."""
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(["b", "strong", "span", "font", "h1", "img"]):
        style = str(tag.get("style") or "")
        if tag.name == "h1":
            tag.name = "h2"  # the title is the header's
        elif tag.name == "img":
            if not _ELSEWHERE.match(str(tag.get("src") or "")):
                tag.decompose()  # of the clipboard or another computer's disk
        elif tag.name in {"b", "strong"}:
            if _NOT_BOLD.search(style):
                tag.unwrap()
        elif not _MARKER.search(style):
            bold, italic = _BOLD.search(style), _ITALIC.search(style)
            if bold and italic:
                tag.wrap(soup.new_tag("em"))
            if bold or italic:
                tag.name = "strong" if bold else "em"


def _lists(soup: BeautifulSoup) -> None:
    """Word's paragraphs that are items of a list, by the level they name."""
    open_lists: list[Tag] = []
    item = soup.new_tag("li")
    for paragraph in soup.find_all("p"):
        found = _LIST.search(str(paragraph.get("style") or ""))
        if found is None or (open_lists and paragraph.find_previous_sibling() is not open_lists[0]):
            open_lists = []
        if found is None:
            continue
        numbered = False
        for marker in paragraph.find_all("span", style=_MARKER):
            numbered = bool(_NUMBER.match(marker.get_text()))
            marker.decompose()
        level = min(int(found[1]) or 1, len(open_lists) + 1)
        del open_lists[level:]
        if len(open_lists) < level:
            made = soup.new_tag("ol" if numbered else "ul")
            if open_lists:
                item.append(made)
            else:
                paragraph.insert_before(made)
            open_lists.append(made)
        item = soup.new_tag("li")
        item.extend(list(paragraph.contents))
        open_lists[-1].append(item)
        paragraph.decompose()
