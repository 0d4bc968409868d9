"""Two brands that claim one thing: whoever had it keeps it, and where that is not known neither is served. No brand
opens what belongs to another.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.cli import FlaskGroup
from werkzeug.test import Client

from app import create_app
from app.backups import making, restoring
from app.backups.stored import BackupFailed
from app.cli.brands import brands_cli
from app.cli.standalone import make_app
from app.container import Services
from app.doctor import examine
from app.ops.brands.claims import PAGES, Held, claims_of
from app.ops.brands.hosting import Hosted, hosted
from app.ops.brands.registry import Brand, read_brands
from app.ops.moving import MoveFailed, move_to
from app.settings.schema import Settings
from core.cluster.owners import NotOurs, mark_folder, owner_of_database, owner_of_folder
from core.database.connection import connect
from tests import articles
from tests.app.brands.conftest import World, overrides_of
from tests.databases import migrated_sqlite

Read = Callable[..., dict[str, Brand]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The brands as they are read, with these changes of each; `served` are those that were served before."""

    def read_them(served: dict[str, dict[str, object]] | None = None, **changes: dict[str, object]) -> dict[str, Brand]:
        held = Held(tmp_path / "data")
        for name, more in (served or {}).items():
            held.note(Settings.load(_overrides(tmp_path, **{name: more}), environ={}, brand=name))
        overrides = _overrides(tmp_path, **changes)
        return {one.name: one for one in read_brands(Settings.load(overrides, environ={}), overrides, {})}

    return read_them


def _overrides(folder: Path, common: dict[str, object] | None = None, **changes: dict[str, object]) -> dict[str, Any]:
    plain = {
        name: {"base_url": f"http://{name}.test", "kb_dir": str(folder / "kb" / name), "site_name": name}
        for name in changes
    }
    brands = {name: {**plain[name], **more} for name, more in changes.items()}
    return {**overrides_of(folder), "base_url": "http://main.test", **(common or {}), "brands": brands}


# Every kind of thing that two may not share: what both get, and what the sentence calls it.
CLASHES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "the address one.test": ({"base_url": "http://one.test"}, {"base_url": "https://ONE.test:8443/"}),
    "the address two.test": ({"base_url": "http://two.test"}, {"allowed_hosts": ["two.test"]}),
    "the address two.test/help": (
        {"base_url": "http://two.test/help"}, {"base_url": "http://x.test/help", "allowed_hosts": ["two.test"]},
    ),
    "the data_dir": ({"data_dir": "{}/elsewhere"}, {"data_dir": "{}/elsewhere/../elsewhere"}),
    "data_dir lies in that": ({"data_dir": "{}/elsewhere"}, {"data_dir": "{}/elsewhere/below"}),
    "the kb_dir": ({"kb_dir": "{}/kb/one"}, {"kb_dir": "{}/kb/one"}),
    "kb_dir lies in that": ({"kb_dir": "{}/kb/one"}, {"kb_dir": "{}/kb/one/en"}),
    "the backup_dir": ({"backup_dir": "{}/backups"}, {"backup_dir": "{}/backups"}),
    "the database_url": (
        {"database_url": "postgresql://a:b@db.test/help?schema=one"},
        {"database_url": "postgresql://c:d@DB.test:5432/help?schema=one"},
    ),
    "the files_url": (
        {"files_url": "s3://key:secret@store.test/bucket/one"}, {"files_url": "s3://key2:secret@store.test/bucket/one"},
    ),
    "the inbound_email": ({"inbound_email": "in@one.test"}, {"inbound_email": "IN@one.test"}),
    "the imap_url": ({"imap_url": "imaps://in:a@one.test"}, {"imap_url": "imaps://in:b@one.test/INBOX"}),
}  # fmt: skip


def _placed(table: dict[str, object], folder: Path) -> dict[str, object]:
    return {name: value.format(folder) if isinstance(value, str) else value for name, value in table.items()}


