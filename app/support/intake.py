"""From a request to a ticket: what the form and the API do alike.

Reading the journey out of a request, keeping chosen files over a re-shown form, asking the guard, storing.
"""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from flask import Request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage

from app import security
from app.config import Settings
from app.events import emit
from app.i18n import current_lang
from app.services import Services
from app.support.abuse.guard import Arrived, Written
from app.support.attachments import ENDINGS
from app.support.forms import Checked, Form, consents
from app.support.identity import BadIdentity, SignedIdentity, read_identity
from app.support.journey import Journey
from app.support.store import email_key
from app.support.types import CheckedFile, FileRefused, Identity, NewTicket, Ticket, Upload, Via
from index.types import ArticleHit, SearchQuery

SUGGESTIONS = 3
_SEARCHED_CHARACTERS = 1_000


@dataclass(frozen=True)
class Files:
    """Attachments that passed, and what was wrong with those that did not."""

    kept: tuple[CheckedFile, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """Files, and which of them belong to a file field: SHA-256 to the field's name."""

    files: tuple[CheckedFile, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def without(self, sha256: str) -> "Chosen":
        return Chosen(tuple(f for f in self.files if f.sha256 != sha256), dict(self.fields))

    @property
    def filled(self) -> frozenset[str]:
        """The file fields that have a file."""
        return frozenset(self.fields[f.sha256] for f in self.files if f.sha256 in self.fields)


def read_uploads(files: Iterable[FileStorage]) -> list[Upload]:
    """What a browser sent; a file field left empty comes as a nameless file and is none."""
    uploads = []
    for file in files:
        with file.stream:
            if file.filename:
                uploads.append(Upload(file.filename, file.read()))
    return uploads


def take_files(services: Services, uploads: Iterable[Upload], already: tuple[CheckedFile, ...] = ()) -> Files:
    """Check and store the uploads beside those kept from before. Raises OSError when the disk does not take them."""
    most = services.settings.attachments_max
    kept, errors = list(already), []
    for upload in uploads:
        if len(kept) >= most:
            errors.append(
                _("At most %(most)s files, please. “%(name)s” was left out.", most=most, name=upload.name[:80])
            )
            continue
        try:
            file = services.tickets.files.save(upload)
        except FileRefused as refused:
            errors.append(_why_refused(refused, services.settings))
        else:
            if file not in kept:
                kept.append(file)
    return Files(tuple(kept), tuple(errors))


def _why_refused(refused: FileRefused, settings: Settings) -> str:
    if refused.code == "too_big":
        return _("“%(name)s” is larger than %(most)s MB.", name=refused.name, most=settings.attachment_max_mb)
    if refused.code == "unpacks":
        return _("“%(name)s” is a picture larger than any we can take.", name=refused.name)
    if refused.code == "empty":
        return _("“%(name)s” is empty.", name=refused.name)
    accepted = ", ".join(ENDINGS)
    if refused.found:
        return _(
            "“%(name)s” looks like %(found)s inside. We take: %(accepted)s.",
            name=refused.name, found=refused.found, accepted=accepted,
        )  # fmt: skip
    return _("“%(name)s” is of a type we do not take. We take: %(accepted)s.", name=refused.name, accepted=accepted)


class KeptFiles:
    """Chosen files survive a form that is shown again: their hashes go along in it, signed, so that nobody can name
    a file of somebody else."""

    def __init__(self, settings: Settings):
        self._signer = URLSafeSerializer(security.secret(settings, "forms"), salt="kept-files")

    def token(self, file: CheckedFile, field: str = "") -> str:
        return self._signer.dumps([file.name, file.kind, file.size, file.sha256, field])

    def read(self, tokens: Iterable[str]) -> Chosen:
        """Those whose signature holds; the rest are ignored."""
        files, fields = [], {}
        for token in tokens:
            try:
                name, kind, size, sha256, field = self._signer.loads(token)
            except (BadSignature, ValueError, TypeError):
                continue
            files.append(CheckedFile(name, kind, size, sha256))
            if field:
                fields[sha256] = field
        return Chosen(tuple(files), fields)


def suggestions(
    services: Services, journey: Journey, subject: str, message: str, lang: str, now: datetime
) -> tuple[tuple[ArticleHit, ...], Journey]:
    """Articles for what was typed, without those already rejected; and the journey that knows they were shown."""
    text = f"{subject}\n{message[:_SEARCHED_CHARACTERS]}".strip()
    if not text:
        return (), journey
    rejected = journey.rejected()
    result = services.search.search(
        SearchQuery(text=text, lang=lang, limit=SUGGESTIONS + len(rejected)), where="contact"
    )
    hits = tuple(h for h in result.hits if (h.ref.lang, h.ref.slug) not in rejected)[:SUGGESTIONS]
    journey = journey.with_query(text, str(result.verdict), now.isoformat(timespec="seconds"))
    for hit in hits:
        journey = journey.with_suggestion(hit.ref.slug, hit.ref.lang, title=hit.title[:500])
    return hits, journey


def completed(journey: Journey, request: Request) -> Journey:
    """The journey with what the request itself tells: interface language and class of device."""
    return replace(journey, lang=journey.lang or current_lang(), device=journey.device or device_class(request))


def device_class(request: Request) -> str:
    """`phone`, `tablet` or `desktop`, as the browser describes itself; '' when it says nothing."""
    agent = request.headers.get("User-Agent", "")
    if re.search(r"iPad|Tablet|Android(?!.*Mobile)", agent):
        return "tablet"
    if request.headers.get("Sec-CH-UA-Mobile") == "?1" or re.search(r"Mobi|iPhone|Android", agent):
        return "phone"
    return "desktop" if re.search(r"Windows|Macintosh|X11|Linux|CrOS", agent) else ""


def site_url(settings: Settings, request: Request) -> str:
    """Where status links live: the configured address, else the host that was asked."""
    return settings.base_url or request.host_url.rstrip("/")


@dataclass(frozen=True)
class Sender:
    """Who sends and from where, beyond what the form asks. `identity` is what an embedding site signed, `site` its key
    and `site_hosts` its hosts, whose links are about the matter, `server` the name of its server if that
    sends; `trap`, `note` and `payload` are what the guard reads (Arrived says what)."""

    lang: str
    source: str
    guessed_lang: bool = False
    time_zone: str = ""
    identity: SignedIdentity | None = None
    site: str = ""
    site_hosts: tuple[str, ...] = ()
    server: str = ""
    trap: bool = False
    note: str = ""
    payload: str = ""


def store(
    services: Services,
    request: Request,
    form: Form,
    checked: Checked,
    chosen: Chosen,
    journey: Journey,
    sender: Sender,
    *,
    key: str | None,
    removed: Collection[str] = (),
) -> Ticket:
    """Route and store a checked draft, less what the customer took out. Raises what TicketService.create raises."""
    draft = checked.draft
    guesses = {"lang": sender.guessed_lang, "journey.lang": not journey.lang, "journey.device": not journey.device}
    journey = replace(completed(journey, request), product=journey.product or draft.product).without(removed)
    agreed = consents(form, draft, sender.lang)
    known = sender.identity if sender.identity and email_key(sender.identity.email) == email_key(draft.email) else None
    new = NewTicket(
        message=draft.message,
        lang=sender.lang,
        site_url=site_url(services.settings, request),
        name=draft.name,
        email=draft.email,
        phone=draft.phone,
        preferred_channel=checked.channel,
        subject=draft.subject,
        category=draft.category,
        fields={name: value for name, value in draft.fields.items() if value},
        consent_text="\n".join(consent.text for consent in agreed),
        consents=agreed,
        journey=journey,
        attachments=chosen.files,
        field_files=chosen.fields,
        source=sender.source,
        via=Via.FORM if sender.source == "form" else Via.API,
        guessed=tuple(name for name, guessed in guesses.items() if guessed),
        form=form.name,
        product=journey.product,
        time_zone=sender.time_zone if sender.time_zone in available_timezones() else "",
        identity=Identity.SIGNED if known else Identity.TYPED,
        external_id=known.external_id if known else "",
        site=sender.site,
    )
    ticket = _stored(services, request, services.router.routed(new), key, sender)
    emit(
        "ticket_created",
        reference=ticket.reference,
        lang=ticket.lang,
        channel=ticket.preferred_channel.value,
        attachments=len(chosen.files),
    )
    return ticket


def _stored(services: Services, request: Request, new: NewTicket, key: str | None, sender: Sender) -> Ticket:
    """Judged by the guard and stored, in one transaction: what could not be stored has used up no challenge."""
    now = services.now()
    if services.guard.off:
        return services.tickets.create(new, key, now)
    arrived = Arrived(
        trap=sender.trap,
        note=sender.note,
        payload=sender.payload,
        server=sender.server,
        program=sender.source == "api",
        known_person=new.identity is Identity.SIGNED,
        remote=request.remote_addr or "",
        headers=dict(request.headers),
        secure=request.is_secure or request.host.partition(":")[0] in {"localhost", "127.0.0.1"},
        own_hosts=(
            *filter(None, (request.host.partition(":")[0], urlsplit(new.site_url).hostname)),
            *sender.site_hosts,
        ),
    )
    looked = services.guard.look(arrived, Written(new.subject, new.message, new.name, new.email), now)
    with services.engine.connect() as connection:
        looked = services.guard.compare(connection, looked, now)
    with services.tickets.changing() as connection:
        judged = services.guard.settle(connection, looked, now)
        ticket = services.tickets.create(replace(new, quarantine=judged.why if judged.held else ""), key, now)
    emit("ticket_judged", reference=ticket.reference, points=judged.points, found=list(judged.found), held=judged.held)
    return ticket


def signed_identity(services: Services, token: str) -> SignedIdentity | None:
    """What the token says; None for none and for one that is not believed: then the customer types who they are."""
    if not token:
        return None
    try:
        return read_identity(token, services.settings.identity_secret, services.now())
    except BadIdentity as error:
        emit("identity_refused", reason=str(error))
        return None


def one_time_key() -> str:
    return secrets.token_urlsafe(18)
