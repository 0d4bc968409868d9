"""Nodes with the same key believe one another; one with another key, or with none of its own, does not start."""

import base64
import json
from pathlib import Path

import pytest

from app import create_app
from app.ops import keys as keys_command
from app.settings.schema import BadSettings, Settings
from core.cluster.key_fingerprints import KeysRefused, check_keys, key_states
from core.database.connection import connect
from core.secret_keys import PURPOSES, KeyRing
from support.tickets import repository
from tests.app.nodes.conftest import SECRET, AddNode
from tests.support.solved_challenges import solved
from tests.support.test_contact_form import fill

OTHER = "b" * 40


def test_what_one_node_signed_another_believes(add_node: AddNode) -> None:
    one, two = add_node("one"), add_node("two")
    typed = fill(one.test_client(), altcha=solved(one))
    sent = two.test_client().post("/en/contact", data=typed)
    assert sent.status_code in {302, 303}
    s = one.extensions["signpost"]
    with s.engine.connect() as connection:
        held = repository.list_tickets(connection, None, True, 10)
        assert [one.quarantine for one in held] == []
        (ticket,) = repository.list_tickets(connection, None, False, 10)
    assert one.test_client().get(f"/t/{ticket.token}").status_code == 200


def test_a_node_with_another_key_or_none_refuses_and_makes_none(add_node: AddNode, tmp_path: Path) -> None:
    add_node("one", secret_key="")
    with pytest.raises(KeysRefused, match="SIGNPOST_SECRET_KEY"):
        add_node("two", secret_key="")
    assert not (tmp_path / "two" / "data" / "secrets").exists(), "lost keys are not replaced"
    with pytest.raises(KeysRefused, match="not the ones this database was used with"):
        add_node("three", secret_key=OTHER)
    exported = KeyRing(tmp_path / "one" / "data" / "secrets").bundle()
    add_node("two", secret_key=exported)


def ring(*given: str) -> KeyRing:
    return KeyRing(Path("/nowhere"), given)


def test_a_key_is_replaced_without_a_gap(migrated_url: str) -> None:
    engine = connect(migrated_url)
    check_keys(engine, ring(SECRET), "1")
    check_keys(engine, ring(SECRET, OTHER), "2")  # every node learns the new one first
    check_keys(engine, ring(OTHER, SECRET), "3")
    assert set(key_states(engine, ring(OTHER)).values()) == {"current"}
    check_keys(engine, ring(SECRET, OTHER), "4")  # a node that lags behind starts once more
    assert set(key_states(engine, ring(SECRET, OTHER)).values()) == {"previous"}
    check_keys(engine, ring(OTHER), "5")
    with pytest.raises(KeysRefused):
        check_keys(engine, ring(SECRET), "6")
    engine.dispose()


def test_what_the_key_before_signed_is_believed(tmp_path: Path) -> None:
    one, both = (
        Settings.load({"secret_key": value, "data_dir": tmp_path}, environ={}).keys
        for value in (SECRET, f"{OTHER} {SECRET}")
    )
    assert both.get("links").previous == (one.get("links").current,)
    assert both.get("links").current not in one.get("links").all
    assert len({both.get(purpose).current for purpose in PURPOSES}) == len(PURPOSES)


def test_lost_keys_are_told_and_taken_only_on_request(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    create_app(settings).extensions["signpost"].close()
    (settings.secrets_dir / "desk").unlink()
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SIGNPOST_KB_DIR", str(settings.kb_dir))
    with pytest.raises(KeysRefused, match="desk"):
        create_app(Settings.load())
    assert keys_command.main(["status"]) == 1
    assert keys_command.main(["accept"]) == 1
    assert "second factors" in capsys.readouterr().out
    assert not (settings.secrets_dir / "desk").exists()
    (settings.secrets_dir / "links").write_text("\n")  # cut off: no key to sign with
    for purpose in ("guard", "forms", "webhook", "insight"):
        (settings.secrets_dir / purpose).unlink()
    assert keys_command.main(["accept"]) == 1
    told = capsys.readouterr().out
    assert [purpose for purpose in PURPOSES if f"  {purpose} " not in told] == []
    assert keys_command.main(["accept", "--yes"]) == 0
    assert keys_command.main(["status"]) == 0
    assert {len((settings.secrets_dir / purpose).read_bytes()) for purpose in PURPOSES} == {64}
    create_app(Settings.load()).extensions["signpost"].close()


def test_keys_of_the_folder_are_rotated_by_a_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(settings)
    token = app.extensions["signpost"].spam.forms.issue(app.extensions["signpost"].now())
    app.extensions["signpost"].close()
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(settings.data_dir))
    assert keys_command.main(["rotate"]) == 0
    again = create_app(Settings.load({"kb_dir": settings.kb_dir, "embedder": "hashing"}))
    own = again.extensions["signpost"]
    assert own.spam.forms.read(token, own.now()) is not None
    assert own.settings.keys.get("guard").previous
    own.close()


def test_a_key_file_is_read_and_its_faults_are_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    assert Settings.load({"secret_key_file": tmp_path / "key"}, environ={}).secret_key == (SECRET,)
    (tmp_path / "short").write_text("short")
    broken = "signpost-keys-1:" + base64.urlsafe_b64encode(json.dumps({"links": "x"}).encode()).decode()
    for values, said in (
        ({"secret_key_file": tmp_path / "none"}, "cannot be read"),
        ({"secret_key_file": tmp_path / "short"}, "32 characters"),
        ({"secret_key_file": tmp_path / "key", "secret_key": OTHER}, "both set"),
        ({"secret_key": broken}, "not whole"),
        ({"secret_key": " ".join((SECRET, OTHER, "c" * 40))}, "the new and the old one"),
        ({"roles": "web,cook"}, "web, worker, publisher"),
    ):
        with pytest.raises(BadSettings, match=said):
            Settings.load(values, environ={})


def test_a_key_whose_file_goes_stays_in_use(settings: Settings) -> None:
    key = settings.keys.get("links")
    (settings.secrets_dir / "links").unlink()
    assert settings.keys.get("links") == key
    assert not (settings.secrets_dir / "links").exists()
