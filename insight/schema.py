"""Tables of what visitors did: votes with comments, the ledger of events, and what is computed from it.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    column,
    literal,
)

from core.database.connection import EMPTY, ID, METADATA

feedback = Table(
    "feedback",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("lang", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("helpful", Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("comment", Text, nullable=False, server_default=EMPTY),
    Column("created_at", Text, nullable=False),
    Index("feedback_article", "lang", "slug"),
    sqlite_autoincrement=True,
    info={
        "about": "Votes on articles: helpful or not, the reason, a comment.",
        "personal": "what somebody wrote in a comment",
    },
)

# The ledger: what happened, in the order in which it arrived (`seq`). Rows are added; three things change one later: a
# page says which visit its search belonged to (a new `seq`), a query's text grows too old, a person is erased.
event = Table(
    "insight_event",
    METADATA,
    Column("seq", ID, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Text, nullable=False),
    Column("visit", Text, nullable=False, server_default=EMPTY),
    Column("person", Text, nullable=False, server_default=EMPTY),
    Column("site", Text, nullable=False, server_default=EMPTY),
    Column("where", Text, nullable=False, server_default=EMPTY),
    Column("lang", Text, nullable=False, server_default=EMPTY),
    Column("category", Text, nullable=False, server_default=EMPTY),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False, server_default=EMPTY),
    Column("data", Text, nullable=False, server_default="{}"),
    Index("insight_event_time", "at"),
    Index("insight_event_name", "name", "at"),
    Index("insight_event_visit", "visit", "at"),
    Index("insight_event_person", "person", "at"),
    sqlite_autoincrement=True,
    info={
        "about": "The ledger: searches, articles read, suggestions, contacts, ratings, one row each.",
        "personal": "scrubbed words of a search, keyed hash of an address, random id of a visit",
    },
)

recognised = Table(
    "insight_recognised",
    METADATA,
    Column("visit", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("insight_recognised_person", "person"),
    info={
        "about": "Visits whose person is known: signed in by a site, or sender of a ticket; for three days.",
        "personal": "random id of a visit, keyed hash of an address",
    },
)

# What follows is computed from the ledger (insight/aggregates.py) and can be made again from it.
visit = Table(
    "insight_visit",
    METADATA,
    Column("visit", Text, primary_key=True),
    Column("started_at", Text, primary_key=True),
    Column("ended_at", Text, nullable=False),
    Column("settles_at", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("where", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("counts", Integer, nullable=False),
    Column("at_end", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("contacted_at", Text, nullable=False),
    Index("insight_visit_day", "day", "outcome"),
    Index("insight_visit_settles", "settles_at"),
    Index("insight_visit_end", "visit", "ended_at"),
    info={
        "about": "Visits made of events, each with its outcome as it is once 72 hours are over.",
        "personal": "random id of a visit",
    },
)

day_count = Table(
    "insight_day",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("where", Text, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    # All of it: the figures of a year are added up in its order, without a look at the rows.
    Index("insight_day_figures", "name", "category", "key", "day", "lang", "site", "where", "count"),
    info={
        "about": "Counts by day of what dashboards show; with a category: of that alone.",
        "personal": "",
    },
)


def _above_zero(name: str) -> dict[str, Any]:
    """An index of the rows alone where this is not 0, in either dialect's words."""
    some = column(name, Integer) > literal(0, literal_execute=True)
    return {"sqlite_where": some, "postgresql_where": some}


