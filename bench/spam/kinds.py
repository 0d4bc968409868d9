"""The kinds of simulated senders, each with its own way of submitting texts."""

import base64
import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.spam.browsers import CHROME, FIREFOX, IPHONE, PEOPLE, PROGRAMS, TEXT_BROWSER, Answer, Sender
from bench.spam.texts import Text, rolling, spun, templates

AT_ONCE = 12
_TYPED = {"consent": "yes", "preferred_channel": "email", "action": "send", "journey": "{}", "time_zone": ""}


def solve(challenge: bytes) -> str:
    """The solved challenge, as a browser would put it into the form."""
    task = json.loads(challenge)
    for number in range(task["maxnumber"] + 1):
        if hashlib.sha256(f"{task['salt']}{number}".encode()).hexdigest() == task["challenge"]:
            return base64.b64encode(json.dumps({**task, "number": number}).encode()).decode()
    raise ValueError("this challenge has no solution")


def fields(text: Text, who: str) -> dict[str, str]:
    return {
        **_TYPED,
        "name": who.title(),
        "email": f"{who}@mail.example",
        "subject": text.subject,
        "message": text.message,
    }


def direct(port: int, texts: Sequence[Text], dice: random.Random) -> list[Answer]:
    """Direct POST without loading the form: to the form and to the API, some with made-up hidden fields."""

    def one(number: int, text: Text) -> Answer:
        sender = Sender(port, _address(dice, 10 + number % 7), PROGRAMS[number % len(PROGRAMS)], text.lang)
        if number % 2:
            body = {
                "email": f"d{number}@mail.example",
                "subject": text.subject,
                "message": text.message,
                "consent": True,
            }
            return sender.send_json(json.dumps(body).encode())
        made_up = ({}, {"started": str(time.time() - 30)}, {"started": "1.2.3", "altcha": "e30="})[number % 3]
        return sender.send_form({**fields(text, f"d{number}"), **made_up})

    return _each(one, texts)


def replayed(port: int, texts: Sequence[Text], dice: random.Random) -> list[Answer]:
    """Replay attack: one solved challenge for all messages; new forms, delays, full headers, many addresses."""
    solution = solve(Sender(port, _address(dice, 30), CHROME).challenge())

    def one(number: int, text: Text) -> Answer:
        sender = Sender(port, _address(dice, 30 + number % 20), (CHROME, FIREFOX)[number % 2], text.lang)
        if number % 3 == 0:
            body = {"email": f"r{number}@mail.example", "subject": text.subject, "message": text.message,
                    "consent": True, "altcha": solution}  # fmt: skip
            time.sleep(2.2)
            return sender.send_json(json.dumps(body).encode())
        hidden = sender.open_form()
        time.sleep(2.2)
        return sender.send_form({**hidden, **fields(text, f"r{number}"), "altcha": solution})

    return _each(one, texts)


def honeypot(port: int, texts: Sequence[Text], dice: random.Random) -> list[Answer]:
    """Opens the form, waits, and fills in every field, the honeypot included."""

    def one(number: int, text: Text) -> Answer:
        sender = Sender(port, _address(dice, 60 + number % 20), (CHROME, FIREFOX, IPHONE)[number % 3], text.lang)
        hidden = sender.open_form()
        time.sleep(2.2)
        return sender.send_form({**hidden, **fields(text, f"h{number}"), "website": f"https://site{number}.example"})

    return _each(one, texts)


def templated(port: int, part: str, count: int, dice: random.Random) -> list[Answer]:
    """Templated spam with varying names and numbers, from 50 addresses with full headers; half of them solve their own
    challenge."""
    chosen = dice.sample(templates(part), k=min(6, len(templates(part))))

    def one(number: int, _text: Text) -> Answer:
        text = spun(chosen[number % len(chosen)], rolling(f"{part} {number}"), lead=f"{part} {number % len(chosen)}")
        sender = Sender(port, _address(rolling(number % 50), 100 + number % 50), PEOPLE[number % 4], text.lang)
        hidden = sender.open_form()
        if number % 2:
            hidden["altcha"] = solve(sender.challenge())
        time.sleep(2.2)
        return sender.send_form({**hidden, **fields(text, f"t{number}")})

    return _each(one, [Text("en", "", "")] * count)


def honest(port: int, texts: Sequence[Text], dice: random.Random) -> list[Answer]:
    """Legitimate senders: a third without JavaScript, a third with an unfinished challenge, some fast (autofill), and
    every fourth behind one office's address."""
    office = "198.51.100.7"

    def one(number: int, text: Text) -> Answer:
        chance = rolling(f"honest {number} {text.message}")
        headers = TEXT_BROWSER if number % 40 == 7 else PEOPLE[number % len(PEOPLE)]
        at = office if number % 4 == 0 else _address(chance, 150 + number % 40)
        sender = Sender(port, at, headers, text.lang)
        hidden = sender.open_form()
        values = {**hidden, **fields(text, f"p{number}")}
        if number % 4 == 3:
            values["fields.order_number"] = f"TF-2041{number:04}"
        scripted = number % 3
        if scripted == 1:
            values["altcha"] = solve(sender.challenge())
        elif scripted == 2:  # the browser has begun, and the person was faster
            values["altcha"] = base64.b64encode(sender.challenge()).decode()
        time.sleep(chance.uniform(1.2, 1.9) if number % 5 == 2 else chance.uniform(2.5, 6.0))
        return sender.send_form(values)

    return _each(one, texts)


def _address(dice: random.Random, third: int) -> str:
    return (
        f"203.0.{third % 256}.{dice.randrange(1, 255)}"
        if third < 100
        else f"192.0.{third % 256}.{dice.randrange(1, 255)}"
    )


def _each(one: Callable[[int, Text], Answer], texts: Sequence[Text]) -> list[Answer]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(len(texts)), texts))
