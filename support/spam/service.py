"""The spam check of the contact form and the API: collects signals about a submission and decides whether it is held.

It never refuses one: the sender always gets a reference and a status page.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import idna
from sqlalchemy import Connection

from core.secret_keys import Keys
from support.spam import submission_history
from support.spam.challenge import ChallengeAnswer, Challenges, ProofOfWork
from support.spam.client_fingerprint import ClientFingerprint, client_fingerprint
from support.spam.content import read
from support.spam.form_token import FormTokens
from support.spam.scoring import SpamSignals, SpamVerdict, judge
from support.spam.settings import SettingsForSpamCheck
from support.spam.similarity import sketch

_TIDY_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class SubmissionContext:
    """What came with a submission besides its text. `form_token` is the form's field `started`, `payload` a solved
    proof of work, `server` the name of the trusted server that sent it; `program`: any other request to the API."""

    trap: bool = False
    form_token: str = ""
    payload: str = ""
    server: str = ""
    program: bool = False
    known_person: bool = False
    remote: str = ""
    headers: Mapping[str, str] | None = None
    secure: bool = False
    own_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubmissionText:
    """The text of a submission."""

    subject: str
    message: str
    name: str
    email: str


@dataclass(frozen=True)
class SpamCheck:
    """Signals collected before the transaction; `address`, `sketch` and `marks` are compared with the history."""

    signals: SpamSignals
    address: str
    sketch: frozenset[str]
    marks: frozenset[str]


class SpamService:
    """The spam check. Thread-safe; its history is in the database."""

    def __init__(self, settings: SettingsForSpamCheck, secret: Keys | bytes):
        self._settings = settings
        keys = Keys.of(secret)
        self._key = keys.current
        self.challenges = Challenges(
            keys.derived(lambda key: _derived(key, b"challenge")), settings.proof_of_work_effort
        )
        self.forms = FormTokens(keys.derived(lambda key: _derived(key, b"forms")))
        self._tidied: datetime | None = None

    @property
    def off(self) -> bool:
        """Whether the spam check is disabled, by the setting for tests."""
        return self._settings.challenge == "off"

    @property
    def wants_work(self) -> bool:
        return self._settings.challenge != "off" and self._settings.proof_of_work == "on"

    def client_fingerprint(
        self, remote: str, headers: Mapping[str, str], secure: bool, now: datetime
    ) -> ClientFingerprint:
        return client_fingerprint(remote, headers, secure, _derived(self._key, b"visitors"), now)

    def servers(self, bearer: str) -> str | None:
        """The name of the trusted server with this bearer secret. All are compared, in constant time."""
        found = None
        given = hashlib.sha256(bearer.encode()).digest()
        for server in self._settings.servers:
            for secret in server.secrets:
                if hmac.compare_digest(given, hashlib.sha256(secret.encode()).digest()):
                    found = server.name
        return found

    def collect_signals(self, arrived: SubmissionContext, written: SubmissionText, now: datetime) -> SpamCheck:
        """All signals that need no database."""
        headers = arrived.headers or {}
        client = self.client_fingerprint(arrived.remote, headers, arrived.secure, now)
        form_token = self.forms.read(arrived.form_token, now) if arrived.form_token else None
        proof = self.challenges.read(arrived.payload, now) if self.wants_work else ChallengeAnswer(ProofOfWork.NONE)
        content = read(
            written.subject, written.message, written.name, written.email, self._own_hosts(arrived),
            self._settings.languages,
        )  # fmt: skip
        seconds = form_token.seconds if form_token else None
        if seconds is None and proof.issued_at is not None:
            seconds = max(0.0, (now - proof.issued_at).total_seconds())
        signals = SpamSignals(
            trap=arrived.trap, form_token=form_token, proof=proof, work_wanted=self.wants_work, seconds=seconds,
            client=client, known_person=arrived.known_person, by_server=bool(arrived.server), content=content,
            by_program=arrived.program and form_token is None and proof.issued_at is None,
        )  # fmt: skip
        key = _derived(self._key, now.date().isoformat().encode())
        marks = frozenset(submission_history.hash_mark(mark, key) for mark in content.marks)
        text = f"{written.subject}\n{written.message}"
        return SpamCheck(signals, "server" if arrived.server else client.address, sketch(text), marks)

    def compare_with_recent(self, connection: Connection, check: SpamCheck, now: datetime) -> SpamCheck:
        """Add the similarity to recent submissions. It is slow, so it runs before the transaction, not in it."""
        found = submission_history.earlier_submissions(connection, check.address, check.sketch, check.marks, now)
        return replace(check, signals=replace(check.signals, before=found))

    def decide(self, connection: Connection, check: SpamCheck, now: datetime) -> SpamVerdict:
        """Count the use of form token and proof of work, record the submission, return the verdict. Runs in the
        transaction that stores the ticket: what is not stored has used up nothing."""
        signals = check.signals
        form_token, proof = signals.form_token, signals.proof
        form_uses = proof_uses = 0
        own_form = form_token.id if form_token else ""
        if form_token:
            form_uses, _same = submission_history.count_use(connection, f"form {own_form}", "", form_token.expires_at)
        if proof.proof is ProofOfWork.SOLVED and proof.expires_at:
            uses, same = submission_history.count_use(connection, f"proof {proof.id}", own_form, proof.expires_at)
            proof_uses = uses
            if uses and same and own_form:
                # The form was sent again with other words after going back: a person does that, it is no replay.
                signals = replace(signals, proof=replace(proof, proof=ProofOfWork.UNSOLVED))
        elif proof.proof is ProofOfWork.UNSOLVED and not form_token and proof.expires_at:
            # Without a form the challenge stands for it, so it is counted as one.
            form_uses, _same = submission_history.count_use(connection, f"form {proof.id}", "", proof.expires_at)
        if check.sketch or check.marks:
            submission_history.remember(connection, check.address, check.sketch, check.marks, now)
        self._tidy(connection, now)
        signals = replace(signals, form_uses=form_uses, proof_uses=proof_uses)
        return judge(signals, self._settings.spam_threshold)

    def _tidy(self, connection: Connection, now: datetime) -> None:
        if self._tidied is None or abs(now - self._tidied) > _TIDY_EVERY:
            self._tidied = now
            submission_history.forget(connection, now)

    def _own_hosts(self, arrived: SubmissionContext) -> Collection[str]:
        """Hosts whose links are not suspicious: ours, and those of the embedding sites."""
        embedding = [host for site in self._settings.sites for one in site.hosts for host in (one, _as_written(one))]
        told = [*arrived.own_hosts, self._settings.mail_from.rpartition("@")[2].strip("<> "), *embedding]
        return [host for host in told if host]


def _as_written(host: str) -> str:
    """The IDN in Unicode, as people write it in a text; browsers send it as xn--…"""
    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, b"guard\n" + purpose, hashlib.sha256).digest()
