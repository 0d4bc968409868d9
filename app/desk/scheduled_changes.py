"""Publishes the changes of articles whose time has come, as their planners would: with their rights, a line in the
audit log, and word to translators. What cannot be published without somebody's decision is held, and its planner gets a
mail."""

from datetime import datetime

from app.container import Services
from app.desk.access import author_of
from core.events import emit
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.header_form import form_of
from kb.authoring.models import Author
from kb.authoring.plans import Plan
from kb.authoring.scheduled_changes import Held, wall_clock
from kb.authoring.service import is_public
from kb.authoring.stages import is_archived
from kb.translations.coverage import content_of_text
from kb.translations.models import Weight
from support.agents.models import User
from support.delivery import outbox
from support.tickets.models import Delivery


def carry_out_due(s: Services, now: datetime) -> int:
    """Publish what is due; how many changes were published."""
    done = 0
    for plan in s.scheduled_changes.due(wall_clock(now, s.settings.zone)):
        user = s.desk.accounts.by_login(plan.login) if plan.login else None
        try:
            if user is None or user.disabled:
                raise Held("not_allowed")
            done += _carry_out(s, plan, author_of(user), user, now)
        except Held as why:
            _hold(s, plan, why.code, user, now)
        except CannotEdit as failure:  # it is tried again
            emit("scheduled_change_failed", error=failure.code)
    return done


def _carry_out(s: Services, plan: Plan, author: Author, user: User, now: datetime) -> bool:
    try:
        before = s.authoring.open(plan.path, now).text
    except (NoSuchArticle, CannotEdit):
        before = ""
    outcome = s.scheduled_changes.carry_out(plan, author, now)
    if outcome.changed:
        text = s.authoring.text_with(plan.path, outcome.version) or ""
        weight = Weight(plan.weight) if plan.weight in set(Weight) else None
        s.translations.edited(plan.path, content_of_text(text), weight, now)
        s.desk.note_article(user, changed_action(before, text), plan.path, now)
    emit("scheduled_change_published", path=plan.path)
    return True


def changed_action(before: str, after: str) -> str:
    """What the audit log calls a save, by what visitors could read before and after."""
    away = is_archived(after)
    if away != is_archived(before) and not is_public(after):
        return "article_archived" if away else "article_restored"
    was, now_is = is_public(before), is_public(after)
    return "article_saved" if was == now_is else "article_published" if now_is else "article_unpublished"


def _hold(s: Services, plan: Plan, code: str, user: User | None, now: datetime) -> None:
    if not s.scheduled_changes.hold(plan, code, now):
        return
    emit("scheduled_change_held", path=plan.path, code=code)
    if user is None:
        return
    s.desk.note_article(user, "article_change_held", plan.path, now)
    if user.disabled or "@" not in user.login:
        return
    _version, text = s.authoring.version(plan.path, plan.version)
    payload = {
        "to": user.login, "lang": user.lang or s.settings.default_lang, "what": "held", "path": plan.path,
        "title": form_of(text)["title"] or plan.path, "by": "", "note": plan.reason,
    }  # fmt: skip
    with s.tickets.transaction() as connection:
        outbox.enqueue(connection, None, None, Delivery.REVIEW_MAIL, now, payload=payload)
