"""Signing in, the second factor, sessions and people, on both databases."""

from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from core.database.connection import writing
from core.secret_keys import Keys
from support.agents import audit
from support.agents.models import (
    BadAccount,
    FactorUnreadable,
    Right,
    Role,
    Session,
    SignInThrottled,
    Step,
    User,
    WrongSignIn,
)
from support.agents.service import DeskService
from support.agents.sign_in import passwords
from support.agents.sign_in.accounts import IDLE, LONGEST, Accounts
from tests.app.desk.conftest import PASSWORD
from tests.support.conftest import NOW

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.9"


def arrive(desk: DeskService, login: str = "ada@example.org", address: str = HERE, at=NOW) -> tuple[str, Session]:  # type: ignore[no-untyped-def]
    return desk.accounts.sign_in(login, PASSWORD, address, "Firefox · Linux", at)


def fail(desk: DeskService, times: int, address: str = HERE, login: str = "ada@example.org", at=NOW) -> None:  # type: ignore[no-untyped-def]
    for _ in range(times):
        with pytest.raises(WrongSignIn):
            desk.accounts.sign_in(login, "wrong", address, "", at)


def test_the_right_password_opens_a_session_and_the_cookie_is_not_stored(
    desk: DeskService, ada: User, engine: Engine
) -> None:
    token, session = arrive(desk, " ADA@example.org ")
    assert (session.user, session.step) == (ada, Step.FULL)
    found = desk.accounts.session(token, NOW)
    assert found is not None and found.csrf == session.csrf
    with engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM desk_session")).all())
    assert token not in stored
    assert HERE not in stored


def test_a_wrong_password_and_an_unknown_account_sound_alike(desk: DeskService, ada: User) -> None:
    fail(desk, 1)
    fail(desk, 1, login="nobody@example.org")


def test_passwords_are_argon2id_and_short_ones_refused(desk: DeskService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher)
    made = passwords.hash_password(PASSWORD)
    assert made.startswith("$argon2id$")
    assert passwords.matches(made, PASSWORD)
    assert not passwords.matches(made, PASSWORD + " ")
    assert not passwords.matches("not a hash", PASSWORD)
    for poor in ("short", "aaaaaaaaaaaaaaaa"):
        with pytest.raises(BadAccount):
            desk.accounts.create("cy@example.org", "Cy", poor, [Role.AGENT], "test", NOW)


def test_failing_costs_waiting_which_always_ends(desk: DeskService, ada: User) -> None:
    fail(desk, 4)
    with pytest.raises(SignInThrottled) as wait:
        arrive(desk)
    assert wait.value.seconds == 1
    at = NOW
    for _ in range(30):  # as stubborn as can be
        at += timedelta(minutes=16)
        fail(desk, 1, at=at)
    with pytest.raises(SignInThrottled) as wait:
        arrive(desk, at=at)
    assert wait.value.seconds <= 900
    assert arrive(desk, at=at + timedelta(minutes=15, seconds=1))[1].user == ada


def test_a_right_password_is_not_looked_at_while_one_has_to_wait(desk: DeskService, ada: User) -> None:
    fail(desk, 4)
    with pytest.raises(SignInThrottled):
        arrive(desk)


def test_somebody_else_s_failures_do_not_keep_out_whoever_was_here_before(desk: DeskService, ada: User) -> None:
    arrive(desk)
    at = NOW
    for number in range(14):  # from as many addresses, so that only the account's own count rises
        fail(desk, 1, address=f"203.0.113.{number}", at=at)
        at += timedelta(seconds=31)
    fail(desk, 1, address=ELSEWHERE, at=at)
    with pytest.raises(SignInThrottled) as wait:
        arrive(desk, address="203.0.113.200", at=at)
    assert wait.value.seconds <= 30
    assert arrive(desk, at=at)[1].user == ada


def test_one_address_that_tries_many_accounts_is_slowed(desk: DeskService, ada: User) -> None:
    for number in range(21):
        fail(desk, 1, address=ELSEWHERE, login=f"user{number}@example.org")
    with pytest.raises(SignInThrottled):
        arrive(desk, address=ELSEWHERE)
    assert arrive(desk)[1].user == ada


def test_addresses_are_forgotten(desk: DeskService, ada: User, engine: Engine) -> None:
    fail(desk, 2)
    arrive(desk)
    desk.sweep(NOW + timedelta(days=31))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM desk_attempts")).scalar_one() == 0
        assert connection.execute(text("SELECT COUNT(*) FROM desk_session")).scalar_one() == 0


