"""Articles hold nothing of customers."""

from core.database.personal_data import PersonalData
from kb.schema import article, article_alias, category, former_address, published_set

_OURS = "what the operator publishes"
PERSONAL_DATA = PersonalData(
    harmless={
        article: _OURS,
        article_alias: _OURS,
        category: _OURS,
        former_address: _OURS,
        published_set: "which publication is current",
    }
)
