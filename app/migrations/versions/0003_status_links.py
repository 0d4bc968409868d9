"""Store hashes of status links instead of the links; count mails by recipient; remember proofs that were used.

A link that was sent before goes on working: its hash stays. The nonce is what links in later mails are derived of
(support/tickets/status_links.py); deriving needs a key that a migration does not have, and it need not: such a token
is recognised by its nonce.
"""

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy import bindparam, column, select, table, update

from core.database.connection import EMPTY

revision = "0003_status_links"
down_revision = "0002_person_keys"

# As they were at this revision: later ones may change what the schema's own tables have.
_ticket = table("ticket", column("id"), column("token"), column("link_nonce"))
_ticket_link = table("ticket_link", column("token"))


def upgrade() -> None:
    op.add_column("ticket", sa.Column("link_nonce", sa.Text(), nullable=False, server_default=EMPTY))
    op.create_index("ticket_nonce", "ticket", ["link_nonce"])
    op.add_column("outbox", sa.Column("hold", sa.Text(), nullable=False, server_default=EMPTY))
    op.create_table(
        "used_proof",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
    )
    op.create_index("used_proof_ticket", "used_proof", ["ticket_id"])
    op.create_table(
        "recipient_mail",
        sa.Column("uid", sa.Text(), primary_key=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
    )
    op.create_index("recipient_mail_recipient", "recipient_mail", ["recipient", "at"])
    connection = op.get_bind()
    rows = connection.execute(select(_ticket.c.id, _ticket.c.token)).all()
    if rows:
        connection.execute(
            update(_ticket)
            .where(_ticket.c.id == bindparam("row_id"))
            .values(token=bindparam("hash"), link_nonce=bindparam("nonce")),
            [{"row_id": r.id, "hash": _hash(r.token), "nonce": secrets.token_urlsafe(12)} for r in rows],
        )
    retired = connection.execute(select(_ticket_link.c.token)).scalars().all()
    if retired:
        connection.execute(
            update(_ticket_link).where(_ticket_link.c.token == bindparam("old")).values(token=bindparam("hash")),
            [{"old": token, "hash": _hash(token)} for token in retired],
        )


def _hash(token: str) -> str:
    return hashlib.sha256(b"status-link:" + token.encode()).hexdigest()
