"""Pure: plain statements of danger (`my kettle is burning`, `pil patladı`, 「電池冒煙」), in fifteen languages.

A sentence, or a clause of it, is one where it has a phrase of danger and else only things, and words that change
nothing (`help`, `while charging`, `what should I do`): no question, no condition, no negation, nothing that burns in a
figure of speech or is lit on purpose; what is said of people, animals and bodies is danger only where it is said of
them (swallowed, burned). It is *sure* where all of its words are known; where one is not, which stands
before the danger (`der Gabelstapler raucht`), its meaning decides. Whether a site's authors speak of such danger is
told by the same phrases, so that a file in one language serves for all. The words are data:
`index/data/danger/<language>.txt`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from index.analysis import fold, to_simplified, words
from index.query.harmless import harmless_things

_FOLDER = Path(__file__).parents[1] / "data" / "danger"
KINDS = (
    "fire", "smoke", "explosion", "swelling", "sparks", "melting", "smell", "leak", "shock", "gas", "swallowing",
    "injury",
)  # fmt: skip
# No danger: what lights do, and batteries.
_SHINING, _EMPTY = "shining", "empty"
# Danger of one cause: who writes of smoke means the battery that swells as well.
_FIRE = frozenset(KINDS[:7])
# Danger that is told of a person, an animal or a part of the body.
_OF_BODIES = frozenset({"swallowing", "injury"})
_WITHOUT_SPACES = ("zh", "ja")
# Languages that join an article to its noun by an apostrophe, and the one that puts endings behind it.
_ELIDED, _ENDING_BEHIND = ("fr", "it"), "tr"
_APOSTROPHE = re.compile(r"['’ʼ‘`´]")
_HEAD = re.compile(r"[^\W_]+")
_STAR_LETTERS = 3
# The last part of a compound has so many letters at least.
_LAST_PART = 4
# What is said of people as well, so that an unknown word may be one of their body; or what is eaten.
_OF_KNOWN_THINGS = frozenset({"swelling", "leak", "swallowing"})
# An unknown thing has so many words, or Chinese characters, at most.
_UNKNOWN, _UNKNOWN_CHINESE = 1, 4
_LONGEST_FIGURE = 600
_HIRAGANA = re.compile("[\u3040-\u309fー]")
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Statement:
    """What a sentence says plainly: its kind of danger, the words of it that tell something, and those of them that are
    not known."""

    kind: str
    lang: str
    sure: bool
    says: frozenset[str]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Phrase:
    kind: str
    mark: str
    parts: tuple[tuple[str, bool], ...]

    def at(self, said: Sequence[str], place: int) -> bool:
        found = said[place : place + len(self.parts)]
        return len(found) == len(self.parts) and all(
            word.startswith(part) if star else word == part
            for word, (part, star) in zip(found, self.parts, strict=True)
        )


@dataclass
class _Reading:
    """What the words of a text are, in one language."""

    danger: list[tuple[_Phrase, bool]] = field(default_factory=list)  # and whether it stands directly before a thing
    telling: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unknown_after: bool = False
    # What stands between unknown words.
    runs: list[list[str]] = field(default_factory=lambda: [[]])
    figure: bool = False
    thing: bool = False
    # People, animals and parts of the body; in figures of speech those of which the same is said in one.
    bodies: list[str] = field(default_factory=list)
    bodies_in_figures: bool = False
    who: bool = False
    lit: bool = False
    battery: bool = False
    shines: int = 0
    empty: bool = False

    @property
    def kind(self) -> str | None:
        """The kind of danger that the first of the phrases means, of those of bodies where one is named."""
        kinds = [phrase.kind for phrase in self.valid()]
        return next((kind for kind in kinds if self.bodies and kind in _OF_BODIES), next(iter(kinds), None))

    def is_figure(self, kind: str) -> bool:
        return self.figure or (self.bodies_in_figures and kind not in _OF_BODIES)

    def valid(self) -> Iterator[_Phrase]:
        """The phrases that mean danger beside the other words."""
        for phrase, before_thing in self.danger:
            if phrase.mark == "@" and not self.who:
                continue
            if (phrase.mark == "~" and self.lit) or (phrase.mark == "+" and not self.battery):
                continue
            if not (phrase.mark == "-" and before_thing):
                yield phrase


class _Words:
    """The words of one language. A word of several kinds is the first of them."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        sections = _sections(lang)
        self.phrases = [_phrase(line, kind, lang) for kind in KINDS for line in sections[kind]]
        self._by_first: dict[str, list[_Phrase]] = defaultdict(list)
        ordinary = [_phrase(line, name, lang) for name in (_SHINING, _EMPTY) for line in sections[name]]
        for phrase in sorted((*self.phrases, *ordinary), key=lambda one: -len(one.parts)):
            word, star = phrase.parts[0]
            self._by_first[word[:_STAR_LETTERS] if star else word].append(phrase)
        self._asking = defaultdict(list)
        for line in sorted(sections["asking"], key=len, reverse=True):
            self._asking[_said(line, lang)[0]].append(_phrase(line, "", lang))
        self.small, self.lit, self.batteries, self.no_things = (
            frozenset(_said(" ".join(sections[name]), lang)) for name in ("small", "lit", "batteries", "no things")
        )
        self.who, body = (frozenset(_said(" ".join(sections[name]), lang)) for name in ("who", "body"))
        self.bodies = (self.who | body) - self.small
        shipped = " ".join(text for tag, text in harmless_things() if tag == lang)
        self.things = frozenset(_said(f"{shipped} {' '.join(sections['things'])}", lang)) - self.small - self.no_things
        self.things -= self.bodies
        self._things_by_head: dict[str, list[str]] = defaultdict(list)
        for thing in self.things | self.batteries | self.lit:
            self._things_by_head[thing[:2]].append(thing)

        self._bodies_by_head: dict[str, list[str]] = defaultdict(list)
        for name in self.bodies:
            self._bodies_by_head[name[:2]].append(name)
        compounds = (*self.batteries, *self.lit, *self.things) if lang in ("de", "nl") else ()
        self._last_parts = tuple(thing for thing in compounds if len(thing) >= _LAST_PART)

    def read(self, text: str) -> _Reading:
        said, reading, place = _said(text, self.lang), _Reading(), 0
        while place < len(said):
            word = said[place]
            asked = next((one for one in self._asking.get(word, ()) if one.at(said, place)), None)
            found = asked or self.danger_at(said, place)
            if found is not None:
                end = place + len(found.parts)
                if found.kind in (_SHINING, _EMPTY):
                    reading.shines += found.kind == _SHINING
                    reading.empty |= found.kind == _EMPTY
                    reading.telling += said[place:end]
                elif asked is None:
                    before = end < len(said) and bool(self._thing(said[end]))
                    reading.danger.append((found, before))
                    reading.telling += said[place:end]
                reading.runs[-1] += said[place:end]
                place = end
                continue
            place += 1
            if word in self.small:
                reading.runs[-1].append(word)
                continue
            reading.telling.append(word)
            if named := self._body(word):
                reading.bodies.append(word)
                reading.who |= named in self.who
                reading.bodies_in_figures |= word in self.no_things
                reading.runs[-1].append(word)
            elif word in self.no_things:
                reading.figure = True
                reading.runs.append([])
            elif thing := self._thing(word):
                reading.thing = True
                reading.lit |= thing in self.lit
                reading.battery |= thing in self.batteries
                reading.runs[-1].append(word)
            else:
                reading.unknown.append(word)
                reading.unknown_after |= bool(reading.danger)
                reading.runs.append([])
        return reading

    def danger_at(self, said: Sequence[str], place: int) -> _Phrase | None:
        """The longest phrase that begins with a word."""
        word = said[place]
        some = [one for begin in _beginnings(word) for one in self._by_first.get(begin, ())]
        return max((one for one in some if one.at(said, place)), key=lambda one: len(one.parts), default=None)

    @lru_cache(maxsize=2048)  # noqa: B019 - one object a language, kept as long as the process
    def _body(self, word: str) -> str:
        """The person, animal or part of the body that a word is a form of, and of no thing; '' if it is of none."""
        if word in self.bodies:
            return word
        if word in self.no_things or self._thing(word):
            return ""
        for form in _without_article(word, self.lang):
            for body in self._bodies_by_head.get(form[:2], ()):
                if _is_form(form, body, self.lang):
                    return body
        return ""

    @lru_cache(maxsize=2048)  # noqa: B019 - as above
    def _thing(self, word: str) -> str:
        """The thing that a word is a form of, '' if it is none."""
        if word in self.things or word in self.batteries or word in self.lit:
            return word
        for form in _without_article(word, self.lang):
            for thing in self._things_by_head.get(form[:2], ()):
                if _is_form(form, thing, self.lang):
                    return thing
        if "-" in word:
            return self._thing(word.rsplit("-", 1)[1])
        if word.endswith(self._last_parts):  # the last part of a compound says what it is
            return next((thing for thing in self._last_parts if word.endswith(thing)), "")
        return ""


