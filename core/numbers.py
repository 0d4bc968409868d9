"""Whole numbers that strangers write.

`str.isdigit` also holds for `²` and `٣`: `int` refuses the first, which becomes an error 500, and takes the second. It
refuses more than 4300 digits as well. So whatever comes from outside is read here.
"""

import re

_DIGITS = re.compile(r"[0-9]{1,18}")


def whole_number(text: str, *, most: int = 10**18 - 1) -> int | None:
    """The number these ASCII digits write, None for anything else and for more than `most`."""
    if not _DIGITS.fullmatch(text):
        return None
    number = int(text)
    return number if number <= most else None
