"""Reader feedback and usage events: votes, comments, and events of pages and widgets."""

import core  # noqa: F401 - says with how many threads numpy computes, which must be known before it is imported
