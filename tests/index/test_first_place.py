"""What makes the first result unsure."""

from pathlib import Path

import numpy as np
import pytest

from index.embed.hashing import HashingEmbedder
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.first_place import is_mostly_unknown
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from tests.index.builders import article


@pytest.mark.parametrize(("count", "few"), [(3, True), (24, True), (25, False)])
def test_in_few_articles_words_that_nobody_wrote_decide(tmp_path: Path, count: int, few: bool) -> None:
    articles = [
        article(f"a{n}-{lang}", f"Text {n}.", lang=lang, key=f"a{n}") for n in range(count) for lang in ("en", "tr")
    ]
    bring_up_to_date(articles, HashingEmbedder(), tmp_path)
    generation = LiveIndex(tmp_path).current()
    assert generation is not None
    signals = np.zeros(len(FIRST_SIGNALS), np.float32)
    assert not is_mostly_unknown(generation, signals)
    signals[FIRST_SIGNALS.index("rare_unknown")] = 0.49
    assert not is_mostly_unknown(generation, signals)
    signals[FIRST_SIGNALS.index("rare_unknown")] = 0.53
    assert is_mostly_unknown(generation, signals) is few
