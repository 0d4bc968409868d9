"""Form validation: one set of rules for form and API, with errors in the reader's language."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from core.email_addresses import is_email
from core.texts.gettext import Gettext, gettext_of
from core.texts.localized_text import LocalizedText
from kb.lint import ContactForms
from support.intake.models import PLAIN_CONSENT, Form, FormConsent, FormField
from support.intake.settings import SettingsForForms
from support.tickets.models import Channel, Consent

MESSAGE_MAX = 20_000
SUBJECT_MAX = 300
NAME_MAX = 200
EMAIL_MAX = 254
PHONE_MAX = 50
FIELD_MAX = 200
PRODUCT_MAX = 200

_PHONE = re.compile(r"\+?[0-9 ()./-]{4,}(?: ?(?:x|ext\.?|#) ?[0-9]{1,6})?", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """Form values as typed, not validated except that they are text. `preferred_channel` is '' when none was chosen."""

    name: str = ""
    email: str = ""
    phone: str = ""
    preferred_channel: str = ""
    subject: str = ""
    message: str = ""
    category: str = ""
    product: str = ""
    consents: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def consent(self) -> bool:
        """Whether the built-in consent was ticked."""
        return PLAIN_CONSENT in self.consents


def forms(settings: SettingsForForms) -> tuple[Form, ...]:
    """The configured forms, at least one; the first is the default."""
    plain = _plain_consent(settings)
    if settings.forms:
        return tuple(form if form.consents else replace(form, consents=plain) for form in settings.forms)
    nothing = LocalizedText.plain("")
    return (Form("contact", nothing, nothing, settings.ticket_fields, plain, settings.ticket_topics),)


def form_named(settings: SettingsForForms, name: str) -> Form | None:
    """The form of this name; the default for ''."""
    found = forms(settings)
    return next((form for form in found if form.name == name), None if name else found[0])


def linkable(settings: SettingsForForms) -> ContactForms:
    """What articles may link to: the forms, and what can be chosen in each."""
    every = forms(settings)
    named = {form.name: frozenset(option.value for option in form.categories) for form in every}
    choices = {"": named[every[0].name], **(named if settings.forms else {})}
    return ContactForms(settings.base_url, choices, frozenset(channel.kind for channel in settings.channels))


def field_labels(settings: SettingsForForms, lang: str) -> dict[str, str]:
    """Labels of the custom fields of all forms."""
    return {one.name: one.label.in_language(lang) for form in forms(settings) for one in form.fields}


def _plain_consent(settings: SettingsForForms) -> tuple[FormConsent, ...]:
    # Without a text of the operator's the built-in wording is translated when it is shown.
    return (FormConsent(PLAIN_CONSENT, settings.consent_text),) if settings.consent_required else ()


@dataclass(frozen=True)
class FieldError:
    """`missing` tells an absent value from a wrong one."""

    text: str
    missing: bool = False


@dataclass(frozen=True)
class ValidatedDraft:
    """A normalised draft and its errors by field (none: ready to store)."""

    draft: Draft
    channel: Channel
    errors: Mapping[str, FieldError]


def check(raw: Draft, form: Form, lang: str, files: Collection[str] = ()) -> ValidatedDraft:
    """Normalise and validate the draft, with all errors at once, in `lang`. `files` names the file fields that have
    a file."""
    _ = gettext_of(lang)
    draft = Draft(
        name=one_line(raw.name),
        email=unicodedata.normalize("NFKC", raw.email).strip(),
        phone=one_line(unicodedata.normalize("NFKC", raw.phone)),
        preferred_channel=raw.preferred_channel,
        subject=one_line(raw.subject),
        message=many_lines(raw.message),
        category=one_line(raw.category),
        product=one_line(raw.product)[:PRODUCT_MAX],
        consents=raw.consents & {consent.name for consent in form.consents},
        fields={name: one_line(value) for name, value in raw.fields.items()},
    )
    errors: dict[str, FieldError] = {}
    for name, longest in (("name", NAME_MAX), ("subject", SUBJECT_MAX), ("category", 100), ("message", MESSAGE_MAX)):
        if len(getattr(draft, name)) > longest:
            errors[name] = FieldError(_("This is too long: at most %(most)s characters, please.", most=longest))
    if not draft.message:
        errors["message"] = FieldError(_("Please write what we can help you with."), missing=True)
    channel = _check_reach(draft, errors, _)
    _check_fields(draft, form, files, errors, lang)
    for consent in form.consents:
        if consent.required and consent.name not in draft.consents:
            errors[consent_field(consent.name)] = FieldError(
                _("Please agree, so that we may keep your message and answer it."), missing=True
            )
    return ValidatedDraft(draft, channel, errors)


def consent_field(name: str) -> str:
    """Field name of the checkbox in the form and in errors."""
    return name if name == PLAIN_CONSENT else f"consents.{name}"


def _check_reach(draft: Draft, errors: dict[str, FieldError], _: Gettext) -> Channel:
    """The channel to answer on, and whether we can: choosing the phone needs a number, choosing e-mail an address."""
    if draft.email and not is_email(draft.email):
        errors["email"] = FieldError(_("This does not look like an e-mail address. Write it like name@example.com."))
    if draft.phone and not is_phone(draft.phone):
        errors["phone"] = FieldError(_("This does not look like a phone number. Use digits, spaces and + only."))
    if draft.preferred_channel in set(Channel):
        channel = Channel(draft.preferred_channel)
    else:
        channel = Channel.PHONE if draft.phone and not draft.email else Channel.EMAIL
        if draft.preferred_channel:
            errors["preferred_channel"] = FieldError(_("Choose e-mail or phone."))
    if channel is Channel.EMAIL and not draft.email:
        errors["email"] = FieldError(_("We need your e-mail address to answer you."), missing=True)
    if channel is Channel.PHONE and not draft.phone:
        errors["phone"] = FieldError(_("We need your phone number to call you."), missing=True)
    return channel


def _check_fields(draft: Draft, form: Form, files: Collection[str], errors: dict[str, FieldError], lang: str) -> None:
    _ = gettext_of(lang)
    known = {spec.name: spec for spec in form.fields if spec.type != "file"}
    for name in form.file_fields:
        if name not in files and any(spec.name == name and spec.required for spec in form.fields):
            errors[f"fields.{name}"] = FieldError(_("Please choose a file."), missing=True)
    for name in draft.fields:
        if name not in known:
            errors[f"fields.{name[:40]}"] = FieldError(_("There is no such field here."))
    for name, spec in known.items():
        value = draft.fields.get(name, "")
        key = f"fields.{name}"
        if not value:
            if spec.required:
                errors[key] = FieldError(_("Please fill this in."), missing=True)
        elif len(value) > FIELD_MAX:
            errors[key] = FieldError(_("This is too long: at most %(most)s characters, please.", most=FIELD_MAX))
        elif not _fits(value, spec):
            errors[key] = FieldError(_("This does not have the form we expect. Leave it empty if you are not sure."))
            if spec.required:
                errors[key] = FieldError(_("This does not have the form we expect."))
            if spec.error:
                errors[key] = FieldError(spec.error.in_language(lang))


def _fits(value: str, spec: FormField) -> bool:
    if spec.type == "number" and not re.fullmatch(r"-?[0-9]+(?:[.,][0-9]+)?", value):
        return False
    if spec.type == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    if spec.type == "choice" and value not in {option.value for option in spec.options}:
        return False
    return spec.accepts(value)


def consent_words(consent: FormConsent, lang: str) -> str:
    """The text of the consent, as it is shown."""
    if consent.name == PLAIN_CONSENT and not consent.text.written_in(lang):
        _ = gettext_of(lang)
        return _("I agree that what I send here, and what I looked for before, is stored and used to answer me.")
    return consent.text.in_language(lang)


def consents(form: Form, draft: Draft, lang: str) -> tuple[Consent, ...]:
    """The given consents, in the wording that was shown; stored with the ticket."""
    return tuple(Consent(one.name, consent_words(one, lang)) for one in form.consents if one.name in draft.consents)


def is_phone(value: str) -> bool:
    digits = sum(ch.isdigit() for ch in value)
    return len(value) <= PHONE_MAX and 5 <= digits <= 22 and _PHONE.fullmatch(value) is not None


def one_line(text: str) -> str:
    """Without control characters and line breaks, so that it can stand in a header; single spaces."""
    return " ".join(
        "".join(" " if unicodedata.category(ch)[0] == "C" and ch != "\u200d" else ch for ch in text).split()
    )


def many_lines(text: str) -> str:
    """Line breaks as one kind, other control characters gone, no space around."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in {"Cc", "Cs"}).strip()