@pytest.mark.parametrize("what", CLASHES)
def test_whoever_had_it_keeps_it_whatever_it_is_called(read: Read, tmp_path: Path, what: str) -> None:
    had, taken = (_placed(one, tmp_path) for one in CLASHES[what])
    # In no order of the alphabet: the new one is `aaa` and then `zzz`.
    for new in ("aaa", "zzz"):
        both = {"radio": had, new: taken}
        found = read(**both)
        assert [one for one in both if found[one].settings] == [], "it is not known who had it"
        assert f"{what} of {new}" in " ".join(found["radio"].problems)
        assert f"{what} of radio" in " ".join(found[new].problems)
        assert "not known which of them had it before" in found[new].problems[0]
        found = read(served={"radio": had}, **both)
        assert (found["radio"].problems, found["radio"].settings is not None) == ((), True)
        assert f"{what} of radio" in " ".join(found[new].problems)
        assert "not known" not in " ".join(found[new].problems)
        # What it gave up is not its own any more: another was served with it since.
        if "lies in" in what:
            _forget(tmp_path)  # of two folders, each is its own
        found = read(served={new: taken}, **both)
        assert found[new].problems == () and found["radio"].settings is None
        (tmp_path / "data" / "home" / "brands.json").write_text("{damaged")
        assert not any(one.settings for one in read(**both).values())
        (tmp_path / "data" / "home" / "brands.json").unlink()


@pytest.mark.parametrize("what", [what for what in CLASHES if "data_dir" not in what])
def test_main_keeps_what_it_has(read: Read, tmp_path: Path, what: str) -> None:
    had, taken = (_placed(one, tmp_path) for one in CLASHES[what])
    overrides = _overrides(tmp_path, had, radio=taken)
    (radio,) = read_brands(Settings.load(overrides, environ={}), overrides, {})
    assert radio.settings is None
    assert f"{what} of main" in " ".join(radio.problems)
    assert "not known" not in " ".join(radio.problems)


def test_what_lies_apart_clashes_with_nothing(read: Read, tmp_path: Path) -> None:
    """The same server, machine and bucket, but not the same thing."""
    pairs = [
        ({"base_url": "http://one.test/a"}, {"base_url": "http://one.test/b"}),
        ({"base_url": "http://one.test"}, {"base_url": "http://one.test/loud"}),
        ({"kb_dir": "{}/kb/one"}, {"kb_dir": "{}/kb/one-more"}),
        ({"data_dir": "{}/data/brands/x"}, {"data_dir": "{}/elsewhere"}),
        ({"database_url": "postgresql://a@db.test/x?schema=a"}, {"database_url": "postgresql://a@db.test/x?schema=b"}),
        # Each role has a schema of its own.
        ({"database_url": "postgresql://a@db.test/x"}, {"database_url": "postgresql://b@db.test/x"}),
        ({"imap_url": "imaps://in:a@one.test/A"}, {"imap_url": "imaps://in:a@one.test/B"}),
    ]  # fmt: skip
    for one, other in pairs:
        found = read(radio=_placed(one, tmp_path), aaa=_placed(other, tmp_path))
        assert [brand.problems for brand in found.values()] == [(), ()], (one, other)


def test_a_brand_whose_settings_broke_keeps_its_place(read: Read) -> None:
    """What it has is remembered, also what can not be read of it any more."""
    had: dict[str, object] = {"imap_url": "imaps://in:a@one.test", "inbound_email": "in@one.test"}
    found = read(served={"radio": had}, radio={"smtp_url": "nonsense"}, aaa=had, bbb={"base_url": "http://radio.test"})
    assert not any(one.settings for one in found.values())
    assert "the imap_url of radio" in " ".join(found["aaa"].problems)
    assert "the address radio.test of radio" in " ".join(found["bbb"].problems)
    assert [one.host for one in found["radio"].addresses] == ["radio.test"]
    assert found["bbb"].addresses == ()


