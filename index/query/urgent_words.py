"""Finds authors' urgent messages that the words of a text call for; what is looked for and why is told in
index/query/urgent_matcher.py."""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.texts.languages import fallbacks, is_chinese, nearest
from index.analysis import family, in_script, tokens
from index.models import UrgentMatch
from index.parts.lexicon import Lexicon
from index.query import plain_danger
from index.query.danger_phrases import Phrase, Phrases, Sentence, WordReader
from index.query.danger_sentences import MOST_CHARACTERS, both_ends, clauses_of, sentences
from index.query.plain_text import plain
from index.query.product_words import names, product_words, spoken, words_of_kinds
from index.query.spelling import Vocabulary, common_words
from index.query.turkish import is_word
from kb.source.search_hints import Hints
from kb.source.urgent_messages import UrgentEntry

# An entry with so few examples does not say by meaning what danger is: with three for each, one true hit in twelve
# means less than a figure of speech does.
_ENOUGH_EXAMPLES = 8
# The most of what stands around phrases that is compared.
_MOST_AROUND = 8
_TYPED = re.compile(r"[^\W\d_]+")
# Listed words that may be misspelt have so many letters; and how many unknown words of a text are compared with them.
_LISTED_LETTERS, _MOST_UNKNOWN = 5, 400


@dataclass(frozen=True)
class _Entry:
    """An author's entry with its phrases, the near misses that hide such words, and the figures of speech that no entry
    of its language says."""

    entry: UrgentEntry
    phrases: Phrases
    hiding: Phrases
    figures: tuple[Sequence[str], ...]


@dataclass(frozen=True)
class WordHit:
    """A phrase that stands in a text. `certain` says that it needs no meaning besides: its sentence has no other word,
    or its entry too few examples to tell. `around` are the words around it and around other phrases in the text,
    `others` the sentences in which these stand, by their numbers. In a `figure` of speech (`the bass explodes`) it is
    danger only where the text means that as well."""

    match: UrgentMatch
    certain: bool
    around: tuple[str, ...] = ()
    others: frozenset[int] = frozenset()
    figure: bool = False


@dataclass(frozen=True)
class _Kinds:
    """Which entry speaks most of each kind of danger, the first of those that do so as much; what examples and near
    misses say themselves, by language; and the words for the product."""

    entries: Mapping[str, UrgentEntry]
    examples: Mapping[tuple[str, frozenset[str]], UrgentEntry]
    near_misses: frozenset[tuple[str, frozenset[str]]]
    products: Sequence[tuple[str, str]]

    @staticmethod
    def of(entries: Sequence[UrgentEntry]) -> "_Kinds":
        told = [
            (entry, kind) for entry in entries for text in (*entry.examples, *entry.words)
            for kind in plain_danger.spoken_of(text, entry.lang)
        ]  # fmt: skip
        found = {}
        for kind in plain_danger.KINDS:
            counts = Counter(entry.name for entry, other in told if plain_danger.is_of(kind, other))
            if counts:
                most = max(counts, key=lambda name: counts[name])
                found[kind] = next(entry for entry in entries if entry.name == most)
        said = [(entry, text) for entry in reversed(entries) for text in entry.examples]
        misses = ((entry.lang, text) for entry in entries for text in entry.near_misses)
        return _Kinds(
            found,
            {(spoken(entry.lang), plain_danger.says(text, entry.lang)): entry for entry, text in said},
            frozenset((spoken(lang), plain_danger.says(text, lang)) for lang, text in misses),
            [*product_words(entries), *words_of_kinds(entries)],
        )

    def entry(self, said: plain_danger.Statement) -> UrgentEntry | None:
        """The entry for a statement, unless a near miss says just that."""
        key = said.lang, said.says
        return None if key in self.near_misses else self.examples.get(key) or self.entries.get(said.kind)

    def is_sure(self, said: plain_danger.Statement) -> bool:
        """Whether all that is not known of a statement is the author's product."""
        return said.sure or all(any(names(word, one) for one in self.products) for word in said.unknown)


