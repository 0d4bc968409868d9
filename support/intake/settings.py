"""The settings that this room reads; `support.settings.SupportSettings` has them all."""

from core.texts.localized_text import LocalizedText
from support.intake.models import ChannelSettings, Form, FormField, Option


class SettingsForForms:
    """A base of annotations only."""

    forms: tuple[Form, ...]
    channels: tuple[ChannelSettings, ...]
    base_url: str
    ticket_fields: tuple[FormField, ...]
    ticket_topics: tuple[Option, ...]
    consent_required: bool
    consent_text: LocalizedText