class _Texts:
    """The words of a language without spaces, as one pattern: the longest first."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        sections = _sections(lang)
        self.phrases = [_phrase(line, kind, lang) for kind in KINDS for line in sections[kind]]
        self._kinds: dict[str, str] = {}
        shipped = [text for tag, text in harmless_things() if tag.split("-")[0] == lang]
        for name, lines in (
            ("small", _split(sections["small"])), ("things", [*shipped, *_split(sections["things"])]),
            (_SHINING, _split(sections[_SHINING])), (_EMPTY, _split(sections[_EMPTY])),
            ("lit", _split(sections["lit"])), ("batteries", _split(sections["batteries"])),
            ("small", sections["asking"]), ("no things", _split(sections["no things"])),
            ("body", _split(sections["body"])), ("who", _split(sections["who"])),
        ):  # fmt: skip
            self._kinds |= {_simple(line): name for line in lines}
        self._danger = {phrase.parts[0][0]: phrase for phrase in self.phrases}
        self._no_things = frozenset(map(_simple, _split(sections["no things"])))
        every = sorted({*self._kinds, *self._danger}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, every)))

    def read(self, text: str) -> _Reading:
        simple, reading, place = _simple(text), _Reading(), 0
        while place < len(simple):
            match = self._pattern.match(simple, place)
            word = match.group() if match else simple[place]
            place += len(word)
            kind = self._kinds.get(word, "")
            if word in self._danger:
                following = self._pattern.match(simple, place)
                before = following is not None and self._kinds.get(following.group()) in ("things", "batteries")
                reading.danger.append((self._danger[word], before))
            elif kind == "small" or (not kind and self.lang == "ja" and _HIRAGANA.match(word)):
                reading.runs[-1].append(word)
                continue
            elif not kind:
                reading.unknown.append(word)
                reading.unknown_after |= bool(reading.danger)
            if kind == "no things" or not (kind or word in self._danger):
                reading.runs.append([])
            else:
                reading.runs[-1].append(word)
            reading.telling.append(word)
            reading.thing |= kind in ("things", "lit", "batteries")
            reading.figure |= kind == "no things"
            if kind in ("who", "body"):
                reading.bodies.append(word)
                reading.who |= kind == "who"
                reading.bodies_in_figures |= word in self._no_things
            reading.lit |= kind == "lit"
            reading.battery |= kind == "batteries"
            reading.shines += kind == _SHINING
            reading.empty |= kind == _EMPTY
        return reading


def statements(text: str, lang: str) -> list[Statement]:
    """What a sentence, or a clause of it, says plainly, in whichever language; unknown words may stand only in one of
    its own language, `lang`."""
    found = []
    for name in _languages_of(text):
        reading = _words_of(name).read(text)
        kind = reading.kind
        if kind is None or reading.is_figure(kind):
            continue
        most = _UNKNOWN_CHINESE if name in _WITHOUT_SPACES else _UNKNOWN
        sure = not reading.unknown and (kind in _OF_BODIES or not reading.bodies)
        if not sure and kind in _OF_KNOWN_THINGS:
            continue
        if sure or (name == lang.split("-")[0] and len(reading.unknown) <= most and not reading.unknown_after):
            unknown = reading.unknown if kind in _OF_BODIES else [*reading.unknown, *reading.bodies]
            found.append(Statement(kind, name, sure, frozenset(reading.telling), tuple(unknown)))
    return found


def runs(text: str, lang: str) -> list[tuple[Statement, str]]:
    """What the parts of a sentence that stand between unknown words say of a thing, each with the part. They are sure
    of nothing: what is around them may ask, or deny it."""
    name = lang.split("-")[0]
    if name not in _languages_of(text):
        return []
    found = []
    between = "" if name in _WITHOUT_SPACES else " "
    for part in _words_of(name).read(text).runs:
        run = between.join(part)
        reading = _words_of(name).read(run)
        kind = reading.kind
        told = reading.thing or (kind == "injury" and reading.bodies)
        if kind is not None and told and not reading.is_figure(kind):
            found.append((Statement(kind, name, False, frozenset(reading.telling)), run))
    return found


def says_what_lights_do(text: str, lang: str) -> bool:
    """Whether a text says of what gives light, or is lit on purpose, that it burns, shines or blinks, and no danger."""
    name = lang.split("-")[0]
    if name not in _languages():
        return False
    reading = _words_of(name).read(text)
    said = [phrase for phrase, _ in reading.danger]
    # Of a light it is said once that it burns: what burns besides, or smokes, may be the thing beside it.
    if not reading.lit or any((phrase.mark, phrase.kind) != ("~", "fire") for phrase in said):
        return False
    if len(said) + reading.shines != 1 and (said or not reading.shines):
        return False
    if any(any(_words_of(other).read(text).valid()) for other in _languages_of(text) if other != name):
        return False
    return all(word.startswith(_beside("of lights", name)) for word in reading.unknown)


def says_that_a_battery_is_empty(text: str, lang: str) -> bool:
    """Whether a text says of a battery that it is empty, how soon or when, and nothing else."""
    name = lang.split("-")[0]
    if name not in _languages():
        return False
    reading = _words_of(name).read(text)
    if not (reading.battery and reading.empty) or reading.danger:
        return False
    return all(word.startswith(_beside("of batteries", name)) for word in reading.unknown)


def speaks_in_a_figure(text: str, around: str, lang: str) -> bool:
    """Whether what stands `around` a word of danger in a text makes it a figure of speech, or something to eat: that
    names what burns or explodes in no other way, and the text no thing that does. A long text is none."""
    name = lang.split("-")[0]
    if name not in _languages() or len(text) > _LONGEST_FIGURE:
        return False
    if name in _WITHOUT_SPACES:
        simple = _simple(around)
        return any(one.parts[0][0] in simple for one in _figures(name)) and not _words_of(name).read(text).thing
    said = _said(around, name)
    found = [one for one in _figures(name) for place in range(len(said)) if one.at(said, place)]
    if any(len(one.parts) > 1 for one in found):
        return True
    return bool(found) and not _words_of(name).read(text).thing


def joined(text: str, lang: str) -> list[str]:
    """What the words that join clauses (`and`, `but`, `ama`, `可是`) stand between, in the text's language."""
    name = lang.split("-")[0]
    pattern = _joining(name) if name in _languages() else None
    return pattern.split(text) if pattern is not None else [text]


