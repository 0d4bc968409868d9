"""Whoever reads strangers' text reads it in time that grows as the text does: no faster than n^1.3.

The readers are found, not listed: every public function that takes a text, and every regular expression, of the
packages that get to see what others wrote. A new one is measured as soon as it is there. Time is the processor's, of
several runs the least, and compared with itself at other sizes: no machine is too slow for it.
"""

import gc
import importlib
import inspect
import io
import math
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from types import FrameType, GeneratorType, ModuleType
from typing import Any

import pytest

import core
import index
import insight
import kb
import support
from core import ended_process
from core.image_size import image_size
from index.query.noise import without_noise
from kb.markup import page
from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter, sanitise
from support.agents import article_drafts
from support.intake.identity import read_identity
from support.spam.form_token import FormTokens
from support.tickets.models import Ticket

MOST = 1.3
PACKAGES = (core, kb, index, support, insight)
IN_APP = ("app.portal.article_page", "app.web.request_input", "app.widget.page_query", "app.desk.access")
UNITS = (
    "<a ", "<", "<!--", "<![CDATA[", "<blockquote>", "</p", "<a b='", "&a", "&#", "[", "](", "![a](", "(", ">", "> ",
    "*",
    "**a", "_a", "`", "``` ", "~~", "a@", "@", "a.b@", "a.", "a", "0", "1-", "A9", " ", "\n", "\u202e", "\u0300a", "{",
    "\"", "“a", "--\n", "|a", "- ", "1. ", "- a\n", "http://", "www.a", "\\", ",", "<a@", "a b ", "İ", "的",
    "=?utf-8?q?a",
    "On a wrote:\n", "From: x\n", "\"a\" <", "a\n> b\n", "%", "!!! a\n", "://a",
)  # fmt: skip
BYTES = ("\xff", "\xff\xd8", "\xff\xe1\0\2")
SIZE = 8_000
FILE = 100_000  # what comes as bytes is a mail or a file, which no form's limit has cut
# What takes less than this at these sizes takes a minute and a half for a megabyte at most, growing with the square.
_SEEN = 0.006
_TIMES = 4  # as large a text is read next
# Clocks of processes may tick as slowly as this.
_TICK = 0.03
_ENDED = 2.0

# Not called with nonsense: what they do is no reading.
NO_READERS = {
    "core.database.connection.connect": "opens a database",
    "core.events.emit": "writes the log",
    "core.ended_process.call": "starts a process",
    "support.agents.sign_in.passwords.hash_password": "is slow on purpose, and gets a thousand characters",
    "kb.markup.links.answer": "is asked by Resolver, which is measured",
    "kb.markup.markdown.sanitise": "is asked by Converter, which is measured, and counts what is open before",
    "index.query.parser.phrase_pattern": "compiles a pattern; a query with phrases has 200 characters",
    "kb.authoring.header_form.without:name": "is the name of a field, one of ours",
}
# Regular expressions whose callers cut the text: to how much, and where.
BOUNDED = {
    "kb.source.images._VIEW_BOX": (200, "_svg_size cuts the attribute"),
    "app.widget.page_query._BETWEEN": (500, "page_question gets parts of 500 characters without runs of spaces"),
}


class _Ended(Exception):
    pass


