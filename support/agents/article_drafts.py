"""Article draft from a ticket: the customer's own words as its questions, the reply as its body.

Personal data is redacted: the article is for everybody.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kb.source.new_article import new_article
from support.agents.redaction import Known, redacted
from support.tickets.models import Author, Ticket

_MOST_QUESTIONS = 6
_NOT_FOR_ALL = re.compile(r"/(?:t|desk|incidents|api)(?:/|$)")


@dataclass(frozen=True)
class Draft:
    """An article draft for an author."""

    title: str
    questions: tuple[str, ...]
    body: str


def draft_of(ticket: Ticket) -> Draft:
    """The draft; its questions are the searches, the subject, and the first sentence that asks something."""
    first = next((m.text for m in ticket.messages if m.author is Author.CUSTOMER), "")
    words = [q.text for q in reversed(ticket.journey.queries)] + [ticket.subject, _asking(first)]
    questions: list[str] = []
    for text in words:
        text = _line(redact(text, ticket))[:200]
        if text and text.casefold() not in {q.casefold() for q in questions}:
            questions.append(text)
    answers = [m.text for m in ticket.messages if m.author is Author.TEAM]
    body = "\n\n".join(redact(answer, ticket) for answer in answers)
    return Draft(_line(redact(ticket.subject, ticket)) or (questions[0] if questions else ""),
                 tuple(questions[:_MOST_QUESTIONS]), body)  # fmt: skip


def markdown(
    folder: Path,
    name: str,
    title: str,
    questions: tuple[str, ...],
    body: str,
    team: str,
    day: date,
    translation_of: str = "",
) -> tuple[Path, str]:
    """Path of the new article file, and its text. Raises BadArticleName or ArticleExists."""
    path, text = new_article(folder, name, title, translation_of, day)
    listed = json.dumps(list(questions), ensure_ascii=False)
    text = re.sub(r"^questions: \[\].*$", lambda _: f"questions: {listed}", text, count=1, flags=re.MULTILINE)
    if team and team != "default":
        handoff = json.dumps(team, ensure_ascii=False)
        text = re.sub(r'^handoff: ""', lambda _: f"handoff: {handoff}", text, count=1, flags=re.MULTILINE)
    return path, text.rstrip().removesuffix("##").rstrip() + f"\n\n{body.strip()}\n"


def redact(text: str, ticket: Ticket) -> str:
    """The redacted text: without addresses, numbers, the reference, links of one customer, and names. Links to our own
    pages stay as they are, whatever numbers are in them."""
    known = replace(Known.of(ticket), ours=_own_links(text, ticket.site_url))
    return redacted(text, known, lambda _gap: "…", any_case=True)


def _own_links(text: str, site_url: str) -> tuple[str, ...]:
    """Links to pages of this site that are for everybody, longest first: neither status links nor anything secret."""
    own = re.compile(rf"(?:{re.escape(site_url)}|(?<=\]\())(?:/[A-Za-z0-9%._~-]{{1,200}}){{1,6}}/?(?:#[\w-]{{1,200}})?")
    found = {one for one in own.findall(text) if not _NOT_FOR_ALL.match(one.removeprefix(site_url))}
    return tuple(sorted(found, key=len, reverse=True))


def _asking(text: str) -> str:
    sentences = re.split(r"(?<=[.!?。！？؟])\s*|\n+", text.strip())
    asked = [s for s in sentences if s.rstrip().endswith(("?", "？", "؟"))]
    return (asked or [s for s in sentences if s.strip()] or [""])[0]


def _line(text: str) -> str:
    return " ".join(text.split()).strip("… ,;:-")
