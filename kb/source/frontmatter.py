"""Parses an article's front matter (YAML header) into typed fields, with every problem listed by line.

Accepts the names Hugo, Docusaurus and MkDocs use for the same fields (see FIELDS), in capitals or not. Their keys
without a counterpart here are ignored; any other unknown key is a warning that suggests the nearest name. Wrong types
are errors, because YAML's implicit typing (`tags: [no]` is `false`) would otherwise be published. Whatever says in
another tool that a page is not public makes a draft of it here. Headers in TOML (`+++`, `---toml`) and JSON (`{`,
`;;;`, `---json`), and those below a blank line or a comment, are read too, with a warning.

A file that something has happened to (a merge conflict, a pointer of Git in place of the text, a header whose first
line was damaged) is an error: what is published of it stays, and a draft does not become public with it.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

import yaml

from core.texts.languages import UnknownLanguage, canonical
from core.texts.said import Said, said
from kb.findings import Finding, error, warning
from kb.models import Status
from kb.source.yaml_nesting import refuse_deep

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml: the same rules, slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

_FENCE = "---"
_NAMED_FENCE = re.compile(r"---[ \t]*(ya?ml|toml|json)[ \t]*", re.IGNORECASE)
_BEFORE = re.compile(r"(?:[ \t]*\n|<!--.*?-->[ \t]*\n)+", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_][\w-]{0,40})[ \t]*:(?:[ \t]|$)")
_MAX_HEADER = 64 * 1024
_DAMAGED_FENCE = re.compile(r"[ \t]*(?:-{3,}|[\u2013\u2014]{1,3})[ \t]*")
_OF_HEADERS = re.compile(r"(?:[A-Za-z_][\w-]{0,40}[ \t]*:(?:[ \t]|$)|[ \t]|-[ \t]|#|$)")
_TELLING = frozenset({"title", "status", "draft", "published", "slug"})
_PATH = re.compile(r"(?:[\w.-]{1,100}/){0,20}[\w.-]{1,100}\.(?:md|mdx|markdown)")
_LFS = "version https://git-lfs.github.com/spec/"
_CODE = re.compile(r"[ \t>]{0,20}(`{3,}|~{3,})")


@dataclass(frozen=True)
class Fields:
    """The fields of a header, before defaults are taken from the path. None or empty: not set."""

    title: str = ""
    slug: str = ""
    url: str = ""
    lang: str = ""
    translation_of: str = ""
    category: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    status: Status = Status.PUBLISHED
    publish_date: date | None = None
    expiry_date: date | None = None
    review_by: date | None = None
    updated: date | None = None
    owner: str = ""
    aliases: tuple[str, ...] = ()
    audience: str = ""
    boost: float = 1.0
    exclude: bool = False
    handoff: str = ""
    position: int | None = None
    archived: bool = False


@dataclass(frozen=True)
class Header:
    """`lines` gives the line of each key as it was written in the file, and of each question under `questions[i]`."""

    fields: Fields
    findings: tuple[Finding, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1


class _WrongType(Exception):
    """`str(error)` completes the sentence “<key> …”."""


@dataclass(frozen=True)
class FieldRow:
    """One field: its own name first, then its aliases in other tools, by precedence."""

    names: tuple[str, ...]
    read: Callable[[Any], Any]
    kind: str
    help: str

    @property
    def name(self) -> str:
        return self.names[0]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool | int | float | date):
        raise _WrongType(said("must be text; YAML read %(value)s. Put it in quotes", value=_shown(value)))
    raise _WrongType(said("must be text, not a list or a mapping"))


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value),) if value.strip() else ()
    if not isinstance(value, list):
        raise _WrongType(said("must be a list of texts, not %(value)s", value=_shown(value)))
    return tuple(t for t in (_text(item) for item in value) if t)


def _words(value: Any) -> tuple[str, ...]:
    # MkDocs and older Docusaurus pages write `tags: one, two`.
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return _texts(value)


def _category(value: Any) -> str:
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    return _text(value)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip()).date()
        except ValueError:
            pass
    raise _WrongType(said("must be a date like 2026-03-10, not %(value)s", value=_shown(value)))


def _last_update(value: Any) -> date:
    return _day(value.get("date") if isinstance(value, dict) else value)


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _WrongType(said("must be true or false, not %(value)s", value=_shown(value)))


class _Ignored(Exception):
    """The value means something to another tool only. `str(error)` completes the sentence “<key> …”."""


def _status(value: Any) -> Status:
    written = _text(value).lower()
    if written in _STATUS_ELSEWHERE:
        raise _Ignored(
            said(
                "is %(value)s, which is another tool's badge, and was passed over; here it is draft or published",
                value=written,
            )
        )
    try:
        return Status(written)
    except ValueError:
        raise _WrongType(said("must be draft or published, not %(value)s", value=_shown(value))) from None


def _is_private(value: Any) -> bool:
    """Whether `visibility: …` says that not everybody may read it; what it says otherwise is not guessed at."""
    return value is not True and _text(value).lower() not in {"public", "published", "everyone", "visible", "shown"}


def _is_not_built(value: Any) -> bool:
    """Hugo's `build: {render: never}`, which writes no page."""
    if not isinstance(value, dict):
        raise _Ignored(said("means something to another tool only, and was passed over"))
    return value.get("render") in {"never", False} or value.get("list") == "never"


