"""Machine-readable pages: sitemap, robots.txt, security.txt, Atom feed, Markdown, and llms.txt."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from xml.etree import ElementTree as ET

from flask import Response, abort, redirect, request, url_for

from app.current import services
from app.portal import browsing, structured_data
from app.portal.blueprint import bp
from app.web import i18n
from app.web.addresses import absolute
from app.web.robots import BELOW, robots_text
from kb.repository import FEED_ENTRIES

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
_ATOM = "http://www.w3.org/2005/Atom"
# RFC 9116 advises less than a year. The settings may change with any restart, so it is renewed each day.
_CONTACT_LASTS = timedelta(days=90)


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """The XML sitemap, with the translations of each page (hreflang)."""
    ET.register_namespace("", _SITEMAP)
    ET.register_namespace("xhtml", _XHTML)
    root = ET.Element(f"{{{_SITEMAP}}}urlset")
    site = i18n.site_languages()
    _add_page(root, {tag: url_for("portal.home", lang=tag) for tag in site}, {})
    own = services()
    with_articles = [tag for tag in site if tag in own.articles.languages()]
    categories: dict[str, dict[str, str]] = defaultdict(dict)
    articles: dict[str, dict[str, str]] = defaultdict(dict)
    updated: dict[str, date] = {}
    for tag in with_articles:
        for summary in own.articles.list(tag, own.today()):
            path = url_for("portal.article", lang=tag, slug=summary.slug)
            articles[summary.key][tag] = path
            for slug in browsing.with_those_above(summary.category):
                categories[slug][tag] = url_for("portal.category", lang=tag, category=slug)
            updated[path] = summary.updated
    for versions in (*categories.values(), *articles.values()):
        _add_page(root, versions, updated)
    return _xml(root, "application/xml")


def _add_page(root: ET.Element, versions: dict[str, str], updated: dict[str, date]) -> None:
    for path in versions.values():
        url = ET.SubElement(root, f"{{{_SITEMAP}}}url")
        ET.SubElement(url, f"{{{_SITEMAP}}}loc").text = absolute(path)
        if path in updated:
            ET.SubElement(url, f"{{{_SITEMAP}}}lastmod").text = str(updated[path])
        default = versions.get(structured_data.default_lang())
        for tag, other in (*versions.items(), *([("x-default", default)] if default else [])):
            ET.SubElement(url, f"{{{_XHTML}}}link", rel="alternate", hreflang=tag, href=absolute(other or ""))


@bp.get("/robots.txt")
def robots() -> Response:
    here = request.script_root, absolute(url_for("portal.sitemap"))
    return Response(robots_text([here], request.environ.get(BELOW, ())), mimetype="text/plain")


@bp.get("/<lang>/feed.atom")
def feed(lang: str) -> Response:
    """The articles of this language by date of change, newest first."""
    own = services()
    ET.register_namespace("", _ATOM)
    root = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang})
    here = absolute(url_for("portal.feed", lang=lang))
    _text(root, "id", here)
    _text(root, "title", own.settings.site_name)
    ET.SubElement(root, f"{{{_ATOM}}}link", rel="self", href=here)
    ET.SubElement(root, f"{{{_ATOM}}}link", rel="alternate", href=absolute(url_for("portal.home", lang=lang)))
    author = ET.SubElement(root, f"{{{_ATOM}}}author")
    _text(author, "name", own.settings.site_name)
    day = own.today()
    changes = own.articles.changes(lang, FEED_ENTRIES, day)
    if not changes:
        changes = own.articles.changes(structured_data.default_lang(), FEED_ENTRIES, day)
    _text(root, "updated", _instant(max((change.updated for change in changes), default=day)))
    for change in changes:
        url = absolute(url_for("portal.article", lang=lang, slug=change.slug))
        entry = ET.SubElement(root, f"{{{_ATOM}}}entry")
        _text(entry, "id", url)
        _text(entry, "title", change.title)
        _text(entry, "updated", _instant(change.updated))
        ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", href=url)
        if change.summary:
            _text(entry, "summary", change.summary)
    return _xml(root, "application/atom+xml")


@bp.get("/a/<slug>.md")
def article_markdown_in_any_language(slug: str) -> Response:
    response = article_markdown(i18n.current_lang(), slug)
    response.vary.add("Accept-Language")
    return response


@bp.get("/<lang>/a/<slug>.md")
def article_markdown(lang: str, slug: str) -> Response:
    """The article as its author wrote it."""
    own = services()
    found = own.articles.best(browsing.reading_order(lang, own), slug, own.today())
    if found is None:
        abort(404)
    address = absolute(url_for("portal.article", lang=lang, slug=slug))
    text = f"# {found.title}\n\n" + (f"> {found.lead}\n\n" if found.lead else "") + found.markdown.strip()
    response = Response(text + f"\n\n---\n{address}\n", mimetype="text/markdown")
    response.headers["Content-Language"] = found.lang
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Link"] = f'<{address}>; rel="canonical"'
    return response


@bp.get("/llms.txt")
def llms() -> Response:
    """llms.txt, an index for language models: the Markdown of every article in every language."""
    own = services()
    contact = absolute(url_for("support.contact", lang=structured_data.default_lang()))
    lines = [
        f"# {own.settings.site_name}",
        "",
        f"> Help centre of {own.settings.site_name}. A person answers at {contact}",
        "",
    ]
    for tag in own.articles.languages():
        lines += [f"## {i18n.language_name(tag)}", ""]
        for summary in own.articles.list(tag, own.today()):
            under = tag if tag in i18n.site_languages() else structured_data.default_lang()
            url = absolute(url_for("portal.article_markdown", lang=under, slug=summary.slug))
            lines.append(f"- [{summary.title}]({url})" + (f": {summary.summary}" if summary.summary else ""))
        lines.append("")
    return Response("\n".join(lines), mimetype="text/plain")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _instant(day: date) -> str:
    return f"{day.isoformat()[:10]}T00:00:00Z"


def _xml(root: ET.Element, mimetype: str) -> Response:
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, mimetype=mimetype)


@bp.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Who is told about weaknesses, as RFC 9116 has it."""
    own = services()
    settings = own.settings
    if not settings.security_contact:
        abort(404)
    expires = datetime.combine(own.now().date() + _CONTACT_LASTS, time(), UTC)
    lines = [f"Contact: {settings.security_contact}", f"Expires: {expires.isoformat().replace('+00:00', 'Z')}"]
    lines.append(f"Preferred-Languages: {', '.join(settings.languages)}")
    if settings.base_url:
        lines.append(f"Canonical: {absolute(url_for('portal.security_txt'))}")
    if settings.security_policy:
        lines.append(f"Policy: {settings.security_policy}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/security.txt")
def security_txt_at_the_top() -> Response:
    """Where it was before RFC 9116."""
    if not services().settings.security_contact:
        abort(404)
    return redirect(url_for("portal.security_txt"), 301)  # type: ignore[return-value]
