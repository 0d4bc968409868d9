"""What was sent in a ticket, to be recognised in a quotation, without I/O.

Mail programs break lines anew, change quotation marks and rewrite links. So letters and digits are compared, without
all else, and links to the help centre are left out.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

_MOST = 300_000
_PLACES = 6  # at which the same run of letters is looked at
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,4000}", re.IGNORECASE)
_IMAGE = re.compile(r"\[(?:cid:|image|logo)[^\]\n]{0,200}\]", re.IGNORECASE)


class SentText:
    """`covers` tells whether a text was sent, wherever its lines are broken. `hosts` are those of our own links."""

    def __init__(self, texts: Iterable[str] = (), hosts: Iterable[str] = ()):
        self._hosts = tuple(host.lower() for host in hosts if host)
        self._whole: defaultdict[str, list[int]] = defaultdict(list)
        parts: list[str] = []
        at = 0
        for text in texts:
            for line in text.split("\n"):
                letters = self.letters(line)
                if letters and at + len(letters) < _MOST:
                    self._whole[letters].append(at)
                    parts.append(letters)
                    at += len(letters)
            parts.append("\0")
            at += 1
        self._all = "".join(parts)
        self._places: dict[int, defaultdict[str, list[int]]] = {}

    def __bool__(self) -> bool:
        return bool(self._all.strip("\0"))

    def letters(self, line: str) -> str:
        """What of a line is compared."""
        line = _IMAGE.sub("", line)
        if "://" in line or "www." in line.lower():
            line = _LINK.sub(lambda link: "" if self._is_own(link[0]) else link[0], line)
        return "".join(ch for ch in unicodedata.normalize("NFKC", line).casefold() if ch.isalnum())

    def _is_own(self, link: str) -> bool:
        if not self._hosts:
            return False
        try:
            host = (urlsplit(link if "://" in link else f"http://{link}").hostname or "").lower()
        except ValueError:
            return False
        # Scanners of links put the address into a parameter of their own.
        return host in self._hosts or any(f"://{own}" in unquote(link).lower() for own in self._hosts)

    def read(self, lines: list[str]) -> Iterator[bool]:
        """Of each line whether it was sent; a line without letters counts as its neighbours, that is, as sent.

        Short lines count only where they continue the one before, or begin what the next one continues: an answer of
        one word between quoted lines is an answer, even if the word was said before.
        """
        letters = [self.letters(line) for line in lines]
        at: int | None = None  # where the line before ended
        for number, line in enumerate(letters):
            if not line:
                yield True
                continue
            found, goes_on = self._cover(line, at)
            if not goes_on:
                wide = _is_wide(line)
                if found is None or len(line) < (10 if wide else 24):
                    following = next((one for one in letters[number + 1 : number + 4] if one), "")
                    alone = at is None and not following
                    found = self._begin(line, following, found, alone=alone)
            at = found
            yield found is not None

    def _begin(self, line: str, following: str, found: int | None, *, alone: bool) -> int | None:
        """Where a line ends that the next one continues, or that is all there is."""
        ends: list[int] = [start + len(line) for start in self._whole.get(line, [])[:_PLACES]]
        if alone and ends:
            return ends[0]
        if found is not None:
            ends.append(found)
        for behind in ends:
            if following and self._all.startswith(following[:24], behind):
                return behind
        return None

    def _cover(self, line: str, at: int | None) -> tuple[int | None, bool]:
        """Where the line ends in what was sent, if it is made of pieces of it; and whether it goes on from `at`."""
        if at is not None and self._all.startswith(line, at):
            return at + len(line), True
        done = 0
        run, least = (4, 6) if _is_wide(line) else (8, 14)
        while done < len(line):
            best = self._common(line, done, at) if at is not None else 0
            behind = (at or 0) + best
            for place in self._at(line[done : done + run], run):
                length = self._common(line, done, place)
                if length > best:
                    best, behind = length, place + length
            if best < least and not (done + best == len(line) and best >= run):
                return None, False
            done, at = done + best, behind
        return at, False

    def _common(self, line: str, start: int, place: int) -> int:
        """How many letters agree. The steps grow and shrink, so that the work is that of what agrees."""
        same, step, growing = 0, 16, True
        while step:
            piece = line[start + same : start + same + step]
            if len(piece) == step and self._all.startswith(piece, place + same):
                same += step
                step = step * 2 if growing else step // 2
            else:
                growing, step = False, step // 2
        return same

    def _at(self, run: str, length: int) -> list[int]:
        if length not in self._places:
            index: defaultdict[str, list[int]] = defaultdict(list)
            for place in range(len(self._all) - length + 1):
                places = index[self._all[place : place + length]]
                if len(places) < _PLACES:
                    places.append(place)
            self._places[length] = index
        return self._places[length].get(run, [])


def _is_wide(line: str) -> bool:
    """Whether most of it is Chinese, Japanese or Korean, which says in six signs what others say in twenty."""
    return sum(ch > "\u2e7f" for ch in line) * 2 > len(line)
