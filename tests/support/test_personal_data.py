"""No table can come to hold personal data without somebody saying how it is erased."""

import re
from collections import Counter

import pytest
from sqlalchemy import Connection, Engine, event

from app.container import personal_data
from core.database.connection import METADATA, writing
from core.database.personal_data import Cleanup, PersonalData
from core.secret_keys import Keys
from support.privacy.service import PrivacyService, Retention
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket


@pytest.fixture
def parts(tickets: TicketService) -> tuple[PersonalData, ...]:
    return personal_data(tickets, Keys(b"i" * 32))


def test_every_table_is_registered_once_as_personal_or_with_a_reason_why_not(parts: tuple[PersonalData, ...]) -> None:
    registered = Counter(table.name for part in parts for table in (*part.tables, *part.harmless))

    assert registered == dict.fromkeys(METADATA.tables, 1)
    assert all(reason for part in parts for reason in part.harmless.values())


def test_every_personal_table_is_reached_by_erasing(
    engine: Engine, tickets: TicketService, parts: tuple[PersonalData, ...]
) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    reached: set[str] = set()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        reached.update(re.findall(r"^(?:DELETE FROM|UPDATE) (\w+)", statement))

    event.listen(engine, "before_cursor_execute", note)
    PrivacyService(engine, parts, Retention(0, 0, 0)).erase([ticket.id], ticket.email)

    assert reached == {table.name for part in parts for table in part.tables}


def test_a_table_that_names_a_ticket_is_never_called_harmless(parts: tuple[PersonalData, ...]) -> None:
    harmless = {table.name: table for part in parts for table in part.harmless}

    assert [name for name, table in harmless.items() if "ticket_id" in table.c or "email" in table.c] == []


def test_what_one_package_cannot_erase_leaves_everything_in_place(
    engine: Engine, tickets: TicketService, parts: tuple[PersonalData, ...]
) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)

    def broken(_connection: Connection, _ids: object) -> None:
        raise OSError("cannot be erased")

    service = PrivacyService(engine, (*parts, PersonalData(erase_tickets=broken)), Retention(0, 0, 0))
    with pytest.raises(OSError, match="cannot be erased"):
        service.erase([ticket.id], ticket.email)

    assert tickets.by_id(ticket.id) == ticket


def test_files_go_only_after_the_rows_are_gone_for_good(engine: Engine, tickets: TicketService) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    seen: list[bool] = []

    def erase(_connection: Connection, _ids: object) -> Cleanup:
        def look() -> None:
            with writing(engine):  # would wait for a transaction that is still open
                seen.append(True)

        return look

    PrivacyService(engine, (PersonalData(erase_tickets=erase),), Retention(0, 0, 0)).erase([ticket.id])

    assert seen == [True]
