"""A table that is wider than its place scrolls by itself: with the keyboard too, under a name, and it looks so."""

import re
from pathlib import Path

import pytest

_APP = Path(__file__).parents[3] / "app"
_OPENING = re.compile(r'<div class="(?:table-wrap|table-scroll)[^>]*>')
_WRAPPED = [
    (path.relative_to(_APP).as_posix(), tag)
    for kind in ("templates/**/*.html", "**/*.py")
    for path in sorted(_APP.glob(kind))
    for tag in _OPENING.findall(path.read_text(encoding="utf-8"))
]


def test_there_are_such_tables_on_the_portal_and_on_the_desk() -> None:
    assert {where.split("/")[0] for where, _ in _WRAPPED} >= {"templates", "portal", "web"}


@pytest.mark.parametrize(("where", "tag"), _WRAPPED)
def test_what_scrolls_has_the_focus_and_a_name(where: str, tag: str) -> None:
    assert 'tabindex="0"' in tag and re.search('role="(group|region)"', tag), where
    assert re.search('aria-label(ledby)?="', tag), where


def test_each_edge_behind_which_there_is_more_has_a_shadow() -> None:
    css = (_APP / "static/site.css").read_text(encoding="utf-8")
    rule = css[css.index(".table-wrap, .table-scroll {") :].partition("}")[0]
    assert "background-attachment: local, local, scroll, scroll" in rule
    assert {"to right, var(--edge)", "to left, var(--edge)"} <= set(re.findall(r"to \w+, var\(--edge\)", rule))
