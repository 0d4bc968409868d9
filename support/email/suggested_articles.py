"""Articles that an acknowledgement names: only where search is sure, and only in the customer's language.

The customer has written because they found nothing, so a weak suggestion reads as not having been listened to.
"""

from index.models import SearchQuery, Verdict
from index.service import SearchService
from support.tickets.models import SuggestedArticle, Ticket

_MOST = 2
_SEARCHED_CHARACTERS = 1_000


def suggested_articles(search: SearchService, ticket: Ticket, lang: str) -> tuple[SuggestedArticle, ...]:
    """At most two articles; none when search was degraded or unsure, when somebody may be in danger, when the message
    is held, and none that the customer has already opened or rejected."""
    text = f"{ticket.subject}\n{ticket.messages[0].text[:_SEARCHED_CHARACTERS]}".strip()
    if not text or ticket.urgent or ticket.quarantine:
        return ()
    result = search.search(SearchQuery(text=text, lang=lang), where="acknowledgement")
    if result.degraded is not None or result.verdict is not Verdict.ANSWER:
        return ()
    known = {(s.lang, s.slug) for s in ticket.journey.suggestions if s.opened or s.rejected or s.seconds_read}
    if result.hits and (result.hits[0].ref.lang, result.hits[0].ref.slug) in known:
        return ()  # what search is sure of has not helped
    near = result.hits[: max(1, result.plausible)]
    fitting = [hit for hit in near if hit.ref.lang == lang and (hit.ref.lang, hit.ref.slug) not in known]
    return tuple(
        SuggestedArticle(hit.title, f"{ticket.site_url}/{hit.ref.lang}/a/{hit.ref.slug}") for hit in fitting[:_MOST]
    )
