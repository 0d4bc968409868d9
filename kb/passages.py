"""Pure: chunking: an article's sections are split into passages, the unit that is embedded and retrieved.

A passage never crosses a heading, so that a hit can link to the heading's anchor. Long sections are split at paragraph,
then sentence, then word boundaries. Title and heading are prepended to the embedded text, because a passage such as
"Click Save" says nothing without them.
"""

import hashlib
import re
from collections.abc import Iterator

from kb.models import Article, Passage, PassageKind, Section

# About 900 Latin characters or 500 Chinese ones, the passage size of ../docs/search.md: well below the model's
# 512 tokens (a Chinese character costs about 0.7 tokens, a Latin one about 0.25).
BUDGET = 900.0
_WIDE_COST = 1.8
# Pieces of a passage that are embedded on their own as well (index/parts/windows.py).
WINDOW = 300.0
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；])")
_PARAGRAPH_END = re.compile(r"\n\s*\n|\n(?=\s*(?:\d+[.)]|[-*•])\s)")


def passages_of(article: Article) -> tuple[Passage, ...]:
    """BODY passages in reading order, the summary first; then a TITLE passage, and a QUESTION one for each question."""
    made = [_passage(article, PassageKind.BODY, i, s.anchor, s.heading, t) for i, (s, t) in enumerate(_pieces(article))]
    if not made:
        made = [_passage(article, PassageKind.BODY, 0, "", "", article.summary or article.title)]
    made.append(_passage(article, PassageKind.TITLE, 0, "", "", article.title))
    made += [_passage(article, PassageKind.QUESTION, i, "", "", q) for i, q in enumerate(article.questions)]
    return tuple(made)


def windows_of(passage: Passage) -> list[str]:
    """The windows of a body passage: pieces of at most about WINDOW characters, without title and heading."""
    return split(passage.text, WINDOW) or [passage.embed_text]


def _pieces(article: Article) -> Iterator[tuple[Section, str]]:
    if article.summary:
        # What the article answers, in one sentence, and often the best passage to show.
        yield Section("", "", 0, ""), article.summary
    for section in article.sections:
        for text in split(section.text):
            yield section, text


def _passage(article: Article, kind: PassageKind, ordinal: int, anchor: str, heading: str, text: str) -> Passage:
    embed_text = text
    if kind is PassageKind.BODY:
        head = [article.title] if article.title else []
        if heading and heading != article.title:
            head.append(heading)
        embed_text = "\n".join([*head, text])
    digest = hashlib.sha256(f"{kind}\0{embed_text}".encode()).hexdigest()[:32]
    return Passage(
        id=f"{article.lang}/{article.slug}#{kind}-{ordinal}",
        ref=article.ref,
        key=article.key,
        kind=kind,
        ordinal=ordinal,
        anchor=anchor,
        heading=heading,
        text=text,
        embed_text=embed_text,
        hash=digest,
    )


def cost(text: str) -> float:
    """The size of a text against BUDGET: 1 a character, more for wide ones (Chinese, Japanese, Korean)."""
    wide = sum("\u2e80" <= c <= "\uffef" for c in text)
    return len(text) + wide * (_WIDE_COST - 1)


def split(text: str, budget: float = BUDGET) -> list[str]:
    """The text in pieces of at most about `budget`, split at the largest boundary that fits. '' gives none."""
    text = text.strip()
    if not text:
        return []
    if cost(text) <= budget:
        return [text]
    for pattern, joiner in ((_PARAGRAPH_END, "\n\n"), (_SENTENCE_END, " ")):
        parts = [p.strip() for p in pattern.split(text) if p and p.strip()]
        if len(parts) > 1:
            return _pack(parts, joiner, budget)
    return _chop(text, budget)


def _pack(parts: list[str], joiner: str, budget: float) -> list[str]:
    packed: list[str] = []
    room = 0.0
    for part in parts:
        size = cost(part)
        if packed and size <= room:
            glue = "" if joiner == " " and packed[-1][-1:] > "\u2e80" else joiner
            packed[-1] += glue + part
            room -= size + len(glue)
            continue
        pieces = split(part, budget) if size > budget else [part]
        packed += pieces
        room = budget - cost(pieces[-1])
    return packed


def _chop(text: str, budget: float) -> list[str]:
    """Split an overlong sentence at the last space that fits, or anywhere in text without spaces."""
    pieces = []
    while text:
        end, used = 0, 0.0
        while end < len(text) and used <= budget:
            used += _WIDE_COST if "\u2e80" <= text[end] <= "\uffef" else 1
            end += 1
        if end < len(text):
            space = text.rfind(" ", end // 2, end)
            end = space if space > 0 else end
        pieces.append(text[:end].strip())
        text = text[end:].strip()
    return pieces