@lru_cache(maxsize=32)
def _joining(lang: str) -> re.Pattern[str] | None:
    lines = _split(_sections(lang)["joining"])
    if not lines:
        return None
    if lang in _WITHOUT_SPACES:
        return re.compile("|".join(map(re.escape, sorted(lines, key=len, reverse=True))))
    whole = "|".join(re.escape(word) for word in lines if not word.startswith("*"))
    endings = "|".join(re.escape(word[1:]) for word in lines if word.startswith("*"))
    behind = rf"|(?<=\w(?:{endings}))\s" if endings else ""
    return re.compile(rf"(?:^|\s)(?:{whole})\s{behind}", re.IGNORECASE)


def says(text: str, lang: str) -> frozenset[str]:
    """The words of a text that tell something, as they are compared with those of statements in its language."""
    name = lang.split("-")[0]
    return frozenset(_words_of(name).read(text).telling) if name in _languages() else frozenset()


def spoken_of(text: str, lang: str) -> frozenset[str]:
    """The kinds of danger that an author's text names, whatever else it says."""
    name = lang.split("-")[0]
    if name not in _languages():
        return frozenset()
    reading = _words_of(name).read(text.replace("*", ""))
    reading.who = True  # of whom it is said goes without saying: `swallowed parts`
    return frozenset(phrase.kind for phrase in reading.valid())


