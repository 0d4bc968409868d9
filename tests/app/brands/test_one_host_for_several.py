"""Hosts that help centres share: what stands beside and above their paths, and what strangers learn of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from app import create_app
from app.ops.brands.hosting import Hosted, hosted
from app.settings.schema import Settings
from tests import articles
from tests.databases import migrated_sqlite, with_tables

TOKEN = {"Authorization": "Bearer a-token-of-metrics"}
BASE = {
    "below": "http://help.example/below",
    "deep": "http://alone.example/docs/deep",
    "deeper": "http://alone.example/docs/deep/er",
    "broken": "http://help.example/broken",
    "top": "http://top.example",
    "under": "http://top.example/under",
}


def overrides_of(folder: Path, **more: object) -> dict[str, Any]:
    brands: dict[str, dict[str, object]] = {
        name: {"base_url": url, "kb_dir": str(folder / "kb" / name), "site_name": f"Word-{name}"}
        for name, url in BASE.items()
    }
    brands["broken"]["smtp_url"] = "nonsense"
    return {
        "data_dir": folder / "data", "kb_dir": folder / "kb" / "main", "embedder": "hashing", "rate_limits": "off",
        "challenge": "off", "site_name": "Word-main", "base_url": "http://help.example", "brands": brands,
        "metrics_token": "a-token-of-metrics", **more,
    }  # fmt: skip


def serve(folder: Path, **more: object) -> Hosted:
    overrides = overrides_of(folder, **more)
    common = Settings.load(overrides, environ={})
    for name in ("below", "deep", "top"):
        articles.write_demo(folder / "kb" / name)
        migrated_sqlite(folder / "data" / "brands" / name / "signpost.db")
    main = create_app(with_tables(common)) if common.default_brand == "main" else None
    found = hosted(common, main, overrides)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    made = serve(tmp_path_factory.mktemp("shared"))
    yield made
    made.stop()
    assert made._services is not None
    made._services.close()


def ask(served: Hosted, address: str, **more: Any) -> tuple[int, str]:
    host, _, path = address.partition("/")
    answer = Client(served.wsgi).get(f"/{path}", base_url=f"http://{host}", **more)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    "path", ["", "docs", "docs/", "docs/deepest", "en/", "desk/", "sitemap.xml", "widget.js", "api/v1/search?q=x"]
)
def test_beside_the_path_of_a_brand_nobody_else_is_shown(served: Hosted, path: str) -> None:
    assert ask(served, f"alone.example/{path}") == (404, "There is no help centre at this address.\n")


def test_what_a_host_has_besides_is_shown_as_before(served: Hosted) -> None:
    assert "Word-main" in ask(served, "help.example/en/")[1]
    assert "Word-below" in ask(served, "help.example/below/en/")[1]
    assert "Word-deep" in ask(served, "alone.example/docs/deep/en/")[1]
    # Nobody's: it is for whoever answers for all others, as are those of this machine in development.
    assert ask(served, "nobody.example/en/")[0] == 400
    assert "Word-main" in ask(served, "localhost/en/")[1]
    for path in ("healthz", "metrics"):
        assert ask(served, f"alone.example/{path}", headers=TOKEN)[0] == 200
    assert "brands_by_state" in ask(served, "alone.example/readyz")[1]


def test_the_default_brand_keeps_the_whole_of_its_own_host(tmp_path: Path) -> None:
    served = serve(tmp_path, default_brand="deep")
    assert ask(served, "alone.example/", follow_redirects=True)[0] == 200
    assert ask(served, "top.example/")[0] != 404
    served.stop()


@pytest.mark.parametrize("default", ["main", ""])
def test_strangers_read_how_many_brands_there_are_and_not_which(served: Hosted, tmp_path: Path, default: str) -> None:
    one = served if default else serve(tmp_path, default_brand="")
    for host in ("10.0.0.7", "alone.example", "help.example" if default else "nobody.example"):
        for query in ("", "?for=reading"):
            for headers in ({}, {"Authorization": "Bearer wrong"}):
                told = Client(one.wsgi).get(f"/readyz{query}", base_url=f"http://{host}", headers=headers)
                assert [name for name in BASE if f'"{name}"' in told.text] == []
                assert sum(told.json["brands_by_state"].values()) == len(BASE)
                assert told.json["brands_by_state"]["refused"] == 1
            told = Client(one.wsgi).get(f"/readyz{query}", base_url=f"http://{host}", headers=TOKEN)
            assert set(told.json["brands"]) == set(BASE)
            assert told.json["brands"]["broken"] == "refused"
    if not default:
        one.stop()


def test_robots_txt_at_the_top_of_a_host_speaks_for_all_on_it_and_for_nobody_else(served: Hosted) -> None:
    def lines(address: str) -> list[str]:
        status, text = ask(served, address)
        assert status == 200
        assert text.startswith("User-agent: *\nDisallow: ")
        return text.splitlines()[1:]

    def group(path: str) -> list[str]:
        return [f"Disallow: {path}{one}" for one in ("/*/search", "/t/", "/api/")]

    assert lines("help.example/robots.txt") == [
        *group(""), *group("/below"), "",
        "Sitemap: http://help.example/sitemap.xml", "Sitemap: http://help.example/below/sitemap.xml",
    ]  # fmt: skip
    assert lines("top.example/robots.txt") == [
        *group(""), *group("/under"), "",
        "Sitemap: http://top.example/sitemap.xml", "Sitemap: http://top.example/under/sitemap.xml",
    ]  # fmt: skip
    assert lines("alone.example/robots.txt") == [
        *group("/docs/deep"), *group("/docs/deep/er"), "",
        "Sitemap: http://alone.example/docs/deep/sitemap.xml", "Sitemap: http://alone.example/docs/deep/er/sitemap.xml",
    ]  # fmt: skip
    assert lines("help.example/below/robots.txt") == [
        *group("/below"), "", "Sitemap: http://help.example/below/sitemap.xml",
    ]  # fmt: skip


@pytest.mark.parametrize(("host", "path"), [("help.example:", "/en/"), ("top.example:", "/en/"), ("[::1]:", "/en/")])
def test_a_port_may_be_left_empty(served: Hosted, host: str, path: str) -> None:
    answer = Client(served.wsgi).get(path, headers={"Host": host})
    assert answer.status_code == 200
    assert ("Word-top" if "top" in host else "Word-main") in answer.text
    assert Client(served.wsgi).get(path, headers={"Host": f"{host}:"}).status_code == 400
