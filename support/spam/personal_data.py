"""The spam check remembers nobody who could be read out of what it remembers."""

from core.personal_data import PersonalData
from support.spam.schema import abuse_recent, abuse_used

PERSONAL_DATA = PersonalData(
    harmless={
        abuse_used: "random names of forms and challenges, until they run out",
        abuse_recent: "sketches and hashes with the key of a day, for a day",
    }
)
