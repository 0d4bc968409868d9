"""Tables of tickets: persons, messages, events, response targets, attachments, idempotency keys.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text, text

from core.database.connection import EMPTY, ID, METADATA

person = Table(
    "person",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("email", Text, unique=True, nullable=False),
    Column("external_id", Text, nullable=False, server_default=EMPTY),
    Column("verified_at", Text, nullable=False, server_default=EMPTY),
    Column("created_at", Text, nullable=False),
    sqlite_autoincrement=True,
    info={
        "about": "One row an e-mail address that wrote, so that its tickets are found together.",
        "personal": "e-mail address, the embedding site's id of the customer",
    },
)

ticket = Table(
    "ticket",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("reference", Text, unique=True, nullable=False),
    Column("token", Text, unique=True, nullable=False),
    Column("stage", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("preferred_channel", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("journey", Text, nullable=False),
    Column("site_url", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("quarantine", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("person_id", BigInteger, ForeignKey("person.id")),
    Column("identity", Text, nullable=False, server_default="typed"),
    Column("form", Text, nullable=False, server_default="contact"),
    Column("team", Text, nullable=False, server_default="default"),
    Column("priority", Text, nullable=False, server_default="normal"),
    Column("product", Text, nullable=False, server_default=EMPTY),
    Column("page", Text, nullable=False, server_default=EMPTY),
    Column("device", Text, nullable=False, server_default=EMPTY),
    Column("time_zone", Text, nullable=False, server_default=EMPTY),
    Column("consents", Text, nullable=False, server_default="[]"),
    Column("assignee_id", BigInteger),
    Column("snooze_until", Text, nullable=False, server_default=EMPTY),
    Column("first_reply_at", Text, nullable=False, server_default=EMPTY),
    Column("finished_at", Text, nullable=False, server_default=EMPTY),
    Column("link_expires_at", Text, nullable=False, server_default=EMPTY),
    Column("quiet", Integer, nullable=False, server_default=text("0")),
    Column("site", Text, nullable=False, server_default=EMPTY),
    Column("link_nonce", Text, nullable=False, server_default=EMPTY),
    Column("incident", Text, nullable=False, server_default=EMPTY),
    Column("attributes", Text, nullable=False, server_default="{}"),
    Column("page_tags", Text, nullable=False, server_default="[]"),
    Column("external_id", Text, nullable=False, server_default=EMPTY),
    Column("read_message_id", BigInteger, nullable=False, server_default=text("0")),
    Index(
        "desk_ticket_queue",
        "quarantine",
        "stage",
        "snooze_until",
        "assignee_id",
        "team",
        "lang",
        "preferred_channel",
        "priority",
        "updated_at",
    ),
    Index("ticket_assignee", "assignee_id"),
    Index("ticket_external", "external_id", "site"),
    Index("ticket_nonce", "link_nonce"),
    Index("ticket_person", "person_id"),
    Index("ticket_stage", "stage", "updated_at"),
    Index("ticket_team", "team", "created_at"),
    sqlite_autoincrement=True,
    info={
        "about": "A request for help: who asks, how to answer, where it stands, the journey; its link only as a hash.",
        "personal": "name, e-mail address, phone, fields, journey, attributes, the embedding site's id of the customer",
    },
)

message = Table(
    "message",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="message"),
    Column("visibility", Text, nullable=False, server_default="public"),
    Column("direction", Text, nullable=False, server_default="in"),
    Column("via", Text, nullable=False, server_default=EMPTY),
    Column("staff_id", BigInteger),
    Column("author_name", Text, nullable=False, server_default=EMPTY),
    Column("mail_id", Text, nullable=False, server_default=EMPTY),
    Column("outcome", Text, nullable=False, server_default=EMPTY),
    Column("off_channel_reason", Text, nullable=False, server_default=EMPTY),
    Column("happened_at", Text, nullable=False, server_default=EMPTY),
    Column("unproven", Integer, nullable=False, server_default=text("0")),
    Column("whole", Text, nullable=False, server_default=EMPTY),
    Column("folded", Integer, nullable=False, server_default="0"),
    Index("message_mail", "mail_id"),
    Index("message_ticket", "ticket_id"),
    sqlite_autoincrement=True,
    info={
        "about": "What was said in a ticket, by the customer or the team, internal notes and calls included.",
        "personal": "text, the whole mail it was taken from",
    },
)

attachment = Table(
    "attachment",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("message_id", BigInteger, ForeignKey("message.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("field", Text, nullable=False, server_default=EMPTY),
    Column("purged_at", Text, nullable=False, server_default=EMPTY),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Index("attachment_message", "message_id"),
    Index("attachment_sha256", "sha256"),
    sqlite_autoincrement=True,
    info={
        "about": "Files of a message: name, kind, size, and the hash under which the contents lie on disk.",
        "personal": "file name",
    },
)

ticket_event = Table(
    "ticket_event",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("staff_id", BigInteger),
    Index("ticket_event_ticket", "ticket_id"),
    sqlite_autoincrement=True,
    info={
        "about": "What happened to a ticket: received, routed, held, delivered, reopened ...",
        "personal": "details of events",
    },
)

idempotency = Table(
    "idempotency",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("ticket_id", BigInteger),
    Column("created_at", Text, nullable=False),
    info={"about": "Keys of requests that were carried out, so that a repeated one changes nothing.", "personal": ""},
)

response_target = Table(
    "promise",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), nullable=False),
    Column("team", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("promised_at", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("kept_at", Text, nullable=False, server_default=EMPTY),
    Column("replaced_at", Text, nullable=False, server_default=EMPTY),
    Index("desk_promise_ticket", "ticket_id", "kept_at", "replaced_at", "due_at"),
    Index("promise_due", "kept_at", "replaced_at", "due_at"),
    Index("promise_ticket", "ticket_id"),
    sqlite_autoincrement=True,
    info={
        "about": "Response targets: by when a reply was promised, whether it came in time or the target was renewed.",
        "personal": "",
    },
)

ticket_link = Table(
    "ticket_link",
    METADATA,
    Column("token", Text, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), nullable=False),
    Column("retired_at", Text, nullable=False),
    Index("ticket_link_ticket", "ticket_id"),
    info={
        "about": "Hashes of status links that were replaced by a fresh one and open nothing any more.",
        "personal": "",
    },
)

ticket_tag = Table(
    "ticket_tag",
    METADATA,
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("tag", Text, primary_key=True),
    Index("ticket_tag_name", "tag"),
    info={"about": "Tags the team gave to tickets.", "personal": "what the team chose to write in a tag"},
)

ticket_relation = Table(
    "ticket_relation",
    METADATA,
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("other_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("stage", Text, nullable=False, server_default=EMPTY),
    Column("at", Text, nullable=False),
    Index("ticket_relation_other", "other_id"),
    info={
        "about": "Tickets that belong together: related ones, and merged ones with the stage they had before.",
        "personal": "",
    },
)

used_proof = Table(
    "used_proof",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("used_at", Text, nullable=False),
    Index("used_proof_ticket", "ticket_id"),
    info={
        "about": "Hashes of links in mails that prove an address and were used: each of them works once.",
        "personal": "",
    },
)

rating = Table(
    "rating",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), unique=True, nullable=False),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    sqlite_autoincrement=True,
    info={"about": "How the customer rated the help, with their words.", "personal": "comment"},
)
