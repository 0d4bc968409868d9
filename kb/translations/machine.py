"""The draft of a machine, where an operator names a service for it: a POST of JSON as LibreTranslate takes it.

    {"q": ["text", …], "source": "en", "target": "tr", "format": "html", "api_key": "…"}
    {"translatedText": ["metin", …]}

Texts are HTML of words and `<x id="1"></x>`, which stand for markup that must stay as it is.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape

from core.network.errors import NotDelivered
from core.network.safe_http import BadAddress, SafeHttpClient
from core.texts.said import Said, said
from kb.errors import KbError
from kb.translations.units import Unit, has_words, problem_with

_AT_ONCE, _CHARACTERS = 40, 8_000
_LONGEST_SECONDS = 60.0
_PLACE = re.compile(r'<x id="(\d{1,4})"(?:></x>|[ \t]?/>)')
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


class MachineFailed(KbError):
    """There is no draft; `why` says so in words for who runs the service."""

    def __init__(self, why: Said) -> None:
        super().__init__(why)
        self.why = why


class Machine:
    """Translates units. `url` is the address that takes the POST; without one it does nothing."""

    def __init__(self, url: str, key: str, *, allow_private: bool = False) -> None:
        self._url, self._key, self._allow_private = url, key, allow_private

    @property
    def is_there(self) -> bool:
        return bool(self._url)

    def targets(self, units: Sequence[Unit], source: str, target: str) -> dict[str, str]:
        """What the machine made of each unit, without those it damaged. Raises MachineFailed."""
        found: dict[str, str] = {}
        for some in _batches([unit for unit in units if has_words(unit)]):
            for unit, made in zip(
                some, self._translated([_marked(unit) for unit in some], source, target), strict=True
            ):
                words = _unmarked(unit, made)
                if words is not None and problem_with(unit, words) is None:
                    found[unit.id] = words
        if not found:
            raise MachineFailed(said("The translation service gave nothing back that could be used."))
        return found

    def _translated(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        asked = {"q": list(texts), "source": source, "target": target, "format": "html"}
        body = json.dumps({**asked, "api_key": self._key} if self._key else asked).encode()
        try:
            client = SafeHttpClient(
                self._url, allow_private=self._allow_private, what="translation_url", patience=_LONGEST_SECONDS,
                longest=_LONGEST_SECONDS,
            )  # fmt: skip
            answer = client.post(
                client.path, {"Content-Type": "application/json", "Accept": "application/json"}, body
            ).json()
        except (BadAddress, NotDelivered) as failure:
            what = said("The translation service did not answer as it should: %(reason)s.", reason=failure)
            raise MachineFailed(what) from None
        made = answer.get("translatedText") if isinstance(answer, Mapping) else None
        if not isinstance(made, list) or len(made) != len(texts) or not all(isinstance(one, str) for one in made):
            raise MachineFailed(said("The translation service answered without a translatedText for each text."))
        return made


def _batches(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    batch: list[Unit] = []
    size = 0
    for unit in units:
        if batch and (len(batch) >= _AT_ONCE or size + len(unit.text) > _CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(unit)
        size += len(unit.text)
    if batch:
        yield batch


def _marked(unit: Unit) -> str:
    parts, number = [], 0
    for span in unit.spans:
        number += span.protected
        parts.append(f'<x id="{number}"></x>' if span.protected else escape(span.text, quote=False))
    return "".join(parts)


def _unmarked(unit: Unit, made: str) -> str | None:
    """The words with the markup back in its places; None where a place is not known."""
    protected = [span.text for span in unit.spans if span.protected]
    parts, at = [], 0
    for found in _PLACE.finditer(made):
        number = int(found[1])
        if not 1 <= number <= len(protected):
            return None
        parts += [unescape(_TAG.sub("", made[at : found.start()])), protected[number - 1]]
        at = found.end()
    return " ".join("".join([*parts, unescape(_TAG.sub("", made[at:]))]).split())
