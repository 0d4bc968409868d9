"""Content signals: facts extracted from the text of a submission. The points are in scoring.py."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from support.spam import phrases
from support.spam.similarity import plain, prose

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'\])，。、）】]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![@\w./-])(?:[a-z0-9-]{2,}\.)+(?:com|net|org|info|biz|ru|cn|top|xyz|shop|site|online|club|live|vip|pro|io|co|me|ly|link)\b(?!\.?[\w-])(?:/[^\s<>\"'\])，。]*)?",
    re.IGNORECASE,
)
# Repeats are bounded everywhere against ReDoS: no text may keep a regular expression busy.
_MARKUP = re.compile(r"\[(?:url|link)\b|<a\s[^>]{0,200}href|\[[^\]\n]{2,80}\]\(https?:", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_HANDLE = re.compile(
    r"(?:t\.me|wa\.me|telegram|whats ?app|skype|wechat|微信|薇信|qq)\W{0,3}(?:号|號|id|no|群)?\W{0,3}@?[\w+-]{5,}"
    r"|(?<!\w)@[a-z][a-z0-9_]{4,}",
    re.IGNORECASE,
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "edu", "ac", "gen", "or", "ne", "go"})
_SCRIPTS = {
    "Latin": re.compile(r"[a-zA-Z\u00c0-\u024f]"),
    "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Han": re.compile("[\u3400-\u9fff]"),
    "Kana": re.compile("[\u3040-\u30ff]"),
    "Hangul": re.compile("[\uac00-\ud7af]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
}
_SCRIPT_OF = {
    "zh": "Han", "ja": "Kana", "ko": "Hangul", "ar": "Arabic", "fa": "Arabic", "ur": "Arabic", "he": "Hebrew",
    "th": "Thai", "hi": "Devanagari", "mr": "Devanagari", "ne": "Devanagari", "el": "Greek", "ru": "Cyrillic",
    "uk": "Cyrillic", "bg": "Cyrillic", "sr": "Cyrillic", "mk": "Cyrillic", "be": "Cyrillic",
}  # fmt: skip
_FIRST, _LAST = 4_000, 2_000
_DISGUISED = re.compile(
    "[a-zA-Z][\u0400-\u04ff\u0370-\u03ff][a-zA-Z]|[\u0400-\u04ff][a-zA-Z][\u0400-\u04ff]|[\u200b-\u200d\u2060\ufeff]\\w"
)


@dataclass(frozen=True)
class Content:
    """`marks` are what the text leads to (hosts, handles, addresses), to be recognised in other submissions."""

    hosts: tuple[str, ...] = ()
    shortened: bool = False
    markup: bool = False
    link_in_name: bool = False
    trades: tuple[str, ...] = ()
    calls: int = 0
    other_contact: bool = False
    foreign_script: bool = False
    disguised: bool = False
    shouting: bool = False
    noise: bool = False
    marks: frozenset[str] = frozenset()


def read(
    subject: str, message: str, name: str, email: str, own_hosts: Collection[str], languages: Collection[str]
) -> Content:
    """`own_hosts` are the operator's: links there are about the matter. `languages` are those the site speaks."""
    text = plain(f"{subject}\n{_ends(message)}")
    body = prose(text)
    own = {registered_domain(host) for host in own_hosts}
    links = [link for link in _links(body) if registered_domain(link[0]) not in own]
    hosts = tuple(dict.fromkeys(registered_domain(host) for host, _path in links))
    contacts = {m.casefold() for m in _MAIL.findall(body)} - {email.casefold()}
    contacts = {m for m in contacts if registered_domain(m.rpartition("@")[2]) not in own}
    handles = {re.sub(r"\W+", "", h.casefold()) for h in _HANDLE.findall(_MAIL.sub(" ", body))}
    known = phrases.read()
    nowhere = known.shared_hosts | known.shorteners
    marks = {f"host {registered_domain(h)}" for h, _p in links if registered_domain(h) not in nowhere}
    marks |= {f"page {registered_domain(h)}{p}" for h, p in links if p and registered_domain(h) in nowhere}
    marks |= {f"mail {c}" for c in contacts} | {f"handle {h}" for h in handles}
    letters = [c for c in body if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    return Content(
        hosts=hosts,
        shortened=any(registered_domain(host) in known.shorteners for host, _path in links),
        markup=bool(_MARKUP.search(body)),
        link_in_name=bool(_links(plain(name))),
        trades=phrases.trades(body),
        calls=phrases.calls(body),
        other_contact=bool(contacts or handles),
        foreign_script=_foreign(body, languages),
        disguised=bool(_DISGUISED.search(f"{subject}\n{message}")),
        shouting=len(letters) >= 60 and capitals / len(letters) > 0.7,
        noise=any(_is_noise(word) for word in f"{name} {body}".split()[:12]) and len(body.split()) <= 12,
        marks=frozenset(marks),
    )


def _ends(message: str) -> str:
    """Beginning and end of the text, where the call to action stands."""
    return message if len(message) <= _FIRST + _LAST else f"{message[:_FIRST]}\n{message[-_LAST:]}"


def registered_domain(host: str) -> str:
    """Registered domain: `help.shop.example` and `shop.example` are one. Near enough without the public suffix list."""
    labels = host.lower().rstrip(".").split(".")
    if len(labels) >= 3 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def _links(text: str) -> list[tuple[str, str]]:
    """(host, path) of every link, with or without a scheme; not those to this machine."""
    found = []
    for match in (*_LINK.finditer(text), *_BARE.finditer(_LINK.sub(" ", text))):
        address = match.group().rstrip(".,;:!?")
        try:
            parts = urlsplit(address if "://" in address else f"http://{address}")
            host = parts.hostname or ""
        except ValueError:
            continue
        if "." in host and not host.replace(".", "").isdigit() and not host.endswith((".local", ".internal", ".test")):
            found.append((host, parts.path.rstrip("/")))
    return found


def _foreign(text: str, languages: Collection[str]) -> bool:
    """Whether most of the text is in a script none of the site's languages is written in."""
    counts = {name: len(letters.findall(text)) for name, letters in _SCRIPTS.items()}
    most = max(counts, key=lambda name: counts[name])
    if counts[most] < 15:
        return False
    site_scripts = {"Latin", *(_SCRIPT_OF.get(tag.partition("-")[0], "Latin") for tag in languages)}
    if site_scripts & {"Kana", "Han"}:
        site_scripts |= {"Kana", "Han"}
    return most not in site_scripts


def _is_noise(word: str) -> bool:
    """`hGtYdkLoPqR`: letters at random, as robots put where anything will do."""
    if not (10 <= len(word) <= 40 and word.isascii() and word.isalpha()):
        return False
    changes = sum(one.islower() and other.isupper() for one, other in pairwise(word))
    vowels = sum(c in "aeiouyAEIOUY" for c in word)
    return changes >= 3 and vowels / len(word) < 0.34
