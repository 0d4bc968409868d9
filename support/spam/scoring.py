"""Spam score: the table of signals and their points. A verdict is a sum of them, so each can be explained.

Only what robots alone do (honeypot, a form never opened, a challenge used twice) reaches the threshold of 50 by
itself. No JavaScript, a link, a hurry or strong words together stay below it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from support.spam.challenge import ChallengeAnswer, ProofOfWork
from support.spam.client_fingerprint import ClientFingerprint
from support.spam.content import Content
from support.spam.form_token import FormToken

TABLE: tuple[tuple[str, int, str], ...] = (
    # How it came
    ("honeypot", 100, "The field nobody sees was filled in."),
    ("no_form", 60, "The form was never asked for."),
    ("program", 36, "By the API, with neither a challenge nor a server's secret: one more sign is enough."),
    ("replayed", 60, "The solution was used before, or is none of ours."),
    ("instant", 50, "Sent within a second of opening the form."),
    ("fast", 15, "Sent within two."),
    ("form_again", 10, "The same opened form, a second or third time."),
    ("form_often", 60, "The same opened form, a fourth time or more."),
    ("no_proof", 10, "No solved challenge: no JavaScript, or not finished."),
    # Who sent it
    ("tool", 40, "The User-Agent names a program, or there is none."),
    ("no_language", 15, "No Accept-Language; every browser sends one."),
    ("half_browser", 15, "Says it is a new browser, and sends none of a new browser's headers."),
    # What it says
    ("link", 8, "Leads to one other site. Your own are not counted."),
    ("links", 16, "To two or three."),
    ("many_links", 35, "To four and more."),
    ("shortener", 22, "By a service that hides where a link leads."),
    ("link_in_name", 40, "The name is a link."),
    ("markup", 25, "`[url=…]` or `<a href…`: written for another kind of form."),
    ("trade", 24, "Speaks as those do who sell by contact form; see phrases.toml."),
    ("trades", 40, "Of two trades and more."),
    ("pitch", 10, "… and leads elsewhere, by a link or another address."),
    ("call", 8, "Tells the reader to click, write or join."),
    ("calls", 16, "More than once."),
    ("other_contact", 10, "Another address, or a messenger's name, to answer to."),
    ("foreign_script", 18, "In a script none of the site's languages is written in."),
    ("disguised", 35, "Letters of two scripts in one word, or invisible signs."),
    ("shouting", 8, "Nearly all in capitals."),
    ("noise", 30, "Letters at random."),
    # What came before
    ("repeated", 15, "Nearly the same text came from one other address within a day."),
    ("repeated_twice", 32, "From two or three."),
    ("repeated_often", 55, "From four and more."),
    ("same_lead", 15, "Leads where messages of two other addresses led within a day."),
    ("same_lead_often", 40, "Of five and more."),
    ("once_more", 20, "The same address sends nearly the same for the fourth time."),
    # What speaks for it
    ("known_person", -40, "Signed in at the embedding site, by its own word."),
)
POINTS: Mapping[str, int] = {name: points for name, points, _meaning in TABLE}


@dataclass(frozen=True)
class EarlierSubmissions:
    """How many recent submissions are similar to this one, or lead to the same place, by address."""

    alike_addresses: int = 0
    alike_own: int = 0
    same_lead_addresses: int = 0


@dataclass(frozen=True)
class SpamSignals:
    """All signals of one submission. `form_uses` and `proof_uses` count earlier uses of the same form token and the
    same proof of work. `by_server` is a request of a trusted server, `by_program` one to the API by anybody else:
    programs used the API before there was a challenge, so this alone does not hold it.
    """

    trap: bool = False
    form_token: FormToken | None = None
    proof: ChallengeAnswer = field(default_factory=lambda: ChallengeAnswer(ProofOfWork.NONE))
    work_wanted: bool = True
    form_uses: int = 0
    proof_uses: int = 0
    seconds: float | None = None
    client: ClientFingerprint | None = None
    known_person: bool = False
    by_server: bool = False
    by_program: bool = False
    content: Content = field(default_factory=Content)
    before: EarlierSubmissions = EarlierSubmissions()


@dataclass(frozen=True)
class SpamVerdict:
    """`found` are rows of POINTS, the weightiest first. `held` is whether they reach the threshold."""

    found: tuple[str, ...] = ()
    points: int = 0
    held: bool = False

    @property
    def why(self) -> str:
        return ", ".join(name for name in self.found if POINTS[name] > 0)


def judge(signals: SpamSignals, threshold: int, points: Mapping[str, int] = POINTS) -> SpamVerdict:
    """The verdict: the sum of points, at least 0. `threshold` 0 holds nothing."""
    found = [*_content_signals(signals.content), *_history_signals(signals.before)]
    if not signals.by_server:
        found += _request_signals(signals)
    if not signals.by_server and not signals.by_program:
        # Programs never have a browser's headers.
        found += _header_signals(signals.client)
    if signals.known_person:
        found.append("known_person")
    total = max(0, sum(points[name] for name in found))
    order = sorted(found, key=lambda name: -points[name])
    return SpamVerdict(tuple(order), total, bool(threshold) and total >= threshold)


def _request_signals(signals: SpamSignals) -> Collection[str]:
    found = []
    if signals.trap:
        found.append("honeypot")
    if signals.form_token is None and signals.proof.issued_at is None:
        found.append("program" if signals.by_program else "no_form")
    if signals.proof.proof in {ProofOfWork.FORGED, ProofOfWork.WRONG} or (
        signals.proof.proof is ProofOfWork.SOLVED and signals.proof_uses
    ):
        found.append("replayed")
    elif signals.work_wanted and signals.proof.proof is not ProofOfWork.SOLVED:
        found.append("no_proof")
    if signals.seconds is not None and signals.seconds < 1:
        found.append("instant")
    elif signals.seconds is not None and signals.seconds < 2:
        found.append("fast")
    if signals.form_uses >= 3:
        found.append("form_often")
    elif signals.form_uses:
        found.append("form_again")
    return found


def _header_signals(client: ClientFingerprint | None) -> Collection[str]:
    if client is None:
        return ()
    return [name for name in ("tool", "no_language", "half_browser") if getattr(client, name)]


def _content_signals(content: Content) -> Collection[str]:
    found = []
    hosts = len(content.hosts)
    if hosts:
        found.append("link" if hosts == 1 else "links" if hosts <= 3 else "many_links")
    if content.trades:
        found.append("trade" if len(content.trades) == 1 else "trades")
        if hosts or content.other_contact:
            found.append("pitch")
    if content.calls:
        found.append("call" if content.calls == 1 else "calls")
    if content.shortened:
        found.append("shortener")
    plain = ("link_in_name", "markup", "other_contact", "foreign_script", "disguised", "shouting", "noise")
    return [*found, *(name for name in plain if getattr(content, name))]


def _history_signals(before: EarlierSubmissions) -> Collection[str]:
    found = []
    if before.alike_addresses:
        often = before.alike_addresses
        found.append("repeated" if often == 1 else "repeated_twice" if often <= 3 else "repeated_often")
    if before.same_lead_addresses >= 2:
        found.append("same_lead_often" if before.same_lead_addresses >= 5 else "same_lead")
    if before.alike_own >= 3:
        found.append("once_more")
    return found
