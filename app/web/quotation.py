"""A search result's passage as HTML for a page: quoted as the article has it, with links that work and one mark.

Never pass HTML that is not the stored quotation of a sanitised article (kb/markup/quote.py): it is marked as safe here.
"""

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from index.models import ArticleHit
from kb.markup.excerpt import excerpt, with_links
from kb.markup.quote import quote_of_text

# About four lines of a results page; the first result is quoted whole.
SHORT = 320


@dataclass(frozen=True)
class Quotation:
    """HTML to show, and whether the passage, or the section of the first result, has more than that."""

    html: Markup
    cut: bool


def quoted(hit: ArticleHit, url: str, budget: int = SHORT, *, reader: str = "", base: str = "") -> Quotation:
    """The passage of a hit whose article is at `url`, cut to about `budget` letters (0: whole).

    `reader` is the language whose pages the article is read on; with a `base`, links work from pages of other origins.
    """
    html, sentence = hit.html, hit.sentence
    if not html:
        quote = quote_of_text(hit.passage)
        html = quote.html
        sentence = next((i for i, (start, _end) in enumerate(quote.sentences) if (start, _end) == hit.highlight), None)
    words = (hit.passage[start:end].casefold() for start, end in hit.highlights) if "<pre" in html else ()
    found = excerpt(html, sentence, budget, frozenset(words))
    languages = (hit.ref.lang, reader) if reader and reader != hit.ref.lang else None
    html = with_links(found.html, url, base or request.script_root, languages)
    return Quotation(Markup(html), found.cut or hit.continues)  # noqa: S704 sanitised


def on_page(html: Markup) -> Markup:
    """A quotation for pages of this site: with words for screen readers, most of which pass over a mark in silence, and
    with tables that scroll by themselves, by keyboard too."""
    label, table = escape(_("Best match:")), escape(_("Table"))
    # As a str, since Markup.replace would escape the tags.
    text = str(html).replace("<mark>", f'<mark data-before="{label}">', 1)
    opening = f'<div class="table-wrap" role="group" tabindex="0" aria-label="{table}"><table'
    return Markup(text.replace("<table", opening).replace("</table>", "</table></div>"))  # noqa: S704 sanitised