def test_a_broken_brand_takes_no_place_either(read: Read) -> None:
    found = read(served={"radio": {}}, radio={}, aaa={"base_url": "http://radio.test", "smtp_url": "nonsense"})
    assert found["radio"].problems == ()
    assert (found["aaa"].settings, found["aaa"].addresses) == (None, ())


def test_the_one_that_had_it_is_served_at_its_address_and_main_at_its_own(tmp_path: Path) -> None:
    """A brand that is refused answers nowhere but where nobody else does."""
    for name in ("radio", "aaa"):
        articles.write_demo(tmp_path / "kb" / name)
    served = _host(tmp_path, radio={})
    assert _status(served, "radio.test") == 200  # which is remembered
    served.stop()
    wrong = {"base_url": "http://radio.test", "allowed_hosts": ["main.test", "aaa.test"]}
    served = _host(tmp_path, radio={}, aaa=wrong, bbb={"base_url": "http://main.test/desk"})
    assert [one.name for one in served.brands if one.settings] == ["radio"]
    assert _status(served, "radio.test") == 200
    assert _status(served, "main.test") == 200
    assert _status(served, "main.test", "/desk/sign-in") == 200
    assert _status(served, "aaa.test") == 503
    _close(served)
    _forget(tmp_path)
    served = _host(tmp_path, radio={}, aaa={"base_url": "http://radio.test"})
    assert _status(served, "radio.test") == 503
    _close(served)


def test_no_brand_opens_what_belongs_to_another(tmp_path: Path) -> None:
    """Whether or not anything is remembered, and with every command."""
    overrides = _overrides(tmp_path, radio={}, aaa={"data_dir": str(tmp_path / "data" / "brands" / "radio")})
    radio, aaa = (Settings.load(overrides, environ={}, brand=name) for name in ("radio", "aaa"))
    migrated_sqlite(radio.data_dir / "signpost.db")
    Services.build(radio).close()
    assert owner_of_folder(radio.data_dir) == "radio"
    with pytest.raises(NotOurs, match=r"to radio, so aaa does not get it.*hand-over radio aaa"):
        Services.build(aaa)
    # The folder's mark decides, so that it is known who had it.
    found = {one.name: one for one in read_brands(Settings.load(overrides, environ={}), overrides, {})}
    assert found["radio"].problems == ()
    assert "belongs to radio" in found["aaa"].problems[0]
    del overrides["brands"]["radio"]
    (found_aaa,) = read_brands(Settings.load(overrides, environ={}), overrides, {})
    assert "belongs to radio" in found_aaa.problems[0], "also when radio was taken out"
    now = datetime.now(UTC)
    with pytest.raises(BackupFailed, match="belongs to radio"):
        making.create(aaa, None, now, {})
    with pytest.raises(MoveFailed, match="belongs to radio"):
        move_to(aaa, "")
    told = [one.message for one in examine(settings=aaa) if "belongs to radio" in one.message]
    assert told == ["the database belongs to radio, and this is aaa"]
    # A folder that lost its mark, or has a damaged one: the database has one as well.
    (radio.data_dir / "home" / "brand").write_bytes(b"\xff\x00")
    with pytest.raises(NotOurs, match="The database belongs to radio"):
        Services.build(aaa)
    with pytest.raises(BackupFailed, match="belongs to radio"):
        making.create(aaa, None, now, {})
    Services.build(radio).close()
    assert owner_of_folder(radio.data_dir) == "radio"


def test_main_s_is_not_a_brand_s_and_the_other_way_round(tmp_path: Path) -> None:
    overrides = _overrides(tmp_path, {"default_brand": ""}, radio={"data_dir": str(tmp_path / "data")})
    main, radio = (Settings.load(overrides, environ={}, brand=name) for name in ("main", "radio"))
    migrated_sqlite(main.data_dir / "signpost.db")
    Services.build(main).close()
    with pytest.raises(NotOurs, match="belongs to main, so radio"):
        Services.build(radio)
    mark_folder(tmp_path / "other", "radio")
    with pytest.raises(NotOurs, match="belongs to radio, so main"):
        Services.build(Settings.load({**overrides, "data_dir": tmp_path / "other"}, environ={}, brand="main"))


