"""Referential integrity of the settings: names in one that must exist in another, and settings that need another."""

from collections.abc import Iterator
from pathlib import Path

from app.settings.problems import Place
from kb.authoring.remote_address import remote_address
from support.settings import SupportSettings
from support.teams.models import Route

NEEDS_BASE_URL = (
    "needs base_url, the address the public sees, such as https://help.example.org: links in mails are made of it"
)


def needing_base_url(settings: SupportSettings) -> Iterator[str]:
    """The settings that cannot work without base_url, while it is empty."""
    if settings.base_url:
        return
    for name in ("inbound_email", "imap_url"):
        if getattr(settings, name):
            yield name


def missing_of_ssh(remote: str, key: Path | None, known_hosts: Path | None) -> Iterator[str]:
    """What a Git remote over ssh lacks, as a sentence each."""
    try:
        address = remote_address(remote)
    except ValueError:  # which is said elsewhere
        return
    if address is None or address.ssh is None:
        return
    if key is None:
        yield "is an ssh address, which needs kb_remote_key, a file with the key that signs in there"
    if known_hosts is None:
        yield "is an ssh address, which needs kb_remote_known_hosts, a file with the keys the server is known by"


def broken_references(settings: SupportSettings) -> Iterator[tuple[str, Place, str]]:
    """(setting, place below it, sentence) for each team, form and language that is named and does not exist."""
    teams = {"default", *(team.name for team in settings.teams)}
    forms = {form.name for form in settings.forms} or {"contact"}

    def of_route(setting: str, place: Place, route: Route) -> Iterator[tuple[str, Place, str]]:
        if route.team and route.team not in teams:
            yield setting, (*place, "team"), f"names the team {route.team}, which teams does not have"
        for name in route.form:
            if name not in forms:
                yield setting, (*place, "form"), f"names the form {name}, which forms does not have"

    for number, form in enumerate(settings.forms):
        if form.team not in teams:
            yield "forms", (number, "team"), f"names the team {form.team}, which teams does not have"
        for below, route in enumerate(form.routes):
            yield from of_route("forms", (number, "routes", below), route)
    for number, route in enumerate(settings.routes):
        yield from of_route("routes", (number,), route)
    for number, site in enumerate(settings.sites):
        if site.form and site.form not in forms:
            yield "sites", (number, "form"), f"names the form {site.form}, which forms does not have"
        if strange := [tag for tag in site.languages if tag not in settings.languages]:
            yield "sites", (number, "languages"), f"has the language {strange[0]}, which languages does not have"
        default, offered = site.default_language, site.languages or settings.languages
        if default and default not in offered:
            yield "sites", (number, "default_language"), f"is {default}, which is not among its languages"
