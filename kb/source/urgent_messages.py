"""Urgent messages: what is shown above everything else when somebody seems to be in danger.

`<lang>/_urgent.yml` below the articles folder, a list of entries; see docs/authors/urgent.md. An entry has the same
`name` in every language. Files are read and reloaded with the other hints (`kb.source.search_hints`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from core.texts.said import said
from kb.findings import Finding, error, warning
from kb.models import ArticleRef
from kb.source.yaml_nodes import fields_of, line_of, text_lines, texts_of

URGENT = "_urgent.yml"
DEFAULT_CHANNEL = "urgent"
_ONE, _MANY = ("name", "title", "text", "article", "channel", "team"), ("examples", "words", "not")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_STARRED, _STARRED_CHINESE = 3, 2
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LONGEST = {"title": 120, "text": 600}


@dataclass(frozen=True)
class UrgentEntry:
    """One kind of danger in one language.

    `examples` are what customers would write, compared by meaning; `words` are phrases, compared word by word, a star
    at the end of a word standing for any ending; `near_misses` sound alike and are harmless. `channel` is a kind of
    the setting `channels`, `team` the team such tickets go to ('': whichever is routed to).
    """

    name: str
    lang: str
    title: str
    text: str
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    article: ArticleRef | None = None
    channel: str = DEFAULT_CHANNEL
    team: str = ""
    path: str = ""
    line: int = 1
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict, repr=False, compare=False)

    def line_of(self, field: str, text: str) -> int:
        """The line of a text of a field (`examples`, `not`, `article`, …), for who mends it; else the entry's."""
        return self.lines.get((field, text), self.line)


def urgent_of(node: yaml.Node, path: str, lang: str) -> Iterator[UrgentEntry | Finding]:
    """The entry of one node of the file, or what is wrong with it."""
    line, fields = line_of(node), fields_of(node)
    one = {name: texts_of(fields.get(name)) for name in _ONE}
    many = {name: texts_of(fields.get(name)) for name in _MANY}
    single = {name: texts[0] if texts and len(texts) == 1 else "" for name, texts in one.items()}
    wrong = [name for name, texts in one.items() if name in fields and not single[name]]
    wrong += [name for name, texts in many.items() if texts is None]
    missing = [name for name in ("name", "title", "text") if not single[name]]
    if missing or wrong or not (many["examples"] or many["words"]):
        message = said(
            "An urgent message has `name:`, `title:` and `text:`, and one or both of `examples:` and `words:`."
        )
        if wrong:
            message = said(
                "An urgent message has `name:`, `title:` and `text:`, and one or both of `examples:` and `words:`"
                " (look at %(field)s).",
                field=wrong[0],
            )
        yield error(path, line, "urgent-entry", message)
        return
    if not _NAME.fullmatch(single["name"]):
        yield error(path, line_of(fields["name"]), "urgent-entry", said("A name is of small letters, digits, - and _."))
        return
    for name in sorted(set(fields) - {*_ONE, *_MANY}):
        yield warning(
            path,
            line,
            "urgent-unknown",
            said("%(field)s is not a field of an urgent message and was passed over.", field=name),
        )
    any_text = {text for text in many["words"] or () if _matches_almost_anything(text)}
    lines = text_lines(fields.get("words"))
    for text in (text for text in many["words"] or () if text in any_text):
        message = said(
            "“%(phrase)s” would match almost any text, and was left out: before a star stand three letters or more,"
            " two in Chinese.",
            phrase=text,
        )
        yield error(path, lines.get(text, line), "urgent-star", message)
    words = tuple(text for text in many["words"] or () if text not in any_text)
    for name, most in _LONGEST.items():
        if len(single[name]) > most:
            message = said(
                "The %(field)s has %(number)s characters; in danger nobody reads more than %(most)s.",
                field=name, number=len(single[name]), most=most,
            )  # fmt: skip
            yield warning(path, line_of(fields[name]), "urgent-long", message)
    yield UrgentEntry(
        single["name"], lang, single["title"], single["text"], many["examples"] or (), words,
        many["not"] or (), ArticleRef(lang, single["article"]) if single["article"] else None,
        single["channel"] or DEFAULT_CHANNEL, single["team"], path, line,
        {(name, text): at for name, one in fields.items() for text, at in text_lines(one).items()},
    )  # fmt: skip


def _matches_almost_anything(phrase: str) -> bool:
    """Whether a phrase has a star and nothing that narrows it: a lone star, or too few letters in all its words. In
    `pil* ak*` the first word is long enough for both."""
    if "*" not in phrase:
        return False
    bare = [word.replace("*", "") for word in phrase.split()]
    letters = [sum(map(str.isalpha, word)) for word in bare]
    enough = any(
        count >= (_STARRED_CHINESE if _CHINESE.search(word) else _STARRED)
        for word, count in zip(bare, letters, strict=True)
    )
    return not enough or not all(letters)
