"""An agent's day: answering takes a ticket, one Save, the next ticket, many at once, macros, merging, links, views."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.desk.ticket_page import tried
from kb.source.added_question import CannotAddQuestion, with_question
from kb.source.frontmatter import read
from support.agents import audit, ticket_search
from support.agents.article_drafts import draft_of
from support.agents.figures import csv_lines, figures
from support.agents.macros import MacroActions, read_actions, tags_in
from support.agents.models import CaseChanges, Role, User
from support.agents.queue import Filters, next_of, open_tickets, rows
from support.agents.service import CaseConflict, DeskService
from support.agents.similar import similar
from support.routing.router import NOTHING_MATCHED
from support.tickets.agent_actions import AgentActions
from support.tickets.journey import Journey
from support.tickets.models import CannotMerge, Channel, Priority, RelationKind, Stage, State, Ticket, first_line
from support.tickets.service import TicketService
from tests.app.desk.conftest import Member
from tests.articles import publish, write
from tests.support.conftest import NOW, new_ticket

Join = Callable[..., Member]
LATER = NOW + timedelta(hours=1)


def seen(ticket: Ticket) -> int:
    return ticket.messages[-1].id


def in_app(app: Flask, **changes: object) -> Ticket:
    s = app.extensions["signpost"]
    made: Ticket = s.tickets.create(new_ticket(**changes), None, s.now())
    return made


def again(app: Flask, ticket: Ticket) -> Ticket:
    found: Ticket = app.extensions["signpost"].tickets.by_id(ticket.id)
    return found


# --- answering ---


def test_whoever_answers_a_ticket_that_is_nobody_s_has_taken_it(
    desk: DeskService, ada: User, bo: User, tickets: TicketService
) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    assert desk.reply(bo, ticket.reference, "Hello", LATER, seen=seen(ticket)).assignee_id == bo.id
    kept = desk.reply(ada, ticket.reference, "Me too", LATER, seen=seen(tickets.by_id(ticket.id)))
    assert kept.assignee_id == bo.id


def test_send_and_solve_sends_and_solves(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), in_app(desk_app)
    sent = bo.post(f"/desk/t/{ticket.reference}/reply", text="Done.", seen=seen(ticket), action="send-solve")
    assert sent.headers["Location"] == f"/desk/t/{ticket.reference}?done=replied#main"
    assert (again(desk_app, ticket).stage, len(again(desk_app, ticket).messages)) == (Stage.SOLVED, 2)


def test_after_sending_the_next_ticket_of_the_same_list_is_opened(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    first, other, second = (
        in_app(desk_app, lang=lang, email=f"{n}@example.org") for n, lang in enumerate(("tr", "en", "tr"))
    )
    page = bo.client.get(f"/desk/t/{first.reference}", headers={"Referer": "http://localhost/desk/?lang_of_ticket=tr"})
    assert 'name="list" value="lang_of_ticket=tr"' in page.text
    form = {"text": "Done.", "list": "lang_of_ticket=tr", "next": "yes", "action": "send-solve"}
    onward = bo.post(f"/desk/t/{first.reference}/reply", seen=seen(first), **form)
    assert onward.headers["Location"].startswith(f"/desk/t/{second.reference}?before={first.reference}&done=replied")
    opened = bo.get(onward.headers["Location"]).text
    assert f"{first.reference} is done." in opened and 'name="next" value="yes" checked' in opened
    end = bo.post(f"/desk/t/{second.reference}/reply", seen=seen(second), **form)
    assert "/desk/?" in end.headers["Location"] and "done=last" in end.headers["Location"]
    assert "There is no other ticket to do in this view." in bo.get(end.headers["Location"]).text
    assert again(desk_app, other).state is not State.CLOSED


def test_the_next_ticket_is_no_colleague_s(
    engine: Engine, agent_actions: AgentActions, tickets: TicketService, ada: User, bo: User
) -> None:
    one, taken, free = (tickets.create(new_ticket(email=f"{n}@example.org"), None, NOW) for n in range(3))
    agent_actions.assign(taken.reference, ada.id, NOW)
    assert next_of(engine, Filters(me=bo.id), LATER, one.id) == free.reference
    assert next_of(engine, Filters(me=bo.id, assignee=str(ada.id)), LATER, one.id) == taken.reference


# --- one Save ---


def test_one_save_changes_everything_and_logs_each(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), in_app(desk_app)
    was = {"was_stage": "new", "was_priority": "normal", "was_assignee": "", "was_tags": ""}
    form = {"stage": "pending", "priority": "high", "assignee": str(bo.user.id), "tags": "Refund, #vip"}
    saved = bo.post(f"/desk/t/{ticket.reference}/case", action="save", snooze="tomorrow", **was, **form)
    assert saved.status_code == 303
    now = again(desk_app, ticket)
    assert (now.stage, now.priority, now.assignee_id) == (Stage.PENDING, Priority.HIGH, bo.user.id)
    assert now.tags == ("refund", "vip") and now.snooze_until is not None
    s = desk_app.extensions["signpost"]
    with s.engine.connect() as connection:
        noted = {e.action for _id, e in audit.entries(connection, reference=ticket.reference)}
    assert noted == {"stage", "priority", "assigned", "tagged", "snoozed"}


def test_saving_leaves_alone_what_was_not_changed_and_stops_where_a_colleague_changed_the_same(
    desk: DeskService, bo: User, tickets: TicketService, agent_actions: AgentActions
) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    agent_actions.set_priority(ticket.reference, Priority.URGENT, NOW)
    shown = {"stage": "new", "priority": "normal", "team": "default", "assignee": ""}
    changed = desk.save_case(bo, ticket.reference, CaseChanges(stage=Stage.OPEN), LATER, shown)
    assert (changed.stage, changed.priority) == (Stage.OPEN, Priority.URGENT)
    wanted = CaseChanges(priority=Priority.LOW, add_tags=("x",))
    with pytest.raises(CaseConflict) as conflict:
        desk.save_case(bo, ticket.reference, wanted, LATER, shown)
    assert conflict.value.fields == ("priority",)
    assert tickets.by_id(ticket.id).tags == ()


def test_tags_are_taken_off_again(desk: DeskService, bo: User, tickets: TicketService, engine: Engine) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    desk.save_case(bo, ticket.reference, CaseChanges(add_tags=("refund", "vip")), NOW)
    found, _more = rows(engine, Filters.read({"tag": "VIP", "view": "all"}, bo.id), LATER)
    assert [row.tags for row in found] == [("refund", "vip")]
    desk.save_case(bo, ticket.reference, CaseChanges(remove_tags=("vip",)), NOW)
    assert tickets.by_id(ticket.id).tags == ("refund",)
    assert desk.tags() == ["refund"]


def test_tags_may_be_separated_as_each_language_does() -> None:
    assert tags_in(" Refund,#VIP; 退款、運費 ，refund\n" + "x" * 100) == ("refund", "vip", "退款", "運費", "x" * 40)


# --- many at once ---


def test_chosen_tickets_are_changed_together_and_held_ones_left_alone(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    one, two, other = (in_app(desk_app, email=f"{n}@example.org") for n in range(3))
    held = in_app(desk_app, quarantine="honeypot")
    chosen = [one.reference, two.reference, held.reference]
    done = bo.post("/desk/bulk", chosen=chosen, priority="urgent", tags="late", action="save", list="view=all")
    assert "count=2" in done.headers["Location"]
    assert [again(desk_app, t).priority.value for t in (one, two, other, held)] == ["urgent"] * 2 + ["normal"] * 2
    assert bo.post("/desk/bulk", action="save").headers["Location"].endswith("done=nothing")
    assert bo.post("/desk/bulk", chosen=["SP-NONE-00"], action="take").status_code == 404
    bo.post("/desk/bulk", chosen=[one.reference], action="solve")
    assert again(desk_app, one).stage is Stage.SOLVED
    assert member(Role.AUTHOR).post("/desk/bulk", chosen=[two.reference], action="solve").status_code == 403


def test_an_urgent_ticket_is_due_at_once_whatever_was_promised(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    calm, urgent = (in_app(desk_app, email=f"{n}@example.org") for n in range(2))
    bo.post("/desk/bulk", chosen=[urgent.reference], priority="urgent", action="save")
    assert bo.get("/desk/?view=todo").text.count("due at once") == 1
    assert "due at once" in (page := bo.get(f"/desk/t/{urgent.reference}").text)
    assert "Promised" in page, "what the customer was told stays"
    assert "due at once" not in bo.get(f"/desk/t/{calm.reference}").text
    bo.post("/desk/bulk", chosen=[urgent.reference], action="solve")
    assert "due at once" not in bo.get(f"/desk/t/{urgent.reference}").text


def test_the_list_is_sorted_as_asked(engine: Engine, tickets: TicketService, bo: User) -> None:
    old, new = (tickets.create(new_ticket(), None, NOW + timedelta(hours=n)) for n in range(2))
    for sort, wanted in (("oldest", [old, new]), ("newest", [new, old]), ("due", [old, new]), ("changed", [new, old])):
        for view in ("todo", "all"):
            found, _more = rows(engine, Filters.read({"sort": sort, "view": view}, bo.id), LATER)
            assert [row.reference for row in found] == [t.reference for t in wanted], (sort, view)
    assert rows(engine, Filters.read({"sort": "priority", "view": "overdue"}, bo.id), LATER)[0] == []


# --- saved views ---


def test_a_view_is_saved_for_oneself_or_for_all(desk_app: Flask, member: Join) -> None:
    bo, cy = member(Role.AGENT, login="bo@example.org"), member(Role.AGENT, login="cy@example.org")
    bo.post("/desk/views", name="Turkish <late>", list="view=overdue&lang_of_ticket=tr", action="save")
    assert "Turkish &lt;late&gt;" in bo.get("/desk/").text
    assert "Turkish" not in re_main(cy.get("/desk/").text)
    bo.post("/desk/views", name="All Turkish", list="view=all&lang_of_ticket=tr", shared="yes", action="save")
    assert "All Turkish" in cy.get("/desk/").text
    (shared,) = (v for v in desk_app.extensions["signpost"].desk.views(cy.user) if v.shared)
    cy.post("/desk/views", action=f"delete:{shared.id}")
    assert "All Turkish" in cy.get("/desk/").text, "only its owner, or an admin, may delete it"
    bo.post("/desk/views", action=f"delete:{shared.id}")
    assert "All Turkish" not in cy.get("/desk/").text


def re_main(page: str) -> str:
    return page[page.index("desk-views") :].split("</nav>")[0]


# --- macros ---


def test_a_macro_writes_and_changes_at_once(desk_app: Flask, member: Join) -> None:
    admin, ticket = member(Role.ADMIN), in_app(desk_app, name="Mia")
    admin.post("/desk/canned", id="new", name="Refund", text="Hello {name}, it is on its way.", stage="solved",
               priority="low", tags="refund", assign="me")  # fmt: skip
    (macro,) = desk_app.extensions["signpost"].desk.canned_replies()
    assert json.loads(macro.actions) == {"stage": "solved", "priority": "low", "assign": "me", "tags": ["refund"]}
    path = f"/desk/t/{ticket.reference}/reply"
    inserted = admin.post(path, action="canned", canned=macro.id, seen=seen(ticket)).text
    assert f'name="macro" value="{macro.id}"' in inserted and "Hello Mia, it is on its way." in inserted
    assert '<option value="solved" selected>' in inserted
    used = admin.post(path, action="macro", canned=macro.id, seen=seen(ticket))
    assert used.status_code == 303
    now = again(desk_app, ticket)
    assert now.messages[-1].text == "Hello Mia, it is on its way."
    assert (now.stage, now.priority, now.tags, now.assignee_id) == (
        Stage.SOLVED, Priority.LOW, ("refund",), admin.user.id,
    )  # fmt: skip


def test_a_macro_that_was_inserted_acts_when_the_answer_is_sent(desk_app: Flask, member: Join) -> None:
    admin, ticket = member(Role.ADMIN), in_app(desk_app)
    admin.post("/desk/canned", id="new", name="Tag", text="Hello", tags="seen")
    (macro,) = desk_app.extensions["signpost"].desk.canned_replies()
    admin.post(f"/desk/t/{ticket.reference}/reply", text="Mine", macro=macro.id, seen=seen(ticket), action="send")
    assert again(desk_app, ticket).tags == ("seen",)


@pytest.mark.parametrize("stored", ["", "{", "[]", "null", '{"stage": 3, "tags": 5}', '{"team": "gone"}'])
def test_actions_of_a_macro_that_make_no_sense_are_passed_over(stored: str) -> None:
    assert read_actions(stored, {"default": "Team"}) == MacroActions()


# --- merging and linking ---


def test_merged_tickets_are_read_together_and_taken_apart_again(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    first = in_app(desk_app, message="The left one is silent.")
    second = in_app(desk_app, message="Hello? Anybody?")
    merged = bo.post(f"/desk/t/{second.reference}/relation", action="merge", other=first.reference.lower())
    assert merged.headers["Location"].startswith(f"/desk/t/{first.reference}")
    page = bo.get(f"/desk/t/{first.reference}").text
    assert "Hello? Anybody?" in page and "The left one is silent." in page
    assert again(desk_app, second).stage is Stage.CLOSED
    assert "merged into" in bo.get(f"/desk/t/{second.reference}").text
    s = desk_app.extensions["signpost"]
    with s.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE kind = 'status_mail'").scalar() == 0
    own = desk_app.test_client().get(f"/t/{second.token}").text
    assert f"we answer all of it under {first.reference}" in own
    bo.post(f"/desk/t/{first.reference}/relation", action=f"undo:{second.reference}")
    assert again(desk_app, second).stage is Stage.NEW and again(desk_app, second).relations == ()
    assert "Hello? Anybody?" not in bo.get(f"/desk/t/{first.reference}").text.split('id="reply"')[0]


def test_tickets_of_two_customers_are_never_merged(
    desk: DeskService, bo: User, tickets: TicketService, agent_actions: AgentActions
) -> None:
    one = tickets.create(new_ticket(email="one@example.org"), None, NOW)
    two = tickets.create(new_ticket(email="two@example.org"), None, NOW)
    held = tickets.create(new_ticket(email="one@example.org", quarantine="honeypot"), None, NOW)
    call = tickets.create(new_ticket(email="", phone="+1 555 0100", preferred_channel=Channel.PHONE), None, NOW)
    for other, code in ((two, "person"), (held, "held"), (one, "itself"), (call, "person")):
        with pytest.raises(CannotMerge) as refused:
            desk.merge(bo, one.reference, other.reference, NOW)
        assert refused.value.code == code
    assert tickets.by_id(one.id).stage is Stage.NEW
    desk.relate(bo, one.reference, two.reference, NOW)
    assert [r.kind for r in tickets.by_id(two.id).relations] == [RelationKind.RELATED]
    desk.unrelate(bo, two.reference, one.reference, NOW)
    assert tickets.by_id(one.id).relations == ()


def test_what_happened_to_a_merged_ticket_since_is_kept_when_the_merge_is_undone(
    desk: DeskService, bo: User, tickets: TicketService
) -> None:
    one, two = (tickets.create(new_ticket(), None, NOW) for _ in range(2))
    desk.merge(bo, one.reference, two.reference, NOW)
    tickets.add_message(one.token, "And another thing.", "", LATER)
    reopened = tickets.by_id(one.id).stage
    assert reopened is not Stage.CLOSED, "nothing a customer writes is lost in a merged ticket"
    desk.unrelate(bo, one.reference, two.reference, LATER)
    assert tickets.by_id(one.id).stage is reopened


# --- similar tickets, answer all ---

_SAME = ("The app crashes at login since the update", "Since the update the app crashes at login!", "app crashes login")


def test_similar_open_tickets_are_answered_together_each_by_name(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    mia, can, eve = (
        in_app(desk_app, subject="", message=text, name=name, email=f"{name}@example.org")
        for text, name in zip(_SAME, ("Mia", "Can", "Eve"), strict=True)
    )
    in_app(desk_app, subject="", message="Where is my parcel from last week?", email="other@example.org")
    page = bo.get(f"/desk/t/{mia.reference}").text
    values = [f"{one.reference}:{seen(one)}" for one in (can, eve)]
    assert all(f'value="{value}"' in page for value in values) and "parcel" not in page
    path = f"/desk/t/{mia.reference}/reply"
    asked = bo.post(path, text="Hello Mia, fixed.", also=values, seen=seen(mia), action="send-solve")
    assert asked.status_code == 422 and "Hello {name}, fixed.</textarea>" in asked.text
    desk_app.extensions["signpost"].agent_actions.reply(eve.reference, "Somebody was faster.", NOW)
    sent = bo.post(path, text="Hello {name}, fixed.", also=values, seen=seen(mia), action="send-solve")
    assert f"failed={eve.reference}" in sent.headers["Location"]
    assert f"Not sent to {eve.reference}" in bo.get(sent.headers["Location"]).text
    assert [again(desk_app, t).messages[-1].text for t in (mia, can)] == ["Hello Mia, fixed.", "Hello Can, fixed."]
    assert again(desk_app, can).stage is Stage.SOLVED and len(again(desk_app, eve).messages) == 2


def test_similar_is_said_of_words_in_any_script(engine: Engine, tickets: TicketService) -> None:
    for text in ("左耳機沒有聲音了", "左耳机没有声音", "退款還沒收到", "Parcel is late", "Something about invoices"):
        tickets.create(new_ticket(subject="", message=text, email=f"{text}@example.org"), None, NOW)
    found = similar(0, "我的左耳機沒有聲音", open_tickets(engine, LATER))
    assert {one.text for one in found} == {"左耳機沒有聲音了", "左耳机没有声音"}


# --- search, titles, journey ---


@pytest.mark.parametrize(
    ("written", "sought", "is_found"),
    [
        ("Kulaklığım ÇALIŞMIYOR", "kulak calismiyor", True),
        ("Kulaklığım çalışmıyor", "lığım", False),
        ("Model E-17, order 100-2345", "e17", True),
        ("Model E-17, order 100-2345", "2345", True),
        ("我的左耳機沒有聲音", "耳机", True),
        ("我的左耳機沒有聲音", "音", True),
        ("我的左耳機沒有聲音", "耳音", False),
        ("我的帳戶無法登入", "账户", True),
        ("והאוזנייה שקטה", "אוזנייה", True),
        ("وبالطلب خطأ", "طلب", True),
        ("No sound on the left", "sound -left", False),
        ("No sound on the left", "sound -right", True),
        ("No sound on the left", "-right", True),
        ("No sound on the left", "-left", False),
        ("左耳機沒有聲音", "耳機 -右耳", True),
        ("Error -1011 at the checkout", "-1011", True),
        ("unacceptable", "accept", False),
        ("write to me@shop.example.org", "shop.example", True),
        ("nothing", "' OR 1=1 --\" *:() NEAR", False),
    ],
)
def test_search_finds_words_and_their_beginnings(
    engine: Engine, tickets: TicketService, bo: User, written: str, sought: str, is_found: bool
) -> None:
    tickets.create(new_ticket(subject="", message=written), None, NOW)
    found, _more = rows(engine, Filters.read({"q": sought}, bo.id), LATER)
    assert bool(found) is is_found


def test_search_finds_what_the_page_said(engine: Engine, tickets: TicketService, bo: User) -> None:
    said = new_ticket(attributes={"order": "TF-20418837", "plan": "Größe", "orders": 3}, tags=("checkout",))
    made = tickets.create(said, None, NOW)
    for sought in ("tf20418837", "grosse", "checkout"):
        found, _more = rows(engine, Filters.read({"q": sought}, bo.id), LATER)
        assert [row.reference for row in found] == [made.reference], sought
    for tag, count in (("Checkout", 1), ("check", 0), ("%", 0)):
        found, _more = rows(engine, Filters.read({"view": "all", "tag": tag}, bo.id), LATER)
        assert [row.page_tags for row in found] == [("checkout",)] * count, tag


def test_an_erased_ticket_leaves_no_word_in_the_full_text_index(
    engine: Engine, tickets: TicketService, desk: DeskService, ada: User
) -> None:
    ticket = tickets.create(new_ticket(message="xylophonist", quarantine="honeypot"), None, NOW)
    ticket_search.catch_up(engine)
    desk.delete_held(ada, ticket.reference, NOW)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            blocks = connection.exec_driver_sql("SELECT block FROM desk_words_data").scalars().all()
        assert not any(b"xylophon" in block for block in blocks)
    assert rows(engine, Filters.read({"q": "xylophonist"}, ada.id), LATER)[0] == []


def test_the_first_line_names_a_ticket_without_a_subject(desk_app: Flask, member: Join) -> None:
    ticket = in_app(desk_app, subject="", message="\n---\nMy case does not close.\nIt is new.")
    bo = member(Role.AGENT)
    assert "<bdi>My case does not close.</bdi></h1>" in bo.get(f"/desk/t/{ticket.reference}").text
    assert "<bdi>My case does not close.</bdi></a>" in bo.get("/desk/").text
    assert first_line("word " * 40) == "word " * 17 + "word…"


def test_customers_addresses_are_links_and_pages_only_where_they_are_pages(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    ticket = in_app(desk_app, email="mia@example.org", phone="+31 20 555 0100",
                    journey=Journey(page="javascript:alert(1)"))  # fmt: skip
    page = bo.get(f"/desk/t/{ticket.reference}").text
    assert 'href="mailto:mia%40example.org"' in page or 'href="mailto:mia@example.org"' in page
    assert 'href="tel:+31205550100"' in page and 'href="javascript:' not in page


def test_the_journey_is_without_noise(tickets: TicketService) -> None:
    journey = (
        Journey()
        .with_query("earbud silent", "suggest")
        .with_query("The left earbud is silent.", "suggest")
        .with_query("The left earbud is silent. I tried all", "suggest")
        .with_suggestion("reset", "en", opened=True)
        .with_suggestion("shown", "en")
        .with_suggestion("wrong", "en", rejected="not_related")
    )
    message = "The left earbud is silent. I tried all of it."
    ticket = tickets.create(new_ticket(subject="", message=message, journey=journey), None, NOW)
    shown = tried(ticket)
    assert [q.text for q in shown.queries] == ["earbud silent"]
    assert [one.slug for one in shown.suggestions] == ["reset", "wrong"]
    assert len(ticket.journey.queries) == 3, "what goes to others stays whole"


# --- figures ---


def test_figures_of_a_team(engine: Engine, tickets: TicketService, agent_actions: AgentActions) -> None:
    made = [tickets.create(new_ticket(email=f"{n}@example.org"), None, NOW) for n in range(4)]
    agent_actions.reply(made[0].reference, "Hello", NOW + timedelta(minutes=10))
    agent_actions.reply(made[1].reference, "Hello", NOW + timedelta(minutes=30), stage=Stage.SOLVED)
    tickets.create(new_ticket(quarantine="honeypot"), None, NOW)
    agent_actions.set_team(made[3].reference, "billing", NOW)
    found = figures(engine, "", 7, NOW + timedelta(hours=2), UTC)
    assert (found.received, found.finished, found.backlog) == (4, 1, 3)
    assert found.first_reply.median == timedelta(minutes=10) and found.first_reply.most == timedelta(minutes=30)
    assert found.resolution.median == timedelta(minutes=30)
    assert sum(found.hours) == 4 and found.hours[NOW.hour] == 4
    assert [day.backlog for day in found.days] == [0, 0, 0, 0, 0, 0, 3]
    assert figures(engine, "billing", 7, NOW + timedelta(hours=2), UTC).received == 1
    listed = list(csv.DictReader(io.StringIO("".join(csv_lines(found, "")).removeprefix("\ufeff"))))
    assert {"figure": "first_reply_median_minutes", "team": "", "of": "", "value": "10"} in listed


def test_a_promise_counts_as_kept_at_once_and_one_that_is_open_not_yet(
    engine: Engine, tickets: TicketService, agent_actions: AgentActions
) -> None:
    made = [tickets.create(new_ticket(email=f"{n}@example.org"), None, NOW) for n in range(2)]
    agent_actions.reply(made[0].reference, "Hello", NOW + timedelta(minutes=10))
    soon = figures(engine, "", 7, NOW + timedelta(minutes=20), UTC)
    assert (soon.promises, soon.kept) == (1, 1)
    later = figures(engine, "", 90, NOW + timedelta(days=14), UTC)
    assert (later.promises, later.kept) == (2, 1)


def test_figures_are_one_page_with_csv(desk_app: Flask, member: Join) -> None:
    in_app(desk_app)
    author = member(Role.AUTHOR)
    for days in ("7", "90", "x", ""):
        assert author.get(f"/desk/figures?days={days}&team=<x>").status_code == 200
    down = author.get("/desk/figures.csv?team==cmd")
    assert down.mimetype == "text/csv" and "=cmd" not in down.text and down.text.startswith("\ufefffigure,team")


# --- an article from a ticket ---


def test_where_an_article_says_it_already_the_question_is_added_there(desk_app: Flask, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    steps = "A refund takes five working days after we have the parcel."
    file = write(s.settings.kb_dir, "en", "refund", "When a refund arrives", steps, category="returns",
                 head='questions: ["When does a refund arrive?"]')  # fmt: skip
    publish(s)
    ticket = in_app(desk_app, subject="When does a refund arrive?", message="When does a refund arrive? It is a week.")
    author = member(Role.EDITOR)
    page = author.get(f"/desk/t/{ticket.reference}/article").text
    assert "An article may say this already" in page and 'value="add:en/refund"' in page
    assert '<option value="returns"' in page and 'href="/en/a/refund"' in page
    path, form = f"/desk/t/{ticket.reference}/article", {"lang": "en", "title": "x", "slug": "x", "text": "x"}
    added = author.post(path, **form, category="returns", questions="Where is my money?", action="add:en/refund")
    assert added.status_code == 303 and "done=question" in added.headers["Location"]
    assert read(file.read_text("utf-8"), "").fields.questions == ("When does a refund arrive?", "Where is my money?")
    assert author.post(path, **form, questions="Why?", action="add:en/gone").status_code == 422
    assert member(Role.AGENT).post(path, **form, questions="Why?", action="add:en/refund").status_code == 403
    new = author.post(path, **form, category="returns", new_category="Gift cards", action="write")
    assert new.status_code == 303 and (s.settings.kb_dir / "en/gift-cards/x.md").is_file()


def test_a_draft_keeps_links_to_our_articles_and_no_others(tickets: TicketService, agent_actions: AgentActions) -> None:
    ticket = tickets.create(new_ticket(subject="Refund"), None, NOW)
    kept = f"{ticket.site_url}/en/a/refund-in-1234567-days#step-2"
    text = f"See [this]({kept}) or {ticket.status_url}, order 100-234567. [Here](/en/a/return-7654321)."
    answered = agent_actions.reply(ticket.reference, text, NOW)
    body = draft_of(answered).body
    assert kept in body and "(/en/a/return-7654321)" in body
    assert ticket.token not in body and "234567." not in body


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("questions: []  # how they ask", 'questions: ["Why \\"so\\"?"]  # how they ask'),
        ('questions: ["One?", two]', 'questions: ["One?", two, "Why \\"so\\"?"]'),
        (
            "questions:\n  - One?\n  - >-\n    Two\n    lines?\ntags: [a]",
            '\n    lines?\n  - "Why \\"so\\"?"\ntags: [a]',
        ),
        ("questions:\n- One?", '- One?\n- "Why \\"so\\"?"'),
        ("tags: [a]", 'owner: me\nquestions: ["Why \\"so\\"?"]\n---'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_question_is_added_and_the_rest_of_the_file_left_as_it_is(header: str, wanted: str, newline: str) -> None:
    text = f"---\ntitle: A  # kept\n{header}\nowner: me\n---\n\nBody --- with\n\n---\nrule\n".replace("\n", newline)
    changed = with_question(text, 'Why "so"?')
    assert wanted.replace("\n", newline) in changed
    assert read(changed, "").fields.questions[-1] == 'Why "so"?'
    assert set(text.split(newline)) - set(changed.split(newline)) <= set(header.split("\n"))
    assert with_question(changed, 'why "SO"?') == changed


@pytest.mark.parametrize(
    "text",
    [
        "No header",
        "---\ntitle: A\nquestions: one\n---\n",
        "---\nquestions: [\n  a]\n---\n",
        "---\nquestions: &a [x]\n---\n",
        "",
    ],
)
def test_a_header_that_is_written_another_way_is_left_alone(text: str) -> None:
    with pytest.raises(CannotAddQuestion):
        with_question(text, "Why?")


# --- words ---


@pytest.mark.parametrize(("lang", "came", "name"), [("zh-Hant", "收到", "檢視名稱"), ("zh-Hans", "收到", "视图名称")])
def test_one_english_word_is_not_made_to_mean_two_things(
    desk_app: Flask, member: Join, lang: str, came: str, name: str
) -> None:
    """“Received” is an hour in a mail and a number among the figures, “Name” a person's and a view's."""
    in_app(desk_app)
    author = member(Role.AUTHOR, Role.AGENT)
    author.post("/desk/account/choices", lang=lang, next="/desk/")
    figures_page, queue = (author.get(path).text for path in ("/desk/figures", "/desk/"))
    assert f"<dt>{came}</dt>" in figures_page
    assert name in queue


def test_what_decided_the_team_is_said_in_the_agent_s_language(desk_app: Flask, member: Join) -> None:
    ticket = in_app(desk_app, routed_by=NOTHING_MATCHED)
    bo = member(Role.AGENT)
    bo.post("/desk/account/choices", lang="tr", next="/desk/")
    page = bo.get(f"/desk/t/{ticket.reference}").text
    assert "eşleşen kural yok" in page
    assert "nothing else matched" not in page
