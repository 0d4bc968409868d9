"""The sites that may embed the widget, from the settings."""

from dataclasses import replace

from app.settings.schema import Settings
from core.texts.localized_text import LocalizedText
from support.intake.origins import LOOPBACK, read_origin
from support.intake.sites import Site

DEMO_KEY = "demo"


def read_sites(settings: Settings) -> dict[str, Site]:
    """Every site by its key. In development there is one more, `demo`, for pages on this machine."""
    found = {site.key: _with_defaults(site, settings) for site in settings.sites}
    if not settings.production and DEMO_KEY not in found:
        found[DEMO_KEY] = _with_defaults(_demo(), settings)
    return found


def _with_defaults(site: Site, settings: Settings) -> Site:
    """Fill in defaults of the help centre for what the site leaves out."""
    languages = site.languages or settings.languages
    default = settings.default_lang if settings.default_lang in languages else languages[0]
    return replace(
        site,
        name=site.name or LocalizedText.plain(settings.site_name),
        languages=languages,
        default_language=site.default_language or default,
    )


def _demo() -> Site:
    here = [f"{scheme}://{host}:*" for scheme in ("http", "https") for host in (*LOOPBACK, "*.localhost")]
    return Site(DEMO_KEY, origins=tuple(read_origin(text) for text in here), webviews=True)