def test_a_folder_that_takes_no_mark_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Read-only file system")

    monkeypatch.setattr("core.cluster.owners.replace", refuse)
    monkeypatch.setattr("app.ops.brands.claims.replace", refuse)
    settings = Settings.load(_overrides(tmp_path, radio={}), environ={}, brand="radio")
    migrated_sqlite(settings.data_dir / "signpost.db")
    services = Services.build(settings)
    assert owner_of_database(services.engine) == "radio"
    services.close()
    Held(tmp_path / "data").note(settings)
    assert Held(tmp_path / "data").read() == {}


def test_nodes_that_share_nothing_but_the_database_have_one_owner(tmp_path: Path, migrated_url: str) -> None:
    def build(folder: str, name: str) -> None:
        overrides = _overrides(tmp_path / folder, {"secret_key": "k" * 40}, **{name: {"database_url": migrated_url}})
        overrides["brands"][name]["secret_key"] = "s" * 40
        Services.build(Settings.load(overrides, environ={}, brand=name)).close()

    build("one", "radio")
    build("two", "radio")  # an empty container
    with pytest.raises(NotOurs, match="The database belongs to radio, so aaa"):
        build("three", "aaa")
    assert owner_of_folder(tmp_path / "three" / "data" / "brands" / "aaa") == ""


@pytest.mark.parametrize("where", ["{}/data", "{}", "{}/data/brands", "{}/data/index", "/"])
def test_no_data_folder_is_that_of_the_installation_or_holds_others(tmp_path: Path, where: str) -> None:
    for default in ("", "main"):
        overrides = _overrides(tmp_path, {"default_brand": default}, radio={"data_dir": where.format(tmp_path)})
        (radio,) = read_brands(Settings.load(overrides, environ={}), overrides, {})
        assert radio.settings is None
        assert "brands.radio.data_dir" in radio.problems[0]
        assert f"it is {tmp_path}/data/brands/radio" in radio.problems[0]


@pytest.mark.parametrize("setting", ["kb_dir", "kb_static_dir", "looks_dir"])
@pytest.mark.parametrize(
    ("where", "says"),
    [("data", "whole installation"), ("data/brands", "whole installation"), (".", "whole installation"),
     ("data/brands/two", "another brand"), ("data/brands/two/secrets", "another brand")],
)  # fmt: skip
def test_no_folder_that_is_shown_has_data_of_others_in_it(
    read: Read, tmp_path: Path, setting: str, where: str, says: str
) -> None:
    found = read(one={setting: str(tmp_path / where)}, two={})
    assert found["one"].settings is None and any(says in problem for problem in found["one"].problems)
    assert found["two"].settings is not None


def test_folders_in_its_own_data_are_a_brands(read: Read, tmp_path: Path) -> None:
    found = read(one={"kb_dir": str(tmp_path / "data" / "brands" / "one" / "articles")}, two={})
    assert found["one"].settings is not None


def test_at_the_address_of_a_misnamed_brand_nobody_else_is_shown(tmp_path: Path) -> None:
    served = _host(
        tmp_path, one={}, c_d={"base_url": "http://cd.test"}, e_f={"base_url": "http://main.test"},
        g_h={"base_url": "http://one.test"},
    )  # fmt: skip
    try:
        assert _status(served, "cd.test") == 503
        assert _status(served, "main.test") == _status(served, "one.test") == 200
    finally:
        _close(served)


