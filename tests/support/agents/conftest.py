"""The desk on a database of each kind, as its pages' tests have it."""

from tests.app.desk.conftest import _quick_hashes, ada, agent_actions, bo, desk, engine, tickets

__all__ = ["_quick_hashes", "ada", "agent_actions", "bo", "desk", "engine", "tickets"]
