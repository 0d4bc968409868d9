"""Texts of articles hold nothing of customers: drafts from tickets are redacted before they become files. What the team
remarks on them, and who reviews what, is shown and erased with the address of an account."""

from sqlalchemy import Connection, delete, func, or_, select, update

from core.database.personal_data import Export, PersonalData
from kb.authoring.schema import article_comment, article_plan, article_remote, article_review, article_text

_COMMENT, _PLAN, _REVIEW = article_comment.c, article_plan.c, article_review.c
_LOGINS = (_REVIEW.asked_by, _REVIEW.asked_of, _REVIEW.answered_by)


def _erase_address(connection: Connection, address: str) -> None:
    connection.execute(delete(article_comment).where(_COMMENT.login == address))
    connection.execute(update(article_comment).where(_COMMENT.resolved_by == address).values(resolved_by=""))
    # Nobody answers for it any more, so that it is held when its time comes.
    connection.execute(update(article_plan).where(_PLAN.login == address).values(login=""))
    notes = {"asked_by": {"note": ""}, "answered_by": {"answer_note": ""}}
    for column in _LOGINS:
        emptied = {column.name: "", **notes.get(column.name, {})}
        connection.execute(update(article_review).where(column == address).values(emptied))


def _count_address(connection: Connection, address: str) -> int:
    of_comments = select(func.count()).select_from(article_comment).where(_COMMENT.login == address)
    of_reviews = select(func.count()).select_from(article_review).where(or_(*(one == address for one in _LOGINS)))
    of_plans = select(func.count()).select_from(article_plan).where(_PLAN.login == address)
    return sum(int(connection.execute(one).scalar_one()) for one in (of_comments, of_reviews, of_plans))


def _export_address(connection: Connection, address: str) -> Export:
    remarks = select(_COMMENT.path, _COMMENT.at, _COMMENT.body).where(_COMMENT.login == address).order_by(_COMMENT.id)
    asked = select(article_review).where(or_(*(one == address for one in _LOGINS))).order_by(_REVIEW.id)
    rows = connection.execute(remarks).mappings().all()
    about = connection.execute(asked).mappings().all()
    planned = select(_PLAN.path, _PLAN.at, _PLAN.due, _PLAN.reason).where(_PLAN.login == address).order_by(_PLAN.id)
    plans = [
        {"article": row["path"], "at": row["at"], "due": row["due"], "reason": row["reason"]}
        for row in connection.execute(planned).mappings()
    ]
    if not rows and not about and not plans:
        return Export({})
    reviews = [
        {
            "article": row["path"], "asked_at": row["asked_at"], "answer": row["answer"],
            "note": row["note"] if row["asked_by"] == address else "",
            "answer_note": row["answer_note"] if row["answered_by"] == address else "",
        }
        for row in about
    ]  # fmt: skip
    comments = [{"article": row["path"], "at": row["at"], "text": row["body"]} for row in rows]
    return Export({"article_comments": comments, "article_reviews": reviews, "article_plans": plans})


PERSONAL_DATA = PersonalData(
    tables=(article_comment, article_plan, article_review),
    harmless={
        article_text: "what the operator's staff write, under the name of who wrote it",
        article_remote: "how the last exchange with the Git remote ended",
    },
    erase_address=_erase_address,
    count_address=_count_address,
    export_address=_export_address,
)
