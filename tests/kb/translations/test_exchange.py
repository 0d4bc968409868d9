"""Work for translators: units of real articles, XLIFF and PO, damaged and foreign files, and taking it back."""

import inspect
import re
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from kb.authoring.header_form import split
from kb.translations import units
from kb.translations.gettext_po import read_gettext, write_gettext
from kb.translations.packages import Delivery, Package, PackageError, Work
from kb.translations.units import Unit, has_words, problem_with, rebuilt, spans_of, units_of
from kb.translations.words import WHAT_TO_DO
from kb.translations.xliff import NAMESPACE, read_xliff, write_xliff

UNITS_SOURCE = inspect.getsource(units)

ARTICLES = sorted((Path(__file__).parents[3] / "kb" / "articles" / "en").rglob("*.md"))
TEXT = """---
title: Send "it" back
summary: Half <b>bold</b> & more.
---

Intro with `code`, a [link](a.md "T") and **bold** words
that go on here.

# Top {#top}

1. First step  
   after a break
2. Second

   > Quoted text
   > over two lines.

!!! note "Take care"
    Inside a *box*.

    - an item in it

| Name | What |
| --- | --- |
| `x` | a \\| b |
|  | See <https://example.org/?a=1&b=2> |

:::tip
Tip text.
:::

```
Not this
```

<div class="x">Nor this</div>

Term
: Meaning of it

![Alt text](a.png) {{ product }} costs 5 &euro;[^1]

[^1]: A note.
"""  # noqa: W291


def targets_of(units: list[Unit]) -> dict[str, str]:
    """Something else in every unit, markup kept."""
    return {
        unit.id: "".join(one.text if one.protected else re.sub(r"[a-zçğıöşü]+", "žluť", one.text) for one in unit.spans)
        for unit in units
        if has_words(unit)
    }


def test_blocks_are_units_and_what_lies_between_them_is_none() -> None:
    units = units_of(TEXT)
    assert [(unit.kind, unit.text) for unit in units] == [
        ("title", 'Send "it" back'),
        ("summary", "Half <b>bold</b> & more."),
        ("paragraph", 'Intro with `code`, a [link](a.md "T") and **bold** words that go on here.'),
        ("heading", "Top {#top}"),
        ("item", "First step"), ("item", "after a break"), ("item", "Second"),
        ("item", "Quoted text over two lines."),
        ("title of a box", "Take care"), ("paragraph", "Inside a *box*."), ("item", "an item in it"),
        ("cell", "Name"), ("cell", "What"), ("cell", "`x`"), ("cell", "a \\| b"),
        ("cell", "See <https://example.org/?a=1&b=2>"),
        ("paragraph", "Tip text."), ("paragraph", "Term"), ("paragraph", "Meaning of it"),
        ("paragraph", "![Alt text](a.png) {{ product }} costs 5 &euro;[^1]"),
        ("paragraph", "[^1]: A note."),
    ]  # fmt: skip
    assert len({unit.id for unit in units}) == len(units)
    assert not has_words(units[13])
    assert [span.text for span in spans_of(units[2].text) if span.protected] == ["`code`", '](a.md "T")', "**", "**"]


@pytest.mark.parametrize("text", [TEXT, *(path.read_text("utf-8") for path in ARTICLES[:12])])
def test_nothing_translated_is_the_same_byte_for_byte_and_all_of_it_is_built_alike(text: str) -> None:
    body, units = split(text).body, units_of(text)
    assert rebuilt(body, units, {}) == body == rebuilt(body, units, {unit.id: unit.text for unit in units})
    targets = targets_of(units)
    assert [problem_with(unit, targets[unit.id]) for unit in units if unit.id in targets] == [None] * len(targets)
    made = rebuilt(body, units, targets)
    again = units_of(split(text).head + made)
    assert [unit.kind for unit in again] == [unit.kind for unit in units]
    assert [one.text for one in again if one.start >= 0 and has_words(one)] == [
        targets[one.id] for one in units if one.start >= 0 and has_words(one)
    ]


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("Use `x` now", "Now", "placeholders"),
        ("Use `x` now", "`y` now", "placeholders"),
        ("See [it](a.md)", "See [it](https://evil.example/)", "placeholders"),
        ("Plain", "Plain <script>alert(1)</script>", "placeholders"),
        ("A **bold** one", "A **bold one", "placeholders"),
        ("A **bold** one", "One", None),
        ("Plain", " \n ", "empty"),
        ("Plain", "a\x00b", "characters"),
        ("Plain", "x" * 5000, "long"),
        ("Plain", "# Plain", None),
        ("Plain", "1. Plain", None),
        ("Plain", "Two\n\nparagraphs", None),
        ("Plain", "```", None),
        ("A **b *c***", "A **d *e***", None),
        ("# 1. Plain", "1. Other", None),
    ],
)
def test_what_comes_back_damaged_is_refused_or_made_harmless(source: str, target: str, code: str | None) -> None:
    (unit,) = units_of(source + "\n")
    problem = problem_with(unit, target)
    assert (problem and problem.code) == code
    if code is None:
        (after,) = units_of(rebuilt(source + "\n", [unit], {unit.id: target}))
        assert after.kind == unit.kind


