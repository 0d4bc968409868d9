"""Everyday sentences that are no danger in any shop: near misses by meaning of every `_urgent.yml`.

Short texts are near all short examples, whatever they say, and no author thinks of all that is harmless: something is
broken, lost, stolen, wet, late, too small, somebody is angry. Written for this product, in
`index/data/harmless/<language>.txt`: one a line, under the name of what it is about; and single things that shops sell
and speak of (`battery`, `oven`) in `index/data/things/<language>.txt`, since a word is near every example that has it.
What is asked of any product (`How do I clean it`) is in `index/data/questions/<language>.txt` where there are many
sentences besides; in languages that have fewer, all stand in one file.
Their vectors by the default model are shipped (`python -m bench.harmless` writes them), so that a process that starts
need not embed some hundred texts.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.texts.languages import is_chinese
from index.analysis import in_script
from index.protocols import Vectors

_FOLDER = Path(__file__).parents[1] / "data" / "harmless"
_THINGS = _FOLDER.with_name("things")
_QUESTIONS = _FOLDER.with_name("questions")
# The name of what is not meant as it is said: beside a product's name it would be danger.
_FIGURES = "# figures of speech"
# The name of what is harmless of any product though a word of harm stands in it: it was so before anybody used it, or
# it is meant of apps.
_WHATEVER = "# before it was used, and of apps"
SHIPPED = Path(__file__).parents[1] / "data" / "harmless.npz"


@lru_cache(maxsize=1)
def harmless_sentences() -> tuple[tuple[str, str], ...]:
    """Language and text of each."""
    return _texts(_FOLDER)


@lru_cache(maxsize=1)
def harmless_things() -> tuple[tuple[str, str], ...]:
    """Language and text of each thing that is named alone."""
    return _texts(_THINGS)


@lru_cache(maxsize=1)
def harmless_questions() -> tuple[tuple[str, str], ...]:
    """Language and text of each question about any product."""
    return _texts(_QUESTIONS)


@lru_cache(maxsize=1)
def plain_sentences() -> tuple[tuple[str, str], ...]:
    """The sentences and questions that are meant as they are said, of whatever product."""
    return (*_texts(_FOLDER, figures=False), *harmless_questions())


@lru_cache(maxsize=1)
def harmless_of_any_product() -> frozenset[tuple[str, str]]:
    """Those of them that stand beside a product's name whatever words they have."""
    return frozenset(_texts(_QUESTIONS, only=_WHATEVER))


def _texts(folder: Path, *, figures: bool = True, only: str = "") -> tuple[tuple[str, str], ...]:
    found = []
    for path in sorted(folder.glob("*.txt")):
        name = ""
        for line in filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())):
            if line.startswith("#"):
                name = line
            elif (figures or name != _FIGURES) and only in ("", name):
                found.append((path.stem, line))
    return tuple(found)


def texts_in_all_scripts() -> tuple[str, ...]:
    """All texts that may be compared: a Chinese sentence in both scripts."""
    texts = []
    for lang, text in (*harmless_sentences(), *harmless_questions(), *harmless_things()):
        texts += [in_script(text, to) for to in ("zh-Hant", "zh-Hans")] if is_chinese(lang) else [text]
    return tuple(dict.fromkeys(texts))


@lru_cache(maxsize=2)
def shipped_vectors(fingerprint: str) -> Mapping[str, Vectors]:
    """Query vectors by text in half precision, as shipped for a model; empty for a model that has none."""
    model = fingerprint.split("@")[0]
    if not SHIPPED.is_file():
        return {}
    with np.load(SHIPPED) as stored:
        if f"{model}/texts" not in stored.files:
            return {}
        texts, vectors = stored[f"{model}/texts"].tolist(), stored[f"{model}/vectors"]
    return dict(zip(texts, vectors, strict=True))
