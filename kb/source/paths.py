"""Pure: derives language, category and slug of an article from its file path."""

import posixpath
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Place:
    """`lang` is '' where the path names no language. `folder` is the category's folder as written, '' for none."""

    lang: str
    folder: str
    name: str


def place_of(path: str) -> Place:
    """`<lang>/<category>/…/<name>[.<lang>].md`, with every part but the name optional."""
    *folders, file = path.split("/")
    name = posixpath.splitext(file)[0]
    lang = language_of(folders[0]) if folders else ""
    if lang:
        folders = folders[1:]
    stem, dot, suffix = name.rpartition(".")
    if dot and not lang and language_of(suffix):
        lang, name = language_of(suffix), stem
    if name in {"index", "_index"} and folders:
        name = folders[-1]
    return Place(lang, folders[0] if folders else "", name)


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


def usable_slug(written: str) -> str:
    """The slug as written if it is valid in a URL, else the nearest valid one ('' if there is none)."""
    last = written.rstrip("/").rsplit("/", 1)[-1]
    plain = last.replace("-", "").replace("_", "")
    return last if plain.isalnum() and last == last.lower() else slugify(last)


def alias_path(alias: str, lang: str) -> str:
    """An alias as a URL path. A bare word is an old slug in the same language."""
    try:
        path = unquote(urlsplit(alias.strip()).path)
    except ValueError:
        return ""
    if not path:
        return ""
    return "/" + path.strip("/") if "/" in path else f"/{lang}/a/{path}"
