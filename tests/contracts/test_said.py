"""What lint and the import of translations say can be said in the reader's language: it is made by `said`, never by an
f-string, and every sentence of it stands in every catalogue."""

import ast
import copy
import pickle
from functools import cache
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.web.i18n import reworded
from core.texts.said import Said, said
from tests.core.test_translations import texts

ROOT = Path(__file__).parents[2]
# What `kb/transfer` says is read in a terminal only.
FILES = sorted(one for one in (ROOT / "kb").rglob("*.py") if "transfer" not in one.parts)
MAKERS = {"error", "warning", "Finding", "PackageError", "_WrongType", "_Ignored"}


@cache
def _nodes(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text("utf-8"))))


def _calls(file: Path) -> list[ast.Call]:
    return [one for one in _nodes(file) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_no_finding_is_worded_where_nobody_can_translate_it() -> None:
    found = []
    for file in FILES:
        for call in _calls(file):
            if call.func.id in MAKERS and call.args and _is_text(call.args[-1]):  # type: ignore[attr-defined]
                found.append(f"{file.relative_to(ROOT)}:{call.lineno}")
        for node in _nodes(file):
            names = [one.id for one in getattr(node, "targets", ()) if isinstance(one, ast.Name)]
            if isinstance(node, ast.Assign) and "message" in names and _is_text(node.value):
                found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_every_sentence_is_among_those_that_are_translated() -> None:
    """The other tests of catalogues see to it that each has all of them, with its values."""
    known, count = texts(), 0
    for file in FILES:
        for call in _calls(file):
            if call.func.id == "said" and len(call.args) == 1 and _is_text(call.args[0]):  # type: ignore[attr-defined]
                count += 1
                assert ast.literal_eval(call.args[0]) in known, f"{file}:{call.lineno}"
    assert count > 150


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "must be a list of texts, not a mapping"),
        ("tr", "metinlerden oluşan bir liste"),
        ("zh_Hant", "tags：必須是文字的清單，而不是 名稱與值的對應。"),
        ("ar", "قائمة نصوص"),
        ("he", "רשימה של טקסטים"),
    ],
)
def test_a_text_is_said_in_the_language_of_the_page(shared_help_centre: FlaskClient, lang: str, words: str) -> None:
    inner = said("must be a list of texts, not %(value)s", value=said("a mapping"))
    text = said("%(field)s %(what)s.", field="tags", what=inner)
    assert text == "tags must be a list of texts, not a mapping."
    percent = said("A comment between %%%% was taken out, as Obsidian shows it to nobody")
    with shared_help_centre.application.test_request_context("/"), force_locale(lang):
        for one in (text, pickle.loads(pickle.dumps(text)), copy.copy(text)):
            assert isinstance(one, Said) and words in reworded(one)
        assert "%%" in reworded(percent) and "%%%" not in reworded(percent)
        assert reworded("50% of anything") == "50% of anything"
