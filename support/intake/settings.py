"""The settings that this room reads; `support.settings.SupportSettings` has them all."""

from core.texts.localized_text import LocalizedText
from support.intake.models import Form, FormField


class SettingsForForms:
    """A base of annotations only."""

    forms: tuple[Form, ...]
    ticket_fields: tuple[FormField, ...]
    consent_required: bool
    consent_text: LocalizedText