def test_no_brand_hides_pages_of_the_one_above_it(read: Read, tmp_path: Path) -> None:
    plain = Settings.load({"data_dir": tmp_path / "plain", "embedder": "hashing"}, environ={})
    migrated_sqlite(plain.data_dir / "signpost.db")
    app = create_app(plain)
    app.extensions["signpost"].close()
    first_steps = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    assert {step for step in first_steps if step and "<" not in step} == PAGES
    for step in [*sorted(PAGES), "en", "zh-Hant", "desk/x"]:
        found = read(radio={"base_url": "http://one.test/help"}, aaa={"base_url": f"http://one.test/help/{step}"},
                     bbb={"base_url": f"http://main.test/{step}"})  # fmt: skip
        assert found["radio"].problems == ()
        first = step.split("/")[0]
        assert f"brands.aaa.base_url hides /help/{first} of radio on one.test" in found["aaa"].problems[0]
        assert f"brands.bbb.base_url hides /{first} of main on main.test" in found["bbb"].problems[0]
        assert found["aaa"].addresses == found["bbb"].addresses == ()
    found = read(radio={"base_url": "http://one.test", "languages": ["en"]}, tr={"base_url": "http://one.test/tr"})
    assert [one.problems for one in found.values()] == [(), ()]


def test_what_has_no_proper_name_is_refused_by_it_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb = tmp_path / "kb"
    kb.mkdir()
    (tmp_path / "brands" / "dir.toml").mkdir(parents=True)
    good = f'base_url = "http://{{}}.test"\nkb_dir = "{kb}/{{}}"\n'
    for name in ("a_b", "Caps", "main", "with space", "fine", "x" * 41, ".#fine", "fine.toml~"):
        (tmp_path / "brands" / f"{name}.toml").write_text(good.format("fine", "fine"))
    (tmp_path / "brands" / "Old.TOML").write_text("")
    (tmp_path / "brands" / "README").write_text("")
    (tmp_path / "brands" / "dangling.toml").symlink_to(tmp_path / "gone")
    file = tmp_path / "signpost.toml"
    file.write_text(
        f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\n'
        f"[brands]\nfoo = 3\n[brands.shop]\n{good.format('shop', 'shop')}"
        f'[brands.a_c]\n{good.format("x", "x")}[brands.main]\n[brands."new\\nline"]\n'
    )
    for name in ("shop", "fine"):
        (kb / name).mkdir()
    environ = {"SIGNPOST_CONFIG": str(file)}
    monkeypatch.setenv("SIGNPOST_CONFIG", str(file))
    found = {one.name: one for one in read_brands(Settings.load(environ=environ), environ=environ)}
    assert {name for name, one in found.items() if one.settings} == {"shop", "fine"}
    wrong = {"a_b.toml", "Caps.toml", "main.toml", "with space.toml", f"{'x' * 41}.toml", "Old.TOML", "fine.toml~.toml"}
    wrong |= {"foo", "a_c", "brands.main", "'new\\nline'", "dir", "dangling"}
    assert found.keys() - {"shop", "fine"} == wrong
    for name in wrong:
        assert len(found[name].problems) == 1, found[name].problems
        assert name.removeprefix("brands.") in found[name].problems[0]
    assert "must be a table" in found["foo"].problems[0]
    assert "cannot be read: Is a directory" in found["dir"].problems[0]
    assert "cannot be read: No such file" in found["dangling"].problems[0]
    listed = {row["name"]: row["state"] for row in json.loads(_brands("list", "--json").stdout)}
    assert listed == {"main": "ok", "shop": "ok", "fine": "ok", **dict.fromkeys(wrong, "refused")}
    checked = _brands("check")
    assert checked.exit_code == 1
    assert f"2 of {len(found)} brands can be served." in checked.output
    served = hosted(Settings.load(), create_app(Settings.load()))
    assert served is not None
    assert Client(served.wsgi).get("/en/", base_url="http://localhost").status_code == 200
    assert served.containers.every["a_c"].state == "refused"
    _close(served)


def test_only_a_brand_with_a_wrong_name_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "signpost.toml").write_text(f'data_dir = "{tmp_path}/data"\n[brands.a_b]\n')
    monkeypatch.setenv("SIGNPOST_CONFIG", str(tmp_path / "signpost.toml"))
    served = hosted(Settings.load(), None)
    assert served is not None and [one.name for one in served.brands] == ["a_b"]
    served.stop()


