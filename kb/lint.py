"""Lint checks for a folder of articles (links, headings, translations, review dates), beyond parse errors.

Pure: takes a FolderReading and a day. Whether `questions` retrieve their article is checked on a real index by
`index.tools.findability`; `flask kb lint` runs both.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

from core.texts.said import said
from kb.findings import Finding, error, warning
from kb.markup.links import IMAGE_SUFFIXES, Image, Link
from kb.models import Article, ArticleRef, Status
from kb.source.folder_reader import FolderReading, Source
from kb.source.urgent_messages import UrgentEntry

_SHORT_SUMMARY = 200  # longer ones are cut in results and link previews

# Codes of languages that are words of English, and so names of folders.
_WORDS_TOO = frozenset({"am", "as", "be", "he", "hi", "id", "is", "it", "my", "no", "or", "so", "to"})

Check = Callable[[FolderReading, date], Iterator[Finding]]

_IMG = re.compile(r"<img\s[^<>]{1,1000}>", re.IGNORECASE)
_NO_ALT = re.compile(r"""\salt\s?=\s?(["'])\1""", re.IGNORECASE)
_SRC = re.compile(r"""\ssrc\s?=\s?(["'])([^"'<>]{1,900})\1""", re.IGNORECASE)
_CONTACT = re.compile(r"(?:/[A-Za-z]{2,3}(?:-[A-Za-z]{4})?)?/contact(?:/([^/]*))?/?")
_CHOICES = ("category", "topic")  # the parameters of the contact page that choose one


@dataclass(frozen=True)
class ContactForms:
    """The contact forms articles may link to, as whoever knows the settings tells: by name, '' for the default one,
    the values that can be chosen in each. `base_url` is how links from outside name this help centre. `channels` are
    the kinds of contact channels and `teams` the names of teams there are; None where they are not looked into."""

    base_url: str
    choices: Mapping[str, Collection[str]]
    channels: Collection[str] | None = None
    teams: Collection[str] | None = None


def lint(
    reading: FolderReading, day: date, languages: Sequence[str] = (), forms: ContactForms | None = None
) -> tuple[Finding, ...]:
    """All findings by path and line, parse errors included.

    A translation is missing where a language of `languages` (default: those that have a visible article) lacks an
    article that another one has. Without `forms`, links to the contact form are not looked into.
    """
    found = list(reading.problems)
    for check in CHECKS:
        found += check(reading, day)
    if forms is not None:
        found += _form_links(reading, forms)
        found += _urgent_reach(reading, forms)
    # A draft does not make a language: its articles are being written.
    found += _missing_translations(
        reading, languages or sorted({a.lang for a in reading.articles if a.visible_on(day)})
    )
    return tuple(sorted(dict.fromkeys(found), key=lambda f: (f.path, f.line, f.code, f.message)))


def _links(reading: FolderReading, day: date) -> Iterator[Finding]:
    anchors = {s.article.ref: s.page.anchors for s in reading.sources}
    articles = {s.article.ref: s.article for s in reading.sources}
    known = reading.places.refs if reading.places else frozenset()
    for source in reading.sources:
        lines = _Lines(source)
        for link in source.page.links:
            problem = _link_problem(link, source, anchors, articles, known, day)
            if problem:
                severity, code, message = problem
                yield severity(source.article.source, lines.of_link(link.target), code, message)


_Problem = tuple[Callable[[str, int, str, str], Finding], str, str]


def _link_problem(
    link: Link,
    source: Source,
    anchors: dict[ArticleRef, frozenset[str]],
    articles: dict[ArticleRef, Article],
    known: frozenset[ArticleRef],
    day: date,
) -> _Problem | None:
    if _TEMPLATE.search(link.target):
        return None  # code of another tool, which is a finding of its own
    if link.href is None:
        if not link.target:
            return error, "broken-link", said("The link to nothing leads nowhere: there is no such file.")
        message = said("The link to %(target)s leads nowhere: there is no such file.", target=link.target)
        return error, "broken-link", message
    if link.unknown:
        message = said(
            "The link to %(target)s leads nowhere: no article, file or old address (aliases) is there. If something"
            " else answers at it, write the whole address.",
            target=link.target,
        )
        return error, "broken-link", message
    if link.own_page and link.fragment not in source.page.anchors:
        message = said("There is no heading #%(anchor)s in this article.", anchor=link.fragment)
        return error, "broken-anchor", message
    if link.ref is None:
        return None
    if link.ref not in known:
        message = said("The link to %(target)s leads nowhere: there is no such article.", target=link.target)
        return error, "broken-link", message
    if link.fragment and link.ref in anchors and link.fragment not in anchors[link.ref]:
        there = articles[link.ref].source
        message = said("There is no heading #%(anchor)s in %(path)s.", anchor=link.fragment, path=there)
        return error, "broken-anchor", message
    target, own = articles.get(link.ref), source.article
    if target and own.visible_on(day) and not target.visible_on(day):
        message = said("%(path)s is not shown today; readers who follow this link find nothing.", path=target.source)
        if target.status is Status.DRAFT:
            message = said("%(path)s is a draft; readers who follow this link find nothing.", path=target.source)
        return warning, "link-hidden", message
    if target and target.lang != own.lang:
        translated = next((a for a in articles.values() if a.key == target.key and a.lang == own.lang), None)
        if translated:
            message = said(
                "This links to %(lang)s, but %(path)s is in %(own)s.",
                lang=target.lang, path=translated.source, own=own.lang,
            )  # fmt: skip
            return warning, "link-language", message
    return None


def _form_links(reading: FolderReading, forms: ContactForms) -> Iterator[Finding]:
    for source in reading.sources:
        lines = _Lines(source)
        for link in source.page.links:
            problem = _form_problem(link, forms)
            if problem:
                severity, code, message = problem
                yield severity(source.article.source, lines.of_link(link.target), code, message)


def _form_problem(link: Link, forms: ContactForms) -> _Problem | None:
    """What is wrong with a link to a contact form or to a choice in it; None also for any other link."""
    if link.href is None or link.ref is not None:
        return None
    href = link.href
    if link.external:
        ours = forms.base_url.rstrip("/")
        if not ours or not href.startswith(f"{ours}/"):
            return None
        href = href.removeprefix(ours)
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    contact = _CONTACT.fullmatch(unquote(parts.path))
    if contact is None:
        return None
    form = contact[1] or ""
    if form not in forms.choices:
        message = said(
            "The link to %(target)s leads nowhere: no contact form is named %(form)s.", target=link.target, form=form
        )
        return error, "form-unknown", message
    given = parse_qs(parts.query)
    for chosen in (value for name in _CHOICES for value in given.get(name, [])):
        if chosen not in forms.choices[form]:
            there = ", ".join(sorted(forms.choices[form])) or said("nothing")
            message = said(
                "%(target)s chooses %(choice)s, which the contact form does not offer; it offers %(choices)s.",
                target=link.target, choice=chosen, choices=there,
            )  # fmt: skip
            return error, "form-choice-unknown", message
    return None


def _languages(reading: FolderReading, day: date) -> Iterator[Finding]:
    """Folders that are languages by their name only: `it/` may be a topic."""
    keys: dict[str, set[str]] = defaultdict(set)
    first: dict[str, str] = {}
    for article in reading.articles:
        keys[article.lang].add(article.key)
        first.setdefault(article.lang, article.source)
    for lang, own in keys.items():
        others = set().union(*(k for other, k in keys.items() if other != lang))
        path = first[lang]
        if lang in _WORDS_TOO and others and not own & others and path.startswith(f"{lang}/"):
            message = said(
                "The folder %(lang)s/ is read as a language, since it has the name of one, but none of its articles is"
                " a translation. If it is a topic, give it another name.",
                lang=lang,
            )
            yield warning(path, 1, "language-folder", message)


def _pictures(reading: FolderReading, day: date) -> Iterator[Finding]:
    for source in reading.sources:
        lines = _Lines(source)
        decoration = _decoration(source.page.markdown) if any(not one.alt for one in source.page.images) else ()
        for image in source.page.images:
            problems = [one for one in _picture_problems(image) if one[1] != "no-alt" or image.target not in decoration]
            line = lines.of_image(image.target) if problems else 0
            for severity, code, message in problems:
                yield severity(source.article.source, line, code, message)


def _decoration(markdown: str) -> Collection[str]:
    """The pictures of which their author says that they show nothing: an element with an empty text."""
    tags = (one[0] for one in _IMG.finditer(markdown))
    return {unescape(source[2]) for tag in tags if _NO_ALT.search(tag) and (source := _SRC.search(tag))}


def _picture_problems(image: Image) -> Iterator[_Problem]:
    if _TEMPLATE.search(image.target):
        return
    if image.href is None:
        kinds = ", ".join(sorted(suffix.lstrip(".") for suffix in IMAGE_SUFFIXES))
        message = said(
            "There is no picture %(target)s (pictures are %(kinds)s, beside the article).",
            target=image.target or said("(no name)"), kinds=kinds,
        )  # fmt: skip
        yield error, "missing-image", message
        return
    if image.unknown:
        message = said(
            "There is no file %(target)s, neither in the articles folder nor in the one of the setting kb_static_dir.",
            target=image.target,
        )
        if posixpath.splitext(image.target)[1].lower() in IMAGE_SUFFIXES:
            message = said(
                "There is no picture %(target)s, neither in the articles folder nor in the one of the setting"
                " kb_static_dir.",
                target=image.target,
            )
        yield error, "missing-image", message
    if image.remote:
        message = said(
            "%(target)s is on another site; pages load pictures from this one only. Put it beside the article.",
            target=image.target,
        )
        yield warning, "remote-image", message
    if not image.alt.strip():
        message = said(
            "%(target)s has no text for those who cannot see it: ![what it shows](%(target)s); for mere decoration"
            ' <img src="%(target)s" alt="">.',
            target=image.target,
        )
        yield warning, "no-alt", message


def _headings(reading: FolderReading, day: date) -> Iterator[Finding]:
    for source in reading.sources:
        for anchor in source.page.repeated_ids:
            line = _Lines(source).of_text(f"#{anchor}")
            message = said("#%(anchor)s stands on two headings of this article.", anchor=anchor)
            yield error(source.article.source, line, "duplicate-anchor", message)
        shown = source.article.status is Status.PUBLISHED
        has_text = any(section.text.strip() for section in source.article.sections)
        if shown and not has_text and not source.page.images:
            yield warning(source.article.source, source.header.body_line, "empty", said("The article has no text."))


def _titles(reading: FolderReading, day: date) -> Iterator[Finding]:
    by_title: dict[tuple[str, str], list[Source]] = defaultdict(list)
    for source in reading.sources:
        if source.article.status is Status.PUBLISHED:
            by_title[source.article.lang, " ".join(source.article.title.casefold().split())].append(source)
    for sources in by_title.values():
        first, *others = sources
        for other in others:
            line = other.header.lines.get("title", 1)
            message = said(
                "%(path)s has the same title; readers cannot tell them apart in results.", path=first.article.source
            )
            yield warning(other.article.source, line, "duplicate-title", message)


def _aliases(reading: FolderReading, day: date) -> Iterator[Finding]:
    taken: dict[str, Article] = {}
    pages = {f"/{a.lang}/a/{a.slug}": a for a in reading.articles}
    for source in reading.sources:
        article, line = source.article, source.header.lines.get("aliases", 1)
        for path in article.aliases:
            if path in pages:
                message = said(
                    "The old address %(address)s is the address of %(path)s today; it will not redirect.",
                    address=path, path=pages[path].source,
                )  # fmt: skip
                yield error(article.source, line, "alias-taken", message)
            first = taken.setdefault(path, article)
            if first is not article:
                # The same page on a site for each language, as other tools have them.
                shared = "permalink" in source.header.lines and first.lang != article.lang
                severity = warning if shared or first.key == article.key else error
                message = said(
                    "The old address %(address)s is claimed by %(path)s too; only one of them gets its visitors.",
                    address=path, path=first.source,
                )  # fmt: skip
                yield severity(article.source, line, "duplicate-alias", message)


def _dates(reading: FolderReading, day: date) -> Iterator[Finding]:
    for source in reading.sources:
        article, lines = source.article, source.header.lines
        if article.status is not Status.PUBLISHED:
            continue
        if article.review_by and article.review_by < day:
            message = said("Its review was due on %(day)s. Check it, then move review_by.", day=article.review_by)
            if article.owner:
                message = said(
                    "Its review by %(owner)s was due on %(day)s. Check it, then move review_by.",
                    owner=article.owner, day=article.review_by,
                )  # fmt: skip
            yield warning(article.source, lines.get("review_by", 1), "review-due", message)
        if article.expiry_date and article.expiry_date <= day:
            line = lines.get("expiry_date", lines.get("expiryDate", 1))
            message = said("It has not been shown since %(day)s.", day=article.expiry_date)
            yield warning(article.source, line, "expired", message)


def _summaries(reading: FolderReading, day: date) -> Iterator[Finding]:
    for source in reading.sources:
        length = len(source.article.summary)
        if length > _SHORT_SUMMARY:
            line = source.header.lines.get("summary", source.header.lines.get("description", 1))
            message = said(
                "The summary has %(number)s characters; results and link previews show about 160.", number=length
            )
            yield warning(source.article.source, line, "long-summary", message)


def _outdated_translations(reading: FolderReading, day: date) -> Iterator[Finding]:
    originals = {s.article.key: s.article for s in reading.sources if s.article.slug == s.article.key}
    for source in reading.sources:  # of several with the key as slug, the one that claims no original is the original
        if source.article.slug == source.article.key and not source.header.fields.translation_of:
            originals[source.article.key] = source.article
    refs = {(a.lang, a.key): a for a in reading.articles}
    slugs = {a.slug for a in reading.articles}
    keys: dict[str, int] = defaultdict(int)
    for article in reading.articles:
        keys[article.key] += 1
    for source in reading.sources:
        article, lines = source.article, source.header.lines
        translation_of = source.header.fields.translation_of
        line = next(
            (lines[name] for name in ("translation_of", "translation_key", "translationKey", "key") if name in lines), 1
        )
        if translation_of and translation_of not in slugs and keys[article.key] == 1:
            message = said(
                "translation_of names %(slug)s, but no article has that slug, nor another translation that key.",
                slug=translation_of,
            )
            yield error(article.source, line, "translation-unknown", message)
        if refs[article.lang, article.key] is not article:
            other = refs[article.lang, article.key].source
            message = said(
                "%(path)s is a translation of the same article into %(lang)s.", path=other, lang=article.lang
            )
            yield error(article.source, line, "translation-twice", message)
        original = originals.get(article.key)
        if not original or original is article or not (original.updated and article.updated):
            continue
        if article.updated < original.updated:
            message = said(
                "%(path)s was updated on %(day)s, this translation on %(own)s.",
                path=original.source, day=original.updated, own=article.updated,
            )  # fmt: skip
            yield warning(article.source, lines.get("updated", 1), "translation-outdated", message)


def _pins(reading: FolderReading, day: date) -> Iterator[Finding]:
    articles = {a.ref: a for a in reading.articles}
    for pin in (pin for pins in reading.hints.pins.values() for pin in pins):
        article = articles.get(pin.ref)
        if article is None:
            message = said(
                "There is no article %(slug)s in %(lang)s, so nothing is pinned.", slug=pin.ref.slug, lang=pin.ref.lang
            )
            yield error(pin.path, pin.line, "pin-missing", message)
        elif article.exclude or not article.visible_on(day):
            message = said("%(path)s is not shown today.", path=article.source)
            if article.exclude:
                message = said("%(path)s is kept out of search.", path=article.source)
            yield warning(pin.path, pin.line, "pin-hidden", message)


def _urgent(reading: FolderReading, day: date) -> Iterator[Finding]:
    """Urgent messages: their articles, once each in a language, and complete in all languages that have articles."""
    articles = {a.ref: a for a in reading.articles}
    names: dict[str, UrgentEntry] = {}
    for lang, entries in reading.hints.urgent.items():
        seen: dict[str, UrgentEntry] = {}
        for entry in entries:
            names.setdefault(entry.name, entry)
            first = seen.setdefault(entry.name, entry)
            if first is not entry:
                message = said(
                    "%(name)s stands in line %(line)s already; it is one message for each language.",
                    name=entry.name, line=first.line,
                )  # fmt: skip
                yield error(entry.path, entry.line, "urgent-twice", message)
            for text in sorted({*entry.examples, *entry.words} & set(entry.near_misses)):
                message = said("“%(text)s” is both an example and a near miss.", text=text)
                yield error(entry.path, entry.line_of("not", text), "urgent-both", message)
            article = articles.get(entry.article) if entry.article else None
            if entry.article and article is None:
                message = said(
                    "There is no article %(slug)s in %(lang)s; the message is shown without one.",
                    slug=entry.article.slug, lang=lang,
                )  # fmt: skip
                yield error(entry.path, entry.line_of("article", entry.article.slug), "urgent-article", message)
            elif article and not article.visible_on(day):
                message = said("%(path)s is not shown today; the message is shown without it.", path=article.source)
                yield warning(entry.path, entry.line_of("article", article.slug), "urgent-article", message)
    for lang in sorted({a.lang for a in reading.articles if a.visible_on(day)}):
        have = {entry.name for entry in reading.hints.urgent.get(lang, ())}
        for name, entry in names.items():
            if name not in have:
                message = said(
                    "%(name)s has no message in %(lang)s, where there are articles; it is shown as written here.",
                    name=name, lang=lang,
                )  # fmt: skip
                yield error(entry.path, entry.line, "urgent-language", message)


def _urgent_reach(reading: FolderReading, forms: ContactForms) -> Iterator[Finding]:
    for entry in (entry for entries in reading.hints.urgent.values() for entry in entries):
        if forms.channels is not None and entry.channel not in forms.channels:
            message = said(
                "The setting channels has none of the kind %(channel)s; another one would be shown.",
                channel=entry.channel,
            )
            yield error(entry.path, entry.line_of("channel", entry.channel), "urgent-channel", message)
        if forms.teams is not None and entry.team and entry.team not in forms.teams:
            message = said("There is no team %(team)s; such tickets go where they are routed to.", team=entry.team)
            yield error(entry.path, entry.line_of("team", entry.team), "urgent-team", message)


def _missing_translations(reading: FolderReading, languages: Sequence[str]) -> Iterator[Finding]:
    by_key: dict[str, list[Article]] = defaultdict(list)
    for article in reading.articles:
        if article.status is Status.PUBLISHED:
            by_key[article.key].append(article)
    for key, translations in by_key.items():
        missing = [lang for lang in languages if lang not in {a.lang for a in translations}]
        if missing:
            original = next((a for a in translations if a.slug == key), translations[0])
            message = said("Not translated into %(langs)s.", langs=", ".join(missing))
            yield warning(original.source, 1, "translation-missing", message)


CHECKS: tuple[Check, ...] = (
    _links, _pictures, _headings, _titles, _aliases, _dates, _summaries, _outdated_translations,
    _pins, _urgent, _languages,
)  # fmt: skip


class _Lines:
    """Finds the line of a link's or picture's target in the body. For the same target again it returns the next one.

    Where a target is written is looked for in links, definitions of references and tags, and not in blocks of code.
    """

    def __init__(self, source: Source) -> None:
        self._lines = source.header.body.split("\n")
        self._first = source.header.body_line
        self._at: dict[tuple[str, str], list[int]] | None = None
        self._after: dict[tuple[str, str], int] = {}

    def of_link(self, target: str) -> int:
        return self._of("link", target)

    def of_image(self, target: str) -> int:
        return self._of("image", target)

    def of_text(self, words: str) -> int:
        """The last line that has these words, outside of code if there is one: of an anchor, where it is repeated."""
        found = [n for n, line in enumerate(self._lines) if words in line]
        shown = [n for n in found if n not in self._code()]
        return self._first + ((shown or found or [0])[-1])

    def _of(self, kind: str, target: str) -> int:
        if self._at is None:
            self._at = self._targets()
        wanted = _plain(target)
        # A tool's function, such as useBaseUrl, may have put the slash before it.
        bare = wanted.lstrip("/")
        for key in ((kind, wanted), ("any", wanted), (kind, bare)):
            lines = self._at.get(key, [])
            if lines:
                place = self._after.get(key, 0)
                self._after[key] = place + 1
                return self._first + lines[min(place, len(lines) - 1)]
        written = target or "]()"
        found = [n for n, line in enumerate(self._lines) if written in line]
        shown = [n for n in found if n not in self._code()]
        return self._first + ((shown or found or [0])[0])

    def _code(self) -> frozenset[int]:
        """The numbers of lines in fenced blocks of code."""
        inside: set[int] = set()
        fence = ""
        for number, line in enumerate(self._lines):
            mark = _FENCE.match(line)
            if fence:
                inside.add(number)
                if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                    fence = ""
            elif mark:
                inside.add(number)
                fence = mark[1]
        return frozenset(inside)

    def _targets(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        code = self._code()
        open_brackets: list[bool] = []  # whether each is a picture's; they may span lines
        for number, line in enumerate(self._lines):
            if number in code:
                continue
            if not line.strip():
                open_brackets.clear()
            definition = _DEFINITION.match(line)
            if definition:
                found["any", _plain(definition[1])].append(number)
                continue
            for token in _TOKEN.finditer(line):
                if token[1]:
                    open_brackets.append(token[1].startswith("!"))
                elif token[0].startswith("]"):
                    is_image = open_brackets.pop() if open_brackets else False
                    if target := token[2] or token[3]:
                        found["image" if is_image else "link", _plain(target)].append(number)
                elif token[4]:
                    found["image" if token[4] != "href" else "link", _plain(token[5])].append(number)
                elif token[6]:
                    found["link", _plain(token[6])].append(number)
                elif token[7]:
                    found["image" if token[7] != "href" else "link", _plain(token[8])].append(number)
        return found


_TEMPLATE = re.compile(r"\{[{%]|^\{|%7B(?:%7B|%25)")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]{1,300}\]:[ \t]*<?([^\s<>]{1,2000})")
_TOKEN = re.compile(
    r"""`+[^`\n]{0,500}`+|\\.|(!?\[)|\](?:\([ \t]*(?:<([^<>\n]{0,2000})>|([^\s)"']{0,2000})))?"""
    r"""|\b(src|href|poster)=["']([^"'\n]{0,2000})["']|<(https?://[^\s<>]{1,2000})>"""
    r"""|\b(src|href|poster)=\{[^{}"'\n]{0,100}["']([^"'\n]{0,2000})["']"""
)


def _plain(target: str) -> str:
    """A target as it is compared: entities and percent signs read, a backslash before a mark left out."""
    return unquote(_ESCAPED.sub(r"\1", unescape(target)).strip())


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
