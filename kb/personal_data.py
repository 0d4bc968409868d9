"""Articles hold nothing of customers."""

from core.database.personal_data import PersonalData
from kb.schema import (
    article,
    article_alias,
    article_reminder,
    category,
    former_address,
    publish_revision,
    published_file,
    published_file_content,
    published_set,
    revision_article,
    revision_content,
    revision_file,
    waiting_file,
)

_OURS = "what the operator publishes"
_EARLIER = "what the operator published earlier"
PERSONAL_DATA = PersonalData(
    harmless={
        article: _OURS,
        article_alias: _OURS,
        article_reminder: "files of articles, and what about them was told",
        category: _OURS,
        former_address: _OURS,
        published_file: _OURS,
        published_file_content: _OURS,
        published_set: "which publication is current, and what holds the next one back",
        publish_revision: _EARLIER,
        revision_article: _EARLIER,
        revision_content: _EARLIER,
        revision_file: _EARLIER,
        waiting_file: "what agents wrote to be published, until the publisher has it",
    }
)