def package() -> Package:
    units = tuple(unit for unit in units_of(TEXT) if has_words(unit))
    return Package(
        "en", "zh-Hant", (Work("en/a/b.md", "digest", units, {units[0].id: "寄回", units[2].id: units[2].text}),)
    )


def known(path: str) -> dict[str, Unit]:
    return {unit.id: unit for unit in units_of(TEXT)} if path == "en/a/b.md" else {}


@pytest.mark.parametrize(("write", "read"), [(write_xliff, read_xliff), (write_gettext, read_gettext)])
def test_what_is_handed_out_comes_back_the_same(write, read) -> None:  # type: ignore[no-untyped-def]
    given = package()
    back: Delivery = read(write(given), known)
    assert (back.source_lang, back.target_lang) == ("en", "zh-Hant")
    assert [(one.path, one.digest, one.targets) for one in back.articles] == [
        ("en/a/b.md", "digest", given.work[0].targets)
    ]
    everything = Package("en", "zh-Hant", (Work("en/a/b.md", "d", given.work[0].units, targets_of(units_of(TEXT))),))
    assert read(write(everything), known).articles[0].targets == everything.work[0].targets
    assert read(write(given), lambda path: {}).articles[0].targets == dict.fromkeys(given.work[0].targets, "")


# As the schema of XLIFF 2.0 (OASIS, 5 August 2014) has it: the attributes and the children, in their order, of what is
# written here, and what its types allow. The schema itself is in no package of an open licence.
SHAPE = {
    "xliff": ({"version", "srcLang", "trgLang"}, r"(file )+"),
    "file": ({"id", "original"}, r"(notes )?(unit )+"),
    "notes": (set(), r"(note )+"),
    "note": ({"category"}, r""),
    "unit": ({"id", "name", "canResegment"}, r"(originalData )?(segment )+"),
    "originalData": (set(), r"(data )+"),
    "data": ({"id"}, r""),
    "segment": ({"state"}, r"source (target )?"),
    "source": ({"{http://www.w3.org/XML/1998/namespace}space"}, r"(ph )*"),
    "target": ({"{http://www.w3.org/XML/1998/namespace}space"}, r"(ph )*"),
    "ph": ({"id", "dataRef", "disp", "canCopy", "canDelete"}, r""),
}

YES_NO, NAME_TOKEN = r"yes|no", r"[\w.:-]+"
TYPES = {
    "id": NAME_TOKEN, "dataRef": NAME_TOKEN, "canCopy": YES_NO, "canDelete": YES_NO, "canResegment": YES_NO,
    "state": r"initial|translated|reviewed|final", "version": r"2\.0", "srcLang": r"[A-Za-z]{2,8}(-[A-Za-z\d]{1,8})*",
    "trgLang": r"[A-Za-z]{2,8}(-[A-Za-z\d]{1,8})*", "{http://www.w3.org/XML/1998/namespace}space": r"preserve|default",
}  # fmt: skip
# Characters that XML has no place for, in words and in markup.
STRANGE = "---\ntitle: A\x0bB\n---\n\nWord `co\x0cde` x\x01y [l](a\x02b) \ufffe `\uffff` ]]> & <b>.\n"


