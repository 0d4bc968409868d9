"""Limits: a burst is let through, then a steady rate, each address for itself, in bounded memory."""

from app.web.ratelimit import Limit, RateLimiter


def limiter(kept: int = 100) -> RateLimiter:
    return RateLimiter({"search": Limit(burst=2, per_minute=30)}, kept)


def test_a_burst_passes_and_the_next_is_told_how_long_to_wait() -> None:
    limits = limiter()

    waits = [limits.take("search", "10.0.0.1", now=0.0) for _ in range(3)]

    assert waits == [0, 0, 2]


def test_after_the_wait_it_passes_again() -> None:
    limits = limiter()
    for _ in range(3):
        wait = limits.take("search", "10.0.0.1", now=0.0)

    assert limits.take("search", "10.0.0.1", now=float(wait)) == 0


def test_one_address_does_not_use_up_anothers_share() -> None:
    limits = limiter()
    for _ in range(5):
        limits.take("search", "10.0.0.1", now=0.0)

    assert limits.take("search", "10.0.0.2", now=0.0) == 0


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    limits = limiter(kept=50)
    for number in range(1000):
        limits.take("search", f"10.0.{number // 256}.{number % 256}", now=0.0)

    assert len(limits) == 50


def test_an_address_is_forgotten_once_its_share_is_whole_again() -> None:
    limiter = RateLimiter({"a": Limit(burst=2, per_minute=2)})
    limiter.take("a", "one", 0.0)
    limiter.take("a", "two", 59.0)
    assert len(limiter) == 2
    limiter.take("a", "three", 60.0)
    assert len(limiter) == 2
