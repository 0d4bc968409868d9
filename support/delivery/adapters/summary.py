"""Plain-text summary of the pack, for receivers that show text."""

from support.delivery.adapters.context import AdapterContext
from support.tickets.models import Channel, Priority


def urgent(context: AdapterContext) -> list[str]:
    """The word that a title begins with where the ticket is urgent."""
    _ = context.gettext
    return [_("Urgent")] if context.ticket.priority is Priority.URGENT else []


def reach(context: AdapterContext) -> str:
    """The reply channel: how the customer wants to be answered."""
    ticket, _ = context.ticket, context.gettext
    if ticket.preferred_channel is Channel.PHONE:
        return _("CALL %(phone)s. Do not answer by e-mail: the customer chose the phone.", phone=ticket.phone)
    return f"{_('E-mail')}: {ticket.email}"


def facts(context: AdapterContext) -> list[tuple[str, str]]:
    """(label, value) of what is known of the customer; empty values are left out."""
    ticket, _ = context.ticket, context.gettext
    found = [
        (_("Priority"), ", ".join(urgent(context))),
        (_("Quarantine"), _("suspected spam, may be about danger") if ticket.alarmed else ""),
        (_("Customer"), ticket.name),
        (_("E-mail"), ticket.email),
        (_("Phone"), ticket.phone),
        (_("Language"), ticket.lang),
        (_("Category"), ticket.category),
        *((name, str(value)) for name, value in ticket.fields.items()),
        *((f"{name} ({_('said by the page')})", str(value)) for name, value in ticket.attributes.items()),
        (_("Tags from the page"), ", ".join(ticket.page_tags)),
        (_("Promised"), context.target_words),
    ]
    return [(label, value) for label, value in found if value]


def journey(context: AdapterContext) -> list[str]:
    """The customer's journey before writing, one line for each step."""
    told, _ = context.ticket.journey, context.gettext
    lines = [_("searched “%(text)s”", text=query.text) for query in told.queries]
    for s in told.suggestions:
        title = s.title or s.slug
        if s.rejected:
            line = _("was shown “%(title)s” (%(lang)s): it did not help", title=title, lang=s.lang)
            lines.append(f"{line} ({s.comment})" if s.comment else line)
        elif s.opened:
            lines.append(_("read “%(title)s” (%(lang)s)", title=title, lang=s.lang))
        else:
            lines.append(_("was shown “%(title)s” (%(lang)s)", title=title, lang=s.lang))
    if told.page:
        lines.append(_("came from %(page)s", page=told.page))
    return lines
