"""Reader feedback and usage events: votes, comments, and events of pages and widgets."""
