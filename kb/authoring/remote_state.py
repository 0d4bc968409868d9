"""What became of the last exchange with the Git remote, and what people decided about it: one row, so that every
process shows the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from kb.authoring.git_types import Choice
from kb.authoring.schema import article_remote

_C = article_remote.c
_ONE = "remote"


@dataclass(frozen=True)
class RemoteState:
    """`code` is '' where all is well, else one of git_remote.TROUBLES, since `since`. `paths` are files below the
    repository; `ahead` counts commits that wait for a push; `kept` is the branch our commits were kept under last."""

    code: str = ""
    detail: str = ""
    since: datetime | None = None
    tried_at: datetime | None = None
    done_at: datetime | None = None
    next_at: datetime | None = None
    tries: int = 0
    ahead: int = 0
    paths: tuple[str, ...] = ()
    kept: str = ""
    decision: tuple[str, str] = ("", "")
    choices: Mapping[str, Choice] = field(default_factory=dict)

    def with_choice(self, path: str, choice: Choice) -> "RemoteState":
        return replace(self, choices={**self.choices, path: choice})


def read(connection: Connection) -> RemoteState:
    row = connection.execute(select(article_remote).where(_C.name == _ONE)).first()
    if row is None:
        return RemoteState()
    more: dict[str, Any] = json.loads(row.more or "{}")
    return RemoteState(
        row.code, row.detail, _moment(row.since), _moment(row.tried_at), _moment(row.done_at), _moment(row.next_at),
        row.tries, row.ahead, tuple(more.get("paths", ())), more.get("kept", ""),
        tuple(more.get("decision", ("", ""))),
        {path: (seen, keep) for path, (seen, keep) in more.get("choices", {}).items()},
    )  # fmt: skip


def write(connection: Connection, state: RemoteState) -> None:
    more = {
        "paths": state.paths, "kept": state.kept, "decision": state.decision,
        "choices": {path: list(one) for path, one in state.choices.items()},
    }  # fmt: skip
    values = {
        "code": state.code, "detail": state.detail, "since": _iso(state.since), "tried_at": _iso(state.tried_at),
        "done_at": _iso(state.done_at), "next_at": _iso(state.next_at), "tries": state.tries, "ahead": state.ahead,
        "more": json.dumps(more, ensure_ascii=False),
    }  # fmt: skip
    new = insert_for(connection, article_remote).values(name=_ONE, **values)
    connection.execute(new.on_conflict_do_update(index_elements=[_C.name], set_=values))


def _moment(text: str) -> datetime | None:
    return moment(text) if text else None


def _iso(when: datetime | None) -> str:
    return iso(when) if when else ""