day_query = Table(
    "insight_query",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("where", Text, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("searches", Integer, nullable=False),
    Column("answer", Integer, nullable=False),
    Column("suggest", Integer, nullable=False),
    Column("ask_human", Integer, nullable=False),
    Column("no_results", Integer, nullable=False),
    Column("no_click", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    # All of it: a year of different words is added up in the order of this index, without sorting.
    Index(
        "insight_query_words",
        "lang",
        "query",
        "day",
        "site",
        "where",
        "searches",
        "answer",
        "suggest",
        "ask_human",
        "no_results",
        "no_click",
        "failed",
    ),
    # What few words have, so that those are found among a million others.
    *(
        Index(f"insight_query_{name}", "lang", "query", "day", "site", "where", name, **_above_zero(name))
        for name in ("ask_human", "no_results", "failed")
    ),
    info={
        "about": "Searches by day and words, case and spaces evened out: how each was answered, and how many failed.",
        "personal": "scrubbed words of a search",
    },
)

# Of an article, the questions whose searches led to it: what its author may take for its `questions`.
reached = Table(
    "insight_reached",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("article_lang", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("words", Text, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("read", Integer, nullable=False),
    Column("confirmed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Index("insight_reached_article", "article_lang", "slug", "day"),
    info={
        "about": "Searches by day from whose results an article was opened, and whether it was read and helped.",
        "personal": "scrubbed words of a search",
    },
)

digest_stop = Table(
    "insight_digest_stop",
    METADATA,
    Column("token", Text, primary_key=True),
    Column("at", Text, nullable=False),
    info={"about": "Who no longer wants the weekly digest, by a keyed hash of the address.", "personal": ""},
)

stale_day = Table(
    "insight_stale_day",
    METADATA,
    Column("day", Text, primary_key=True),
    info={"about": "Days to be counted again, since something of them was removed.", "personal": ""},
)

state = Table(
    "insight_state",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    info={"about": "How far the ledger is counted, and who counts it now.", "personal": ""},
)

# Topics: what customers asked in vain, grouped by meaning (insight/topics/).
topic = Table(
    "insight_topic",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("status", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("nearest_lang", Text, nullable=False),
    Column("nearest_slug", Text, nullable=False),
    Column("article_lang", Text, nullable=False),
    Column("article_slug", Text, nullable=False),
    Column("acted_on", Text, nullable=False),
    Column("asked_before", Integer, nullable=False),
    Column("watched_to", Text, nullable=False),
    Column("closed_on", Text, nullable=False),
    Column("reopened_on", Text, nullable=False),
    Column("merged_into", ID, nullable=False),
    sqlite_autoincrement=True,
    info={
        "about": "Topics that customers asked about in vain: why, what was done about it, and whether demand fell.",
        "personal": "",
    },
)

topic_question = Table(
    "insight_topic_question",
    METADATA,
    Column("lang", Text, primary_key=True),
    Column("text", Text, primary_key=True),
    Column("words", Text, nullable=False),
    Column("topic", ID, nullable=False),
    Column("nearness", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=True),
    Index("insight_topic_question_topic", "topic"),
    info={
        "about": "Questions asked in vain, each with its topic, how typical of it, and its embedding.",
        "personal": "scrubbed words of a search or of a ticket's subject",
    },
)

topic_asked = Table(
    "insight_topic_asked",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("text", Text, primary_key=True),
    Column("how", Text, primary_key=True),
    Column("article", Text, primary_key=True),
    Column("ticket", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("tickets", Integer, nullable=False),
    Index("insight_topic_asked_question", "lang", "text"),
    Index("insight_topic_asked_ticket", "ticket"),
    info={
        "about": "How often a question was asked in vain on a day, in what way, and how often a contact followed.",
        "personal": "scrubbed words of a search or of a ticket's subject",
    },
)

topic_day = Table(
    "insight_topic_day",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("events", Text, nullable=False),
    info={"about": "Days whose questions were taken from the ledger, and what it held then.", "personal": ""},
)

# Findability: where each of the authors' `questions` finds its article (insight/findability/).
findability = Table(
    "insight_findability",
    METADATA,
    Column("lang", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("rivals", Text, nullable=False),
    Column("since", Integer, nullable=False),
    info={"about": "Where each question of an article finds it, and which articles compete.", "personal": ""},
)

findability_change = Table(
    "insight_findability_change",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("run", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("lang", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("was_rank", Integer, nullable=False),
    Column("was_verdict", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Index("insight_findability_change_article", "lang", "slug"),
    Index("insight_findability_change_run", "run"),
    sqlite_autoincrement=True,
    info={"about": "What a publish changed in where questions find their article, newest last.", "personal": ""},
)

findability_run = Table(
    "insight_findability_run",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("basis", Text, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("questions", "found", "broken", "mended", "left_out")),
    sqlite_autoincrement=True,
    info={
        "about": "When all questions were tried, at which revision, and how many found their article.",
        "personal": "",
    },
)