def test_sessions_end_by_themselves_by_hand_and_when_the_account_is_shut_out(
    desk: DeskService, ada: User, bo: User
) -> None:
    token, session = arrive(desk)
    assert desk.accounts.session(token, NOW + IDLE + timedelta(minutes=1)) is None
    at = NOW
    while at < NOW + LONGEST:
        assert desk.accounts.session(token, at) is not None
        at += IDLE - timedelta(minutes=5)
    assert desk.accounts.session(token, NOW + LONGEST + timedelta(minutes=1)) is None
    other, _ = arrive(desk)
    assert desk.accounts.end_sessions(ada, "ada@example.org", NOW, but=session.id) == 1
    assert desk.accounts.session(other, NOW) is None
    of_bo, _ = arrive(desk, "bo@example.org")
    desk.accounts.change(bo, "ada@example.org", NOW, roles=bo.roles, disabled=True)
    assert desk.accounts.session(of_bo, NOW) is None
    with pytest.raises(WrongSignIn):
        arrive(desk, "bo@example.org")


def with_app(desk: DeskService, user: User) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    app = pyotp.TOTP(desk.accounts.begin_totp(user))
    return app, desk.accounts.confirm_totp(user, app.at(NOW), NOW)


def test_the_second_factor_is_asked_for_and_a_code_opens_once(desk: DeskService, ada: User) -> None:
    app, _codes = with_app(desk, ada)
    later = NOW + timedelta(minutes=1)
    token, session = arrive(desk, at=later)
    assert session.step is Step.CODE
    with pytest.raises(WrongSignIn):
        desk.accounts.second_factor(token, "000000", HERE, later)
    full, done = desk.accounts.second_factor(token, app.at(later), HERE, later)
    assert done.step is Step.FULL
    assert full != token
    assert desk.accounts.session(token, later) is None
    again, _ = arrive(desk, at=later)
    with pytest.raises(WrongSignIn):
        desk.accounts.second_factor(again, app.at(later), HERE, later)


def test_a_half_open_session_ends_after_minutes(desk: DeskService, ada: User) -> None:
    app, _codes = with_app(desk, ada)
    token, _ = arrive(desk)
    late = NOW + timedelta(minutes=6)
    with pytest.raises(WrongSignIn):
        desk.accounts.second_factor(token, app.at(late), HERE, late)


def test_guessing_codes_is_slowed_like_guessing_passwords(desk: DeskService, ada: User) -> None:
    app, _codes = with_app(desk, ada)
    token, _ = arrive(desk)
    for _ in range(4):
        with pytest.raises(WrongSignIn):
            desk.accounts.second_factor(token, "000000", HERE, NOW)
    with pytest.raises(SignInThrottled):
        desk.accounts.second_factor(token, app.at(NOW + timedelta(seconds=30)), HERE, NOW)
    with pytest.raises(SignInThrottled):  # the password being right does not wipe it out
        arrive(desk)


def test_each_recovery_code_works_once_however_it_is_typed(desk: DeskService, ada: User) -> None:
    _app, codes = with_app(desk, ada)
    assert len(set(codes)) == passwords.RECOVERY_CODES
    token, _ = arrive(desk)
    assert desk.accounts.second_factor(token, codes[0].lower().replace("-", " "), HERE, NOW)[1].step is Step.FULL
    assert desk.accounts.recovery_codes_left(ada) == passwords.RECOVERY_CODES - 1
    token, _ = arrive(desk)
    with pytest.raises(WrongSignIn):
        desk.accounts.second_factor(token, codes[0], HERE, NOW)


def test_a_second_factor_can_be_taken_off_by_an_admin(desk: DeskService, ada: User, bo: User) -> None:
    with_app(desk, bo)
    desk.accounts.drop_totp(bo, ada.login, NOW)
    assert arrive(desk, "bo@example.org")[1].step is Step.FULL


def stored_secret(engine: Engine, user: User) -> str:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT totp_secret FROM desk_user WHERE id = :id"), {"id": user.id})
        return str(found.scalar_one())


def test_the_secret_lies_encrypted_and_is_of_use_to_nobody_elses_account(
    desk: DeskService, ada: User, bo: User, engine: Engine
) -> None:
    app, _codes = with_app(desk, ada)
    sealed = stored_secret(engine, ada)
    with engine.connect() as connection:
        everything = str(connection.execute(text("SELECT * FROM desk_user")).all())
    assert app.secret not in everything
    with writing(engine) as connection:
        moved = text("UPDATE desk_user SET totp_secret = :it WHERE id = :id")
        connection.execute(moved, {"it": sealed, "id": bo.id})
    later = NOW + timedelta(minutes=1)
    token, _ = arrive(desk, "bo@example.org", at=later)
    with pytest.raises(FactorUnreadable):
        desk.accounts.second_factor(token, app.at(later), HERE, later)


