"""The launcher configuration of all sites, inlined into the loader: its looks, and the contact channels.

It is part of `/widget.js`, so that a page shows the launcher without another request and offers the contact channels
even when the help centre is down. The file is public: keys and origins are included only as hashes that a page compares
with its own, so that it does not list an operator's sites.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import current_app, request, url_for

from app.current import sites
from app.web.channels import ContactChannel, channels
from app.web.i18n import use_lang
from app.widget.asset_releases import Releases
from support.intake.origins import Origin
from support.intake.sites import Site

# Bytes of JSON. With more sites nothing is inlined, and pages request the configuration instead.
_MOST = 12_000


def looks() -> str:
    """All sites as a JSON list; an empty one when there are too many."""
    made = current_app.extensions.get("signpost.looks")
    if made is None:  # settings and translations do not change while the app runs
        made = current_app.extensions["signpost.looks"] = _json()
    return str(made)


def _json() -> str:
    text = json.dumps([_row(site) for site in sites().values()], ensure_ascii=False, separators=(",", ":"))
    # Escaped, since an inlined script would be ended by it.
    return text.replace("</", "<\\/") if len(text.encode()) <= _MOST else "[]"


def sign(text: str) -> int:
    """FNV-1a of 32 bits (draft-eastlake-fnv) over the text's UTF-16 units, as `known` in the loader counts them."""
    total = 2166136261
    for unit in memoryview(text.encode("utf-16-le")).cast("H"):
        total = (total ^ unit) * 16777619 % 2**32
    return total


def _row(site: Site) -> Mapping[str, Any]:
    spoken = tuple(dict.fromkeys((site.default_language, *site.languages)))
    found: dict[str, list[ContactChannel]] = {}
    for lang in spoken:
        use_lang(lang)
        found[lang] = ways(site)
    words = {lang: texts for lang in spoken if (texts := first_words(lang))}
    theme = site.theme.as_dict(lambda text: _once({lang: text.in_language(lang) for lang in spoken}))
    return (
        ({"theme": theme} if theme else {})
        | ({"words": words} if words else {})
        | {
            "at": [sign(f"{site.key} {place}") for place in _places(site)],
            "languages": list(site.languages),
            "default_language": site.default_language,
            "channels": [
                {
                    "kind": one.kind,
                    "value": one.value,
                    "label": _once({lang: found[lang][number].label for lang in spoken}),
                }
                | ({"href": one.href} if one.href else {})
                for number, one in enumerate(found[site.default_language])
            ],
            # From the folder of the loader on: whoever asks with another host name changes nothing for others.
            "contact": {lang: contact_path(site, lang).removeprefix(f"{request.script_root}/") for lang in spoken},
        }
    )


def _once(texts: dict[str, str]) -> str | dict[str, str]:
    """A text by language, the default one first; a plain string if it is the same in all."""
    return texts if len(set(texts.values())) > 1 else next(iter(texts.values()))


# The words a page needs before the widget is opened, and the languages whose loader has them (widget/bundle.js).
_FIRST_WORDS = ("launcher", "close", "down_title", "down_text", "contact_page", "email", "phone")
_WITH_LOADER = frozenset({"en", "tr", "zh-Hant", "zh-Hans"})


def first_words(lang: str) -> dict[str, str]:
    """The words a page needs of this language before the widget is opened, where they are not in the loader."""
    if lang in _WITH_LOADER:
        return {}
    releases: Releases = current_app.extensions["signpost.widget"]
    file = releases.strings(lang)
    try:
        texts = json.loads(file.data) if file else {}
    except ValueError:  # an operator's own file
        return {}
    return {name: str(texts[name]) for name in _FIRST_WORDS if name in texts} if isinstance(texts, dict) else {}


def ways(site: Site) -> list[ContactChannel]:
    """The contact channels besides the widget's own form."""
    return [one for one in channels() if one.kind != "form" and (not site.channels or one.kind in site.channels)]


def contact_path(site: Site, lang: str) -> str:
    """The path of the contact page with the site's form."""
    return url_for("support.contact", lang=lang, form_name=site.form or None)


def _places(site: Site) -> Iterator[str]:
    for origin in site.origins:
        yield _place(origin)
    if site.webviews:
        yield "null"


def _place(origin: Origin) -> str:
    subdomains = "*" if origin.subdomains else ""
    return f"{origin.scheme}://{subdomains}{origin.host}:{'*' if origin.port is None else origin.port}"