class UrgentWords:
    """Keeps what was prepared for the current hints. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hints: Hints | None = None
        self._entries: tuple[_Entry, ...] = ()
        self._kinds: tuple[Hints, _Kinds] | None = None

    def by_words(self, text: str, lang: str, reader: str, hints: Hints) -> WordHit | None:
        """The entry with a phrase in the text: of the reader's or the text's language, Chinese ones of any."""
        own = {*fallbacks(reader), *fallbacks(lang)}
        entries = [one for one in self._prepared(hints) if one.entry.lang in own or is_chinese(one.entry.lang)]
        if not entries:
            return None
        written = sentences(text)
        read = _in_languages(entries, list(dict.fromkeys(written)))
        # Of several kinds of danger the one the author wrote first.
        for at, one in enumerate(entries):
            for sentence in read[one.entry.lang]:
                found = next(one.phrases.in_sentence(sentence), None)
                if found:
                    number = written.index(sentence.text)
                    match = match_of(one.entry, reader, hints, f"words “{found.written}”", number)
                    few = len(one.entry.examples) < _ENOUGH_EXAMPLES
                    if few or sentence.is_all(found):
                        return WordHit(match, certain=True)
                    figure = all(
                        plain_danger.speaks_in_a_figure(sentence.text, near, one.entry.lang)
                        for phrase in one.phrases.in_sentence(sentence) for near in sentence.around(phrase)
                    )  # fmt: skip
                    rest = entries[at:]
                    return WordHit(match, False, _around(rest, read), _with_phrases(rest, read, written), figure)
        return None

    def plainly(self, text: str, lang: str, reader: str, hints: Hints) -> WordHit | None:
        """The entry for what the text says plainly (index/query/plain_danger.py), in whichever language the author
        speaks of such danger. A near miss takes away what says nothing else."""
        known = self._kinds_of(hints)
        doubtful: WordHit | None = None
        for number, sentence in enumerate(sentences(text)):
            whole = [(one, True) for one in plain_danger.statements(sentence, lang)]
            parts = clauses_of(sentence, lang)
            of_clauses = [(one, False) for part in parts for one in plain_danger.statements(part, lang) if one.sure]
            for one, is_whole in (*whole, *of_clauses):
                entry = known.entry(one)
                if entry is None:
                    continue
                sure = known.is_sure(one)
                hit = WordHit(match_of(entry, reader, hints, f"plain words of {one.kind}", number), certain=sure)
                if sure:
                    return hit
                doubtful = doubtful or (hit if is_whole else None)
            if doubtful is None and not has_words(lang, hints):
                for one, run in plain_danger.runs(sentence, lang):
                    if (entry := known.entry(one)) is not None:
                        why = f"plain words of {one.kind} among others"
                        doubtful = WordHit(match_of(entry, reader, hints, why, number), certain=False, around=(run,))
                        break
        return doubtful

    def of_its_kind(self, match: UrgentMatch, text: str, lang: str, reader: str, hints: Hints) -> UrgentMatch:
        """What was found by meaning, as the entry for the danger that its sentence names: the nearest example may have
        only the thing in common with it."""
        sentence = sentences(text)[match.sentence]
        for one, _ in plain_danger.runs(sentence, lang):
            entry = self._kinds_of(hints).entry(one)
            if entry is not None and entry.name != match.name:
                return match_of(entry, reader, hints, f"{match.why}; it names {one.kind}", match.sentence)
        return match

    def spelt(
        self, text: str, lang: str, reader: str, hints: Hints, lexicons: Mapping[str, Lexicon] | None = None
    ) -> str:
        """The text with its words of danger as they are listed in English or Turkish, where it has them misspelt by a
        letter. What is a word of any language or of the articles, or a name, is no such word."""
        own = {*fallbacks(reader), *fallbacks(lang)}
        entries = [one for one in self._prepared(hints) if one.entry.lang in own]
        listed = _listed(tuple((one.entry.lang, one.entry.words) for one in entries))
        known: dict[str, str] = {}

        def mended(match: re.Match[str]) -> str:
            word = match.group()
            if len(word) < _LISTED_LETTERS or (not word.isupper() and word[0].isupper() and not _begins(match)):
                return word
            if word not in known and len(known) < _MOST_UNKNOWN:
                known[word] = (listed.nearest(plain(word), 1) if not _is_a_word(word, lexicons) else None) or word
            return known.get(word, word)

        return _TYPED.sub(mended, both_ends(text, MOST_CHARACTERS)) if listed.words else text

    def _kinds_of(self, hints: Hints) -> "_Kinds":
        with self._lock:
            if self._kinds is None or self._kinds[0] is not hints:
                self._kinds = hints, _Kinds.of([entry for some in hints.urgent.values() for entry in some])
            return self._kinds[1]

    def _prepared(self, hints: Hints) -> tuple[_Entry, ...]:
        with self._lock:
            if self._hints is not hints:
                self._entries = tuple(one for some in hints.urgent.values() for one in _prepare(some))
                self._hints = hints
            return self._entries


def has_words(lang: str, hints: Hints) -> bool:
    """Whether an author wrote words of danger in a language, by which long sentences are told."""
    own = fallbacks(lang)
    tags = [tag for tag in hints.urgent if tag in own or (is_chinese(tag) and is_chinese(lang))]
    return any(one.words for tag in tags for one in hints.urgent[tag])


def in_script_of(text: str, lang: str, hints: Hints) -> str:
    """A Chinese text in the script that has examples: the model compares better within one script."""
    if not is_chinese(lang):
        return text
    return in_script(text, next((tag for tag in fallbacks(lang) if tag in hints.urgent), lang))


def match_of(entry: UrgentEntry, reader: str, hints: Hints, why: str, sentence: int) -> UrgentMatch:
    """The entry as the reader sees it: in their language or the nearest, else in the site's, else in English. Never in
    the one that matched because it did: that may be any, where meaning was compared."""
    own = {other.lang: other for some in hints.urgent.values() for other in some if other.name == entry.name}
    tag = nearest(reader, own, (hints.default_lang, "en"))
    shown = own.get(tag or entry.lang, entry)
    same = is_chinese(reader) and is_chinese(shown.lang)
    title, text = (in_script(t, reader) if same else t for t in (shown.title, shown.text))
    return UrgentMatch(
        shown.name, reader if same else shown.lang, title, text, shown.article, shown.channel, shown.team, why, sentence
    )


@lru_cache(maxsize=16)
def _listed(phrases: tuple[tuple[str, tuple[str, ...]], ...]) -> Vocabulary:
    """The longer words of phrases in English and Turkish; one with a star is known by its beginning only."""
    return Vocabulary.of(
        (lang, word)
        for lang, some in phrases
        for phrase in some
        for word in phrase.split()
        if family(lang) in ("en", "tr") and len(word) >= _LISTED_LETTERS and not word.endswith("*")
    )


def _is_a_word(word: str, lexicons: Mapping[str, Lexicon] | None) -> bool:
    form = plain(word)
    if not form.isascii() or form in common_words() or is_word(form):
        return True
    return any(
        some and some[0] in lexicon.ids for tag, lexicon in (lexicons or {}).items() if (some := tokens(word, tag))
    )


def _begins(match: re.Match[str]) -> bool:
    """Whether a word is the first of its sentence."""
    before = match.string[max(0, match.start() - 3) : match.start()]
    return not before.strip() or bool(re.search(r"[.!?…\n]\s*$", before))


def _prepare(entries: Sequence[UrgentEntry]) -> list[_Entry]:
    """The entries of one language. What is harmless for one of them is harmless for all."""
    phrases = [Phrases(Phrase.of(text, entry.lang) for text in entry.words) for entry in entries]
    hiding = []
    for text, lang in ((text, entry.lang) for entry in entries for text in entry.near_misses):
        itself = Sentence(text, WordReader(lang))
        if any(next(some.in_sentence(itself), None) for some in phrases):
            hiding.append(Phrase.of(text, lang))
    found = Phrases(hiding)
    figures = tuple(
        figure for figure in plain_danger.figures_of_words(entries[0].lang)
        if not any(some.say(figure) for some in phrases)
    ) if entries else ()  # fmt: skip
    return [_Entry(entry, some, found, figures) for entry, some in zip(entries, phrases, strict=True)]


def _in_languages(entries: Sequence[_Entry], parts: Sequence[str]) -> dict[str, list[Sentence]]:
    """The sentences of a text as they are read in the language of each entry, without what its near misses hide."""
    read: dict[str, list[Sentence]] = {}
    for one in entries:
        if one.entry.lang not in read:
            reader = WordReader(one.entry.lang)
            read[one.entry.lang] = [Sentence(part, reader) for part in parts]
            for sentence in read[one.entry.lang]:
                sentence.hide_side_by_side(one.figures)
                for near_miss in one.hiding.in_sentence(sentence):
                    sentence.hide(near_miss)
    return read


def _with_phrases(
    entries: Sequence[_Entry], read: Mapping[str, Sequence[Sentence]], written: Sequence[str]
) -> frozenset[int]:
    """The numbers of the sentences in which a phrase stands."""
    told = {
        sentence.text for one in entries for sentence in read[one.entry.lang]
        if next(one.phrases.in_sentence(sentence), None) is not None
    }  # fmt: skip
    return frozenset(number for number, sentence in enumerate(written) if sentence in told)


def _around(entries: Sequence[_Entry], read: Mapping[str, Sequence[Sentence]]) -> tuple[str, ...]:
    """What stands around the phrases of a text: of the beginning and of the end, so much as is compared."""
    numbers = range(len(read[entries[0].entry.lang]))

    def texts(order: Iterable[int]) -> Iterator[str]:
        for number in order:
            for one in entries:
                sentence = read[one.entry.lang][number]
                for phrase in one.phrases.in_sentence(sentence):
                    yield from sentence.around(phrase)

    found = _first(texts(numbers), _MOST_AROUND // 2)
    if len(found) < _MOST_AROUND // 2:
        return found
    last = _first((text for text in texts(reversed(numbers)) if text not in found), _MOST_AROUND // 2)
    return (*found, *reversed(last))


def _first(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The first so many that differ."""
    found: dict[str, None] = {}
    for text in texts:
        found[text] = None
        if len(found) == most:
            break
    return tuple(found)
