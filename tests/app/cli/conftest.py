"""A folder to write articles into, as the tests of articles have it."""

from tests.kb.conftest import folder, write

__all__ = ["folder", "write"]
