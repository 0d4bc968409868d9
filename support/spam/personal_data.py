"""The spam check stores keyed hashes only, for a day: there is nothing of a person to erase."""

from core.database.personal_data import PersonalData
from support.spam.schema import abuse_recent, abuse_used

PERSONAL_DATA = PersonalData(
    harmless={
        abuse_used: "random names of forms and challenges, until they run out",
        abuse_recent: "sketches and hashes with the key of a day, for a day",
    }
)
