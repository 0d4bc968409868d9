"""Pure: findings chosen by code and by what is known, and printed as text, JSON or SARIF."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from kb.findings import Finding, Severity

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_HELP = "docs/authors/lint.md"


def chosen(found: Sequence[Finding], only: Sequence[str], ignore: Sequence[str]) -> list[Finding]:
    """The findings of the codes that were asked for, in order."""
    kept = [f for f in found if (not only or f.code in only) and f.code not in ignore]
    return sorted(kept, key=lambda f: (f.path, f.line, f.code))


def baseline_of(found: Sequence[Finding]) -> str:
    """A file that `without_known` takes. Lines are not in it, so that a change above them changes nothing."""
    counted = Counter((f.path, f.code, f.message) for f in found)
    known = [
        {"path": path, "code": code, "message": message, "count": count}
        for (path, code, message), count in sorted(counted.items())
    ]
    return json.dumps({"version": 1, "known": known}, ensure_ascii=False, indent=1) + "\n"


def without_known(found: Sequence[Finding], baseline: str) -> list[Finding]:
    """The findings that are not in the baseline, each of its lines as often as it was found then.

    Raises ValueError when it is no baseline."""
    data = json.loads(baseline)
    entries = data.get("known") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise ValueError("there is no list of what is known in it")
    left: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        try:
            left[str(entry["path"]), str(entry["code"]), str(entry["message"])] += int(entry.get("count", 1))
        except (AttributeError, KeyError, TypeError) as wrong:
            raise ValueError(f"an entry of it lacks {wrong}") from None
    new = []
    for finding in found:
        key = (finding.path, finding.code, finding.message)
        if left[key]:
            left[key] -= 1
        else:
            new.append(finding)
    return new


def summary(found: Sequence[Finding]) -> Iterator[str]:
    """A line for each code, the most frequent first."""
    for (code, severity), count in _counted(found):
        yield f"{count:6}  {severity:7}  {code}"


def as_json(
    found: Sequence[Finding], errors: int, warnings: int, *, summary: bool = False, untested: Sequence[str] = ()
) -> str:
    told: dict[str, Any] = {"errors": errors, "warnings": warnings}
    if untested:
        told["not_tested"] = list(untested)
    if summary:
        told["summary"] = [
            {"code": code, "severity": severity, "count": count} for (code, severity), count in _counted(found)
        ]
    else:
        told["findings"] = [asdict(f) for f in found]
    return json.dumps(told, ensure_ascii=False, indent=2)


def as_sarif(found: Sequence[Finding]) -> str:
    """SARIF 2.1.0. Paths are below the articles folder, which is the base `ARTICLES`."""
    codes = sorted({f.code for f in found})
    rules = [
        {"id": code, "name": "".join(part.capitalize() for part in code.split("-")),
         "shortDescription": {"text": code.replace("-", " ")},
         "help": {"text": f"See {code} in {_HELP}."}}
        for code in codes
    ]  # fmt: skip
    results = [
        {
            "ruleId": f.code,
            "ruleIndex": codes.index(f.code),
            "level": "error" if f.severity is Severity.ERROR else "warning",
            "message": {"text": f.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(f.path), "uriBaseId": "ARTICLES"},
                        "region": {"startLine": max(1, f.line)},
                    }
                }
            ],
        }
        for f in found
    ]
    driver = {"name": "flask kb lint", "rules": rules}
    bases = {"ARTICLES": {"description": {"text": "The articles folder."}}}
    run = {
        "tool": {"driver": driver}, "originalUriBaseIds": bases, "columnKind": "unicodeCodePoints", "results": results,
    }  # fmt: skip
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _counted(found: Sequence[Finding]) -> list[tuple[tuple[str, str], int]]:
    counted = Counter((f.code, str(f.severity)) for f in found)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
