"""Secrets are made once, kept with tight permissions, and the same for everybody who asks."""

import stat
from concurrent.futures import ThreadPoolExecutor

from app.settings.schema import Settings
from core.secret_keys import secret_key


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(settings: Settings) -> None:
    first = secret_key(settings.secrets_dir, "webhook")

    assert secret_key(settings.secrets_dir, "webhook") == first
    assert len(first) >= 32
    assert stat.S_IMODE((settings.secrets_dir / "webhook").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.secrets_dir.stat().st_mode) == 0o700


def test_two_secrets_differ(settings: Settings) -> None:
    assert secret_key(settings.secrets_dir, "one") != secret_key(settings.secrets_dir, "two")


def test_everybody_who_asks_at_once_gets_the_same(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda _: secret_key(settings.secrets_dir, "raced"), range(32)))

    assert len(got) == 1
    assert [path.name for path in settings.secrets_dir.iterdir()] == ["raced"]
