"""The JSON API under /api/v1, and the two health addresses. Used by the pages, the widget and by others."""
