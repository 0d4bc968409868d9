"""docs/operate/portal.md names the addresses and drawings there are."""

import re
from pathlib import Path

from flask import Flask

from app.portal.browsing import ICONS

_PAGE = (Path(__file__).parents[2] / "docs" / "operate" / "portal.md").read_text(encoding="utf-8")


def test_every_address_of_the_portal_is_described(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("portal.")]
    described = _PAGE.replace("…", "")
    for rule in rules:
        if "GET" in next(r.methods or () for r in app.url_map.iter_rules() if r.rule == rule):
            address = re.sub(r"<(?:\w+:)?path>", "", rule).replace("<tag:lang>", "<lang>")
            assert f"`{address}" in described, rule


def test_every_drawing_a_topic_may_choose_is_named_and_drawn() -> None:
    drawn = (Path(__file__).parents[2] / "app" / "static" / "icons.svg").read_text(encoding="utf-8")
    paragraph = _PAGE[_PAGE.index("The drawing of a topic") : _PAGE.index("Without it, common")]
    named = set(re.findall(r"`([a-z]+)`", paragraph)) - {"icon"}
    assert named == ICONS
    assert all(f'id="{name}"' in drawn for name in named)


def test_every_drawing_a_template_asks_for_exists() -> None:
    root = Path(__file__).parents[2] / "app"
    drawn = set(re.findall(r'id="([\w-]+)"', (root / "static" / "icons.svg").read_text(encoding="utf-8")))
    for template in (root / "templates").rglob("*.html"):
        asked = set(re.findall(r'icon\("([\w-]+)"', template.read_text(encoding="utf-8")))
        assert asked <= drawn, template.name
