"""Structured data for search engines and link previews: absolute URLs and JSON-LD."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.current import services
from app.web import i18n
from app.web.addresses import absolute
from kb.models import Article

_SUMMARY_MAX = 300


def website(lang: str) -> dict[str, Any]:
    settings = services().settings
    home = absolute(url_for("portal.home", lang=lang))
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": settings.site_name,
        "url": home,
        "inLanguage": lang,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{home}search?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def breadcrumbs(crumbs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"@context": "https://schema.org", **_breadcrumb_list(crumbs)}


def article(found: Article, url: str, crumbs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """TechArticle and BreadcrumbList in one graph."""
    described: dict[str, Any] = {
        "@type": "TechArticle",
        "@id": f"{url}#article",
        "headline": found.title,
        "url": url,
        "inLanguage": found.lang,
        "description": description(found),
        "publisher": {"@type": "Organization", "name": services().settings.site_name},
        "isAccessibleForFree": True,
    }
    if found.updated:
        described["dateModified"] = found.updated.isoformat()
    if found.publish_date:
        described["datePublished"] = found.publish_date.isoformat()
    if found.tags:
        described["keywords"] = ", ".join(found.tags)
    return {"@context": "https://schema.org", "@graph": [described, _breadcrumb_list(crumbs)]}


def description(found: Article) -> str:
    """The summary, else the beginning of the text."""
    if found.summary:
        return found.summary
    text = next((section.text for section in found.sections if section.text), "")
    return " ".join(text.split())[:_SUMMARY_MAX]


def _breadcrumb_list(crumbs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": absolute(path)}
            for number, (name, path) in enumerate(crumbs, 1)
        ],
    }


def open_graph_locale(lang: str) -> str:
    return {"en": "en_GB", "tr": "tr_TR", "zh-Hant": "zh_TW", "zh-Hans": "zh_CN"}.get(lang, lang.replace("-", "_"))


def default_lang() -> str:
    return i18n.site_languages()[0]
