"""A site that may embed the widget: which pages are its own, and whose word it may give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.intake.origins import Origins


@dataclass(frozen=True)
class Site:
    """`key` is public: it names a site and proves nothing. `channels` are kinds; none means all there are."""

    key: str
    name: Any
    origins: Origins
    form: str
    languages: tuple[str, ...]
    default_language: str
    theme: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    identity: str = "none"
    identity_secrets: tuple[str, ...] = field(default=(), repr=False)
    identity_keys: tuple[str, ...] = ()
    requests_per_minute: int = 6000

    @property
    def hosts(self) -> tuple[str, ...]:
        """Of its pages."""
        return tuple(dict.fromkeys(one.host for one in self.origins.listed))
