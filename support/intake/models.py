"""Settings of contact forms with their fields and consents, and of contact channels."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationInfo

from core.settings_types import (
    Flag,
    Localized,
    Name,
    Pattern,
    SettingsTable,
    Text,
    address,
    one_of,
    unique,
)
from core.texts.localized_text import NO_TEXT, LocalizedText
from support.teams.business_hours import WeekHours
from support.teams.models import Route

CHANNEL_KINDS = (
    "form", "email", "phone", "sms", "chat", "whatsapp", "wechat", "messaging", "social", "video", "community",
    "in_person", "urgent",
)  # fmt: skip
FIELD_TYPES = ("text", "number", "date", "choice", "file")
PLAIN_CONSENT = "consent"


@dataclass(frozen=True)
class ChannelSettings(SettingsTable):
    """A contact channel. `hours` replace the opening hours for it, unless they have no days."""

    kind: Annotated[str, one_of(*CHANNEL_KINDS)]
    value: Text = ""
    url: Annotated[str, address("https", "http", "mailto", "tel", "sms")] = ""
    label: Localized = NO_TEXT
    note: Localized = NO_TEXT
    hours: WeekHours | None = None

    def __post_init__(self) -> None:
        if self.kind != "form" and not (self.value or self.url):
            raise ValueError("needs a value (a number, a name, a place) or a url")


class HasKind(Protocol):
    """A contact channel, as it is set or as it is shown."""

    @property
    def kind(self) -> str: ...


C = TypeVar("C", bound=HasKind)


def names_of_kinds(_: Callable[[str], str]) -> dict[str, str]:
    """What the kinds of channels are called, as a translation says it."""
    return {
        "form": _("Write to us here"),
        "email": _("E-mail"),
        "phone": _("Phone"),
        "sms": _("Text message (SMS)"),
        "chat": _("Live chat"),
        "whatsapp": "WhatsApp",
        "wechat": "WeChat",
        "messaging": _("Messaging app"),
        "social": _("Social media"),
        "video": _("Video call"),
        "community": _("Community forum"),
        "in_person": _("In person"),
        "urgent": _("Urgent line"),
    }


def urgent_channel(kind: str, channels: Iterable[C]) -> C | None:
    """The channel for somebody in danger: the first of this kind, else whatever is answered at once."""
    every = tuple(channels)
    return next((one for wanted in (kind, "urgent", "phone", "form") for one in every if one.kind == wanted), None)


@dataclass(frozen=True)
class Option(SettingsTable):
    """An option of a select field. `value` is stored, `label` is shown."""

    value: Text
    label: Localized


def _option(value: Any) -> Any:
    """A plain text is both value and label."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return Option(str(value), LocalizedText.plain(str(value)))
    if not isinstance(value, Mapping | Option):
        raise ValueError("must be a text, or a table with value and label")
    return value


Options = tuple[Annotated[Option, BeforeValidator(_option)], ...]


def _field_name(value: Any) -> str:
    if not (isinstance(value, str) and value.isidentifier() and len(value) <= 40):
        raise ValueError(f"is “{value}”; names of fields are letters, digits and _, at most 40")
    return value


@dataclass(frozen=True)
class FormField(SettingsTable):
    """A custom field of a form. `error` is the message when `pattern` does not match the whole value."""

    name: Annotated[str, PlainValidator(_field_name)]
    type: Annotated[str, one_of(*FIELD_TYPES)] = "text"
    required: Flag = False
    label: Localized = NO_TEXT
    hint: Localized = NO_TEXT
    error: Localized = NO_TEXT
    pattern: Pattern | None = None
    options: Options = ()

    def __post_init__(self) -> None:
        if self.type == "choice" and not self.options:
            raise ValueError("is a choice without options")
        if self.label == NO_TEXT:
            object.__setattr__(self, "label", LocalizedText.plain(self.name.replace("_", " ").capitalize()))

    def accepts(self, value: str) -> bool:
        """Whether the typed value matches the pattern."""
        return self.pattern is None or self.pattern.fullmatch(value) is not None

    @property
    def pattern_text(self) -> str:
        """The pattern as the operator wrote it; '' for none."""
        return self.pattern.pattern if self.pattern else ""


FormFields = Annotated[tuple[FormField, ...], unique("field named", lambda field: field.name)]


@dataclass(frozen=True)
class FormConsent(SettingsTable):
    """A consent checkbox. Without `text` in the reader's language, it has a built-in wording."""

    name: Name
    text: Localized
    required: Flag = True


def _of_this_form(value: Any, info: ValidationInfo) -> Any:
    """The routes of a form have that form as a condition."""
    if not isinstance(value, list | tuple) or "name" not in info.data:
        return value
    return [{"form": info.data["name"], **row} if isinstance(row, Mapping) else row for row in value]


@dataclass(frozen=True)
class Form(SettingsTable):
    """One contact form. The first team of its routes that matches gets what is sent, else `team`."""

    name: Name
    title: Localized = NO_TEXT
    intro: Localized = NO_TEXT
    fields: FormFields = ()
    consents: Annotated[tuple[FormConsent, ...], unique("consent named", lambda consent: consent.name)] = ()
    categories: Options = ()
    team: Text = "default"
    routes: Annotated[tuple[Route, ...], BeforeValidator(_of_this_form)] = ()

    def __post_init__(self) -> None:
        if self.title == NO_TEXT:
            object.__setattr__(self, "title", LocalizedText.plain(self.name))

    @property
    def file_fields(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.fields if one.type == "file")


def _reachable(channels: tuple[ChannelSettings, ...]) -> tuple[ChannelSettings, ...]:
    if not channels:
        raise ValueError(
            "must not be empty: a person has to be reachable; the smallest is one channel of the kind form"
        )
    return channels


ContactChannels = Annotated[tuple[ChannelSettings, ...], AfterValidator(_reachable)]
Forms = Annotated[tuple[Form, ...], unique("form named", lambda form: form.name)]
