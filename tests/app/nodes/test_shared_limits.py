"""A limit is one limit, however many nodes there are."""

import pytest
from sqlalchemy import text

from core.cluster.rate_buckets import SharedTokenBuckets
from core.database.connection import connect
from core.token_buckets import Limit, TokenBuckets
from tests.app.nodes.conftest import AddNode

LIMITS = {"message": Limit(3, 60), "search": Limit(1, 60)}


def test_buckets_of_two_processes_are_one(shared_url: str) -> None:
    engines = [connect(shared_url) for _ in range(2)]
    one, two = (SharedTokenBuckets(engine, b"key", LIMITS, {"search"}) for engine in engines)
    assert [node.take("message", "ada", 0) for node in (one, two, one)] == [0, 0, 0]
    assert 1 <= two.take("message", "ada", 0) <= 2
    assert two.take("message", "bo", 0) == 0
    assert two.take("message", "bo", 0, cost=100) > 0, "a cost is at most a whole bucket, which is not full now"
    assert two.take("upload", "bo", 0, Limit(10, 60), 100) == 0
    assert (one.take("search", "ada", 0), two.take("search", "ada", 0)) == (0, 0), "counted by each"
    with engines[0].begin() as connection:
        assert "ada" not in str(connection.execute(text("SELECT * FROM rate_bucket")).all())
        connection.execute(text("UPDATE rate_bucket SET seen = seen - 3600, full_at = full_at - 3600"))
    assert [one.take("message", "ada", 0) for _ in range(4)][:3] == [0, 0, 0], "it fills again"
    one._tidied -= 100
    one.take("message", "cy", 0)
    with engines[0].begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM rate_bucket")).scalar() == 2
    for engine in engines:
        engine.dispose()


def test_without_the_database_each_process_counts_for_itself(shared_url: str) -> None:
    engine = connect(shared_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE rate_bucket"))
    buckets = SharedTokenBuckets(engine, b"key", LIMITS, ())
    assert [buckets.take("message", "ada", 0) for _ in range(4)] == [0, 0, 0, 1]
    engine.dispose()


def test_what_one_node_counted_another_knows(add_node: AddNode, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (add_node(name, rate_limits="on") for name in ("one", "two"))
    assert not isinstance(one.extensions["signpost.ratelimiter"], TokenBuckets)
    asked = [app.test_client().get("/api/v1/challenge").status_code for _ in range(31) for app in (one, two)]
    assert set(asked[:60]) == {200}
    assert 429 in asked[60:] or one.test_client().get("/api/v1/challenge").status_code == 429
