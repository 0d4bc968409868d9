"""robots.txt: what crawlers are asked to leave alone. They read it at the top of a host only, so the one there speaks
for the help centres below it on that host, too.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

_NOT_FOR_CRAWLERS = ("/*/search", "/t/", "/api/")
# In the environ of a request: the `base_url` of each help centre below the top of its host.
BELOW = "signpost.below"


def robots_text(places: Iterable[tuple[str, str]], below: Iterable[str] = ()) -> str:
    """For help centres with their path and the address of their sitemap, and those `below`, by their `base_url`."""
    every = [*places, *((urlsplit(base).path.rstrip("/"), f"{base.rstrip('/')}/sitemap.xml") for base in below)]
    lines = ["User-agent: *", *(f"Disallow: {path}{one}" for path, _ in every for one in _NOT_FOR_CRAWLERS)]
    lines += ["", *(f"Sitemap: {sitemap}" for _, sitemap in every), ""]
    return "\n".join(lines)
