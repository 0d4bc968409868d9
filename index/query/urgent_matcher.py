"""Finds authors' urgent messages (`_urgent.yml`) that a text calls for: by words (index/query/urgent_words.py), and by
meaning.

Recall goes before precision: a false alarm is a box above the usual results, a missed one may be a fire. A text is
judged sentence by sentence, since the one that matters is short and stands among thanks and order numbers.

- By words: all tokens of a phrase stand close together, in any order, in the forms of the language's analyzer; a word
  with a star matches any ending; small words (`on`, `me`) count where only one other word is in the phrase, and then
  all stand side by side as written. Chinese is compared without spaces, in one script. A near miss that has such a
  phrase in itself (`smoke grey`) hides its own words. Where there is a model, a sentence that says more than the phrase
  needs a little meaning besides (`the sale is on fire` has none): the sentence, or what stands around the phrase, since
  what is asked in the same breath (`it smokes and how do I return it`) makes no danger harmless.
- Plainly said (index/query/plain_danger.py): in any language, of what the author speaks of in one; neither meaning nor
  near misses speak against it, but for one that says the same.
- By meaning: the similarity to the nearest example, and how much nearer that is than the nearest near miss, both
  centred for their languages; and on which side of a boundary between all examples and all near misses the text lies (a
  logistic regression on their vectors), since what examples have in common says more than any one of them. It works
  across languages, and needs the model. A long sentence is near nothing: its clauses are compared as well, and in
  languages in which no author wrote words the runs of a few words that it has. Near misses are the authors' and the
  everyday sentences of index/query/harmless.py, but for those that an author counts as danger; the same beside the
  words that examples have for the product (index/query/product_words.py); and the titles and questions of the site's
  articles (index/site_questions.py). For a text of one word, and none of danger, they are also the things of
  harmless.py. A short question of ordinary words only (index/query/ordinary.py) means none, nor does mere haste.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from index.analysis import family
from index.models import UrgentMatch
from index.parts.language_centering import Means, subtract_mean
from index.parts.lexicon import Lexicon
from index.protocols import Embedder, Vectors
from index.query import ordinary, plain_danger
from index.query.harmless import (
    harmless_of_any_product,
    harmless_questions,
    harmless_sentences,
    harmless_things,
    plain_sentences,
    shipped_vectors,
)
from index.query.ordinary import AuthorsWords, is_one_harmless_word, names_harm, says_only_ordinary_things, tokens_of
from index.query.product_words import names, product_words, spoken, words_of_kinds
from index.query.urgent_words import UrgentWords, WordHit, in_script_of, match_of
from kb.source.search_hints import Hints
from kb.source.urgent_messages import UrgentEntry

# Fitted on the examples of the demo and the sentences of tests/model/danger.py, which docs/authors/urgent.md reports.
NEAR_MISS_WEIGHT = 1.0
# What a text must reach with very many examples; with few of them it is less, since few are near it.
MEANS_DANGER, _LESS_WITH_FEW = 0.6, 0.3
# Words of danger in a sentence that means less than this are a figure of speech.
WORDS_MEAN = 0.05
# The boundary's log-odds weigh this much with very many examples, and half of it with _HALF_TRUSTED of each kind.
_BOUNDARY_WEIGHT, _HALF_TRUSTED = 0.44, 20
# A text that is so much nearer to a near miss than to any example is none, whatever else speaks for it; nor is one that
# says what a near miss says, if that is nearer at all. Below _SAYS everything is far, and which is nearer says little.
_CLEARLY_NEARER, _SAYS = 0.1, 0.75
# Where both name the product, a little says which is nearer. Hardly nearer to an example, it is danger only if the
# boundary speaks for that by these log-odds.
_NEARER_TO_PRODUCT, _HARDLY_NEARER, _SPEAKS_FOR_DANGER = 0.04, 0.03, 0.5
# The kind of danger is told by so many examples of each.
_SEVERAL = 5
# As good as the same text; with examples, that of an author goes before all that is computed.
_SAME = 0.97
# An everyday sentence as near as this to an example is danger in this shop.
_AS_GOOD_AS = 0.9
# What a sentence about any product says beside a product's name: the sum of both, of which the name weighs this much.
_NAMED_WEIGHT = 0.8
_BOUNDARY_L2, _BOUNDARY_STEPS, _BOUNDARY_CLOSE = 1e-3, 10, 1e-2
# Where everything is far, the nearest says nothing: a part of a sentence must be as near as this to an example.
_PART_IS_NEAR = 0.4
_KEPT_VECTORS = 4096
# Texts with their languages.
_Texts = list[tuple[str, str]]
# How near each of some centred vectors is to what the site's articles answer, given those of all examples.
NearestOfSite = Callable[[Vectors, Vectors], Vectors]
_NONE_KNOWN: Mapping[str, Vectors] = MappingProxyType({})


@dataclass(frozen=True)
class Meaning:
    """How much the sentence of a text that means most danger does so, and the entry where that is enough; and how much
    each of the sentences does."""

    score: float
    match: UrgentMatch | None = None
    scores: tuple[float, ...] = ()

    def of(self, numbers: Iterable[int]) -> "Meaning":
        """How much those sentences mean it that are among the compared ones, by their places there."""
        own = [self.scores[number] for number in numbers if number < len(self.scores)]
        return replace(self, score=max(own)) if own and self.match is None else self


@dataclass(frozen=True)
class _Examples:
    """Centred vectors of all examples with their entries, and of all near misses, of which those that say what is said
    of any product move no boundary; `boundary` is the linear model that tells them apart, the constant last, already
    weighed by `trusted`; `needed` is the score of danger. `of_products` are near misses that name one of the `products`
    of the examples, `of_kinds` those of products that one kind of danger names, each for sentences that name it; they
    move no boundary either. `things` are those of texts that are one word and none of danger. `ordinary` tells
    what is said of lights and batteries and no author has as an example. `written` are the words that authors used, by
    family."""

    entries: tuple[tuple[UrgentEntry, str], ...]
    vectors: Vectors
    near_misses: Vectors
    of_products: Vectors
    of_kinds: tuple[tuple[tuple[str, str], Vectors], ...]
    things: Vectors
    boundary: Vectors
    trusted: float
    needed: float
    products: tuple[tuple[str, str], ...]
    ordinary: tuple[Callable[[str, str], bool], ...]
    written: Mapping[str, AuthorsWords]
    names: NDArray[np.str_]


class UrgentMatcher:
    """Keeps what was prepared for the current hints. Safe to use from many threads."""

    def __init__(self) -> None:
        self.words = UrgentWords()
        self._lock = threading.Lock()
        self._examples_lock = threading.Lock()  # one thread embeds them, which takes seconds on a busy machine
        self._examples: tuple[tuple[Hints, str, int], _Examples] | None = None
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._harmless: tuple[Hints, tuple[_Texts, ...]] | None = None

    def with_around(
        self,
        words: WordHit | None,
        meaning: Meaning | None,
        lang: str,
        reader: str,
        hints: Hints,
        embedder: Embedder,
        means: Means,
        texts: Sequence[str],
    ) -> Meaning | None:
        """What a text means whose sentences, `texts`, mean too little for the words of danger in it: what stands around
        these, compared by itself, may mean more. Embeds nothing where that changes nothing."""
        if words is None or words.certain or meaning is None or meaning.score >= WORDS_MEAN:
            return meaning
        around = [text for one in words.around if (text := in_script_of(one, lang, hints)) not in texts]
        if not around:
            return meaning
        near = self.by_meaning(np.stack(self.embedded(around, embedder)), lang, reader, hints, embedder, means)
        return replace(meaning, score=max(meaning.score, near.score)) if near else meaning

    def by_meaning(
        self,
        vectors: Vectors,
        lang: str,
        reader: str,
        hints: Hints,
        embedder: Embedder,
        means: Means,
        texts: Sequence[str] = (),
        lexicons: Mapping[str, Lexicon] | None = None,
        of_site: NearestOfSite | None = None,
        near_enough: float = -1.0,
    ) -> Meaning | None:
        """What the sentences mean, given as their uncentred query vectors; None where no entry has examples. `texts`
        are the sentences, of which those of ordinary words only are no danger; `lexicons` the words of the articles,
        `of_site` what they answer, which is asked only for what seems to be danger. What is no nearer to an example
        than `near_enough` is none."""
        examples = self._examples_of(hints, embedder, means)
        if not examples.entries:
            return None
        asked = subtract_mean(np.atleast_2d(vectors), means.query(lang))
        near = asked @ examples.vectors.T
        best = near.max(axis=1)
        misses = (asked @ examples.near_misses.T).max(axis=1) if len(examples.near_misses) else np.zeros(len(asked))
        if texts and len(examples.things):
            to_things = (asked @ examples.things.T).max(axis=1)
            alone = [is_one_harmless_word(text, lang) for text in texts]
            misses = np.where(alone, np.maximum(misses, to_things), misses)
        to_products = (asked @ examples.of_products.T).max(axis=1, initial=-1)
        with_product = np.array([any(names(text, one) for one in examples.products) for text in texts], bool)
        for product, beside in examples.of_kinds:
            named = np.array([names(text, product) for text in texts])
            if named.any():
                to_products[named] = np.maximum(to_products[named], (asked[named] @ beside.T).max(axis=1, initial=-1))
        misses = np.maximum(misses, to_products)
        linear = asked @ examples.boundary[:-1] + examples.boundary[-1]
        same = (best >= _SAME) & (best >= misses)
        ordinary_only = np.zeros(len(asked), bool)
        if texts:
            own = examples.written.get(family(lang), AuthorsWords())
            ordinary_only = np.array([says_only_ordinary_things(text, lang, lexicons, own) for text in texts])
        scores = _score(best, misses) + linear
        harmless = (
            ordinary_only | (best < near_enough) | _is_nearer(misses, best) | (to_products - best > _NEARER_TO_PRODUCT)
        )
        if len(with_product):
            alike = with_product & (best - to_products < _HARDLY_NEARER)
            harmless |= alike & (linear < _SPEAKS_FOR_DANGER * examples.trusted)
        danger = same | ((scores >= examples.needed) & ~harmless)
        if texts:
            for number in np.flatnonzero(danger & ~same).tolist():
                danger[number] = not any(is_said(texts[number], lang) for is_said in examples.ordinary)
        doubtful = np.flatnonzero(danger & ~same)
        if of_site is not None and len(doubtful):
            near_site = np.full(len(asked), -1.0)
            near_site[doubtful] = of_site(asked[doubtful], examples.vectors)
            misses = np.maximum(misses, near_site)
            danger &= same | ((_score(best, misses) + linear >= examples.needed) & ~_is_nearer(misses, best))
        if not danger.any():
            return Meaning(float(scores.max()), scores=tuple(scores.tolist()))
        sentence = int(np.where(danger, scores, -np.inf).argmax())
        entry, example = examples.entries[_nearest_of_its_kind(near[sentence], examples.names)]
        why = f"meaning, like “{example}” ({scores[sentence]:.2f})"
        match = replace(match_of(entry, reader, hints, why, sentence), meant=not same[sentence])
        return Meaning(float(scores.max()), match, tuple(scores.tolist()))

    def with_parts(
        self,
        meaning: Meaning | None,
        wholes: Vectors,
        found: Sequence[tuple[int, str]],
        lang: str,
        reader: str,
        hints: Hints,
        embedder: Embedder,
        means: Means,
        lexicons: Mapping[str, Lexicon] | None = None,
        of_site: NearestOfSite | None = None,
    ) -> Meaning | None:
        """What a text means whose sentences mean no danger, given as their uncentred vectors, `wholes`: by parts of
        long ones, `found`, each with the number of its sentence. A sentence that says what the site answers has no
        part of danger."""
        while meaning is not None and meaning.match is None and found:
            written = [part for _, part in found]
            vectors = np.stack(self.embedded(written, embedder))
            near = self.by_meaning(
                vectors, lang, reader, hints, embedder, means, written, lexicons, of_site, near_enough=_PART_IS_NEAR
            )
            if near is None or near.match is None:
                return meaning
            number = found[near.match.sentence][0]
            whole = subtract_mean(wholes[number : number + 1], means.query(lang))
            if of_site is None or of_site(whole, self._examples_of(hints, embedder, means).vectors)[0] < _SAYS:
                return Meaning(max(meaning.score, near.score), replace(near.match, sentence=number))
            found = [(other, part) for other, part in found if other != number]
        return meaning

    def prepare(self, hints: Hints, embedder: Embedder, means: Means) -> None:
        """Embed the examples, which takes a second where there are some hundred; and read the ordinary words."""
        ordinary.prepare()
        plain_danger.prepare()
        self._examples_of(hints, embedder, means)

    def _examples_of(self, hints: Hints, embedder: Embedder, means: Means) -> _Examples:
        with self._examples_lock:
            return self._known_or_made(hints, embedder, means)

    def _known_or_made(self, hints: Hints, embedder: Embedder, means: Means) -> _Examples:
        key = (hints, embedder.fingerprint, id(means))
        known = self._examples
        if known and known[0][0] is hints and known[0][1:] == key[1:]:
            return known[1]
        entries = [entry for some in hints.urgent.values() for entry in some]
        positive = [(entry, text) for entry in entries for text in entry.examples]
        negative = [(entry.lang, text) for entry in entries for text in entry.near_misses]
        own = self._centred([(entry.lang, text) for entry, text in positive], embedder, means)
        harmless = self._centred(negative, embedder, means)
        # In languages without examples whatever is written is nearer to an everyday sentence of the same language.
        everyday, alone, asked, plain = self._shipped(hints, frozenset(spoken(entry.lang) for entry, _ in positive))

        def compared(texts: Sequence[tuple[str, str]]) -> Vectors:
            """Vectors of those that no author has as an example."""
            found = self._centred(texts, embedder, means, shipped_vectors(embedder.fingerprint))
            kept: Vectors = found[(found @ own.T).max(axis=1, initial=-1) < _AS_GOOD_AS]
            return kept

        named = self._centred(plain, embedder, means, shipped_vectors(embedder.fingerprint))

        def beside(products: Sequence[tuple[str, str]]) -> Vectors:
            return self._beside(products, named, own, embedder, means)

        sayings = plain_danger.says_what_lights_do, plain_danger.says_that_a_battery_is_empty
        ordinary_sayings = tuple(
            is_said for is_said in sayings if not any(is_said(text, entry.lang) for entry, text in positive)
        )
        products = tuple(product_words(entries))
        of_products = beside(products)
        of_kinds = tuple((product, beside([product])) for product in words_of_kinds(entries))
        harmless = np.vstack([harmless, compared(everyday), of_products])
        needed = MEANS_DANGER - _LESS_WITH_FEW * _HALF_TRUSTED / (len(positive) + _HALF_TRUSTED)
        # A single word has little in common with sentences: it is compared, but moves no boundary.
        trusted = _trusted(own, harmless)
        boundary = trusted * _boundary(own, harmless)
        things = compared(alone)
        authors = {
            name: AuthorsWords(
                tokens_of(one for one in negative if family(one[0]) == name),
                tuple(tokens_of([(one.lang, text)]) for one, text in positive if family(one.lang) == name),
            )
            for name in {family(entry.lang) for entry in entries}
        }
        harmless = np.vstack([harmless, compared(asked)])
        names_of = np.array([entry.name for entry, _ in positive])
        examples = _Examples(
            tuple(positive), own, harmless, of_products, of_kinds, things, boundary, trusted, needed, products,
            ordinary_sayings, authors, names_of,
        )  # fmt: skip
        self._examples = (key, examples)
        return examples

    def _beside(
        self, products: Sequence[tuple[str, str]], named: Vectors, own: Vectors, embedder: Embedder, means: Means
    ) -> Vectors:
        """What is said of any product, `named`, beside the names of these, but for what an author has as an example."""
        vectors = self._centred(products, embedder, means)
        texts = np.vstack([vectors, *(named + _NAMED_WEIGHT * product for product in vectors)])
        found = subtract_mean(texts, np.zeros(embedder.dimensions, np.float32))
        kept: Vectors = found[(found @ own.T).max(axis=1, initial=-1) < _AS_GOOD_AS]
        return kept

    def _shipped(self, hints: Hints, written: frozenset[str]) -> tuple[_Texts, ...]:
        """What comes with the product in these languages, in which no author's phrase is: the everyday sentences, the
        things, the questions of any product, and of these and the sentences those that stand beside a product's name
        and are no danger there. Kept for hints, as what they are centred by changes more often."""
        if self._harmless is None or self._harmless[0] is not hints:
            plain = tuple(
                one for one in plain_sentences() if one in harmless_of_any_product() or not names_harm(one[1])
            )
            shipped = (harmless_sentences(), harmless_things(), harmless_questions(), plain)
            own = dict.fromkeys(one for texts in shipped for one in texts if spoken(one[0]) in written)
            kept = {one for one in own if self.words.by_words(one[1], one[0], one[0], hints) is None}
            self._harmless = (
                hints,
                tuple(
                    [(lang, in_script_of(text, lang, hints)) for lang, text in texts if (lang, text) in kept]
                    for texts in shipped
                ),
            )
        return self._harmless[1]

    def _centred(
        self,
        texts: Sequence[tuple[str, str]],
        embedder: Embedder,
        means: Means,
        known: Mapping[str, Vectors] = _NONE_KNOWN,
    ) -> Vectors:
        """Vectors of texts with their languages, `known` where they are."""
        new = [text for _, text in texts if text not in known]
        found = dict(known) | dict(zip(new, self.embedded(new, embedder), strict=True))
        rows = [subtract_mean(found[text], means.query(lang)) for lang, text in texts]
        return np.array(rows, np.float32).reshape(len(rows), embedder.dimensions)

    def embedded(self, texts: Sequence[str], embedder: Embedder) -> list[Vectors]:
        """Query vectors of texts, those that are not known in one batch."""
        with self._lock:
            known = {text: self._vectors.get((embedder.fingerprint, text)) for text in texts}
        new = [text for text, vector in known.items() if vector is None]
        if new:
            found = dict(zip(new, embedder.encode_queries(new), strict=True))
            with self._lock:
                for text, vector in found.items():
                    self._vectors[embedder.fingerprint, text] = vector
                while len(self._vectors) > _KEPT_VECTORS:
                    self._vectors.popitem(last=False)
            known |= found
        return [vector for text in texts if (vector := known[text]) is not None]


def _score(best: Vectors, misses: Vectors) -> Vectors:
    """How near texts are to examples, more by how much nearer that is than the nearest near miss."""
    return np.asarray(best + NEAR_MISS_WEIGHT * np.where(misses > 0, best - misses, 0))


def _nearest_of_its_kind(near: Vectors, names_of: NDArray[np.str_]) -> int:
    """The nearest example of the kind of danger that a text is nearest to, by several examples of each: a single one
    may have only a thing in common with it. What says the same as an example is of its kind."""
    nearest = int(near.argmax())
    if near[nearest] >= _SAYS:
        return nearest
    kinds, counts = np.unique(names_of, return_counts=True)
    several = min(_SEVERAL, int(counts.min()))
    kind = max(kinds, key=lambda name: np.sort(near[names_of == name])[-several:].mean())
    return int(np.where(names_of == kind, near, -np.inf).argmax())


def _is_nearer(misses: Vectors, best: Vectors) -> NDArray[np.bool_]:
    """Whether a near miss is so near that a text is none of danger."""
    return np.asarray((misses - best > _CLEARLY_NEARER) | ((misses > best) & (misses >= _SAYS)))


def _boundary(examples: Vectors, near_misses: Vectors) -> Vectors:
    """Weights and constant of a logistic regression, both kinds weighing the same; zeros where one is missing."""
    fewest, size = min(len(examples), len(near_misses)), examples.shape[1]
    if fewest == 0:
        return np.zeros(size + 1, np.float32)
    texts = np.vstack([examples, near_misses]).astype(float)
    axes = np.eye(size)
    if len(texts) < size:
        # In the space that the texts span, which has fewer dimensions than the model where there are few of them.
        axes = np.linalg.svd(texts, full_matrices=False)[2]
    x = np.hstack([texts @ axes.T, np.ones((len(texts), 1))])
    y = np.repeat([1.0, 0.0], [len(examples), len(near_misses)])
    share = np.where(y > 0, 0.5 / len(examples), 0.5 / len(near_misses))
    ridge = np.append(np.full(len(axes), 2 * _BOUNDARY_L2), 1e-9)
    w = np.zeros(x.shape[1])
    for _ in range(_BOUNDARY_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ ((p - y) * share) + ridge * w
        step = np.linalg.solve((x * (share * p * (1 - p))[:, None]).T @ x + np.diag(ridge), gradient)
        w -= step
        if np.abs(step).max() < _BOUNDARY_CLOSE:
            break
    return np.asarray(np.append(w[:-1] @ axes, w[-1]), np.float32)


def _trusted(examples: Vectors, near_misses: Vectors) -> float:
    """How much the boundary weighs."""
    fewest = min(len(examples), len(near_misses))
    return _BOUNDARY_WEIGHT * fewest / (fewest + _HALF_TRUSTED)


def decided(words: WordHit | None, meaning: Meaning | None) -> UrgentMatch | None:
    """The message of a text by both. Words alone decide where nothing is known of the meaning: there is no model, or no
    time for it."""
    if words is None:
        return meaning.match if meaning else None
    if words.certain or meaning is None or (meaning.score >= WORDS_MEAN and not words.figure):
        return words.match
    return meaning.match
