"""Ticket deflection: suggests articles that may answer a message before it is sent."""

from datetime import datetime

from index.models import ArticleHit, Degraded, SearchQuery
from index.service import SearchService
from support.tickets.journey import Journey

SUGGESTIONS = 3
_SEARCHED_CHARACTERS = 1_000


def suggestions(
    search: SearchService, journey: Journey, subject: str, message: str, lang: str, now: datetime
) -> tuple[tuple[ArticleHit, ...], Journey]:
    """Articles that may answer the typed message, without rejected and implausible ones; and the journey with them."""
    text = f"{subject}\n{message[:_SEARCHED_CHARACTERS]}".strip()
    if not text:
        return (), journey
    rejected = journey.rejected()
    query = SearchQuery(
        text=text, lang=lang, limit=SUGGESTIONS + len(rejected), message=f"{subject}\n{message}".strip()
    )
    result = search.search(query, where="contact")
    hits = tuple(h for h in result.plausible_hits if (h.ref.lang, h.ref.slug) not in rejected)[:SUGGESTIONS]
    # Where nothing was searched, nobody may say that nothing was found.
    verdict = "" if result.degraded is Degraded.LIMITED else str(result.verdict)
    journey = journey.with_query(text, verdict, now.isoformat(timespec="seconds"))
    for hit in hits:
        journey = journey.with_suggestion(hit.ref.slug, hit.ref.lang, title=hit.title[:500])
    return hits, journey