def test_secrets_of_an_earlier_release_are_encrypted_at_the_next_start_and_still_work(
    desk: DeskService, ada: User, bo: User, engine: Engine
) -> None:
    secret = pyotp.random_base32()
    with writing(engine) as connection:
        connection.execute(
            text("UPDATE desk_user SET totp_secret = :it, totp_pending = :it WHERE id = :id"),
            {"it": secret, "id": ada.id},
        )
    assert desk.accounts.seal_stored() == 1
    assert desk.accounts.seal_stored() == 0
    assert secret not in stored_secret(engine, ada)
    assert desk.accounts.pending_totp(ada) == secret
    token, _ = arrive(desk)
    assert desk.accounts.second_factor(token, pyotp.TOTP(secret).at(NOW), HERE, NOW)[1].step is Step.FULL


def test_after_the_key_was_changed_recovery_codes_work_and_an_admin_lets_the_others_in(
    desk: DeskService, ada: User, engine: Engine
) -> None:
    app, codes = with_app(desk, ada)
    changed = Accounts(engine, lambda: b"another key")
    later = NOW + timedelta(minutes=1)
    token, _ = changed.sign_in(ada.login, PASSWORD, HERE, "", later)
    with pytest.raises(FactorUnreadable):
        changed.second_factor(token, app.at(later), HERE, later)
    assert changed.unreadable_totp() == (ada.id,)
    assert changed.second_factor(token, codes[0], HERE, later)[1].step is Step.FULL
    changed.drop_totp(ada, "command line", later)
    assert changed.unreadable_totp() == ()
    assert changed.sign_in(ada.login, PASSWORD, HERE, "", later)[1].step is Step.FULL
    assert with_key_of(changed, ada, later), "and it is set up anew under the new key"


def test_a_key_that_was_replaced_opens_second_factors_until_the_new_one_has_them(
    desk: DeskService, ada: User, engine: Engine
) -> None:
    with_app(desk, ada)
    both = Accounts(engine, lambda: Keys(b"another key", (b"a key",)))
    assert both.unreadable_totp() == ()
    assert (both.seal_stored(), both.seal_stored()) == (1, 0)
    assert Accounts(engine, lambda: b"another key").unreadable_totp() == ()


def with_key_of(accounts: Accounts, user: User, now: datetime) -> tuple[str, ...]:
    return accounts.confirm_totp(user, pyotp.TOTP(accounts.begin_totp(user)).at(now), now)


def test_a_new_password_ends_the_other_sessions(desk: DeskService, ada: User) -> None:
    here, session = arrive(desk)
    there, _ = arrive(desk)
    desk.accounts.set_password(ada, "another long pass phrase", ada.login, NOW, keep=session.id)
    assert desk.accounts.session(here, NOW) is not None
    assert desk.accounts.session(there, NOW) is None
    with pytest.raises(WrongSignIn):
        arrive(desk)


def test_the_last_admin_stays_one(desk: DeskService, ada: User, bo: User) -> None:
    for roles, disabled in (([Role.AGENT], False), ([Role.ADMIN], True)):
        with pytest.raises(BadAccount, match="last_admin"):
            desk.accounts.change(ada, ada.login, NOW, roles=roles, disabled=disabled)
    desk.accounts.change(bo, ada.login, NOW, roles=[Role.AGENT, Role.ADMIN], disabled=False)
    assert desk.accounts.change(ada, ada.login, NOW, roles=[Role.AUTHOR], disabled=False).roles == (Role.AUTHOR,)


def test_an_address_has_one_account(desk: DeskService, ada: User) -> None:
    with pytest.raises(BadAccount, match="taken"):
        desk.accounts.create("Ada@Example.org", "Ada", PASSWORD, [Role.AGENT], "test", NOW)
    with pytest.raises(BadAccount, match="login"):
        desk.accounts.create("ada", "Ada", PASSWORD, [Role.AGENT], "test", NOW)


def test_roles_say_what_one_may_do() -> None:
    from support.agents.models import RIGHTS

    assert Right.ANSWER not in RIGHTS[Role.AUTHOR]
    assert RIGHTS[Role.AGENT].isdisjoint({Right.WRITE, Right.MANAGE})
    assert RIGHTS[Role.ADMIN] == set(Right)


def test_what_is_done_with_accounts_stands_in_the_log_without_secrets(
    desk: DeskService, ada: User, engine: Engine
) -> None:
    fail(desk, 1)
    arrive(desk)
    with engine.connect() as connection:
        entries = [entry for _id, entry in audit.entries(connection)]
    assert [e.action for e in entries] == ["signed_in", "sign_in_failed", "user_created"]
    assert PASSWORD not in str(entries) and HERE not in str(entries)
