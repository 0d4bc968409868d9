"""A help centre two sites may embed: `shop` with exact and wildcard origins, `app` for WebViews."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.ops.translations import compile_all
from app.settings.schema import Settings
from tests import articles
from tests.databases import with_tables

SECRET, NEXT_SECRET = "one secret of the shop, long enough", "another secret of the shop, long too"
PAGE = "https://shop.example.com"

SITES: tuple[dict[str, Any], ...] = (
    {
        "key": "shop",
        "name": {"en": "The shop", "tr": "Mağaza"},
        "origins": [PAGE, "https://*.shops.example", "http://bücher.example:8080"],
        "languages": ["tr", "en"],
        "default_language": "tr",
        "theme": {"accent": "#0a6b5d", "launcher_text": {"en": "Help", "tr": "Yardım"}},
        "channels": ["email"],
        "identity": "optional",
        "identity_secrets": [SECRET, NEXT_SECRET],
    },
    {"key": "app", "origins": ["capacitor://localhost"], "webviews": True},
)


@pytest.fixture(scope="session", autouse=True)
def _translations() -> None:
    """Some answers here are Turkish; a fresh checkout has no compiled texts."""
    compile_all()


def settings_with(folder: Path, **overrides: Any) -> Settings:
    (folder / "articles").mkdir(exist_ok=True)
    values = {
        "data_dir": folder / "data", "kb_dir": folder / "articles", "embedder": "hashing", "watch": False,
        "sites": SITES, "proof_of_work": "off", **articles.UNHURRIED, **overrides,
    }  # fmt: skip
    return with_tables(Settings.load(values, environ={}))


@pytest.fixture(scope="session")
def shop_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """For tests that only read: articles published, no rate limits."""
    folder = tmp_path_factory.mktemp("embed")
    articles.write_demo(folder / "articles")
    articles.write(folder / "articles", "en", "with-link", "It leads on", "See [the other](late-parcel.md).")
    application = create_app(settings_with(folder, rate_limits="off"))
    articles.publish(application.extensions["signpost"])
    yield application.test_client()
    application.extensions["signpost"].close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Flask]:
    """For tests that write: an empty help centre of its own."""
    application = create_app(settings_with(tmp_path))
    application.testing = False
    yield application
    application.extensions["signpost"].close()
