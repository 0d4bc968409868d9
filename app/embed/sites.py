"""The sites that may embed the widget, from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import current_app, g

from app.config import Settings
from app.embed.origins import LOOPBACK, Origins, read_origin
from app.embed.table import DEMO_KEY


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


def read_sites(settings: Settings) -> dict[str, Site]:
    """Every site by its key. In development there is one more, `demo`, for pages on this machine."""
    found = {row["key"]: _site(row, settings) for row in settings.sites}
    if not settings.production and DEMO_KEY not in found:
        found[DEMO_KEY] = _demo(settings)
    return found


def _site(row: Mapping[str, Any], settings: Settings) -> Site:
    languages = row["languages"] or settings.languages
    default = settings.default_lang if settings.default_lang in languages else languages[0]
    return Site(
        key=row["key"],
        name=row["name"] or settings.site_name,
        origins=Origins(tuple(read_origin(text) for text in row["origins"]), row["webviews"]),
        form=row["form"],
        languages=languages,
        default_language=row["default_language"] or default,
        theme=row["theme"],
        channels=row["channels"],
        identity=row["identity"],
        identity_secrets=row["identity_secrets"],
        identity_keys=row["identity_keys"],
        requests_per_minute=row["requests_per_minute"],
    )


def _demo(settings: Settings) -> Site:
    here = [f"{scheme}://{host}:*" for scheme in ("http", "https") for host in (*LOOPBACK, "*.localhost")]
    return Site(
        key=DEMO_KEY,
        name=settings.site_name,
        origins=Origins(tuple(read_origin(text) for text in here), nameless=True),
        form="",
        languages=settings.languages,
        default_language=settings.default_lang,
    )


def sites() -> Mapping[str, Site]:
    """Those of the app that answers this request."""
    return cast(Mapping[str, Site], current_app.extensions["signpost.sites"])


def current_site() -> Site | None:
    """The site whose page asks, once `cors` let it in; None for requests that name none."""
    return cast(Site | None, g.get("site"))
