"""The table `sites`: what is wrong in it is said at start, by name."""

import re
from typing import Any

import pytest

from app.settings.schema import BadSettings, Settings
from app.settings.sites import read_sites
from tests.widget.conftest import SECRET

GOOD: dict[str, Any] = {"key": "shop", "origins": ["https://shop.example.com"]}


def load(*sites: dict[str, Any], **others: Any) -> Settings:
    return Settings.load({"sites": list(sites), **others}, environ={})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"key": "Shop!"}, "sites[0].key is “Shop!”; keys are small letters"),
        ({"key": None}, "keys are small letters"),
        ({"origins": []}, "sites[0] (shop) has no origins"),
        ({"origins": ["*"]}, "every page of the world"),
        ({"origins": ["shop.example.com"]}, "the origin “shop.example.com”, which does not begin"),
        ({"origins": "https://shop.example.com"}, "origins (shop) must be a list"),
        ({"origin": ["https://x.example"]}, "unknown keys: origin"),
        ({"form": "orders"}, "names the form orders"),
        ({"languages": ["fr"]}, "has the language fr"),
        ({"languages": ["not a tag"]}, "languages (shop) is wrong: “not a tag” is not a language tag"),
        ({"languages": ["en"], "default_language": "tr"}, "default_language (shop) is tr"),
        ({"theme": {"colour": "red"}}, "sites[0].theme (shop) has unknown keys: colour"),
        ({"theme": {"accent": "red"}}, "theme.accent (shop) must be a colour like #0a6b5d"),
        ({"theme": {"accent": "#fff;}*{display:none"}}, "accent (shop) must be a colour"),
        ({"theme": {"mode": "sepia"}}, "mode (shop) must be one of auto, light, dark"),
        ({"theme": {"z_index": "top"}}, "z_index (shop) must be a whole number"),
        ({"channels": ["pigeon"]}, "channels (shop) has “pigeon”"),
        ({"identity": "perhaps"}, "identity (shop) must be one of"),
        ({"identity": "required"}, "neither identity_secrets nor identity_keys"),
        ({"identity_secrets": ["short"]}, "fewer than 32"),
        ({"identity_keys": ["nonsense"]}, "neither PEM nor the base64"),
        ({"identity_keys": ["-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"]}, "is private"),
        ({"webviews": "yes"}, "webviews (shop) must be true or false"),
        ({"requests_per_minute": 1}, "requests_per_minute"),
    ],
)
def test_a_wrong_site_is_named_with_what_is_wrong(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSettings, match=re.escape(says)):
        load({**GOOD, **changes})


def test_two_sites_with_one_key_are_refused() -> None:
    with pytest.raises(BadSettings, match="more than one site with the key shop"):
        load(GOOD, GOOD)


def test_secrets_make_identity_optional_and_none_leave_it_out() -> None:
    sites = read_sites(load({**GOOD, "identity_secrets": [SECRET]}, {**GOOD, "key": "other"}))

    assert (sites["shop"].identity, sites["other"].identity) == ("optional", "none")
    assert SECRET not in repr(sites["shop"])


def test_the_demo_site_is_there_in_development_only_and_for_this_machine_only() -> None:
    demo = read_sites(load())["demo"]

    assert "demo" not in read_sites(load(environment="production", base_url="https://help.example"))
    for origin in ("http://localhost:8001", "http://shop.localhost:3000", "http://127.0.0.1:1", "https://[::1]:9"):
        assert demo.admits(origin), origin
    for origin in (
        "https://shop.example.com",
        "http://192.168.0.1",
        "http://localhost.example.com",
        "http://128.0.0.1",
    ):
        assert not demo.admits(origin), origin


def test_a_configured_demo_replaces_the_built_in_one() -> None:
    demo = read_sites(load({**GOOD, "key": "demo"}))["demo"]

    assert not demo.admits("http://localhost:8001")


def test_the_example_in_the_docs_is_accepted() -> None:
    import tomllib
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs/embed/server.md").read_text(encoding="utf-8")
    values = tomllib.loads(page.split("```toml\n", 1)[1].split("```", 1)[0])

    settings = Settings.load(values, environ={})

    assert [site.key for site in settings.sites] == ["shop", "app"]