def test_check_looks_at_folders_and_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kb = tmp_path / "kb"
    (kb / "good").mkdir(parents=True)
    (kb / "file").write_text("")
    (tmp_path / "signpost.toml").write_text(
        f'data_dir = "{tmp_path}/data"\n'
        f'[brands.good]\nbase_url = "http://good.test"\nkb_dir = "{kb}/good"\n'
        f'[brands.gone]\nbase_url = "http://gone.test"\nkb_dir = "{kb}/gone"\nlooks_dir = "{kb}/looks"\n'
        f'[brands.file]\nbase_url = "http://file.test"\nkb_dir = "{kb}/file"\n'
        f'[brands.away]\nbase_url = "http://away.test"\nkb_dir = "{kb}/away"\nkb_remote = "https://git.test/x"\n'
        'database_url = "postgresql://a:secret@127.0.0.1:1/help"\n'
    )
    monkeypatch.setenv("SIGNPOST_CONFIG", str(tmp_path / "signpost.toml"))
    checked = _brands("check")
    assert checked.exit_code == 1
    assert f"brands.gone.kb_dir names {kb}/gone, which is not there" in checked.output
    assert f"brands.gone.looks_dir names {kb}/looks, which is not there" in checked.output
    assert f"brands.file.kb_dir names {kb}/file, which is no folder" in checked.output
    assert "brands.away: its database cannot be used" in checked.output
    assert "secret" not in checked.output and "brands.away.kb_dir" not in checked.output
    assert "1 of 4 brands can be served." in checked.output
    assert not (tmp_path / "data").exists(), "nothing is made"
    only = _brands("check", "--settings-only")
    assert (only.exit_code, only.output) == (0, "4 of 4 brands can be served, going by their settings.\n")


