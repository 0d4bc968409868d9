"""A changed settings' file is in force for every brand, whoever opened it and whether or not anybody asks it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from werkzeug.test import Client

from app.ops.brands.hosting import hosted
from app.settings.schema import Settings
from core import events
from tests import articles
from tests.databases import migrated_sqlite


@pytest.mark.parametrize("in_a_file", [False, True])
@pytest.mark.parametrize("opened_before", [False, True])
@pytest.mark.parametrize("asked_by_a_visitor", [False, True])
def test_a_brand_takes_a_changed_setting_whether_or_not_somebody_had_asked_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_a_file: bool, opened_before: bool, asked_by_a_visitor: bool
) -> None:
    articles.write_demo(tmp_path / "kb")
    migrated_sqlite(tmp_path / "data" / "brands" / "shop" / "signpost.db")
    common = f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\ndefault_brand = ""\n'
    common += 'metrics_token = "an-old-token-of-it"\n'
    shop = f'base_url = "http://shop.example"\nkb_dir = "{tmp_path}/kb"\nsite_name = "Before"\n'
    (tmp_path / "brands").mkdir()
    file = tmp_path / ("brands/shop.toml" if in_a_file else "signpost.toml")
    (tmp_path / "signpost.toml").write_text(common)
    file.write_text(shop if in_a_file else f"{common}[brands.shop]\n{shop}")
    monkeypatch.setenv("SIGNPOST_CONFIG", str(tmp_path / "signpost.toml"))
    settings = Settings.load()
    served = hosted(settings, None)
    assert served is not None
    container = served.containers.every["shop"]
    told: list[tuple[str, object]] = []

    def listener(name: str, fields: Mapping[str, object]) -> None:
        if name.startswith("settings_"):
            told.append((name, fields))

    events.listen(listener)
    try:
        if opened_before:  # by background work
            with served.containers.using(container):
                pass
            assert told == []
        file.write_text(file.read_text().replace("Before", "After now"))
        assert container.live is not None
        container.live._next_look = float("-inf")  # two seconds later
        if asked_by_a_visitor:
            assert "After now" in Client(served.wsgi).get("/en/", base_url="http://shop.example").text
        else:
            with served.containers.using(container) as services:
                assert services.settings.site_name == "After now"
        assert told == [("settings_changed", {"names": ["site_name"], "waiting": []})]
        (tmp_path / "signpost.toml").write_text(
            (tmp_path / "signpost.toml").read_text().replace("an-old-token-of-it", "a-newer-token-of-it")
        )
        served.live._next_look = float("-inf")
        token = {"Authorization": "Bearer a-newer-token-of-it"}
        assert Client(served.wsgi).get("/metrics", base_url="http://10.0.0.7", headers=token).status_code == 200
    finally:
        events.unlisten(listener)
        served.stop()
