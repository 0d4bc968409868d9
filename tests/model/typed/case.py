"""One thing somebody types, and what must come of it."""

from dataclasses import dataclass

from index.models import SearchResult, Verdict

ANSWER, SUGGEST, ASK_HUMAN = Verdict.ANSWER, Verdict.SUGGEST, Verdict.ASK_HUMAN
SHOWN = frozenset({ANSWER, SUGGEST})
UNSURE = frozenset({SUGGEST, ASK_HUMAN})
PERSON = frozenset({ASK_HUMAN})
ANY = frozenset(Verdict)


@dataclass(frozen=True)
class Case:
    """`finds`: keys of which one must be among the first `within`; `lacks`: keys that must not be found at all.

    `meant`: the spelling that must be proposed, '' for none. `unmatched`: phrases and codes it must say nobody wrote.
    `lang`: the language the article of `finds` must be shown in. `nothing`: there must be no results.
    """

    reader: str
    text: str
    finds: tuple[str, ...] = ()
    within: int = 3
    verdict: frozenset[Verdict] = ANY
    meant: str | None = None
    lacks: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    lang: str = ""
    nothing: bool = False

    def __str__(self) -> str:
        return f"{self.reader}: {self.text[:60]!r}"

    def wrong(self, result: SearchResult) -> list[str]:
        """What is not as it must be, in words."""
        keys = [hit.key for hit in result.hits]
        found = [hit for hit in result.hits[: self.within] if hit.key in self.finds]
        checks = [
            (result.degraded is None, f"degraded: {result.degraded}"),
            (not self.finds or bool(found), f"{self.finds} not among {keys[: self.within]}"),
            (not self.lang or any(h.ref.lang == self.lang for h in found), f"not shown in {self.lang}"),
            (result.verdict in self.verdict, f"verdict {result.verdict} ({result.confidence:.3f}), {keys[:3]}"),
            (self.meant is None or (result.did_you_mean or "") == self.meant, f"meant {result.did_you_mean!r}"),
            (not set(self.lacks) & set(keys), f"found {set(self.lacks) & set(keys)}"),
            (result.unmatched == self.unmatched, f"unmatched {result.unmatched}"),
            (not self.nothing or not keys, f"found {keys}"),
        ]
        return [message for holds, message in checks if not holds]


def finds(reader: str, text: str, *keys: str, **more: object) -> Case:
    """One of `keys` among the first three."""
    return Case(reader, text, keys, **more)  # type: ignore[arg-type]


def first(reader: str, text: str, *keys: str, **more: object) -> Case:
    """One of `keys` first of all."""
    return Case(reader, text, keys, 1, **more)  # type: ignore[arg-type]


def typo(reader: str, text: str, meant: str, *keys: str) -> Case:
    """A misspelling: `meant` is proposed, and what it means is found."""
    return Case(reader, text, keys, 3, meant=meant)


def person(reader: str, text: str, **more: object) -> Case:
    """Nobody wrote about it: for a person."""
    return Case(reader, text, verdict=PERSON, **more)  # type: ignore[arg-type]