def _published(value: Any) -> bool | date:
    # Jekyll and VuePress write true or false; some write the day there.
    if isinstance(value, date):
        return _day(value)
    return _yes_or_no(value)


def _addresses(value: Any) -> tuple[str, ...] | bool:
    """Addresses by other tools' names. False, Eleventy's way to write no page, is kept."""
    if isinstance(value, bool):
        return value
    try:
        return _texts(value)
    except _WrongType as wrong:
        raise _Ignored(said("%(what)s, and was passed over", what=wrong.args[0])) from None


def _questions(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        raise _Ignored(said("has a table in its list (a question with a colon needs quotes), and was passed over"))
    return _texts(value)


def _order(value: Any) -> int:
    try:
        return (
            int(value) if isinstance(value, str) and re.fullmatch(r" {0,9}-?\d{1,9} {0,9}", value) else _number(value)
        )
    except _WrongType as wrong:
        raise _Ignored(said("%(what)s, and was passed over", what=wrong.args[0])) from None


def _changed(value: Any) -> date:
    if isinstance(value, str):
        words = " ".join(word for word in value.split() if word != "UTC")
        for form in ("%a %b %d %H:%M:%S %Y", "%a %b %d %Y", "%b %d %Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y"):
            try:
                return datetime.strptime(words, form).date()  # noqa: DTZ007 - only its day is taken
            except ValueError:
                continue
    try:
        return _last_update(value)
    except _WrongType as wrong:
        raise _Ignored(said("%(what)s, and was passed over", what=wrong.args[0])) from None


def _lang(value: Any) -> str:
    try:
        return canonical(_text(value))
    except UnknownLanguage as unknown:
        raise _WrongType(said("is wrong: %(reason)s", reason=unknown)) from None


def _number(value: Any) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    raise _WrongType(said("must be a number, not %(value)s", value=_shown(value)))


def _search(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"exclude": not value}
    if not isinstance(value, dict):
        raise _WrongType(said("must hold boost: and exclude:, for example\nsearch:\n  boost: 2"))
    boost, exclude = value.get("boost", 1.0), value.get("exclude", False)
    if isinstance(boost, bool) or not isinstance(boost, int | float) or not 0 < boost <= 10:
        raise _WrongType(said("has a boost that is not a number above 0 and up to 10: %(value)s", value=_shown(boost)))
    if not isinstance(exclude, bool):
        raise _WrongType(said("has an exclude that is not true or false: %(value)s", value=_shown(exclude)))
    return {"boost": float(boost), "exclude": exclude}


FIELDS: tuple[FieldRow, ...] = (
    FieldRow(("title",), _text, "text", "What the article is called, on its page and in results."),
    FieldRow(("slug", "url", "id"), _text, "text", "The end of its address. Default: the file's name."),
    FieldRow(("lang", "language", "locale"), _lang, "language tag", "Default: the folder's name."),
    FieldRow(
        ("translation_of", "translation_key", "translationKey", "key"), _text, "text",
        "The slug of the article this one translates, or a key all translations share. Default: its own slug.",
    ),
    FieldRow(("category", "categories"), _category, "text", "Default: the folder below the language."),
    FieldRow(("summary", "description"), _text, "text", "One sentence for results and link previews."),
    FieldRow(("tags", "keywords"), _words, "list", "Words that group articles; keywords are added to them."),
    FieldRow(("questions",), _questions, "list", "Real questions this article must answer; lint tries each of them."),
    FieldRow(("synonyms",), _words, "list", "Other words customers use for the same thing."),
    FieldRow(("status",), _status, "draft or published", "A draft is on no page and in no result."),
    FieldRow(("draft", "isDraft"), _yes_or_no, "true or false", "The other way to write status."),
    FieldRow(("published", "publish"), _published, "true or false", "`false` makes a draft of it."),
    FieldRow(
        ("unlisted", "hidden", "private", "headless"), _yes_or_no, "true or false",
        "`true` makes a draft of it: nobody sees it.",
    ),
    FieldRow(
        ("archived",), _yes_or_no, "true or false",
        "`true` makes a draft of it that was put away: the file is kept, and the library tells it from drafts.",
    ),
    FieldRow(("visibility",), _is_private, "text", "Anything but `public` makes a draft of it."),
    FieldRow(("build", "_build"), _is_not_built, "mapping", "`render: never` makes a draft of it."),
    FieldRow(
        ("machine_translated",), _yes_or_no, "true or false",
        "`true` makes a draft of it: a machine translated it, and nobody has read it yet.",
    ),
    FieldRow(("publish_date", "publishDate", "date"), _day, "date", "Not shown before this day."),
    FieldRow(("expiry_date", "expiryDate"), _day, "date", "Not shown from this day on."),
    FieldRow(("updated", "lastmod", "last_update"), _last_update, "date", "The “last updated” readers see."),
    FieldRow(("review_by",), _day, "date", "After this day lint asks for a review."),
    FieldRow(("owner",), _text, "text", "The team that keeps it right."),
    FieldRow(("aliases",), _texts, "list", "Old addresses; visitors of them are redirected here."),
    FieldRow(
        ("redirect_from", "permalink"), _addresses, "list", "Addresses it has in other tools, added to its aliases.",
    ),
    FieldRow(("audience",), _text, "text", "everyone, or the name of one group."),
    FieldRow(("search",), _search, "boost and exclude", "boost multiplies its score; exclude keeps it out of search."),
    FieldRow(("handoff",), _text, "text", "The team that gets the question when this did not help."),
    FieldRow(("position", "weight", "sidebar_position"), _number, "number", "Its place in the category, lowest first."),
    FieldRow(("redirect_to",), _addresses, "text", "The page only leads elsewhere: a draft here, with a finding."),
    FieldRow(("nav_order", "order"), _order, "number", "The same, where `position` is not given."),
    FieldRow(("last_updated", "lastUpdated"), _changed, "date", "The same as `updated`, where that is not given."),
)  # fmt: skip

# Keys of other tools without a counterpart here. They are not mistakes, so there is no warning.
_IGNORED_NAMES = """
    api asyncapi author authors banner breadcrumb breadcrumbs cSpell cascade comments contentType content_type
    contributors cover coverY cover_image created cspell css cssclass cssclasses custom_edit_url defaultTool
    deprecated description_meta displayed_sidebar editLink editUrl eleventyComputed eleventyExcludeFromCollections
    eleventyImport eleventyNavigation email faq featuredLinks feedback footer geekdocCollapseSection github_link
    grand_parent has_children has_toc head headerDepth heading hero hide hide_description hide_next
    hide_table_of_contents hide_title icon iconType image image_alt images include_yaml introLinks isCJKLanguage
    isHome kind layout linkTitle linktitle markmap markup math menu menu_title menus meta miniTocMaxHeadingLevel
    mode modified nav nav_exclude nav_title navbar navigation next no_list noindex og openapi outline outputs
    pageClass pageInfo pageType page_title pagefind pagination pagination_label pagination_next pagination_prev
    params parent parse_number_prefixes permissions pinned prev prev_next product products related resources robots
    rss section seo series shortTitle shorttitle showMiniToc sidebar sidebarDepth sidebarTitle sidebar_class_name
    sidebar_custom_props sidebar_key sidebar_label sidebar_link sidebar_title sitemap slug_translations splash
    subtitle tableOfContents table_of_contents tag template theme timeEstimate title_meta toc toc_hide toc_icon
    toc_max_heading_level toc_min_heading_level toc_root topics translation type uid unversionedId version versions
    videos
"""
IGNORED = frozenset(_IGNORED_NAMES.split())
_IGNORED_PREFIXES = ("ms.", "og:", "twitter:", "head.", "hide_", "sidebar_", "toc_")
# What `status` says in other tools about a page that is public. Any other value is an error: nothing is published on
# a guess.
_STATUS_ELSEWHERE_WORDS = """
    new deprecated updated stable beta alpha experimental preview ga live public active current final approved reviewed
    complete completed done evergreen maintained legacy
"""
_STATUS_ELSEWHERE = frozenset(_STATUS_ELSEWHERE_WORDS.split())

_ROWS = {name: row for row in FIELDS for name in row.names}


def _folded(key: str) -> str:
    return re.sub(r"[_-]", "", key).lower()


# Hugo and others do not mind capitals: `Draft: true` must not be published because of one.
_NAMES = {_folded(name): name for name in reversed(_ROWS)}


def read(text: str, path: str) -> Header:
    """Parse a file's text into header and body. Never raises: problems are in the Header's findings."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if line := _conflict(text):
        message = said(
            "Git left a merge conflict here (<<<<<<<): what the article says is not decided. Choose one side."
        )
        return Header(Fields(), (error(path, line, "merge-conflict", message),), body="", body_line=1)
    before = _BEFORE.match(text)
    if before and _begins_with_header(text[before.end() :]):
        message = said("The header must be the first thing in the file. What stands before it was passed over.")
        found = warning(path, 1, "front-matter-late", message)
        return _moved_down(_read(text[before.end() :], path), before[0].count("\n"), found)
    return _read(text, path)


def _read(text: str, path: str) -> Header:
    first, _, rest = text.partition("\n")
    first = first.rstrip()
    if first == "+++":
        return _read_other(text, rest, "+++", "TOML", path)
    if named := _NAMED_FENCE.fullmatch(first):
        kind = named[1].upper()
        if kind != "YAML" and kind != "YML":
            return _read_other(text, rest, _FENCE, kind, path)
    elif first == ";;;":
        return _read_other(text, rest, ";;;", "JSON", path)
    elif re.match(r"\{[ \t]*(?:\"|$)", first):
        return _read_braces(text, path)
    elif first != _FENCE:
        damage = _damage(text, path)
        return Header(Fields(), damage, body="" if damage else text, body_line=1)
    lines = rest.split("\n")
    end = next((i for i, line in enumerate(lines) if line.rstrip() in {_FENCE, "..."}), None)
    if end is None:
        message = said("The header begins with %(mark)s but no second %(mark)s line ends it.", mark=_FENCE)
        found = error(path, 1, "front-matter-open", message)
        return Header(Fields(), (found,), body="", body_line=1)
    header, body = "\n".join(lines[:end]), "\n".join(lines[end + 1 :])
    parsed, findings, where = _parse(header, path)
    return Header(parsed, findings, where, body, body_line=end + 3)


def _conflict(text: str) -> int:
    """The line where Git left both sides of a merge, 0 if it did not; code is passed over."""
    if not text.startswith("<<<<<<< ") and "\n<<<<<<< " not in text:
        return 0
    began, divided, fence = 0, False, ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _CODE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not line[mark.end() :].strip() else fence
        elif mark:
            fence = mark[1]
        elif line.startswith("<<<<<<< "):
            began, divided = number, False
        elif began and line == "=======":
            divided = True
        elif divided and line.startswith(">>>>>>> "):
            return began
    return 0


def _damage(text: str, path: str) -> tuple[Finding, ...]:
    """Why a text without a header is not what its author wrote; nothing for almost all."""
    if text.startswith(_LFS):
        message = said(
            "This is a pointer of Git LFS in place of the article. Have `git lfs pull` run where the folder is."
        )
        return (error(path, 1, "not-checked-out", message),)
    if _PATH.fullmatch(text.strip()[:4000]):
        message = said(
            "It holds nothing but the path of another file: a link that Git wrote as a file. Write the article here."
        )
        return (error(path, 1, "not-checked-out", message),)
    lines = text[:_MAX_HEADER].split("\n")
    first = next((i for i, line in enumerate(lines[:5]) if _CODE.match(line) or _DAMAGED_FENCE.fullmatch(line)), None)
    if first is None or _CODE.match(lines[first]):
        return ()
    if any(line.strip() and not line.startswith(("<", "#", "/", "{")) for line in lines[:first]):
        return ()  # a heading that is underlined, or text above a rule
    keys = set()
    for line in lines[first + 1 :]:
        if _DAMAGED_FENCE.fullmatch(line):
            break
        if not _OF_HEADERS.match(line):
            return ()
        keys.add(_folded(line.partition(":")[0].strip()[:40]))
    else:
        return ()
    if not keys & _TELLING:
        return ()
    message = said(
        "This looks like a header, but one begins with --- in the first line: whether it is a draft is not clear."
    )
    return (error(path, first + 1, "front-matter-damaged", message),)


def _begins_with_header(text: str) -> bool:
    """Whether these are a line `---`, lines of which one names a field, and another `---`: no rule above a text."""
    first, _, rest = text.partition("\n")
    if first.rstrip() not in {_FENCE, "+++", ";;;"} and not _NAMED_FENCE.fullmatch(first.rstrip()):
        return False
    header, closed, _ = f"\n{rest}\n"[:_MAX_HEADER].partition(
        "\n" + ("---" if first.startswith("---") else first.rstrip())
    )
    keys = (re.split(r"[ \t]*[:=]", line, maxsplit=1)[0].strip(" \t\"'") for line in header.split("\n"))
    return bool(closed) and any(_folded(key[:40]) in _NAMES for key in keys)


def _moved_down(header: Header, lines: int, found: Finding) -> Header:
    """The header of a text that begins so many lines further down."""
    return Header(
        header.fields,
        (found, *(replace(f, line=f.line + lines) for f in header.findings)),
        {key: line + lines for key, line in header.lines.items()},
        header.body,
        header.body_line + lines,
    )


def _read_braces(text: str, path: str) -> Header:
    """A JSON header without fences, as Hugo has it."""
    try:
        values, end = json.JSONDecoder().raw_decode(text[:_MAX_HEADER])
    except (ValueError, RecursionError):
        values, end = None, 0
    if not isinstance(values, dict):
        # Whether it is a draft cannot be known, so it is not shown.
        message = said("The file begins like a JSON header that cannot be read. Write it as YAML between --- lines.")
        return Header(Fields(), (error(path, 1, "front-matter-json", message),), body="", body_line=1)
    lines = text[:end].split("\n")
    return _of_values(values, "JSON", lines, text[end:].removeprefix("\n"), len(lines) + 1, path, first_line=1)


def _read_other(text: str, rest: str, fence: str, kind: str, path: str) -> Header:
    """A header in TOML or JSON between lines like `fence`."""
    lines = rest.split("\n")
    end = next((i for i, line in enumerate(lines) if line.rstrip() == fence), None)
    if end is None:
        message = said("The header begins with %(mark)s but no second %(mark)s line ends it.", mark=fence)
        found = error(path, 1, "front-matter-open", message)
        return Header(Fields(), (found,), body="", body_line=1)
    body, written = "\n".join(lines[end + 1 :]), "\n".join(lines[:end])
    try:
        if len(written) > _MAX_HEADER:
            raise ValueError
        refuse_deep(written)
        # Hexo's JSON has no braces of its own.
        braced = written if written.lstrip().startswith("{") else f"{{{written}}}"
        values = tomllib.loads(written) if kind == "TOML" else json.loads(braced)
    except (ValueError, RecursionError, yaml.YAMLError):
        # Whether it is a draft cannot be known, so it is not shown.
        message = said(
            "The header is %(kind)s (%(mark)s) that cannot be read. Write it as YAML.", kind=kind, mark=fence
        )
        found = error(path, 2, "front-matter-toml", message)
        if kind == "JSON":
            found = error(path, 2, "front-matter-json", message)
        return Header(Fields(), (found,), body=body, body_line=end + 3)
    return _of_values(values, kind, lines[:end], body, end + 3, path, first_line=2)


def _of_values(
    values: dict[str, Any], kind: str, lines: list[str], body: str, body_line: int, path: str, *, first_line: int
) -> Header:
    """Values of another notation, written again as YAML, so that there is one reader of fields."""
    parsed, findings, where = _parse(json.dumps(values, ensure_ascii=False, default=str), path)
    own_lines: dict[str, int] = {}
    for number, line in enumerate(lines, first_line):
        own_lines.setdefault(re.split("[=:]", line, maxsplit=1)[0].strip(" \t\"'{,"), number)
    moved = tuple(replace(f, line=_own_line(f.message, own_lines)) for f in findings)
    message = said(
        "The header is %(kind)s. It was read, but write it as YAML between --- lines: lint can then name lines.",
        kind=kind,
    )
    found = warning(path, 1, "front-matter-toml", message)
    if kind == "JSON":
        found = warning(path, 1, "front-matter-json", message)
    return Header(parsed, (found, *moved), {key: own_lines.get(key, 1) for key in where}, body, body_line)


def _own_line(message: str, lines: dict[str, int]) -> int:
    return lines.get(message.partition(" ")[0], 1)


def _parse(header: str, path: str) -> tuple[Fields, tuple[Finding, ...], dict[str, int]]:
    if len(header) > _MAX_HEADER:
        return Fields(), (error(path, 1, "front-matter-size", said("The header is larger than 64 kB.")),), {}
    try:
        refuse_deep(header)
    except yaml.YAMLError as problem:
        return Fields(), (error(path, 1, "front-matter-yaml", _explain(problem)),), {}
    loader = Loader(header)
    try:
        node = loader.get_single_node()
        if node is None:
            return Fields(), (), {}
        if not isinstance(node, yaml.MappingNode):
            found = error(
                path, node.start_mark.line + 2, "front-matter-shape", said("The header must hold `key: value` lines.")
            )
            return Fields(), (found,), {}
        return _collect(loader, node, path)
    except yaml.YAMLError as problem:
        # For an unclosed list YAML's problem mark is the end of the file; its context mark is where the list begins.
        context = getattr(problem, "context", None) or ""
        open_ended = "parsing a flow" in context or "quoted scalar" in context
        mark = getattr(problem, "context_mark" if open_ended else "problem_mark", None)
        line = min(mark.line if mark else 0, header.count("\n")) + 2
        return Fields(), (error(path, line, "front-matter-yaml", _explain(problem)),), {}
    finally:
        loader.dispose()


def _collect(loader: Any, node: yaml.MappingNode, path: str) -> tuple[Fields, tuple[Finding, ...], dict[str, int]]:
    findings: list[Finding] = []
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 2  # 1 for the --- line, 1 to count from one
        if key in lines:
            findings.append(error(path, line, "front-matter-repeated", _twice(key, lines[key])))
            continue
        lines[key] = line
        if key not in _ROWS and key not in IGNORED and (name := _NAMES.get(_folded(key))):
            if name in lines:
                findings.append(error(path, line, "front-matter-repeated", _twice(key, lines[name])))
                continue
            key, lines[name] = name, line
        row = _ROWS.get(key)
        if row is None:
            if key not in IGNORED and not key.startswith(_IGNORED_PREFIXES):
                findings.append(warning(path, line, "front-matter-unknown", _unknown(key)))
            continue
        if isinstance(value_node, yaml.SequenceNode):
            lines.update({f"{row.name}[{i}]": item.start_mark.line + 2 for i, item in enumerate(value_node.value)})
        try:
            value = loader.construct_object(value_node, deep=True)
        except (yaml.YAMLError, ValueError) as problem:
            findings.append(error(path, line, "front-matter-value", _unreadable(key, problem)))
            continue
        if value is None:
            continue  # `owner:` with nothing behind it is a form not filled in yet
        try:
            values[key] = row.read(_nested_date(value) if key == "date" else value)
        except _WrongType as wrong:
            findings.append(error(path, line, "front-matter-type", _of_field(key, wrong)))
        except _Ignored as ignored:
            findings.append(warning(path, line, "front-matter-ignored", _of_field(key, ignored)))
    return _assemble(values), tuple(findings + _contradictions(values, lines, path)), lines


def _nested_date(value: Any) -> Any:
    # MkDocs Material's blog writes `date: {created: …, updated: …}`; the day it was made is the one that counts.
    return value.get("created") if isinstance(value, dict) else value


def _assemble(values: dict[str, Any]) -> Fields:
    header: dict[str, Any] = {}
    for row in FIELDS:
        given = [values[name] for name in row.names if name in values]
        if given:
            header[row.name] = given[0]
    if "tags" in values and "keywords" in values:
        header["tags"] = tuple(dict.fromkeys(values["tags"] + values["keywords"]))
    if "url" in values:
        header["url"] = values["url"]
    header |= header.pop("search", {})
    header.pop("redirect_from", None)
    header.pop("redirect_to", None)
    moved = [values[name] for name in ("redirect_from", "permalink") if name in values]
    # From the top of the site, also without the slash: an alias without one is beside its article.
    elsewhere = [
        path if path.startswith("/") or "://" in path else f"/{path}"
        for paths in moved if isinstance(paths, tuple) for path in paths
    ]  # fmt: skip
    if elsewhere:
        header["aliases"] = tuple(dict.fromkeys((*header.get("aliases", ()), *elsewhere)))
    published = [values[name] for name in ("published", "publish") if name in values]
    for day in published:
        if isinstance(day, date):
            header.setdefault("publish_date", day)
    hidden = any(values.get(name) is True for name in _HIDING) or values.get("redirect_to")
    if header.pop("draft", False) or hidden or False in published or values.get("permalink") is False:
        header["status"] = Status.DRAFT
    if (order := header.pop("nav_order", None)) is not None:
        header.setdefault("position", order)
    if (changed := header.pop("last_updated", None)) is not None:
        header.setdefault("updated", changed)
    known = {f.name for f in fields(Fields)}
    return Fields(**{name: value for name, value in header.items() if name in known})


_HIDING = (
    "unlisted", "hidden", "private", "headless", "archived", "visibility", "build", "_build", "machine_translated",
)  # fmt: skip
# Keys that make a draft, with the value that does.
_NOT_PUBLIC = {
    "draft": True, "isDraft": True, **dict.fromkeys(_HIDING, True), "published": False, "publish": False,
    "permalink": False,
}  # fmt: skip


def _contradictions(values: dict[str, Any], lines: dict[str, int], path: str) -> list[Finding]:
    found = []
    header = _assemble(values)
    if values.get("redirect_to"):
        message = said(
            "redirect_to makes no redirect here, and the page is not shown. Add its address to the aliases there."
        )
        found.append(warning(path, lines["redirect_to"], "redirect-page", message))
    stated = values.get("status") is Status.PUBLISHED or (values.get("draft") is False and "status" not in values)
    if stated and header.status is Status.DRAFT and not values.get("redirect_to"):
        names = [name for name in _NOT_PUBLIC if values.get(name) is _NOT_PUBLIC[name]]
        name = names[0] if names else "draft"
        other = "status: published" if values.get("status") is Status.PUBLISHED else "draft: false"
        message = said(
            "%(one)s and %(other)s contradict each other; it stays a draft.",
            one=f"{name}: {str(_NOT_PUBLIC[name]).lower()}", other=other,
        )  # fmt: skip
        found.append(warning(path, lines[name], "front-matter-contradiction", message))
    if header.publish_date and header.expiry_date and header.expiry_date <= header.publish_date:
        line = lines.get("expiry_date") or lines.get("expiryDate", 1)
        found.append(
            error(path, line, "dates-reversed", said("It expires before it is published, so nobody would ever see it."))
        )
    return found


def _twice(key: str, line: int) -> Said:
    return said("%(field)s is written twice (first in line %(line)s).", field=key, line=line)


def _unreadable(key: str, problem: Exception) -> Said:
    return said("%(field)s cannot be read: %(reason)s", field=key, reason=_explain(problem))


def _of_field(key: str, wrong: "_WrongType | _Ignored") -> Said:
    return said("%(field)s %(what)s.", field=key, what=wrong.args[0])


def _unknown(key: str) -> Said:
    near = difflib.get_close_matches(key.lower(), [name.lower() for name in _ROWS], n=1, cutoff=0.7)
    written = next((name for name in _ROWS if near and name.lower() == near[0]), None)
    if written:
        return said("%(field)s is not a field and was passed over. Did you mean %(name)s?", field=key, name=written)
    return said(
        "%(field)s is not a field and was passed over. See docs/authors/front-matter.md for the names there are.",
        field=key,
    )


def _explain(problem: Exception) -> Said:
    reason = getattr(problem, "problem", None) or str(problem)
    if "mapping values are not allowed" in reason:
        return said("a value with a colon in it needs quotes around it.")
    if "cannot start any token" in reason:
        return said("a value that starts with @, ` or a tab needs quotes around it.")
    return said("not valid YAML here: %(reason)s.", reason=reason)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return said("true or false (write yes and no in quotes)")
    if isinstance(value, list):
        return said("a list")
    if isinstance(value, dict):
        return said("a mapping")
    return repr(value if not isinstance(value, str) else value[:40])
