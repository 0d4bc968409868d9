"""Language tags, texts by language, and translations outside of a request."""
