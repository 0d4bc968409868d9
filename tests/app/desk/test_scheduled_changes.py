"""A change of a published article that waits for its time: planned, brought together with what others change, published
with its reason, held where somebody has to decide."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dulwich import porcelain
from dulwich.repo import Repo
from flask import Flask
from sqlalchemy import Engine

from app.desk.scheduled_changes import carry_out_due
from app.ops.node_agent import NodeAgent
from app.ops.schedule_worker import ScheduleWorker
from core.database.connection import writing
from kb.authoring.article_files import NoSuchArticle
from kb.authoring.models import Author, Kind, Suggested
from kb.authoring.personal_data import PERSONAL_DATA
from kb.authoring.scheduled_changes import Held, ScheduledChanges, wall_clock
from kb.authoring.scopes import NotAllowed, Scope
from kb.authoring.service import AuthoringService
from support.agents.models import Role
from tests.app.desk.conftest import Member
from tests.app.desk.test_article_flow import act, mails, page
from tests.app.desk.test_article_rights import restrict
from tests.app.desk.test_authoring import actions, edit, save
from tests.articles import publish, write
from tests.support.conftest import NOW

Join = Callable[..., Member]
PATH, PAID = "en/orders/a.md", "en/returns/refund-time.md"
ADA = Author("ada@example.org", may_publish=True, name="Ada")
BO = Author("bo@example.org", may_publish=False)


@dataclass
class Place:
    """A repository with one published article."""

    engine: Engine
    folder: Path

    def __post_init__(self) -> None:
        write(self.folder, "en", "a", "A", "One.\n\nTwo.\n\nThree.")
        Repo.init(str(self.folder)).close()
        porcelain.add(str(self.folder), [str(self.folder / PATH)])
        porcelain.commit(str(self.folder), message=b"first", author=b"x <x@x>", committer=b"x <x@x>")

    @property
    def authoring(self) -> AuthoringService:
        """As after a start of the process: nothing is remembered but what is stored."""
        return AuthoringService(self.engine, self.folder)

    @property
    def changes(self) -> ScheduledChanges:
        return ScheduledChanges(self.engine, self.authoring)

    def suggest(self, old: str, new: str, path: str = PATH, by: Author = BO) -> int:
        found = self.authoring.open(path, NOW)
        made = self.authoring.save(path, found.text.replace(old, new), found.version, by, "theirs", NOW)
        assert isinstance(made, Suggested)
        return made.id

    def change(self, old: str, new: str) -> None:
        found = self.authoring.open(PATH, NOW)
        self.authoring.save(PATH, found.text.replace(old, new), found.version, ADA, "", NOW)

    @property
    def text(self) -> str:
        return (self.folder / PATH).read_text("utf-8").partition("---\n")[2].partition("---\n")[2]


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Place:
    folder = tmp_path / "kb"
    folder.mkdir()
    return Place(engine, folder)


def test_a_change_waits_and_is_published_with_what_others_changed_meanwhile(place: Place) -> None:
    number = place.suggest("Two.", "Two, from Monday.")
    with pytest.raises(NotAllowed):
        place.changes.plan(PATH, number, "2027-02-01T09:00", BO, "x", "", NOW)
    place.changes.plan(PATH, number, "2027-02-01T09:00", ADA, "the  new price", "major", NOW)
    assert place.changes.due("2027-02-01T08:59") == [] and "Monday" not in place.text
    place.change("Three.", "3.")

    (plan,) = place.changes.due("2027-02-01T09:00")
    assert (plan.login, plan.reason, plan.weight, plan.held) == (ADA.login, "the new price", "major", False)
    assert place.changes.carry_out(plan, ADA, NOW).changed

    assert "One.\n\nTwo, from Monday.\n\n3." in place.text
    assert place.changes.due("2027-02-01T09:00") == [] == place.changes.of(PATH) and place.changes.every() == {}
    versions, _more = place.authoring.history(PATH)
    assert (versions[0].kind, versions[0].login, versions[0].reason) == (Kind.SAVED, ADA.login, "the new price")
    assert next(one for one in versions if one.id == number).settled == "taken"
    with Repo(str(place.folder)) as repository:
        commit = repository[repository.head()]
        assert commit.message.strip() == b"the new price" and commit.author == b"Ada <ada@example.org>"
        assert commit.id.decode() == versions[0].git_commit
    # A process that ended between the file and the database finds its own work.
    again = place.suggest("One.", "1.")
    place.changes.plan(PATH, again, "2027-02-02T00:00", ADA, "r", "", NOW)
    place.change("One.", "1.")
    (plan,) = place.changes.due("2027-02-02T00:00")
    assert not place.changes.carry_out(plan, ADA, NOW).changed and place.changes.of(PATH) == []


def test_what_somebody_has_to_decide_is_held(place: Place) -> None:
    number = place.suggest("Two.", "Two, from Monday.")
    place.changes.plan(PATH, number, "2027-02-01T09:00", ADA, "r", "", NOW)
    place.changes.plan(PATH, number, "2027-03-01T09:00", ADA, "later", "", NOW)  # in place of the first
    (plan,) = place.changes.of(PATH)
    assert plan.due == "2027-03-01T09:00"
    place.change("Two.", "Two, and a half.")
    before = place.text
    with pytest.raises(Held, match="conflict"):
        place.changes.carry_out(plan, ADA, NOW)
    with pytest.raises(Held, match="not_allowed"):
        place.changes.carry_out(plan, BO, NOW)
    assert place.text == before and place.changes.hold(plan, "conflict", NOW)
    assert not place.changes.hold(plan, "conflict", NOW) and place.changes.due("2099-01-01T00:00") == []
    second = place.suggest("One.", "1.")
    place.changes.plan(PATH, second, "2027-01-01T00:00", ADA, "r", "", NOW)
    assert place.changes.every()[PATH].held and [one.held for one in place.changes.of(PATH)] == [False, True]
    # Whoever takes the suggestion up, or declines it, has decided.
    place.authoring.decline(PATH, number, ADA)
    (plan,) = place.changes.of(PATH)
    with pytest.raises(NotAllowed):
        place.changes.cancel(PATH, plan.id, BO, NOW)
    assert place.changes.cancel(PATH, plan.id, ADA, NOW) and not place.changes.cancel(PATH, plan.id, ADA, NOW)
    assert place.changes.of(PATH) == [] and place.authoring.open_suggestions() == {PATH: 1}
    with pytest.raises(NoSuchArticle):
        place.changes.plan(PATH, number, "2027-03-01T09:00", ADA, "r", "", NOW)
    # What a file that was moved waits for comes along.
    place.changes.plan(PATH, second, "2027-01-01T00:00", ADA, "r", "", NOW)
    (plan,) = place.changes.of(PATH)
    (place.folder / PATH).rename(place.folder / "en/orders/b.md")
    with pytest.raises(Held, match="gone"):
        place.changes.carry_out(plan, ADA, NOW)
    place.authoring.open("en/orders/b.md", NOW)
    (plan,) = place.changes.due("2027-01-01T00:00")
    assert plan.path == "en/orders/b.md" and place.changes.carry_out(plan, ADA, NOW).changed
    with place.engine.connect() as connection:
        shown = PERSONAL_DATA.export_address(connection, ADA.login).data["article_plans"]
        assert [one["reason"] for one in shown] == ["r", "later", "r", "r"]
    with writing(place.engine) as connection:
        PERSONAL_DATA.erase_address(connection, ADA.login)
        assert PERSONAL_DATA.count_address(connection, ADA.login) == 0


def test_the_clock_is_the_operators(place: Place) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert wall_clock(datetime(2027, 1, 31, 23, 0, tzinfo=UTC), berlin) == "2027-02-01T00:00"
    # 02:30 is skipped in spring: it has come at 03:00.
    assert wall_clock(datetime(2027, 3, 28, 0, 59, tzinfo=UTC), berlin) < "2027-03-28T02:30"
    assert wall_clock(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), berlin) > "2027-03-28T02:30"


@pytest.fixture
def folder(desk_app: Flask) -> Path:
    s = desk_app.extensions["signpost"]
    for slug in ("refund-time", "other", "more", "most"):
        write(s.settings.kb_dir, "en", slug, f"When <refunds> arrive, {slug}", "One.\n\nTwo.", category="returns")
    publish(s)
    return Path(s.settings.kb_dir)


def planned(by: Member, path: str = PAID, **fields: object) -> tuple[int, str]:
    number = re.findall(r'<option value="(\d+)"[^>]*>Version', page(by, path))[0]
    return act(by, "schedule", path, version=number, **{"reason": "prices", "day": "2099-01-31", **fields})


def test_a_change_is_scheduled_from_the_editor_and_seen_until_it_is_published(
    desk_app: Flask, folder: Path, member: Join
) -> None:
    s = desk_app.extensions["signpost"]
    editor, author = member(Role.EDITOR), member(Role.AUTHOR)
    before = (folder / PAID).read_text("utf-8")
    form = edit(editor, PAID)
    sent = save(editor, PAID, form, body=form["body"].replace("Two.", "Two, from Monday."), action="schedule",
                reason="with the sale")  # fmt: skip
    assert "/desk/articles/flow/" in sent.headers["Location"] and "done=sent" in sent.headers["Location"]
    shown = editor.get(sent.headers["Location"]).text
    assert "data-sent=" in shown and 'value="with the sale"' in shown and "editor.js" in shown
    for wrong in ({"day": ""}, {"day": "soon"}, {"day": "2020-01-31"}, {"time": "25:00"}, {"reason": " "}):
        assert planned(editor, **wrong)[0] == 422
    assert act(editor, "schedule", PAID, version=10**6, reason="r", day="2099-01-31")[0] == 422

    assert planned(editor, time="09:30") == (303, "planned")

    assert (folder / PAID).read_text("utf-8") == before
    for at in (f"/desk/articles/flow/{PAID}", f"/desk/articles/edit/{PAID}", "/desk/articles?state=planned"):
        assert re.search(r"Jan\w* 2099\W+09:30", author.get(at).text), at
    assert "more" not in author.get("/desk/articles?state=planned").text.partition("data-bulk")[2].partition("</ul>")[0]
    number = re.findall(r'name="plan" value="(\d+)"', page(editor, PAID))[0]
    assert act(author, "unschedule", PAID, plan=number)[0] == 403
    assert act(editor, "unschedule", PAID, plan=number) == (303, "unplanned")
    assert act(editor, "unschedule", PAID, plan=number)[0] == 422
    assert planned(editor) == (303, "planned")
    due = datetime(2099, 1, 31, tzinfo=s.settings.zone)
    assert carry_out_due(s, due - timedelta(minutes=1)) == 0 and ScheduleWorker(s).work() == 0
    assert carry_out_due(s, due) == 1 and carry_out_due(s, due) == 0
    assert "Two, from Monday." in (folder / PAID).read_text("utf-8")
    assert "prices" in editor.get(f"/desk/articles/history/{PAID}").text
    assert actions(desk_app) == [
        "article_saved", "article_change_scheduled", "article_change_cancelled", "article_change_scheduled",
        "article_suggested",
    ]  # fmt: skip


def test_all_chores_of_the_publisher_are_elected_together(desk_app: Flask) -> None:
    """The watcher, the exchange with Git and this one ask separately."""
    agent = NodeAgent(desk_app.extensions["signpost"])
    chores = [agent.elected("publisher") for _ in range(3)]
    agent.tick()
    assert [elected() for elected in chores] == [True] * 3
    agent.stop()
    assert not any(elected() for elected in chores)


def test_whoever_scheduled_a_change_hears_when_it_is_held(desk_app: Flask, folder: Path, member: Join) -> None:
    s = desk_app.extensions["signpost"]
    editor, other = member(Role.EDITOR), member(Role.EDITOR, login="bo@example.org")
    for path in (PAID, "en/returns/other.md"):
        form = edit(editor, path)
        save(editor, path, form, body=form["body"].replace("Two.", "Two, from Monday."), action="suggest")
        assert planned(editor, path) == (303, "planned")
    form = edit(other, PAID)
    save(other, PAID, form, body=form["body"].replace("Two.", "Two by Bo."))
    due = datetime(2099, 1, 31, tzinfo=s.settings.zone)

    assert carry_out_due(s, due) == 1 and carry_out_due(s, due) == 0

    assert "Two by Bo." in (folder / PAID).read_text("utf-8")
    assert "article_change_held" in actions(desk_app)
    ((to, subject, text),) = mails(desk_app)
    assert to == "editor@example.org" and "When <refunds> arrive" in subject and "was not published" in subject
    assert f"/desk/articles/flow/{PAID}" in text
    shown = page(editor, PAID)
    assert "Somebody changed the same place meanwhile" in shown and "Not published" in shown
    assert "A scheduled change was not published" in editor.get("/desk/articles").text
    number = re.findall(r"suggestion=(\d+)", shown)[0]
    taken = edit(editor, f"{PAID}?suggestion={number}")
    assert save(editor, PAID, taken).status_code == 409  # both texts are shown
    assert save(editor, PAID, {**taken, "base": edit(editor, PAID)["base"]}).status_code == 303
    assert "Not published" not in page(editor, PAID)
    # One whose planner may no longer publish it.
    path = "en/returns/more.md"
    form = edit(other, path)
    save(other, path, form, body=form["body"].replace("Two.", "2."), action="suggest")
    assert planned(other, path) == (303, "planned")
    restrict(desk_app, other, publishes=Scope(("tr",)))
    assert carry_out_due(s, due) == 0 and "2." not in (folder / path).read_text("utf-8")
    assert "may no longer publish" in page(editor, path)
