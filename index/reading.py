"""A normalised question as it is searched: without what is said around it, and with what its words stand for."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

from index.analysis import family, tokens
from index.query import synonyms
from index.query.abbreviations import abbreviations_written_out
from index.query.autocomplete import completions
from index.query.capitals import in_small_letters
from index.query.compounds import IsKnown, compound_expansions
from index.query.emoji import with_emoji_named
from index.query.everyday import everyday_expansions
from index.query.noise import without_noise
from index.query.parser import ParsedQuery, parse
from index.query.synonyms import Expansion
from index.query.turkish_letters import with_letters
from index.query.typed_letters import with_own_letters
from index.query.units import with_numbers_apart, with_numbers_joined, with_spaced_units
from index.query.written_out import written_out
from index.ranking.phrase_match import stand_apart
from index.site_names import without_site_names
from index.storage.generation import Generation
from kb.source.search_hints import Hints

_KEPT = 256


@dataclass(frozen=True)
class Reading:
    """What a question is searched as. `is_prefix`: its last word seems unfinished, and was completed. `embedded` is the
    text whose vector is looked up."""

    query: ParsedQuery
    expansions: tuple[Expansion, ...]
    is_prefix: bool
    embedded: str


class QueryReader:
    """Reads questions, and keeps the last readings: what is urgent in a question is looked for in the same one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[tuple[Path, str, str], tuple[Hints, Reading]] = OrderedDict()

    def read(self, generation: Generation, text: str, lang: str, hints: Hints) -> Reading:
        """The reading of a normalised text under the current hints."""
        key = (generation.folder, text, lang)
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] is hints:
            return known[1]
        spelt = _as_spelt(generation, text, lang)
        spelt = abbreviations_written_out(spelt, lang, _knows(generation, lang, hints))
        query = read_query(spelt, lang, _forms_of(generation, lang), partial(_has_number, generation))
        own, completed = expansions_of(generation, query.text, lang, hints)
        expansions = (*own, *completed)
        embedded = synonyms.expand_text(without_site_names(generation, query.text, lang), expansions)
        if lang == "tr" and (vocabulary := generation.vocabularies.get(lang)) is not None:
            embedded = with_letters(embedded, vocabulary)
        reading = Reading(query, expansions, bool(completed), embedded)
        with self._lock:
            self._known[key] = hints, reading
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return reading


def _as_spelt(generation: Generation, text: str, lang: str) -> str:
    """A question in a language without an analyzer of its own, with the letters of the articles in that language."""
    if family(lang) != "und" or lang.split("-")[0] not in {tag.split("-")[0] for tag in generation.manifest.languages}:
        return text
    return with_own_letters(text, lang, generation.vocabularies["und"])


def read_query(text: str, lang: str, is_known: IsKnown | None = None, has_number: IsKnown | None = None) -> ParsedQuery:
    """The query that a normalized text is: without what is said around it, with emoji of things named, short forms
    written out, capitals as small letters, numbers apart from their words and in one, as far as `is_known` and
    `has_number` say what the articles write."""
    said = without_noise(with_emoji_named(in_small_letters(text, lang), lang), lang)
    written = written_out(said, lang)
    # Before units are apart: a comma before three digits is no decimal one where the articles have the number.
    text = with_spaced_units(with_numbers_joined(written, has_number) if has_number else written, lang)
    return parse(with_numbers_apart(text, is_known) if is_known else text)


def expansions_of(
    generation: Generation, text: str, lang: str, hints: Hints
) -> tuple[tuple[Expansion, ...], tuple[Expansion, ...]]:
    """Authors' synonyms, everyday words, words written as one or two; and completions of the last word, where none of
    these was found."""
    own = synonyms.synonym_expansions(text, lang, hints)
    everyday = everyday_expansions(text, lang, generation.lexicons, own, generation.vocabularies.get(family(lang)))
    compounds = compound_expansions(
        text, lang, _forms_of(generation, lang), partial(stand_apart, generation, lang), (*own, *everyday)
    )
    found = (*everyday, *compounds)
    completed = () if found else completions(text, lang, generation.vocabularies, generation.lexicons)
    return (*own, *found), tuple(completed)


def _has_number(generation: Generation, number: str) -> bool:
    """Whether an article in any language has a number."""
    whole = number.split(".")[0]
    return any(whole in lexicon.ids for lexicon in generation.lexicons.values())


def _knows(generation: Generation, lang: str, hints: Hints) -> IsKnown:
    """Whether the articles have a word, or their authors a synonym for it."""
    has = _forms_of(generation, lang)
    return lambda word: has(word) or bool(synonyms.synonym_expansions(word, lang, hints))


def _forms_of(generation: Generation, lang: str) -> IsKnown:
    """Whether an article in the language's family has a word in a form; in Chinese texts, its first token."""
    name = family(lang)
    exact, lexicon = generation.exact.get(name), generation.lexicons.get(name)
    if exact is not None and len(exact.known_forms):
        return exact.ids.__contains__
    ids = lexicon.ids if lexicon is not None else {}

    def is_known(form: str) -> bool:
        own = tokens(form, lang, query=True)
        return "-" not in form and bool(own) and own[0] in ids

    return is_known
