"""Mails about incidents: the confirmation request (double opt-in) and the updates, each with an unsubscribe link."""

from email.message import EmailMessage

from support.email.composer import address, build_message, domain_of, mail_language, render
from support.incidents.models import Incident, IncidentStage, IncidentUpdate, Subscriber
from support.settings import SupportSettings
from support.teams.response_targets import moment_words
from support.tickets.models import Delivery, OutboxRow


class IncidentEmails:
    """Composes the mail of an outbox row about an incident."""

    def __init__(self, settings: SupportSettings):
        self._settings = settings

    def write(self, row: OutboxRow, subscriber: Subscriber, incident: Incident, news: IncidentUpdate) -> EmailMessage:
        """The same row always gives the same Message-ID."""
        s = self._settings
        lang = mail_language(s, subscriber.lang)
        name = "incident_confirm" if row.kind is Delivery.INCIDENT_CONFIRM else "incident"
        base = f"{s.public_url}/incidents"
        stop = f"{base}/stop/{subscriber.token}"
        rendered = render(
            name,
            lang,
            {
                "site_name": s.site_name,
                "title": incident.title(lang),
                "reference": incident.reference,
                "words": news.text(lang),
                "stage": news.stage,
                "resolved": news.stage is IncidentStage.RESOLVED,
                "at": moment_words(news.at.astimezone(s.zone), lang),
                "confirm_url": f"{base}/confirm/{subscriber.token}",
                "stop_url": stop,
                "all_url": f"{s.public_url}/{lang}/incidents",
            },
        )
        mail = build_message(rendered, row, s, domain_of(s))
        mail["To"] = address("", subscriber.email)
        mail["Auto-Submitted"] = "auto-generated" if row.kind is Delivery.INCIDENT_MAIL else "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        if row.kind is Delivery.INCIDENT_MAIL:
            mail["References"] = f"<{incident.reference.lower()}@{domain_of(s)}>"
            mail["List-Unsubscribe"] = f"<{stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return mail
