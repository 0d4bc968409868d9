"""Suggestions under a field of the page's own form change no width and no height of the page's own controls."""
# ruff: noqa: E501 - pages are not wrapped

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.widget.conftest import PACKAGES, Stage

STYLES = {
    "bootstrap": "bootstrap/dist/css/bootstrap.min.css",
    "bulma": "bulma/css/bulma.min.css",
    "semantic": "semantic-ui-css/semantic.min.css",
    "pico": "@picocss/pico/css/pico.min.css",
}
FIELD = '<input type="text" name="subject" data-signpost-suggest %s>'
FORMS = {
    "bootstrap": [
        f'<div class="input-group">{FIELD % "class=form-control"}<button class="btn btn-primary">Go</button></div>',
        f'<div class="row"><div class="col-6">{FIELD % "class=form-control"}</div><div class="col-6"><textarea class="form-control h-100"></textarea></div></div>',
        f'<div class="row g-2 align-items-end"><div class="col-auto">{FIELD % "class=form-control"}</div><div class="col"><input class="form-control"></div></div>',
        f'<div class="form-floating">{FIELD % "class=form-control placeholder=x id=s"}<label for="s">Subject</label></div><input class="form-control">',
        f'<div class="d-flex gap-2">{FIELD % "class=form-control"}<button class="btn btn-primary">Go</button></div>',
        f'<div class="d-grid" style="grid-template-columns: 1fr auto">{FIELD % "class=form-control"}<button class="btn">Go</button></div>',
    ],
    "bulma": [
        f'<div class="field has-addons"><div class="control">{FIELD % "class=input"}</div><div class="control"><button class="button">Go</button></div></div>',
        f'<div class="field is-horizontal"><div class="field-body"><div class="field"><p class="control is-expanded">{FIELD % "class=input"}</p></div><div class="field"><input class="input"></div></div></div>',
        f'<div class="columns"><div class="column">{FIELD % "class=input"}</div><div class="column"><textarea class="textarea" style="height:100%"></textarea></div></div>',
    ],
    "semantic": [
        f'<div class="ui form"><div class="two fields"><div class="field"><label>Subject</label>{FIELD % ""}</div><div class="field"><label>Name</label><input></div></div></div>',
        f'<div class="ui action input">{FIELD % ""}<button class="ui button">Go</button></div>',
        f'<div class="ui fluid labeled input"><div class="ui label">http://</div>{FIELD % ""}</div>',
    ],
    "pico": [
        f'<fieldset role="group">{FIELD % ""}<button>Go</button></fieldset>',
        f'<div class="grid"><label>Subject {FIELD % ""}</label><label>Name <input></label></div>',
        f'<form role="search">{FIELD % ""}<input type="submit" value="Go"></form>',
    ],
    "tailwind": [
        f'<div class="flex"><div class="w-32">{FIELD % "class=w-full"}</div><p>Beside.</p></div>',
        f'<div class="flex gap-2">{FIELD % "class=border"}<button class="border px-4">Go</button></div>',
        f'<div class="grid grid-cols-2 gap-4"><div>{FIELD % "class=w-full"}</div><textarea class="border h-full"></textarea></div>',
        f'<div class="inline-flex items-stretch"><span>@</span>{FIELD % "class=border"}<button class="border">Go</button></div>',
        f'<div class="flex flex-col items-center">{FIELD % "class=border"}<button class="border w-full">Go</button></div>',
        f'<table><tr><td>{FIELD % "class=border"}</td><td><button class="border h-full">Go</button></td></tr></table>',
    ],
}
SIZES = """[...document.querySelectorAll("input, textarea, select, button, label")]
  .map((one) => { const { width, height } = one.getBoundingClientRect(); return [width, height]; })"""


@pytest.mark.parametrize(("framework", "at"), [(name, at) for name, forms in FORMS.items() for at in range(len(forms))])
def test_suggestions_change_no_control_of_the_page(stage: Stage, framework: str, at: int) -> None:
    if framework == "tailwind":
        script = (PACKAGES / "node_modules/@tailwindcss/browser/dist/index.global.js").read_text("utf-8")
        head = f"<script>{script}</script>"
    else:
        rules = (PACKAGES / "node_modules" / STYLES[framework]).read_text("utf-8")
        head = f"<style>{re.sub(r'@import url[(][^)]*[)];', '', rules)}</style>"  # a font from elsewhere
    form = FORMS[framework][at]
    form = form if "<form" in form else f"<form>{form}</form>"
    widget = stage(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Contact</title>{head}{{widget}}'
        f'<body><main style="max-width: 700px">{form}<p>Below.</p></main></body></html>'
    )
    widget.launcher.wait_for()
    field = widget.page.locator("[data-signpost-suggest]")
    field.fill("return an item")
    widget.page.evaluate("document.fonts.ready")
    before = widget.page.evaluate(SIZES)
    field.focus()
    row = widget.page.locator(".inline .row").first
    row.wait_for()
    assert json.dumps(widget.page.evaluate(SIZES)) == json.dumps(before)
    box, edge = row.bounding_box(), field.bounding_box()
    assert box is not None and edge is not None
    assert box["y"] >= edge["y"] + edge["height"] - 1
    assert box["width"] >= 110
    name = row.locator(".name").bounding_box()  # in a narrow column the words have it for themselves
    assert name is not None and name["width"] >= 90 and name["x"] + name["width"] <= box["x"] + box["width"]
    row.click()
    expect(widget.panel.locator(".headline")).to_be_visible()


def test_danger_without_suggestions_stands_alone(stage: Stage) -> None:
    urgent = {"lang": "en", "title": "Move away", "text": "Call us.", "article": None, "channel": None}
    answer = {"query": "q", "lang": "en", "verdict": "ask_human", "results": [], "urgent": urgent, "plausible": 0}
    widget = stage(
        '<!doctype html><html lang="de"><meta charset="utf-8"><title>Contact</title>{widget}'
        f"<body><main><form>{FIELD % ''}</form></main></body></html>"
    )
    widget.launcher.wait_for()
    widget.page.route(
        "**/api/v1/suggest?*", lambda route: route.fulfill(json=answer, headers={"Access-Control-Allow-Origin": "*"})
    )
    widget.page.locator("[data-signpost-suggest]").fill("mein Akku raucht")
    box = widget.page.locator("section.inline")
    expect(box.locator(".danger")).to_be_visible()
    assert box.inner_text().split() == ["Move", "away", "Call", "us."]
    expect(box.locator("ul")).to_have_count(0)


def test_danger_is_looked_for_in_all_of_a_long_message(stage: Stage) -> None:
    widget = stage(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Contact</title>{widget}'
        "<body><main><form><textarea name=message data-signpost-suggest></textarea></form></main></body></html>"
    )
    widget.launcher.wait_for()
    field, alarm = widget.page.locator("textarea"), widget.page.locator("section.inline .danger")
    calm = "I would like to return the headphones that I ordered, how do I do that? " * 10
    field.fill(calm)
    expect(widget.page.locator("section.inline .row").first).to_be_visible()
    expect(alarm).to_have_count(0)
    field.fill(f"{calm} The battery is swollen and it is smoking. {calm}")
    expect(alarm).to_be_visible()
    field.fill(calm)
    expect(alarm).to_have_count(0)
