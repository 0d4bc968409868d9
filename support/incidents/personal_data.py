"""Personal data of incidents: subscribers, and the mails to them."""

from sqlalchemy import ColumnElement, Connection, delete, func, select

from core.database.personal_data import Cleanup, PersonalData
from support.delivery.personal_data import MailsRemoved, erase_subscribers
from support.incidents.schema import incident, incident_subscriber, incident_update


def personal_data(mails_removed: MailsRemoved) -> PersonalData:
    def erase_address(connection: Connection, address: str) -> Cleanup:
        subscribers = select(incident_subscriber.c.id).where(_is_of(address))
        cleanup = erase_subscribers(connection, connection.execute(subscribers).scalars().all(), mails_removed)
        connection.execute(delete(incident_subscriber).where(_is_of(address)))
        return cleanup

    return PersonalData(
        tables=(incident_subscriber,),
        harmless={incident: "what the team publishes", incident_update: "what the team publishes"},
        erase_address=erase_address,
        count_address=_count_address,
    )


def _count_address(connection: Connection, address: str) -> int:
    counted = select(func.count()).select_from(incident_subscriber).where(_is_of(address))
    return connection.execute(counted).scalar_one()


def _is_of(address: str) -> ColumnElement[bool]:
    return func.lower(incident_subscriber.c.email) == address