def test_a_renamed_brand_is_handed_what_was_its(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "signpost.toml"
    monkeypatch.setenv("SIGNPOST_CONFIG", str(file))

    def write(*names: str, more: str = "") -> None:
        tables = (f'[brands.{one}]\nbase_url = "http://{one}.test"\nkb_dir = "{tmp_path}/{one}"\n' for one in names)
        common = f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\nsecret_key = "{"k" * 40}"\n'
        file.write_text(common + "".join(tables) + more)

    place = tmp_path / "data" / "brands" / "radio"
    write("radio")
    radio = Settings.load(brand="radio")
    migrated_sqlite(place / "signpost.db")
    Services.build(radio).close()
    there = f'data_dir = "{place}"\n'
    write("radio", "nord", more=there)
    refused = _brands("hand-over", "radio", "nord")
    assert refused.exit_code == 1
    assert "the settings of radio still have the same data_dir and database_url" in refused.output
    write("nord")
    assert "there is no database at" in _brands("hand-over", "radio", "nord").output
    write("nord", more=there)
    assert "belongs to radio, not to loud" in _brands("hand-over", "loud", "nord").output
    with pytest.raises(NotOurs):
        Services.build(Settings.load(brand="nord"))
    done = _brands("hand-over", "radio", "nord")
    assert (done.exit_code, "What was radio's is nord's now." in done.output) == (0, True), done.output
    (line,) = [line for line in done.output.splitlines() if "secret_key = " in line]
    write("nord", more=f"{there}secret_key = {line.partition('secret_key = ')[2]}\n")
    services = Services.build(Settings.load(brand="nord"))
    assert (owner_of_database(services.engine), owner_of_folder(place)) == ("nord", "nord")
    services.close()
    with pytest.raises(NotOurs):
        Services.build(radio)
    assert "nord's already" in _brands("hand-over", "radio", "nord").output


def test_a_backup_restored_as_another_brand_is_that_one_s(tmp_path: Path) -> None:
    overrides = _overrides(tmp_path, radio={}, nord={})
    radio, nord = (Settings.load(overrides, environ={}, brand=name) for name in ("radio", "nord"))
    migrated_sqlite(radio.data_dir / "signpost.db")
    Services.build(radio).close()
    made = making.create(radio, None, datetime.now(UTC), {})
    restoring.restore(made.path, nord, without_keys=True, any_brand=True)
    assert owner_of_folder(nord.data_dir) == "nord"
    engine = connect(nord.database)
    assert owner_of_database(engine) == "nord"
    engine.dispose()


@pytest.mark.parametrize("named", ["RADIO", "nobody", "aaa", "a_b", "broken", "gone"])
def test_a_command_for_a_brand_that_cannot_be_says_why_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (tmp_path / "brands").mkdir()
    (tmp_path / "brands" / "broken.toml").write_text("base_url = ")
    (tmp_path / "brands" / "gone.toml").symlink_to(tmp_path / "nothing")
    (tmp_path / "signpost.toml").write_text(
        f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\n'
        'base_url = "http://main.test"\nenvironment = "production"\n'
        f'[brands.aaa]\nbase_url = "http://main.test"\nkb_dir = "{tmp_path}/kb"\nteam_email = "t@main.test"\n'
        'mail_from = "m@main.test"\n'
    )
    monkeypatch.setenv("SIGNPOST_CONFIG", str(tmp_path / "signpost.toml"))
    monkeypatch.setenv("SIGNPOST_BRAND", "")  # which the command sets
    arguments = ["tickets", "list", "--brand", named]
    monkeypatch.setattr("sys.argv", ["flask", *arguments])
    done = CliRunner().invoke(FlaskGroup(create_app=make_app), arguments)
    why = {
        "broken": "broken.toml, which is not TOML", "gone": "gone.toml, which cannot be read: No such file",
        "aaa": "brands.aaa has the address main.test of main",
    }.get(named, f"there is no brand {named!r}")  # fmt: skip
    lines = done.output.strip().splitlines()
    assert (done.exit_code, len(lines)) == (1, 2), done.output
    assert lines[0].startswith("Error: ") and why in lines[1]


def test_a_command_with_a_database_that_is_away_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", "postgresql://a:secret@127.0.0.1:1/help")
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["flask", "tickets", "list"])
    done = CliRunner().invoke(FlaskGroup(create_app=make_app), ["tickets", "list"])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "The database cannot be used" in done.output and "secret" not in done.output


def _host(folder: Path, **changes: dict[str, object]) -> Hosted:
    overrides = _overrides(folder, **changes)
    common = Settings.load(overrides, environ={})
    for place in (folder / "data", *(folder / "data" / "brands" / name for name in changes)):
        migrated_sqlite(place / "signpost.db")
    served = hosted(common, create_app(common), overrides)
    assert served is not None
    return served


def _close(served: Hosted) -> None:
    served.stop()
    if served._services is not None:
        served._services.close()


def _forget(folder: Path) -> None:
    (folder / "data" / "home" / "brands.json").unlink()


def _status(served: Hosted, host: str, path: str = "/en/") -> int:
    return Client(served.wsgi).get(path, base_url=f"http://{host}", buffered=True).status_code


def _brands(*arguments: str) -> Result:
    return CliRunner().invoke(brands_cli, arguments)


def test_what_is_remembered_says_no_password(tmp_path: Path) -> None:
    table = {"database_url": "postgresql://a:hunter2@db.test/help", "imap_url": "imaps://in:hunter2@one.test"}
    settings = Settings.load(_overrides(tmp_path, radio=table), environ={}, brand="radio")
    assert not [one for one in claims_of(settings) if "hunter2" in one.value]
    Held(tmp_path / "data").note(settings)
    path = tmp_path / "data" / "home" / "brands.json"
    assert "db.test" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_world_without_clashes_is_served(world: World) -> None:
    """And remembered, since each was opened."""
    held = Held(world.common.data_dir).read()
    assert {"alpha", "beta"} == set(held.values())