@pytest.fixture(autouse=True)
def _no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to a process that is ended goes nowhere: here is measured what is left to this one."""

    def end(function: str, *_arguments: str, seconds: float) -> str:
        raise ended_process.TookTooLong(function)

    monkeypatch.setattr(ended_process, "call", end)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise _Ended


def seconds(reader: Callable[[Any], object], text: str | bytes) -> float:
    """Processor time of one reading; `_ENDED` when it was ended, and whatever it raises is an answer."""
    before = signal.signal(signal.SIGVTALRM, _end)
    # A long text makes the collector walk through what other tests left, for a tenth of a second.
    gc.disable()
    signal.setitimer(signal.ITIMER_VIRTUAL, _ENDED)
    began = time.process_time()
    try:
        with suppress(Exception):
            found = reader(text)
            if isinstance(found, GeneratorType):
                for _one in found:
                    pass
        return min(time.process_time() - began, _ENDED)
    except _Ended:
        return _ENDED
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        gc.enable()


def hostile(unit: str, size: int, like: type) -> str | bytes:
    """The unit again and again, and an end that nothing which began can match."""
    text = (unit * (size // len(unit) + 1))[:size] + "!\n"
    if like is str:
        return text
    return text.encode("latin-1") if unit in BYTES else text.encode()


def growth(reader: Callable[[Any], object], unit: str, size: int, like: type, runs: int) -> float:
    """The exponent of the time, by least squares over four doublings."""
    points = []
    for share in (8, 4, 2, 1):
        text = hostile(unit, size // share, like)
        took = min(_average(reader, text) for _ in range(runs))
        points.append((math.log(size // share), math.log(max(took, 1e-3))))
        if took >= _ENDED:
            break
    if points[-1][1] >= math.log(_ENDED) and len(points) < 3:
        return math.inf
    points = points[-3:]  # what is said once, such as the import of a module, is in the first
    across, up = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((x - across) * (y - up) for x, y in points) / sum((x - across) ** 2 for x, _ in points)


def _average(reader: Callable[[Any], object], text: str | bytes) -> float:
    """Of as many readings as the clock needs to tell them apart."""
    total, readings = 0.0, 0
    while readings == 0 or (total < 2 * _TICK and readings < 20):
        total += seconds(reader, text)
        readings += 1
    return total / readings


def too_steep(
    reader: Callable[[Any], object], size: int = SIZE, like: type = str, units: Sequence[str] = UNITS
) -> dict[str, float]:
    """The units the reader takes too long for, and how its time grows with them."""
    found = {}
    seconds(reader, hostile(units[0], 10, like))  # the first reading may import a module
    for unit in (*units, *(BYTES if like is bytes else ())):
        took = seconds(reader, hostile(unit, size, like))
        if took < _SEEN:
            continue
        larger = seconds(reader, hostile(unit, _TIMES * size, like))
        if larger < _ENDED and larger < _TIMES**MOST * took:
            continue
        steep = 0.0
        # At last of twice as much: what is steep is steeper there, and other work on the machine tells less.
        measures = ((_TIMES, 1), (_TIMES, 2), (_TIMES, 4), (2 * _TIMES, 4))
        if all((steep := growth(reader, unit, times * size, like, runs)) > MOST for times, runs in measures):
            found[unit] = round(steep, 2)
    return found


# --- the functions ---


@cache
def modules() -> tuple[ModuleType, ...]:
    names = [
        found.name for package in PACKAGES for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    names = [name for name in names if "legacy_migrations" not in name]
    return tuple(importlib.import_module(name) for name in (*names, *IN_APP))


_PLAIN: dict[Any, Any] = {
    str: "en", int: 3, float: 3.0, bool: False, bytes: b"k" * 32, datetime: datetime(2026, 3, 1, tzinfo=UTC),
}  # fmt: skip


def _filled(parameter: inspect.Parameter) -> Any:
    """Something plain for a parameter that is not the text. Raises KeyError."""
    if parameter.annotation in _PLAIN:
        return _PLAIN[parameter.annotation]
    written = str(parameter.annotation)
    if written == "str | None" or re.fullmatch(
        r"[\w.]*(?:Collection|Sequence|Iterable|list)\[str\]|tuple\[str, \.\.\.\]", written
    ):
        return "en" if written == "str | None" else ["en"]
    if re.fullmatch(r"[\w.]*(?:frozenset|Collection|Mapping)\[.*str\]", written):
        return {} if "Mapping" in written else frozenset()
    raise KeyError(written)


def functions() -> Iterator[Any]:
    for module in modules():
        for name, function in vars(module).items():
            full = f"{module.__name__}.{name}"
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if not own or name.startswith("_") or full in NO_READERS:
                continue
            parameters = [
                p
                for p in inspect.signature(function).parameters.values()
                if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
            ]
            needed = [p for p in parameters if p.default is p.empty]
            for text in (p for p in needed if p.annotation in (str, bytes)):
                with suppress(KeyError):
                    others = {p.name: _filled(p) for p in needed if p is not text}
                    if f"{full}:{text.name}" not in NO_READERS:
                        yield pytest.param(function, text, others, id=f"{full}:{text.name}")


@pytest.mark.parametrize(("function", "text", "others"), list(functions()))
def test_a_function_that_takes_a_text_is_linear(
    function: Callable[..., object], text: inspect.Parameter, others: dict[str, Any]
) -> None:
    signature = inspect.signature(function)

    def reader(given: str | bytes) -> object:
        bound = signature.bind_partial()
        bound.arguments.update({**others, text.name: given})
        return function(*bound.args, **bound.kwargs)

    assert too_steep(reader, FILE if text.annotation is bytes else SIZE, text.annotation) == {}


# --- what is no function of one text ---


def _page(text: str) -> object:
    return page.read_page(sanitise(text), "", Resolver("a.md", LinkTargets({}, frozenset(), lambda _path: None)))


def _ticket() -> Ticket:
    values = dict.fromkeys(("reference", "subject"), "") | {"name": "Ada", "fields": {}, "reference": "AB-1"}
    ticket = object.__new__(Ticket)
    for name, value in values.items():
        object.__setattr__(ticket, name, value)
    return ticket


def _others() -> dict[str, tuple[Callable[[Any], object], int, type]]:
    from kb.markup.comments import without_comments
    from kb.source.images import size_of  # noqa: F401 - named, so that a change of it is seen here
    from support.email.inbound.html import words_of
    from support.email.inbound.parser import read
    from support.email.inbound.quotes import fold

    converter = Converter()
    tokens = FormTokens(b"k" * 32)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return {
        "articles as Markdown": (converter.html, SIZE, str),
        "the HTML of articles": (lambda text: _page(text), SIZE, str),
        "articles without comments": (without_comments, SIZE, str),
        "HTML mails": (words_of, SIZE, str),
        "mails": (read, SIZE, bytes),
        "a mail's body": (lambda text: read(b"Content-Type: text/html\n\n" + text), SIZE, bytes),
        "a mail's subject": (lambda text: read(b"Subject: " + text.replace(b"\n", b"\n ") + b"\n\na"), SIZE, bytes),
        "a mail's addresses": (lambda text: read(b"From: " + text.replace(b"\n", b"\n ") + b"\n\na"), SIZE, bytes),
        "replies with quotations": (fold, SIZE, str),
        "article drafts": (lambda text: article_drafts.redact(text, _ticket()), SIZE, str),
        "what follows a greeting": (lambda text: without_noise(f"please, order {text}x", "en"), SIZE, str),
        "pictures": (lambda data: image_size(io.BytesIO(data)), SIZE, bytes),
        "JPEGs": (lambda data: image_size(io.BytesIO(b"\xff\xd8\xff" + data)), SIZE, bytes),
        "signed identities": (lambda text: read_identity(text, "k" * 40, "https://a.example", now), SIZE, str),
        "the form's token": (lambda text: tokens.read(text, now), SIZE, str),
    }


@pytest.mark.parametrize("name", list(_others()))
def test_what_reads_more_than_a_text_is_linear(name: str) -> None:
    reader, size, like = _others()[name]

    assert too_steep(reader, size, like) == {}


# --- the regular expressions ---

_USES = r"\b{}\.(match|search|fullmatch|sub|subn|split|findall|finditer)\b"


def patterns() -> Iterator[Any]:
    for module in modules():
        source = inspect.getsource(module)
        for name, pattern in vars(module).items():
            if isinstance(pattern, re.Pattern):
                uses = frozenset(re.findall(_USES.format(name), source)) or frozenset({"finditer"})
                yield pytest.param(f"{module.__name__}.{name}", pattern, uses, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize(("name", "pattern", "uses"), list(patterns()))
def test_a_regular_expression_is_linear_the_way_it_is_used(
    name: str, pattern: re.Pattern[Any], uses: frozenset[str]
) -> None:
    like = type(pattern.pattern)
    whole = bool(uses - {"match", "fullmatch"})
    most = BOUNDED.get(name, (SIZE, ""))[0]

    def reader(text: Any) -> None:
        text = text[:most]
        if "match" in uses:
            pattern.match(text)
        if "fullmatch" in uses:
            pattern.fullmatch(text.strip())
        if whole:
            for _found in pattern.finditer(text):
                pass

    assert too_steep(reader, like=like) == {}


def test_what_is_left_out_is_still_there() -> None:
    named = [(f"{module.__name__}.{name}", one) for module in modules() for name, one in vars(module).items()]
    every = {full for full, _one in named}
    every |= {
        f"{full}:{parameter}"
        for full, one in named
        if inspect.isfunction(one)
        for parameter in inspect.signature(one).parameters
    }

    assert {name for name in (*NO_READERS, *BOUNDED) if name not in every} == set()
    assert len(list(functions())) > 150
    assert len(list(patterns())) > 100
