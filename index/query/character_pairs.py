"""Pure: which pairs of Chinese characters are no word, but the end of one and the beginning of the next.

Chinese is searched in overlapping pairs. Nobody writes `把账` of `把账号删掉`, so that it would count as a word that no
article has, the most telling of all.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{2}")
# Chinese particles, prepositions, pronouns, auxiliaries and the like, as Simplified.
_FUNCTION = frozenset(
    "的了着过吗呢吧啊呀嘛么把被给跟和与或及在是有没不就都还也很太再才又已我你您他她它们这那哪什怎谁可以能会要想个请让去来到从对为用"
)


def between_words(pairs: Sequence[str], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which unknown pairs of Chinese characters are the end of one word and the beginning of the next: each character
    is a function word or stands in a pair that is known, or is told by another pair beside a function word."""
    own = [len(pair) == 2 and bool(_HAN.match(pair)) for pair in pairs]
    if not any(own):
        return np.zeros(len(pairs), bool)
    two = [pair for pair, is_pair in zip(pairs, own, strict=True) if is_pair]
    said = [p for p, is_pair, is_known in zip(pairs, own, known, strict=True) if is_pair and is_known]
    content = [pair for pair in two if _FUNCTION.isdisjoint(pair)]
    known_ends, known_starts = {pair[1] for pair in said}, {pair[0] for pair in said}
    ends, starts = {pair[1] for pair in content}, {pair[0] for pair in content}

    def crosses(first: str, second: str) -> bool:
        if first in _FUNCTION or second in _FUNCTION:
            return (first in _FUNCTION or first in known_ends | ends) and (
                second in _FUNCTION or second in known_starts | starts
            )
        return first in known_ends and second in known_starts

    return np.array(
        [is_pair and not k and crosses(*pair) for pair, is_pair, k in zip(pairs, own, known, strict=True)], bool
    )
