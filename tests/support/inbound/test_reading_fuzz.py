"""Broken mails are read: nothing raises, nothing hangs, and what is not shown stands in the whole text.

`make test` takes 300, `make faults` 10,000: the variable READINGS says how many. What becomes of them is in test_fuzz.
"""

import os
import time

from support.email.inbound.parser import read
from support.email.inbound.quotes import fold
from support.email.inbound.sent_text import SentText
from support.email.inbound.signatures import names_of
from tests.support.inbound.corpus import TONGUES, Sent, answers, as_mail
from tests.support.inbound.mutations import mutated

READINGS = int(os.environ.get("READINGS", "300"))
_FIRST_SEED = 20261201
_SENT = Sent(
    "Hello,\n\nplease press the button for ten seconds.\n\nTonfell",
    "<html><body><p>Hello,</p><p>please press the button for ten seconds.</p><p>Tonfell</p></body></html>",
)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def test_broken_mails_are_read_without_an_exception_a_hang_or_a_loss() -> None:
    mails = [
        as_mail(one, tongue, "help@tonfell.example", number)
        for tongue in TONGUES
        for number, one in enumerate(answers(tongue, _SENT))
    ]
    sent = SentText([_SENT.plain])
    longest, folded = 0.0, 0
    for number in range(READINGS):
        raw = mutated(mails[number * 7 % len(mails)], _FIRST_SEED + number)
        began = time.process_time()
        email = read(raw)
        reading = fold(
            email.text, sent, names_of(email.sender_name, email.sender), public=sent if number % 3 == 0 else None
        )
        longest = max(longest, time.process_time() - began)
        folded += bool(reading.folded)
        seed = f"seed {_FIRST_SEED + number}"
        # 400 parts in one another are more than the library reads; the mail then stays as it came.
        assert "unreadable" not in email.bulk or raw.count(b"multipart/mixed") > 100, (seed, email.bulk)
        assert bool(email.text) == bool(reading.words), seed
        whole = _squeezed(reading.whole or reading.words)
        assert all(_squeezed(line) in whole for line in reading.words.split("\n")), seed
        email.text.encode("utf-8")
    assert longest < 5
    print(f"{READINGS} broken mails read, {folded} with lines folded, the slowest in {longest:.2f} s")  # noqa: T201
