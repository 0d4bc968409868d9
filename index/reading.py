"""A normalised question as it is searched: without what is said around it, and with what its words stand for."""

from index.query import synonyms
from index.query.autocomplete import completions
from index.query.everyday import everyday_expansions
from index.query.noise import without_noise
from index.query.parser import ParsedQuery, parse
from index.query.synonyms import Expansion
from index.query.units import with_spaced_units
from index.storage.generation import Generation
from kb.source.search_hints import Hints


def read_query(text: str, lang: str) -> ParsedQuery:
    """The query that a normalized text is, without what is said around it."""
    return parse(with_spaced_units(without_noise(text, lang)))


def expansions_of(
    generation: Generation, text: str, lang: str, hints: Hints
) -> tuple[tuple[Expansion, ...], tuple[Expansion, ...]]:
    """Authors' synonyms and everyday words; and completions of the last word, where no everyday word was found."""
    own = synonyms.synonym_expansions(text, lang, hints)
    everyday = everyday_expansions(text, lang, generation.lexicons, own)
    completed = () if everyday else completions(text, lang, generation.vocabularies, generation.lexicons)
    return (*own, *everyday), tuple(completed)


def embedded_text(generation: Generation | None, text: str, lang: str, hints: Hints) -> str:
    """The text whose vector search looks up for this question."""
    plain = read_query(text, lang).text
    if generation is None:
        return plain
    expansions, prefix_expansions = expansions_of(generation, plain, lang, hints)
    return synonyms.expand_text(plain, (*expansions, *prefix_expansions))