@pytest.mark.parametrize("text", [TEXT, STRANGE, *(path.read_text("utf-8") for path in ARTICLES[:5])])
def test_every_value_is_of_its_type_and_every_name_is_there_once(text: str) -> None:
    units = tuple(unit for unit in units_of(text) if has_words(unit))
    work = Work("en/a\x01.md", "d", units, targets_of([*units]))
    root = ElementTree.fromstring(write_xliff(Package("en", "tr", (work,))))
    tag = f"{{{NAMESPACE}}}"
    for element in root.iter():
        for name, value in element.attrib.items():
            assert re.fullmatch(TYPES.get(name, r"[^\x00-\x08\x0b-\x1f]*"), value), (element.tag, name, value)
    ids = [unit.get("id") for unit in root.iter(f"{tag}unit")]
    assert ids and len(set(ids)) == len(ids)
    for unit in root.iter(f"{tag}unit"):
        source, target = (
            [one.get("id") for whole in unit.iter(f"{tag}{part}") for one in whole] for part in ("source", "target")
        )
        assert len(set(source)) == len(source) and len(set(target)) == len(target) and set(target) <= set(source)


def test_the_xliff_has_the_shape_of_the_standard() -> None:
    root = ElementTree.fromstring(write_xliff(package()))
    tag = f"{{{NAMESPACE}}}"
    assert (root.tag, root.get("version"), root.get("srcLang"), root.get("trgLang")) == (
        f"{tag}xliff", "2.0", "en", "zh-Hant",
    )  # fmt: skip
    for element in root.iter():
        attributes, children = SHAPE[element.tag.removeprefix(tag)]
        assert set(element.attrib) == attributes, element.tag
        assert re.fullmatch(children, "".join(f"{child.tag.removeprefix(tag)} " for child in element)), element.tag
        assert all(re.fullmatch(r"[\w.:-]+", element.get(name, "x")) for name in ("id", "dataRef"))
    units = list(root.iter(f"{tag}unit"))
    for unit in units:
        assert [child.tag.removeprefix(tag) for child in unit][-1] == "segment"
        refs = {one.get("dataRef") for one in unit.iter(f"{tag}ph")}
        assert refs == {one.get("id") for one in unit.iter(f"{tag}data")}
        assert not re.search(r"\n", "".join(next(unit.iter(f"{tag}source")).itertext()))
    states = [one.get("state") for one in root.iter(f"{tag}segment")]
    assert states.count("translated") == 2 and set(states) == {"initial", "translated"}


def test_a_tool_that_cut_units_into_segments_is_understood() -> None:
    text = write_xliff(package()).decode()
    source = re.search(r"<segment state=\"initial\">\s*<source[^>]*>First step</source>\s*</segment>", text)
    assert source
    cut = (
        "<segment><source>First </source><target>第一</target></segment><ignorable><source> </source></ignorable>"
        '<segment><source>step</source><target><mrk id="m1" type="term">步</mrk></target></segment>'
    )
    back = read_xliff(text.replace(source[0], cut).encode(), known)
    assert "第一 步" in back.articles[0].targets.values()


def test_a_tool_that_knows_nothing_of_states_is_understood() -> None:
    text = write_xliff(package()).decode()
    ids = {unit.text: unit.id for unit in units_of(TEXT)}

    def filled(source: str, target: str) -> None:
        nonlocal text
        assert f">{source}</source>" in text
        text = text.replace(f">{source}</source>", f">{source}</source><target>{target}</target>")

    filled("First step", "第一步")
    filled("Second", "Second")
    filled("Tip text.", " ")
    cut = '<segment state="initial"><source>Take care</source></segment>'
    whole = re.search(r"<segment state=\"initial\">\s*<source[^>]*>Take care</source>\s*</segment>", text)
    assert whole
    half = "<segment><source>Take</source><target>小</target></segment>"
    text = text.replace(whole[0], half + cut.replace("Take care", " care"))
    (back,) = read_xliff(text.encode(), known).articles
    assert back.targets == {**package().work[0].targets, ids["First step"]: "第一步"}
    assert back.left == {ids["Second"]: "copied", ids["Take care"]: "segments"}
    po = write_gettext(package()).decode().replace('msgid "Second"\nmsgstr ""', 'msgid "Second"\nmsgstr "二"')
    entry = po.rindex("#. ", 0, po.index('msgid "Second"'))
    (back,) = read_gettext(f"{po[:entry]}#, fuzzy\n{po[entry:]}".encode(), known).articles
    assert back.left == {ids["Second"]: "fuzzy"} and ids["Second"] not in back.targets
    assert set(WHAT_TO_DO) >= {"copied", "segments", "fuzzy", *re.findall(r'Damage\(unit.id, "(\w+)"', UNITS_SOURCE)}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "well-formed"),
        (b"<xliff", "well-formed"),
        (b"<a/>", "no XLIFF"),
        (b'<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"/>', "XLIFF 1"),
        (f'<xliff xmlns="{NAMESPACE}" version="2.0"/>'.encode(), "languages"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        (b"<a>" * 100, "nested"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "encoding|well-formed"),
        (b" " * (10 * 1024 * 1024 + 1), "larger"),
    ],
)
def test_files_that_are_no_xliff_say_so(data: bytes, words: str) -> None:
    with pytest.raises(PackageError, match=words):
        read_xliff(data, known)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"msgid oops", b'msgid "a"\nmsgstr "b"\n', b"\0" * 100, b'msgid "'])
