"""Every text of the interface is there in every language it is offered in, whole and checked by a person."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from app.ops.translations import FOLDER, compile_all

_ROOT = Path(__file__).parents[2]
_LANGUAGES = ("tr", "zh_Hant", "zh_Hans", "ar", "he")
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "said": None}
_PLACEHOLDER = re.compile(r"%\(\w+\)s")

Message = str | tuple[str, ...]


@cache
def texts() -> frozenset[Message]:
    with (_ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(_ROOT), methods, options, keywords=_KEYWORDS)
    return frozenset(message for _, _, message, _, _ in found)


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def _all(text: Message) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_nothing_is_left_untranslated(language: str) -> None:
    found = catalogue(language)
    missing = [text for text in texts() if not (m := found.get(_all(text)[0])) or not all(_all(m.string))]
    assert missing == []


@pytest.mark.parametrize("language", _LANGUAGES)
def test_nothing_is_fuzzy_or_left_over(language: str) -> None:
    found = catalogue(language)
    known = {_all(text)[0] for text in texts()}
    assert [m.id for m in found if m.id and (m.fuzzy or _all(m.id)[0] not in known)] == []
    assert not found.obsolete


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_translation_names_the_same_values_as_its_original(language: str) -> None:
    for message in catalogue(language):
        wanted = set(_PLACEHOLDER.findall(_all(message.id)[-1]))
        for text in _all(message.string) if message.id else ():
            assert set(_PLACEHOLDER.findall(text)) == wanted, message.id


@pytest.mark.parametrize("language", _LANGUAGES)
def test_there_is_a_form_for_every_plural_of_the_language(language: str) -> None:
    found = catalogue(language)
    for message in found:
        if isinstance(message.id, tuple):
            assert len(_all(message.string)) == found.num_plurals


@pytest.mark.parametrize("language", ["ar", "he"])
def test_a_text_from_right_to_left_is_written_in_its_script(language: str) -> None:
    letters = {"ar": re.compile("[\u0621-\u064a]"), "he": re.compile("[\u05d0-\u05ea]")}[language]
    bare = [m.id for m in catalogue(language) if m.id and not all(letters.search(t) for t in _all(m.string))]
    # A score and what belongs to no language.
    assert [text for text in bare if not re.fullmatch(r"[%()\w\s–.]*", str(text))] == []
    other = {"ar": "[\u05d0-\u05ea]", "he": "[\u0621-\u064a]"}[language]
    assert [m.id for m in catalogue(language) if m.id and re.search(other, " ".join(_all(m.string)))] == []


def test_each_chinese_is_written_in_its_own_script_and_words() -> None:
    traditional = " ".join(t for m in catalogue("zh_Hant") if m.id for t in _all(m.string))
    simplified = " ".join(t for m in catalogue("zh_Hans") if m.id for t in _all(m.string))
    assert not re.search("[们这还对请问题来里说时]", traditional.replace("問題", ""))
    assert not re.search("[們這還對請問題來裡說時]", simplified.replace("问题", ""))
    for mainland in ("信息", "软件", "视频", "短信", "网络"):
        assert mainland not in traditional
    for taiwanese in ("資訊", "简讯", "影片", "档案", "搜寻"):
        assert taiwanese not in simplified


def test_compiling_makes_what_the_service_reads(tmp_path: Path) -> None:
    for language in _LANGUAGES:
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_bytes((FOLDER / language / "LC_MESSAGES" / "messages.po").read_bytes())
    assert compile_all(tmp_path) == len(_LANGUAGES)
    assert compile_all(tmp_path) == 0
