"""Pure: derives language, category and slug of an article from its file path."""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import unquote, urlsplit

from core.texts.languages import UnknownLanguage, canonical
from kb.slugs import slugify

# A folder is a language only if its name begins with an ISO 639-1 code: `faq` and `api` are valid BCP 47 tags too.
_ISO_639_1_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
    sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_ISO_639_1 = frozenset(_ISO_639_1_CODES.split())
GENERAL = "general"
_GENERAL_TITLES = {"tr": "Genel", "zh-Hant": "一般", "zh-Hans": "一般"}


# Files that are the page of the folder they lie in.
FOLDER_PAGES = ("index", "_index", "readme")

_NUMBER = re.compile(r"(\d{1,3})(\s*[.)]\s*|\s*[-_]+\s*|\s+)(?=[^\W\d_])")
# `2-step-verification` begins with a number that belongs to it: what it counts follows.
_COUNTED_WORDS = """
    bit bits button buttons centimetre click clicks column columns core day days digit digits dimensional factor fold
    gb hour hours hr hrs inch item items kg letter letters level levels line lines lite mb minute minutes min mins mm
    month months of or part parts percent person phase pin piece pieces point port sided star stars step steps tier
    time times to user users way ways week weeks word words x year years
"""
_COUNTED = frozenset(_COUNTED_WORDS.split())
_FIRST_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Place:
    """`lang` is '' where the path names no language. `folders` are those of the category as written, outermost first;
    `name` is the file's without its number, which is `number`. `page`: the file is the page of its folder."""

    lang: str
    folders: tuple[str, ...]
    name: str
    number: int | None = None
    page: bool = False

    @property
    def folder(self) -> str:
        """The innermost folder, without its number; '' for none."""
        return without_number(self.folders[-1])[0] if self.folders else ""

    @cached_property
    def category(self) -> str:
        """The slug of the category the folders stand for, its levels joined by slashes; '' for none."""
        return category_of(self.folders)


def place_of(path: str, title: str = "") -> Place:
    """`<lang>/<category>/…/<name>[.<lang>].md`, with every part but the name optional. `title` is the article's, if it
    is known: a number it begins with belongs to the name."""
    *folders, file = path.split("/")
    name = posixpath.splitext(file)[0]
    lang = language_of(folders[0]) if folders else ""
    if lang:
        folders = folders[1:]
    stem, dot, suffix = name.rpartition(".")
    if dot and not lang and language_of(suffix):
        lang, name = language_of(suffix), stem
    if name.lower() in FOLDER_PAGES and folders:
        name, number = without_number(folders[-1])
        return Place(lang, tuple(folders), name, number, page=True)
    name, number = without_number(name, title)
    return Place(lang, tuple(folders), name, number, page=name.lower() in FOLDER_PAGES)


def category_of(folders: Iterable[str]) -> str:
    """The slug of a category by its folders as written; those of which no address can be made are left out."""
    return "/".join(slug for slug in map(slug_of, folders) if slug)


def category_slug(written: str) -> str:
    """The slug of the category a header names: `setup/network` is one in another, `A/B testing` is one word."""
    parts = written.strip("/").split("/")
    if len(parts) > 1 and all(part and slugify(part) == part for part in parts):
        return "/".join(parts)
    return slugify(written)


@lru_cache(maxsize=50_000)
def slug_of(name: str) -> str:
    """The slug of one folder's name, or of a file's, without its number."""
    return slugify(without_number(name)[0])


def without_number(name: str, title: str = "") -> tuple[str, int | None]:
    """The name of a file or folder without the number that orders it: `01-intro`, `2. Setup`, `3_more`.

    A number that belongs to the name stays: `2-step-verification`, `7-eleven` with that title, `2024-11-plan`.
    """
    found = _NUMBER.match(name)
    if found is None:
        return name, None
    digits, separator = found[1], found[2].strip()
    ordered = separator in {".", ")"} or digits.startswith("0")
    if not ordered:
        word = _FIRST_WORD.match(name, found.end())
        counts = word is not None and (len(word[0]) == 1 or word[0].lower() in _COUNTED)
        if not separator or len(digits) > 2 or counts or re.match(rf"{digits}(?![\d.):]|\s*[.):])", title.strip()):
            return name, None
    return name[found.end() :], int(digits)


@lru_cache(maxsize=10_000)
def language_of(folder: str) -> str:
    """The canonical tag a folder's name stands for, '' when it is no language."""
    try:
        tag = canonical(folder)
    except UnknownLanguage:
        return ""
    return tag if tag.split("-")[0] in _ISO_639_1 else ""


def humanise(name: str) -> str:
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def general_title(lang: str) -> str:
    return _GENERAL_TITLES.get(lang, "General")


def is_slug(written: str) -> bool:
    """Whether an address can end with this as it was typed: one part, of words and hyphens."""
    return not any(mark in written for mark in "/\\.") and usable_slug(written) != ""


def topic_path(written: str) -> str:
    """The address of the topic somebody names, with / before one inside of another; '' for what is none, such as
    `../x` or `.git/hooks`."""
    parts = [part.strip() for part in written.strip().strip("/").split("/")]
    slugs = [slugify(part) for part in parts]
    return "" if any(mark in written for mark in "\\.") or not all(slugs) else "/".join(slugs)


def usable_slug(written: str) -> str:
    """The slug as written if it is valid in a URL, else the nearest valid one ('' if there is none)."""
    last = written.rstrip("/").rsplit("/", 1)[-1]
    plain = last.replace("-", "").replace("_", "")
    return last if plain.isalnum() and last == last.lower() else slugify(last)


def alias_path(alias: str, lang: str) -> str:
    """An alias as a URL path. A bare word is an old slug in the same language; '' for what is no address, such as a
    template of another tool."""
    try:
        path = unquote(urlsplit(alias.strip()).path)
    except ValueError:
        return ""
    if not path or any(mark in path for mark in "{}<>\n"):
        return ""
    if "/" not in path:
        return f"/{lang}/a/{path}"
    return "/" + path.removesuffix("/index.html").removesuffix("/index.htm").strip("/")