def test_files_that_are_no_po_say_so(data: bytes) -> None:
    with pytest.raises(PackageError):
        read_gettext(data, known)


def test_files_of_anybody_are_read_or_refused_in_a_sentence() -> None:
    """What is not read is refused, whatever the parsers make of it: no other error, and nothing that takes long."""
    good = {read_gettext: write_gettext(package()), read_xliff: write_xliff(package())}
    header = good[read_gettext].partition(b"\n\n")[0]
    lines = [
        b'"Content-Type: text/plain; charset=nonsense-8\\n"', b'"Content-Type: text/plain; charset=\\n"',
        b'"Plural-Forms: nplurals=900000000; plural=0;\\n"', b'"Plural-Forms: nplurals=x\\n"', b'"Language: \\n"',
        b'"POT-Creation-Date: 9999999999999-99-99 99:99+9999\\n"', b'"PO-Revision-Date: x\\n"',
        b'"Language: \xc3\xbc\\n"',
    ]  # fmt: skip
    plural = b'\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n'
    made = [(read_gettext, header + b"\n" + line + plural + good[read_gettext][len(header) :]) for line in lines]
    for data in (
        b'msgstr "x"',
        b'msgid "a"\nmsgstr[9] "b"',
        b'msgid ""\nmsgid ""\nmsgstr ""',
        b'msgid "a"\nmsgid_plural "b"\nmsgstr "c"\n',
        b'msgctxt "\\',
        b'"',
        b"#~ msgid",
        b"#, fuzzy\n",
        b'msgid "a" "b\nmsgstr[x] "',
        b"\xef\xbb\xbfmsgid",
    ):
        made.append((read_gettext, data))
    for data in (
        b"<?xml version='1.0' encoding='utf-32'?><a/>",
        b"\xff\xfe<\0",
        b"<a xmlns:b='&#0;'/>",
        b"<a b='1' b='2'/>",
        b"<x:a/>",
        b"<?xml version='1.1'?><a/>",
        b"<a>" + b"\xc3\x28" + b"</a>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    ):
        made.append((read_xliff, data))
    marks = (b"", b'"', b"\\", b"<", b"&", b"[", b"\xff", b"\n", b"%")
    random = Random(17)
    for read, data in good.items():
        for _ in range(150):
            changed = bytearray(data)
            for _ in range(random.randint(1, 4)):
                at = random.randrange(len(changed))
                changed[at : at + random.choice((0, 1, 1, 40))] = random.choice(marks)
            made.append((read, bytes(changed)))
    for read, data in made:
        try:
            read(data, known)
        except PackageError as refused:
            assert refused.why.template


def test_cut_off_files_are_refused_or_give_less_but_nothing_else() -> None:
    for write, read in ((write_xliff, read_xliff), (write_gettext, read_gettext)):
        data = write(package())
        for end in range(0, len(data), 97):
            try:
                back = read(data[:end], known)
            except PackageError:
                continue
            for one in back.articles:
                assert set(one.targets) <= set(known(one.path)) | {""} or not one.targets
