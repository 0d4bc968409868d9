"""Nothing of one brand is seen by another, whatever of it is known: the whole map of addresses is asked with it."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from tests.app.brands.conftest import CANARY, HOST, PASSWORD, World

PAIRS = [("alpha", "beta"), ("beta", "alpha"), ("main", "alpha"), ("alpha", "main")]
# What only one brand has: asked of another, there is nothing to see.
_NAMING = {"slug", "token", "reference", "path"}
_NOTHING = {301, 302, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422}


def app_of(world: World, name: str) -> Flask:
    if name == "main":
        return world.main
    found = world.hosted.containers.every[name].app
    assert found is not None
    return found


def asked(app: Flask, ids: dict[str, str]) -> list[tuple[str, str, set[str]]]:
    """Every address and method, filled with these ids."""
    found = []
    for rule in app.url_map.iter_rules():
        known = {**ids, "reference": ids["incident"]} if "incidents" in rule.rule else ids
        parts = re.split(r"<(?:[^:<>]+:)?(\w+)>", rule.rule)
        filled = [quote(known.get(part, "1"), safe="/") if place % 2 else part for place, part in enumerate(parts)]
        path = "".join(filled)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append((method, path, set(rule.arguments)))
    return found


@pytest.mark.parametrize(("owner", "asker"), PAIRS)
def test_what_is_known_of_one_brand_opens_nothing_of_it_at_another(world: World, owner: str, asker: str) -> None:
    theirs, word = world.ids[owner], CANARY[owner].encode()
    app = app_of(world, asker)
    theirs_too = {
        "message": "Hello", "text": "Hello", "subject": "Hello", "email": "x@x.example", "consent": True, "lang": "en",
        "q": "parcel late five working days", "site": theirs["key"], "identity": theirs["identity"],
        "started": theirs["started"], "tokens": [theirs["receipt"]], "token": theirs["token"], "action": "send",
        "reference": theirs["reference"], "references": [theirs["reference"]], "merge_into": theirs["reference"],
        "proof": theirs["token"], "slug": theirs["slug"], "helpful": True, "key": "one-key-for-all",
    }  # fmt: skip
    stranger, insider = world.client(), world.client()
    below = "/help" if asker == "beta" else "/"
    # Somebody of the other brand's team, and somebody of this brand's who knows the other's references.
    stranger.set_cookie("signpost_desk", theirs["cookie"], domain=HOST[asker], path=below)
    signed_in = world.ask(
        asker, "/desk/sign-in", insider, method="POST", data={"login": f"ada@{asker}.example", "password": PASSWORD}
    )
    assert signed_in.status_code == 303
    token = re.search(r'name="csrf" value="([^"]+)"', world.ask(asker, "/desk/account", insider).text)
    assert token
    for client in (stranger, insider):
        for method, path, arguments in asked(app, theirs):
            if "sign-out" in path or path.startswith("/desk/account") or path == "/desk/system":
                continue  # the insider stays signed in; and the page of settings runs for seconds
            more: dict[str, object] = {}
            if method != "GET" and path.startswith("/api/"):
                more = {"json": theirs_too}
            elif method != "GET":
                more = {"data": {**theirs_too, "csrf": token[1]}}
            answer = world.ask(asker, path, client, method=method, **more)
            body = answer.get_data()
            answer.close()
            assert word not in body, (method, path, answer.status_code)
            assert word not in str(answer.headers).encode(), (method, path)
            if arguments & _NAMING and answer.status_code not in _NOTHING:
                # A page of a button ("confirm"), which is there for any token: then also for one that nobody has.
                assert method == "GET", (method, path, answer.status_code)
                nobody = path.replace(theirs["token"], "A" * 48).replace(theirs["reference"], "SP-AAAA-AA")
                nobody = nobody.replace(theirs["path"], "en/orders/nobodys.txt")
                assert nobody != path, path
                alike = world.ask(asker, nobody, client)
                assert alike.status_code == answer.status_code, (method, path, answer.status_code)
                assert alike.get_data().replace(b"A" * 48, b"") == body.replace(theirs["token"].encode(), b""), path


def test_the_same_requests_at_home_show_it(world: World) -> None:
    """Else the test above would pass for a help centre that shows nothing to anybody."""
    for name in CANARY:
        client, ids = world.client(), world.ids[name]
        client.set_cookie("signpost_desk", ids["cookie"], domain=HOST[name], path="/help" if name == "beta" else "/")
        shown = 0
        for method, path, arguments in asked(app_of(world, name), ids):
            if method == "GET" and arguments & _NAMING:
                answer = world.ask(name, path, client)
                shown += CANARY[name].encode() in answer.get_data()
                answer.close()
        assert shown >= 10, name


def test_searches_suggestions_feeds_and_exports_hold_ones_own_only(world: World) -> None:
    for name, word in CANARY.items():
        others = [other for key, other in CANARY.items() if key != name]
        for path in (
            "/api/v1/search?q=parcel", "/api/v1/suggest?q=par", "/sitemap.xml", "/llms.txt", "/en/feed.atom", "/en/",
            "/en/search?q=parcel", "/en/contact", "/en/incidents", "/api/v1/incidents", "/widget.js", "/robots.txt",
        ):  # fmt: skip
            answer = world.ask(name, path)
            assert not any(other in answer.text for other in others), (name, path)
        assert word in world.ask(name, "/api/v1/search?q=parcel").text
        assert [hit for one in others for hit in world.ask(name, f"/api/v1/search?q={one}").json["results"]
                if one in hit["title"]] == []  # fmt: skip


def test_mails_go_out_as_the_brand_and_lie_in_its_own_folder(world: World) -> None:
    for name, word in CANARY.items():
        settings = world.services(name).settings
        mails = [path.read_text(encoding="utf-8") for path in Path(settings.mail_dir).glob("*.eml")]
        assert len(mails) >= 2
        for mail in mails:
            assert not any(other in mail for other in CANARY.values() if other != word)
            if name != "main":
                assert f"help@{name}.example" in mail
                assert all(f"{other}.example" not in mail for other in ("alpha", "beta") if other != name)


def test_the_keys_and_places_of_brands_are_their_own(world: World) -> None:
    every = [world.services(name) for name in CANARY]
    for get in (
        lambda s: s.settings.database, lambda s: s.settings.index_dir, lambda s: s.settings.keys.get("links").current,
        lambda s: s.settings.keys.get("desk").current, lambda s: s.settings.backups, lambda s: s.settings.mail_dir,
        lambda s: id(s.engine), lambda s: id(s.search), lambda s: id(s.ledger),
    ):  # fmt: skip
        assert len({get(s) for s in every}) == len(every)  # type: ignore[no-untyped-call]
    assert len({id(s.model) for s in every}) == 1
