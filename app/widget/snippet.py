"""Builds the widget's embed code (script tag) from the chosen options."""

from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup, escape

from support.intake.sites import COLOUR, ICONS, MODES, POSITIONS, Site

TEXT_MAX = 60


@dataclass(frozen=True)
class Choice:
    """The options chosen in the playground; '' means the site's setting."""

    site: str
    locale: str = ""
    mode: str = ""
    accent: str = ""
    position: str = ""
    launcher_text: str = ""
    launcher_icon: str = ""

    def attributes(self) -> dict[str, str]:
        """The options that are set, as HTML attributes."""
        values = {
            "data-site": self.site,
            "data-locale": self.locale,
            "data-mode": self.mode,
            "data-accent": self.accent,
            "data-position": self.position,
            "data-launcher-text": self.launcher_text,
            "data-launcher-icon": self.launcher_icon,
        }
        return {name: value for name, value in values.items() if value}


def read_choice(values: dict[str, str], site: Site) -> Choice:
    """The options from the query string, without invalid ones."""

    def one_of(name: str, allowed: tuple[str, ...]) -> str:
        return values.get(name, "") if values.get(name) in allowed else ""

    accent = values.get("accent", "") if values.get("own_accent") else ""
    return Choice(
        site=site.key,
        locale=one_of("locale", site.languages),
        mode=one_of("mode", MODES),
        accent=accent if COLOUR.fullmatch(accent) else "",
        position=one_of("position", POSITIONS),
        launcher_text=" ".join(values.get("launcher_text", "").split())[:TEXT_MAX],
        launcher_icon=one_of("launcher_icon", ICONS),
    )


def script(address: str, attributes: dict[str, str], integrity: str = "") -> str:
    """`<script async src=… data-…></script>`; pinned to one release with `integrity`."""
    pinned = {"integrity": integrity, "crossorigin": "anonymous"} if integrity else {}
    given = {"src": address, **pinned, **attributes}
    return str(Markup("<script async{}></script>").format(Markup("").join(_attribute(*pair) for pair in given.items())))


def _attribute(name: str, value: str) -> Markup:
    return Markup(' {}="{}"').format(Markup(name), escape(value))  # noqa: S704  names are ours, values are escaped


def words() -> dict[str, dict[str, str]]:
    """The translated labels of the options."""
    return {
        "mode": {"auto": _("As the visitor's device"), "light": _("Light"), "dark": _("Dark")},
        "position": {
            "bottom-end": _("Bottom, where lines end"),
            "bottom-start": _("Bottom, where lines begin"),
            "bottom-right": _("Bottom right"),
            "bottom-left": _("Bottom left"),
            "top-end": _("Top, where lines end"),
            "top-start": _("Top, where lines begin"),
            "top-right": _("Top right"),
            "top-left": _("Top left"),
        },
        "launcher_icon": {
            "question": _("Question mark"),
            "chat": _("Speech bubble"),
            "person": _("Person"),
            "signpost": _("Signpost"),
            "none": _("None"),
        },
    }
