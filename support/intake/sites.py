"""A site that may embed the widget: its origins, the widget's theme there, and its keys for signed identities."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import PlainValidator

from core.settings_types import (
    Flag,
    Languages,
    Localized,
    SettingsTable,
    Text,
    between,
    languages,
    one_of,
    table_like,
    unique,
)
from core.texts.localized_text import NO_TEXT, LocalizedText
from support.intake.models import CHANNEL_KINDS
from support.intake.origins import BadOrigin, Origin, Origins, read_origin
from support.intake.public_keys import BadKey, read_public_key

IDENTITY_MODES = ("none", "optional", "required")
MODES = ("auto", "light", "dark")
_SIDES = ("end", "start", "right", "left")
POSITIONS = tuple(f"{edge}-{side}" for edge in ("bottom", "top") for side in _SIDES)
ICONS = ("question", "chat", "person", "signpost", "none")
COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_SECRET_LEAST = 32
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"is “{value}”; keys are small letters, digits, - and _, at most 40")
    return value


def _colour(value: Any) -> str:
    if not (isinstance(value, str) and COLOUR.fullmatch(value)):
        raise ValueError(f"must be a colour like #0a6b5d, not “{value}”")
    return value


def _language_or_none(value: Any) -> str:
    return "".join(languages([value])) if value else ""


def _list_of(read: Callable[[str], Any]) -> PlainValidator:
    """Validator for a list of texts, each parsed by `read`; parsed values pass."""

    def texts(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not all(one and isinstance(one, str | Origin) for one in value):
            raise ValueError("must be a list of texts")
        return tuple(read(one) if isinstance(one, str) else one for one in value)

    return PlainValidator(texts)


def _origin(text: str) -> Origin:
    if text.strip() == "*":
        raise ValueError("has the origin *, which would let every page of the world use it; name the site's own")
    try:
        return read_origin(text)
    except BadOrigin as error:
        raise ValueError(f"has the origin “{text}”, which {error}") from None


def _kind(text: str) -> str:
    if text not in CHANNEL_KINDS:
        raise ValueError(f"has “{text}”; kinds are {', '.join(CHANNEL_KINDS)}")
    return text


def _secret(text: str) -> str:
    if len(text) < _SECRET_LEAST:
        raise ValueError(f"has one with fewer than {_SECRET_LEAST} characters; make a longer one")
    return text


def _public_key(text: str) -> str:
    try:
        read_public_key(text)
    except BadKey as error:
        raise ValueError(f"has a key that {error}") from None
    return text


@dataclass(frozen=True)
class Theme(SettingsTable):
    """Look of the widget; None is the widget's own default."""

    accent: Annotated[str, PlainValidator(_colour)] | None = None
    mode: Annotated[str, one_of(*MODES)] | None = None
    position: Annotated[str, one_of(*POSITIONS, *_SIDES)] | None = None
    launcher_icon: Annotated[str, one_of(*ICONS)] | None = None
    launcher_text: Localized | None = None
    offset: Annotated[int, between(0, 400)] | None = None
    z_index: Annotated[int, between(-1, 2_147_483_647)] | None = None

    def as_dict(self, launcher_text: Callable[[LocalizedText], Any]) -> dict[str, Any]:
        """What is set, for JSON; `launcher_text` puts that text into words."""
        names = ("accent", "mode", "position", "launcher_icon", "offset", "z_index")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return given if self.launcher_text is None else {**given, "launcher_text": launcher_text(self.launcher_text)}


@dataclass(frozen=True)
class Site(SettingsTable):
    """`key` is public: it names a site and proves nothing. `channels` are kinds; none means all there are.

    As written, `name`, `languages` and `default_language` may be empty; app/settings/sites.py fills them in.
    `webviews` also lets in pages without an origin: `Origin: null`, as in a WebView.
    """

    key: Annotated[str, PlainValidator(_key)]
    name: Localized = NO_TEXT
    origins: Annotated[tuple[Origin, ...], _list_of(_origin)] = ()
    form: Text = ""
    languages: Languages = ()
    default_language: Annotated[str, PlainValidator(_language_or_none)] = ""
    theme: Annotated[Theme, table_like('{accent = "#0a6b5d", mode = "auto"}')] = Theme()
    channels: Annotated[tuple[str, ...], _list_of(_kind)] = ()
    identity: Annotated[str, one_of(*IDENTITY_MODES)] = ""
    identity_secrets: Annotated[tuple[str, ...], _list_of(_secret)] = field(default=(), repr=False)
    identity_keys: Annotated[tuple[str, ...], _list_of(_public_key)] = ()
    webviews: Flag = False
    requests_per_minute: Annotated[int, between(10, 1_000_000)] = 6000

    def __post_init__(self) -> None:
        if not self.origins and not self.webviews:
            raise ValueError('has no origins, so no page could use it; write origins = ["https://shop.example.com"]')
        keys = bool(self.identity_secrets or self.identity_keys)
        if not self.identity:
            object.__setattr__(self, "identity", "optional" if keys else "none")
        if self.identity != "none" and not keys:
            raise ValueError(f"has identity {self.identity}, but neither identity_secrets nor identity_keys")

    def admits(self, sent: str) -> bool:
        """Whether a browser's header `Origin` names one of its pages."""
        return Origins(self.origins, self.webviews).admit(sent)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of its pages."""
        return tuple(dict.fromkeys(one.host for one in self.origins))


Sites = Annotated[tuple[Site, ...], unique("site with the key", lambda site: site.key)]
