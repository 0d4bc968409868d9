"""Any colour of the page's, read again when it changes; pages without a doctype; roots that hold what is fixed."""
# ruff: noqa: E501 - pages are not wrapped

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.widget.conftest import Stage

PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Refund</title>{widget}<style>%s</style><body><h1>When is my refund coming?</h1></body></html>'
LOOK = "(node) => { const { backgroundColor, color } = getComputedStyle(node); return [backgroundColor, color]; }"


def parts(text: str) -> list[float]:
    return [float(one) for one in text.removeprefix("rgb(").removesuffix(")").split(",")]


def contrast(one: str, other: str) -> float:
    def light(text: str) -> float:
        shares = [part / 255 for part in parts(text)]
        r, g, b = (share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def looks(launcher: Locator) -> tuple[str, str]:
    ground, text = launcher.evaluate(LOOK)
    return ground, text


@pytest.mark.parametrize(
    ("colour", "is_"),
    [
        ("oklch(0.511 0.262 276.966)", (79, 57, 246)),
        ("lab(52% 40 59)", (193, 98, 8)),
        ("color-mix(in oklab, red, blue)", (140, 83, 162)),
        ("rebeccapurple", (102, 51, 153)),
        ("color(display-p3 1 0 0)", (255, 0, 0)),
        ("hsl(48deg 96% 53%)", (235, 192, 20)),
        ("#facc15", (235, 192, 20)),
        ("var(--brand)", (122, 31, 92)),
    ],
)
def test_any_colour_is_taken_and_what_stands_on_it_can_be_read_at_once(
    stage: Stage, colour: str, is_: tuple[int, int, int]
) -> None:
    widget = stage(PAGE % f"html {{ --brand: #7a1f5c }} signpost-widget {{ --signpost-accent: {colour} }}")
    widget.launcher.wait_for()
    ground, text = looks(widget.launcher)
    assert all(abs(found - wanted) <= 6 for found, wanted in zip(parts(ground), is_, strict=True)), ground
    assert contrast(ground, text) >= 4.5


def test_a_colour_the_page_changes_is_read_again(stage: Stage) -> None:
    widget = stage(
        PAGE % "signpost-widget { --signpost-accent: #7a1f5c } .sun signpost-widget { --signpost-accent: #facc15 }"
    )
    widget.launcher.wait_for()
    assert looks(widget.launcher)[0] == "rgb(122, 31, 92)"
    widget.page.evaluate("document.documentElement.className = 'sun'")
    expect(widget.launcher).to_have_css("background-color", "rgb(235, 192, 20)")  # kept apart from the white ground
    assert contrast(*looks(widget.launcher)) >= 4.5


def test_a_page_without_a_doctype_does_not_colour_tables_in_the_panel(stage: Stage) -> None:
    widget = stage(
        '<html lang="en"><title>Delivery</title>{widget}<body text="#222222"><h1>Delivery times</h1></body></html>'
    )
    widget.launcher.wait_for()
    widget.call("theme", "dark")
    widget.open()
    found = widget.panel.evaluate("""(node) => {
      const table = document.createElement("table");
      table.innerHTML = "<tr><td>Two days</td></tr>";
      node.append(table);
      const style = (one) => { const { color, fontSize, fontWeight } = getComputedStyle(one); return [color, fontSize, fontWeight].join(); };
      return [style(table.querySelector("td")), style(node)];
    }""")
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "rule",
    [
        "transform: translateY(0)", "filter: brightness(1)", "perspective: 900px", "contain: paint", "rotate: 0.01deg",
        "will-change: transform", "backdrop-filter: blur(0)", "scale: 1", "translate: 0 1px", "contain: layout",
    ],
)  # fmt: skip
def test_a_root_that_holds_what_is_fixed_does_not_take_it_away(stage: Stage, rule: str) -> None:
    widget = stage(PAGE % f"html {{ {rule}; height: 3000px }}")
    widget.launcher.wait_for()
    widget.page.evaluate("scrollTo(0, 1200)")
    widget.page.wait_for_timeout(100)
    box = widget.launcher.bounding_box()
    assert box is not None
    assert 780 < box["y"] + box["height"] <= 900
    widget.open()
