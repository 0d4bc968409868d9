"""The sites that may embed the widget, from the settings."""

from collections.abc import Mapping
from typing import Any

from app.settings.schema import Settings
from app.settings.sites_schema import DEMO_KEY
from support.intake.origins import LOOPBACK, Origins, read_origin
from support.intake.sites import Site


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
