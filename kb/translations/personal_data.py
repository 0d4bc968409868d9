"""What translations were made from holds nothing of customers."""

from core.database.personal_data import PersonalData
from kb.translations.schema import translation_basis

PERSONAL_DATA = PersonalData(harmless={translation_basis: "texts of articles, and who of the staff compared them"})
