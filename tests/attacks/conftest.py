"""Fixtures of the support package's tests, for attacks on it."""

from tests.support.conftest import engine, make_settings, tickets

__all__ = ["engine", "make_settings", "tickets"]  # fixtures