def is_of(kind: str, spoken: str) -> bool:
    """Whether what authors speak of is danger of this kind as well."""
    if kind == "swallowing":
        return spoken in _OF_BODIES
    return kind == spoken or (spoken in _FIRE and (kind in _FIRE or kind == "leak"))


def prepare() -> None:
    """Read the words, which the first search would wait for."""
    _heads()


def _languages_of(text: str) -> list[str]:
    """The languages in which a word of danger stands in a text."""
    exact, starred, characters = _heads()
    found: dict[str, None] = {}
    folded = _folded(text)
    joined = _APOSTROPHE.sub("", folded)
    for word in _HEAD.findall(folded if joined == folded else f"{folded} {joined}"):
        found |= dict.fromkeys(exact.get(word, ()))
        for begin in _beginnings(word):
            found |= dict.fromkeys(starred.get(begin, ()))
    if not text.isascii():
        simple = frozenset(_simple(text))
        found |= {lang: None for lang, some in characters.items() if not simple.isdisjoint(some)}
    return list(found)


@lru_cache(maxsize=1)
def _heads() -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, frozenset[str]]]:
    """The languages by the longest words of their phrases, as written and by their first letters; and the first
    characters of those without spaces."""
    exact: dict[str, list[str]] = defaultdict(list)
    starred: dict[str, list[str]] = defaultdict(list)
    characters = {}
    for lang in _languages():
        phrases = _words_of(lang).phrases
        if lang in _WITHOUT_SPACES:
            characters[lang] = frozenset(phrase.parts[0][0][0] for phrase in phrases)
            continue
        for phrase in phrases:
            word, star = max(phrase.parts, key=lambda part: len(part[0]))
            if star:
                starred[word[:_STAR_LETTERS]].append(lang)
            else:
                exact[word].append(lang)
    return exact, starred, characters


