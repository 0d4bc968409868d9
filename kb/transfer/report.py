"""What an import found, would write and left out, for people and for machines."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.findings import Finding
from kb.transfer.plan import Plan
from kb.transfer.sync import UPSTREAM, Change, Steps

_SHOWN = 5
_EXPLAINED = {
    "not-read": "Not read",
    "removed-markup": "Markup taken out, its text kept",
    "foreign-markup": "Markup not understood, left as it is",
    "unclosed-box": "Boxes that nothing closes",
    "address-taken": "Addresses that another page has too",
    "header-field": "Fields of headers without a meaning here",
    "header-broken": "Headers that could not be read",
    "not-for-everyone": "Not for everyone there, so drafts here",
    "empty": "Without a text",
    "renamed": "Renamed there, so moved here",
    "took-too-long": "Not imported, for they take too long to read",
    "not-converted": "Not imported, for the program failed at them",
    "dropped-hidden": "With text that browsers hide, left out",
    "link": "Links of the file system, not followed",
}


@dataclass(frozen=True)
class TitleSearch:
    """How many titles find their own article among the first five; `how` says by what. `lost` are some that do not."""

    found: int
    tried: int
    how: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class DoubtfulLanguage:
    """Articles at `paths` that are filed under one language and read as another."""

    filed: str
    read: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    kind: str
    title: str
    files: int
    plan: Plan
    steps: Steps
    titles: TitleSearch | None = None
    problems: Sequence[Finding] = ()
    doubtful: Sequence[DoubtfulLanguage] = ()

    def to_json(self) -> dict[str, Any]:
        plan, steps = self.plan, self.steps
        return {
            "kind": self.kind, "files": self.files, "articles": plan.articles, "drafts": plan.drafts,
            "languages": list(plan.languages), "categories": plan.categories,
            "languages_doubtful": [
                {"filed": d.filed, "reads_as": d.read, "paths": list(d.paths)} for d in self.doubtful
            ],
            "changes": {change.value: len(steps.of(change)) for change in Change if steps.of(change)},
            "written": [step.path for step in steps.of(Change.NEW, Change.UPDATED, Change.MOVED)],
            "both_changed": [{"here": s.path, "upstream": f"{UPSTREAM}/{s.path}"} for s in steps.of(Change.BOTH)],
            "in_the_way": [{"here": s.path, "upstream": f"{UPSTREAM}/{s.path}"} for s in steps.of(Change.IN_THE_WAY)],
            "deleted_here": [step.path for step in steps.of(Change.DELETED_HERE)],
            "gone_upstream": [step.path for step in steps.of(Change.GONE)],
            "not_read": [step.path for step in steps.of(Change.UNREAD)],
            "dropped": [_row(f) for f in plan.findings],
            "pictures_missing": [_row(f) for f in plan.missing],
            "pictures_remote": [_row(f) for f in plan.remote],
            "links": [_row(f) for f in plan.broken],
            "files_not_used": plan.unused,
            "titles": {"found": self.titles.found, "tried": self.titles.tried, "by": self.titles.how,
                       "lost": list(self.titles.lost)} if self.titles else None,
            "problems": [_row(f) for f in self.problems],
        }  # fmt: skip

    def lines(self, *, verbose: bool = False) -> Iterator[str]:
        plan, steps = self.plan, self.steps
        drafts = f", {_many(plan.drafts, 'draft')} among them" if plan.drafts else ""
        yield f"From {self.title}: {_many(self.files, 'file')} in, {_many(plan.articles, 'article')} out{drafts}."
        yield f"Languages: {', '.join(plan.languages) or 'none'}. {_many(plan.categories, 'category', 'categories')}."
        yield from self._doubts(plan)
        copies = [o for o in plan.outputs if o.file]
        if copies and plan.articles != len(copies):
            rest = f"; {plan.unused} that no article uses were left" if plan.unused else ""
            yield f"{_many(len(copies), 'picture or file', 'pictures and files')} copied{rest}."
        yield from self._changes(steps)
        by_code: dict[str, list[Finding]] = defaultdict(list)
        for finding in plan.findings:
            by_code[finding.code].append(finding)
        for code, findings in sorted(by_code.items()):
            yield from _some(_EXPLAINED.get(code, f"Left out ({code})"), findings, verbose)
        yield from _some("Pictures that are missing", plan.missing, verbose)
        yield from _some("Pictures on other sites", plan.remote, verbose)
        yield from _some("Links that lead to none of the articles", plan.broken, verbose)
        if self.problems:
            yield from _some("What lint would say of them", self.problems, verbose)
        if self.titles and self.titles.tried:
            lost = f" Not: {'; '.join(self.titles.lost[:_SHOWN])}" if self.titles.lost else ""
            yield f"{self.titles.found} of {self.titles.tried} titles find their own article ({self.titles.how}).{lost}"

    def _doubts(self, plan: Plan) -> Iterator[str]:
        for one in self.doubtful:
            count = f"{len(one.paths)} of {_many(plan.articles, 'article')}"
            yield f"Filed under {one.filed}, but reads as {one.read}: {count}"
            shown = one.paths[:_SHOWN]
            yield f"  {', '.join(shown)}{', …' if len(one.paths) > len(shown) else ''}"
            yield (
                f"  If that is right: --lang {one.read} for all whose language the source does not say, or"
                f" `lang: {one.read}` in the headers of single pages there."
            )

    def _changes(self, steps: Steps) -> Iterator[str]:
        counts: Mapping[Change, int] = Counter(step.change for step in steps.steps)
        shown = (Change.NEW, Change.UPDATED, Change.MOVED, Change.UNCHANGED, Change.EDITED_HERE)
        yield "Files: " + (", ".join(f"{counts[c]} {c.value}" for c in shown if counts.get(c)) or "none") + "."
        for step in steps.of(Change.BOTH):
            yield f"  edited here and changed upstream: {step.path} was kept; the new text is {UPSTREAM}/{step.path}"
        for step in steps.of(Change.IN_THE_WAY):
            yield f"  another file is there: {step.path} was kept; the imported one is {UPSTREAM}/{step.path}"
        for step in steps.of(Change.DELETED_HERE):
            changed = " and changed upstream" if step.output else ""
            yield f"  deleted here{changed}: {step.path} was not made again"
        for step in steps.of(Change.GONE):
            yield f"  gone upstream: {step.path} was kept; delete it if nobody needs it"
        for step in steps.of(Change.UNREAD):
            yield f"  not read this time: {step.path} was kept as it was"


def _row(finding: Finding) -> dict[str, Any]:
    return {"path": finding.path, "line": finding.line, "code": finding.code, "message": finding.message}


def _some(title: str, findings: Sequence[Finding], verbose: bool) -> Iterator[str]:
    if not findings:
        return
    yield f"{title}: {len(findings)}"
    for finding in findings if verbose else findings[:_SHOWN]:
        place = f"{finding.path}:{finding.line}: " if finding.path else ""
        yield f"  {place}{finding.message}"
    if not verbose and len(findings) > _SHOWN:
        yield f"  … and {len(findings) - _SHOWN} more (--verbose lists all)"


def _many(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
