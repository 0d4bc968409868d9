"""Answers of the database kept in memory, for when it does not answer: pages then show what was true a moment ago."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, TypeVar, cast

from sqlalchemy.exc import InterfaceError, SQLAlchemyError

from core.database.connection import not_now
from core.database.watch import DatabaseWatch

T = TypeVar("T")
U = TypeVar("U")

_KEPT = 2_000
_LARGE_KEPT = 200
# After a vain wait (a locked table, say) what is known is taken for so long without asking.
_REST_SECONDS = 2.0


def or_without(read: Callable[[], T], otherwise: U) -> T | U:
    """What `read` returns, or `otherwise` where the database does not answer and nothing is known: for what a page can
    do without. Raises SQLAlchemyError for errors of other kinds."""
    try:
        return read()
    except SQLAlchemyError as error:
        if not not_now(error):
            raise
        return otherwise


class Remembered:
    """The last answers by question. Thread-safe; the least recently asked are forgotten first, of large answers (whole
    articles) earlier. That there is nothing (None, '') is not remembered: anybody can ask for what is not there."""

    def __init__(self, watch: DatabaseWatch) -> None:
        self._watch = watch
        self._small: OrderedDict[Hashable, Any] = OrderedDict()
        self._large: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def ask(self, question: Hashable, read: Callable[[], T], *, large: bool = False) -> T:
        """What `read` returns, or what it returned last when the database does not answer. Raises SQLAlchemyError where
        nothing is known, and for errors of other kinds."""
        answers = self._large if large else self._small
        doubtful = self._watch.doubtful
        if (doubtful or monotonic() < self._rests_until) and question in answers:
            return cast(T, answers[question])
        if doubtful:
            raise InterfaceError("the database does not answer", None, TimeoutError())
        try:
            answer = read()
        except SQLAlchemyError as error:
            if not not_now(error):
                raise
            self._rests_until = monotonic() + _REST_SECONDS
            self._watch.suspect()
            if question not in answers:
                raise
            return cast(T, answers[question])
        if answer is not None and answer != "":
            with self._lock:
                answers[question] = answer
                answers.move_to_end(question)
                while len(answers) > (_LARGE_KEPT if large else _KEPT):
                    answers.popitem(last=False)
        return answer
