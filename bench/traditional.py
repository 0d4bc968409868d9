"""Makes index/data/traditional.npz from the dictionaries of the installed OpenCC; run it when OpenCC is updated.

    python -m bench.traditional [--out FILE]

tests/index/test_traditional.py fails when the file is not that of the installed version.
"""

import argparse
import json
import subprocess
import tempfile
import unicodedata
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import opencc

from index.traditional import COMPATIBLE, NOTHING, OWN, PATH, PLAIN

_CLIB = Path(opencc.__file__).with_name("clib")
# What s2t.json is known to say; another chain would need other code.
_NORMALIZED = "CJK_Compatibility_Ideographs.ocd2"
_PHRASES = ("STPhrases.ocd2", "STPhrases_GeneratedFromRegionalPhrases.ocd2")
_LETTERS = "STCharacters.ocd2"


class NotSupported(RuntimeError):
    """The dictionaries of this OpenCC cannot be stored in our table; `str(error)` says why."""


def make() -> dict[str, Any]:
    """The arrays of the file. Raises NotSupported."""
    _check_chain()
    letters = _read(_LETTERS)
    phrases: dict[str, str] = {}
    for name in reversed(_PHRASES):  # the first dictionary counts
        phrases |= _read(name)
    _check(letters, phrases)
    return _arrays(letters, phrases)


def _arrays(letters: dict[str, str], phrases: dict[str, str]) -> dict[str, Any]:
    prefixes = {phrase[:size] for phrase in phrases for size in range(1, len(phrase) + 1)}
    nodes = sorted(prefixes, key=lambda prefix: (len(prefix), prefix))
    number = {prefix: i for i, prefix in enumerate(nodes)}
    # The children of the root come first, then those of each node in turn.
    children = np.zeros(len(nodes) + 1, np.uint32)
    counts = np.bincount([number[p[:-1]] for p in nodes if len(p) > 1], minlength=len(nodes))
    children[:] = sum(len(p) == 1 for p in nodes) + np.concatenate([[0], np.cumsum(counts)])
    table = str.maketrans(letters)
    kinds = [NOTHING if p not in phrases else PLAIN if phrases[p] == p.translate(table) else OWN for p in nodes]
    own = [phrases[p] for p, kind in zip(nodes, kinds, strict=True) if kind == OWN]
    return {
        "letters": _packed("".join(letters) + "".join(letters.values()), "utf-32-le"),
        "texts": _packed("".join(own), "utf-32-le"),
        "children": children,
        "codes": np.array([ord(p[-1]) for p in nodes], np.uint32),
        "kinds": np.array(kinds, np.uint8),
        "own": np.flatnonzero(np.array(kinds) == OWN).astype(np.uint32),
        "starts": np.array([0, *accumulate(map(len, own))][:-1], np.uint32),
    }


def _packed(text: str, encoding: str) -> Any:
    return np.frombuffer(text.encode(encoding), np.uint8)


def _read(name: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.txt"
        source = _CLIB / "share" / "opencc" / name
        # opencc_dict comes with the package. OpenCC takes the first of several readings.
        command = [str(_CLIB / "bin" / "opencc_dict"), "-i", str(source), "-o", str(out), "-f", "ocd2", "-t", "text"]
        subprocess.run(command, check=True, capture_output=True)
        rows = (line.split("\t") for line in out.read_text(encoding="utf-8").splitlines() if line)
        return {written: readings.split(" ")[0] for written, readings in rows}


def _check_chain() -> None:
    said = json.loads((_CLIB / "share" / "opencc" / "s2t.json").read_text(encoding="utf-8"))

    def dictionary(file: str) -> dict[str, str]:
        return {"type": "ocd2", "file": file}

    union = {"type": "group", "match_policy": "union", "dicts": [dictionary(file) for file in _PHRASES]}
    chain = {"type": "group", "match_policy": "short_circuit", "dicts": [union, dictionary(_LETTERS)]}
    wanted = {"normalization": [{"dict": dictionary(_NORMALIZED)}], "conversion_chain": [{"dict": chain}]}
    if {key: value for key, value in said.items() if key != "name"} != wanted:
        raise NotSupported("s2t.json is not what it was: see what OpenCC changed, and index/traditional.py with it.")


def _check(letters: dict[str, str], phrases: dict[str, str]) -> None:
    wrong = [k for k, v in letters.items() if (len(k), len(v)) != (1, 1)]
    wrong += [k for k, v in phrases.items() if len(k) != len(v) or len(k) < 2]
    compatible = {c for c in map(chr, range(0x110000)) if COMPATIBLE.fullmatch(c)}
    normal = {c: unicodedata.normalize("NFC", c) for c in sorted(compatible)}
    if wrong or {c: n for c, n in normal.items() if c != n} != _read(_NORMALIZED):
        raise NotSupported(f"Entries that the table cannot hold: {wrong[:5] or _NORMALIZED}.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.traditional", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=PATH, help="the file to write (default: %(default)s)")
    given = parser.parse_args(arguments)
    arrays = make()
    np.savez_compressed(given.out, **arrays)
    print(f"{given.out}: {len(arrays['codes'])} nodes, {given.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
