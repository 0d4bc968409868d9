"""Links in articles hold nothing of customers."""

from core.database.personal_data import PersonalData
from kb.external_links.schema import external_link

PERSONAL_DATA = PersonalData(harmless={external_link: "addresses that published articles link to"})
