"""What this request tells the ledger: whether its browser may be counted at all, its visit, and events of it.

A page names its visit (a random id from session storage) in the header `X-Signpost-Visit`, in the parameter or the
field `visit`. A page that was opened by a link cannot: its events are recorded without, stand in the page, and its
script names their visit a moment later. Browsers without scripts never do. Of a robot that says it is one, nothing is
recorded on pages and in the widget.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup

from app.current import current_site, services
from app.web.i18n import current_lang
from insight import origin
from insight.events import BadEvent, make
from insight.origin import NOBODY, Origin, person_of

HEADER, FIELD = "X-Signpost-Visit", "visit"
_VISIT = re.compile(r"[A-Za-z0-9_-]{8,64}")
# What crawlers, previews of links, watchers and programs call themselves.
_ROBOT = re.compile(
    r"bot\b|bot[/_-]|crawl|spider|slurp|facebookexternalhit|bingpreview|mediapartners|archiver|lighthouse|pingdom"
    r"|uptime|scrapy|^(?:curl|wget|python-|go-http-client|java/|libwww|okhttp|axios|node-fetch)",
    re.IGNORECASE,
)
_CLAIMED_MOST = 20


def register(app: Flask) -> None:
    """Tell the ledger's other writers (insight/tickets.py) where the request of this thread comes from."""
    app.before_request(_begin)
    app.teardown_request(_end)
    app.context_processor(lambda: {"counted": counted})


def counted() -> Markup:
    """The attribute by which a page's script knows that it may report, and what was recorded for the page so far."""
    if silent():
        return Markup("")
    return Markup(' data-recorded="{}"').format(" ".join(g.get("recorded_events", ())))


def _begin() -> None:
    origin.current.set(Origin(visit=visit_id(), where=where(), site=_site(), silent=silent()))


def _end(_error: BaseException | None) -> None:
    origin.current.set(NOBODY)


def silent() -> bool:
    """Whether nothing may be stored of this browser: Global Privacy Control, Do Not Track, or the setting."""
    return (
        services().settings.insight == "off"
        or request.headers.get("Sec-GPC", "").strip() == "1"
        or request.headers.get("DNT", "").strip() == "1"
    )


def is_visit(text: object) -> bool:
    return isinstance(text, str) and _VISIT.fullmatch(text) is not None


def visit_id() -> str:
    given = request.headers.get(HEADER, "") or request.args.get(FIELD, "")
    return given if is_visit(given) else ""


def visit_of_form() -> None:
    """Take the visit from a field of the form, which is read by now."""
    given = request.form.get(FIELD, "")
    if is_visit(given):
        origin.current.set(replace(origin.current.get(), visit=given))


def recognised(address: str) -> None:
    """Say that whoever asks is known by this address: by a token that a site signed, or a receipt of their own request
    that their device kept. What this request and the rest of the visit do is then theirs."""
    known = origin.current.get()
    person = "" if silent() else person_of(services().settings.keys.get("insight").current, address)
    if not person:
        return
    origin.current.set(replace(known, person=person))
    if known.visit:
        services().ledger.recognise(known.visit, person)


def where() -> str:
    """The surface: by the site's key the widget, by the path a page of ours; what is asked of the API by a page of ours
    counts for the page."""
    if _site():
        return "widget"
    endpoint = request.endpoint or ""
    if request.path.startswith("/api/"):
        own = request.headers.get("Sec-Fetch-Site", "") == "same-origin"
        return ("form" if endpoint.endswith(".suggest") else "portal") if own else "api"
    if endpoint.startswith("support."):
        return "form"
    return "desk" if endpoint.startswith("desk.") else "portal"


def _site() -> str:
    site = current_site()
    return site.key if site else ""


def _is_robot() -> bool:
    return _ROBOT.search(request.headers.get("User-Agent", "")) is not None


def record(
    name: str, data: Mapping[str, Any], *, lang: str = "", category: str = "", surface: str = "", visit: str = ""
) -> str:
    """Record an event of this request; its id, '' where nothing may be stored. Never raises for what is in `data`."""
    if silent() or ((surface or where()) != "api" and _is_robot()):
        return ""
    known = origin.current.get()
    try:
        one = make(
            name, services().now(), data, scrub=services().scrub, visit=visit or known.visit, site=_site(),
            where=surface or where(), lang=lang or current_lang(), category=category, person=known.person,
        )  # fmt: skip
    except BadEvent:
        return ""
    services().ledger.record([one])
    if not one.visit:
        g.setdefault("recorded_events", []).append(one.id)
    return one.id


def record_search(name: str, query: str, verdict: str, hits: Iterable[Any], **more: Any) -> str:
    """Record what a search or a suggestion showed: `hits` of index.models, best first."""
    found = list(hits)
    data = {"query": query, "verdict": verdict, "results": [[hit.ref.lang, hit.ref.slug] for hit in found][:10]}
    lang = more.pop("lang", "")
    data |= {key: value for key, value in more.items() if value is not None}
    return record(name, data, lang=lang or "", category=found[0].category if found else "")


def claim(ids: Iterable[str], visit: str) -> None:
    """Say that events recorded for the page that asks belong to this visit."""
    wanted = [one for one in ids if re.fullmatch(r"[0-9a-f]{32}", one)][:_CLAIMED_MOST]
    if wanted and visit and not silent():
        services().ledger.claim(wanted, visit)
