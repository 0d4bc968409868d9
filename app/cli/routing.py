"""flask tickets route: shows which team a request is routed to, and why."""

from dataclasses import replace

import click

from app.cli.tickets import tickets_cli
from app.current import services
from support.routing.router import Decision, RoutingFacts
from support.teams.teams import teams
from support.tickets.models import NewTicket, Ticket, UnknownTicket


@tickets_cli.command("route")
@click.argument("reference", required=False)
@click.option("--explain", is_flag=True, help="Every route that was looked at, and why it was taken or not.")
@click.option("--message", default="", help="Instead of a ticket: a text.")
@click.option("--form", default="", help="The form it is sent with.")
@click.option("--category", default="")
@click.option("--lang", default="", help="Default: the site's language.")
@click.option("--page", default="", help="The page they come from.")
@click.option("--product", default="")
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="A field of the form; may be repeated.")
@click.option(
    "--article", "articles", multiple=True, metavar="LANG/SLUG", help="An article they opened; may be repeated."
)
def route(
    reference: str | None,
    explain: bool,
    message: str,
    form: str,
    category: str,
    lang: str,
    page: str,
    product: str,
    fields: tuple[str, ...],
    articles: tuple[str, ...],
) -> None:
    """Say which team a ticket, or a text, would go to now. Nothing is changed."""
    s = services()
    if reference:
        facts = s.router.facts(_as_new(_find_ticket(reference)))
    else:
        facts = RoutingFacts(
            text=message,
            form=form,
            category=category,
            lang=lang or s.settings.default_lang,
            page=page,
            product=product,
            fields=_pairs(fields),
        )
        viewed_articles = tuple(_article(one) for one in articles)
        facts = replace(
            facts,
            articles=tuple(slug for _lang, slug in viewed_articles),
            handoffs=tuple(dict.fromkeys(s.router.handoffs(viewed_articles))),
        )
    decision = s.router.decide(facts)
    if explain:
        _explain(decision)
    click.echo(f"{decision.team}  ({decision.by})")
    if explain:
        team = teams(s.settings)[decision.team]
        for channel in team.channels:
            click.echo(f"  to {channel.name} ({channel.kind})")
        click.echo(f"  promised: {s.tickets.response_targets.for_team(team.name, s.now()).hours} opening hours")


def _explain(decision: Decision) -> None:
    for step in decision.steps:
        click.echo(f"{'yes' if step.matched else 'no '}  {step.rule}: {step.because}")


def _as_new(ticket: Ticket) -> NewTicket:
    return NewTicket(
        message=ticket.messages[0].text,
        lang=ticket.lang,
        site_url=ticket.site_url,
        subject=ticket.subject,
        category=ticket.category,
        fields=ticket.fields,
        journey=ticket.journey,
        form=ticket.form,
        product=ticket.product,
    )


def _pairs(fields: tuple[str, ...]) -> dict[str, str]:
    for one in fields:
        if "=" not in one:
            raise click.ClickException(f"“{one}” is no field; write --field order_number=TF-1")
    return dict(one.split("=", 1) for one in fields)


def _article(text: str) -> tuple[str, str]:
    lang, slash, slug = text.partition("/")
    if not slash:
        raise click.ClickException(f"“{text}” is no article; write --article en/return-an-item")
    return lang, slug


def _find_ticket(reference: str) -> Ticket:
    try:
        return services().tickets.by_reference(reference)
    except UnknownTicket as error:
        raise click.ClickException(f"{error}; flask tickets list shows those there are") from None
