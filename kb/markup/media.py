"""Pure: recognises video URLs and builds their embed HTML.

A frame is only made for hosts on the operator's list; any other known video is a card that links to it, so that
opening an article tells no third party about the reader.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, urlsplit

from core.numbers import whole_number

# The default allow-list of frame hosts. PeerTube hosts must be named one by one.
DEFAULT_HOSTS = ("www.youtube-nocookie.com", "player.vimeo.com")
FILE_SUFFIXES = frozenset({".mp4", ".webm"})

_YOUTUBE = {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "youtu.be",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}
_VIMEO = {"vimeo.com", "www.vimeo.com", "player.vimeo.com"}
_YOUTUBE_ID = re.compile(r"^[\w-]{11}$")
_PEERTUBE_PATH = re.compile(r"^/(?:w|videos/watch|videos/embed)/([\w-]{10,40})/?$")


@dataclass(frozen=True)
class Video:
    """`frame` is the address a player is framed from, `page` the one a person opens."""

    host: str
    frame: str
    page: str


def video_of(url: str) -> Video | None:
    """The video of a URL, None when it is not of a known kind."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    if host in _YOUTUBE:
        found = parse_qs(parts.query).get("v", [""])[0] or parts.path.rstrip("/").rsplit("/", 1)[-1]
        if not _YOUTUBE_ID.match(found):
            return None
        frame = f"https://www.youtube-nocookie.com/embed/{found}"
        return Video("www.youtube-nocookie.com", frame, f"https://www.youtube.com/watch?v={found}")
    if host in _VIMEO:
        found = parts.path.rstrip("/").rsplit("/", 1)[-1]
        if whole_number(found) is None:
            return None
        return Video("player.vimeo.com", f"https://player.vimeo.com/video/{found}?dnt=1", f"https://vimeo.com/{found}")
    peertube = _PEERTUBE_PATH.match(parts.path)
    if peertube:
        frame = f"https://{host}/videos/embed/{peertube[1]}"
        return Video(host, frame, f"https://{host}/w/{peertube[1]}")
    return None


def video_html(video: Video, title: str, hosts: Collection[str]) -> str:
    """A framed player where the host is allowed, else a card that links to the video."""
    label = escape(title or video.host, quote=True)
    if video.host in hosts:
        return (
            f'<span class="video"><iframe src="{escape(video.frame, quote=True)}" title="{label}" loading="lazy" '
            'allowfullscreen referrerpolicy="strict-origin-when-cross-origin" '
            'sandbox="allow-scripts allow-same-origin allow-presentation allow-popups"></iframe></span>'
        )
    return (
        f'<a class="video-card" href="{escape(video.page, quote=True)}" rel="noopener noreferrer">'
        f'<span class="video-card__title">{label}</span> '
        f'<span class="video-card__host">{escape(urlsplit(video.page).hostname or "")}</span></a>'
    )


def frame_sources(hosts: Collection[str]) -> tuple[str, ...]:
    """The frame-src entries of the content security policy for these hosts."""
    return tuple(f"https://{host}" for host in sorted(hosts))