@lru_cache(maxsize=1)
def _languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.txt")))


@lru_cache(maxsize=32)
def _words_of(lang: str) -> _Words | _Texts:
    return _Texts(lang) if lang in _WITHOUT_SPACES else _Words(lang)


def _sections(lang: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    name = ""
    for line in (_FOLDER / f"{lang}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            name = line.removeprefix("=").strip()
        elif line.strip() and not line.startswith("#"):
            found[name].append(line.strip())
    return found


def _phrase(line: str, kind: str, lang: str) -> _Phrase:
    mark = line[0] if line[0] in "~+-@" else ""
    written = line.removeprefix(mark)
    if lang in _WITHOUT_SPACES:
        return _Phrase(kind, mark, ((_simple(written), False),))
    parts = tuple((part, word.endswith("*")) for word in written.split() for part in _said(word.rstrip("*"), lang))
    return _Phrase(kind, mark, parts)


@lru_cache(maxsize=64)
def figures_of_words(lang: str) -> tuple[tuple[str, ...], ...]:
    """Words that stand side by side and are no danger: `life hack`, `the battery died`."""
    name = lang.split("-")[0]
    known = _figures(name) if name in _languages() else ()
    return tuple(tuple(word for word, _ in one.parts) for one in known if len(one.parts) > 1)


@lru_cache(maxsize=32)
def _figures(lang: str) -> tuple[_Phrase, ...]:
    """What is spoken of in figures."""
    lines = _sections(lang)["figures"]
    return tuple(_phrase(line, "", lang) for line in (_split(lines) if lang in _WITHOUT_SPACES else lines))


@lru_cache(maxsize=32)
def _beside(section: str, lang: str) -> tuple[str, ...]:
    """Beginnings of words that are said besides: colours, how fast, when."""
    some = _split(_sections(lang)[section])
    return tuple(_simple(word) if lang in _WITHOUT_SPACES else _folded(word) for word in some)


def _split(lines: Iterable[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


def _said(text: str, lang: str) -> list[str]:
    """The words of a text, folded, with apostrophes as the language has them."""
    found = []
    for word in words(text):
        parts = _APOSTROPHE.split(_folded(word))
        if lang in _ELIDED:
            found += [part for part in parts if part]
        else:
            found.append(parts[0] if lang == _ENDING_BEHIND else "".join(parts))
    return found


def _beginnings(word: str) -> set[str]:
    """What a phrase that begins with a word is filed under."""
    return {word, *(word[:size] for size in range(1, _STAR_LETTERS + 1))}


def _folded(text: str) -> str:
    return fold(text.casefold())


def _simple(text: str) -> str:
    return _PUNCTUATION.sub("", to_simplified(unicodedata.normalize("NFKC", text)).casefold())


def _without_article(word: str, lang: str) -> tuple[str, ...]:
    """A word as it stands, and without what Arabic and Hebrew write in front of it."""
    if lang == "ar":
        return word, re.sub(r"^[وفبكل]?(?:ال|ل)", "", word)
    if lang == "he":
        return word, re.sub(r"^[ומבלהש]{1,3}", "", word)
    return (word,)


def _is_form(word: str, thing: str, lang: str) -> bool:
    """Whether a word may be a form of a thing's name: by endings where the language has them."""
    if lang == "en":
        return len(thing) > 2 and word in (f"{thing}s", f"{thing}es")
    if lang in ("tr", "ko"):
        stem = thing[:-1] if len(thing) > 5 and lang == "tr" else thing
        return len(thing) > 1 and word.startswith(stem) and len(word) - len(thing) <= (7 if len(thing) > 3 else 4)
    if lang in ("ru", "pl"):
        stem = thing[:-1] if len(thing) > 4 else thing
        return len(thing) > 3 and word.startswith(stem) and len(word) - len(thing) <= 3
    return len(thing) > 2 and word.startswith(thing) and len(word) - len(thing) <= 2
