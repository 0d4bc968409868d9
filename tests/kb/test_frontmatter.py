from datetime import date

import pytest

from kb.findings import Severity
from kb.models import Status
from kb.source.frontmatter import FIELDS, Header, read


def header(*lines: str) -> Header:
    return read("---\n" + "\n".join(lines) + "\n---\nBody.\n", "en/a/b.md")


def codes(read_header: Header) -> list[tuple[str, int]]:
    return [(f.code, f.line) for f in read_header.findings]


def test_a_file_without_a_header_is_all_body() -> None:
    found = read("# Title\n\nText.\n", "a.md")
    assert found.body == "# Title\n\nText.\n"
    assert found.body_line == 1
    assert not found.findings


def test_a_full_header_is_read_into_typed_fields() -> None:
    found = header(
        "title: Return an item",
        "slug: return-an-item",
        "lang: zh_TW",
        "tags: [one, two]",
        "questions:",
        "  - How do I send it back?",
        "publish_date: 2026-03-10",
        "expiry_date: '2027-01-01'",
        "search:",
        "  boost: 2",
        "  exclude: true",
        "status: draft",
    )
    assert not found.findings
    fields = found.fields
    assert (fields.title, fields.slug, fields.lang) == ("Return an item", "return-an-item", "zh-Hant")
    assert fields.tags == ("one", "two")
    assert fields.questions == ("How do I send it back?",)
    assert (fields.publish_date, fields.expiry_date) == (date(2026, 3, 10), date(2027, 1, 1))
    assert (fields.boost, fields.exclude) == (2.0, True)
    assert fields.status is Status.DRAFT


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    found = read("\ufeff---\r\ntitle: A\r\n---\r\nBody.\r\n", "a.md")
    assert found.fields.title == "A"
    assert found.body == "Body.\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<<<<<<< HEAD\n---\ntitle: A\n---\nOne.\n=======\nTwo.\n>>>>>>> theirs\n", ("merge-conflict", 1)),
        ("---\ntitle: A\n---\n<<<<<<< HEAD\nOne.\n=======\nTwo.\n>>>>>>> theirs\n", ("merge-conflict", 4)),
        (" ---\ntitle: A\nstatus: draft\n---\nText.\n", ("front-matter-damaged", 1)),
        ("\u2014\ntitle: A\nstatus: draft\n\u2014\nText.\n", ("front-matter-damaged", 1)),
        ("<!--\n---\ntitle: A\n---\nText.\n", ("front-matter-damaged", 2)),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", ("not-checked-out", 1)),
        ("../tr/a.md\n", ("not-checked-out", 1)),
        ("```\n---\ntitle: A\n---\n```\n", None),
        ("---\ntitle: A\n---\n```\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n```\n", None),
        ("Heading\n---\n\nTitle: of a book\n\n---\n", None),
        ("See a.md\n", None),
    ],
)
def test_a_file_that_something_happened_to_is_an_error_and_no_article(text: str, found: tuple[str, int] | None) -> None:
    read_header = read(text, "a.md")

    assert codes(read_header) == ([found] if found else [])
    assert all(f.severity is Severity.ERROR for f in read_header.findings)


def test_the_line_of_the_body_counts_the_header() -> None:
    assert header("title: A", "slug: a").body_line == 5


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("description: Short", "summary", "Short"),
        ("keywords: [a, b]", "tags", ("a", "b")),
        ("keywords: a, b", "tags", ("a", "b")),
        ("draft: true", "status", Status.DRAFT),
        ("publishDate: 2026-01-02", "publish_date", date(2026, 1, 2)),
        ("date: 2026-01-02T10:00:00+02:00", "publish_date", date(2026, 1, 2)),
        ("expiryDate: 2026-01-02", "expiry_date", date(2026, 1, 2)),
        ("lastmod: 2026-01-02", "updated", date(2026, 1, 2)),
        ("last_update: {date: 2026-01-02, author: Ada}", "updated", date(2026, 1, 2)),
        ("weight: 3", "position", 3),
        ("sidebar_position: 3", "position", 3),
        ("id: my-page", "slug", "my-page"),
        ("url: /old/my-page", "slug", "/old/my-page"),
        ("aliases: [/old]", "aliases", ("/old",)),
        ("categories: [returns, more]", "category", "returns"),
        ("translationKey: k", "translation_of", "k"),
        ("search: {exclude: true}", "exclude", True),
        ("search: {boost: 1.5}", "boost", 1.5),
    ],
)
def test_names_of_hugo_docusaurus_and_mkdocs_are_accepted(line: str, field: str, expected: object) -> None:
    found = header(line)
    assert not found.findings
    assert getattr(found.fields, field) == expected


def test_their_names_without_a_counterpart_are_passed_over_in_silence() -> None:
    found = header("linkTitle: A", "sidebar_label: A", "hide: [toc]", "isCJKLanguage: true", "image: a.png")
    assert not found.findings


def test_an_unknown_name_is_a_warning_that_suggests_the_nearest() -> None:
    (found,) = header("title: A", "sumary: S").findings
    assert (found.severity, found.line, found.code) == (Severity.WARNING, 3, "front-matter-unknown")
    assert "Did you mean summary?" in found.message


@pytest.mark.parametrize(
    "line",
    [
        "title: 2026",
        "title: [a]",
        "tags: [no]",
        "tags: {a: b}",
        "questions: 3",
        "publish_date: soon",
        "publish_date: 2026-02-31",
        "draft: maybe",
        "status: hidden",
        "lang: not a language",
        "search: {boost: -1}",
        "search: {boost: big}",
        "search: [a]",
        "weight: heavy",
    ],
)
def test_a_wrong_type_is_an_error_with_its_line(line: str) -> None:
    (found,) = header("slug: a", line).findings
    assert found.severity is Severity.ERROR
    assert found.line == 3
    assert str(found).startswith("en/a/b.md:3: error: ")


def test_broken_yaml_is_an_error_at_its_line() -> None:
    found = header("title: A", "summary: one: two")
    assert codes(found) == [("front-matter-yaml", 3)]
    assert "quotes" in found.findings[0].message


def test_a_header_without_an_end_is_an_error_and_has_no_body() -> None:
    found = read("---\ntitle: A\n\nText.\n", "a.md")
    assert codes(found) == [("front-matter-open", 1)]
    assert found.body == ""


def test_a_header_in_toml_says_what_to_write_instead() -> None:
    found = read("+++\ntitle = 'A'\n+++\n", "a.md")
    assert codes(found) == [("front-matter-toml", 1)]


def test_a_repeated_key_is_an_error() -> None:
    assert codes(header("title: A", "title: B")) == [("front-matter-repeated", 3)]


def test_a_list_where_a_mapping_belongs_is_an_error() -> None:
    assert codes(header("- a", "- b"))[0][0] == "front-matter-shape"


def test_an_object_tag_makes_no_object() -> None:
    found = header("title: !!python/object/apply:os.system ['true']")
    assert [f.severity for f in found.findings] == [Severity.ERROR]


def test_empty_values_are_as_good_as_absent_ones() -> None:
    found = header("title: A", "owner:", "tags: []", "review_by:")
    assert not found.findings
    assert found.fields.owner == ""


def test_a_draft_that_says_it_is_published_stays_a_draft_and_warns() -> None:
    found = header("status: published", "draft: true")
    assert found.fields.status is Status.DRAFT
    assert codes(found) == [("front-matter-contradiction", 3)]


def test_an_article_that_expires_before_it_is_published_is_an_error() -> None:
    assert codes(header("publish_date: 2026-05-01", "expiry_date: 2026-04-01")) == [("dates-reversed", 3)]


def test_lines_of_questions_are_known_one_by_one() -> None:
    found = header("questions:", "  - First?", "  - Second?")
    assert (found.lines["questions[0]"], found.lines["questions[1]"]) == (3, 4)


def test_every_field_has_one_row() -> None:
    names = [name for row in FIELDS for name in row.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: X\nDraft: true\n---\nText.\n",
        "---\ntitle: X\nDRAFT: true\n---\nText.\n",
        "---\ntitle: X\nisDraft: true\n---\nText.\n",
        "---\ntitle: X\nvisibility: private\n---\nText.\n",
        "---\ntitle: X\nVisibility: internal\n---\nText.\n",
        "---\ntitle: X\nheadless: true\n---\nText.\n",
        "---\ntitle: X\nbuild:\n  render: never\n---\nText.\n",
        "---\ntitle: X\n_build:\n  render: false\n---\nText.\n",
        '{\n  "title": "X",\n  "draft": true\n}\nText.\n',
        '{ "title": "X", "draft": true }\n\nText.\n',
        "---yaml\ntitle: X\ndraft: true\n---\nText.\n",
        "--- toml\ntitle = 'X'\ndraft = true\n---\nText.\n",
        '---json\n{"title": "X", "draft": true}\n---\nText.\n',
        ';;;\n"title": "X",\n"draft": true\n;;;\nText.\n',
        "\n\n---\ntitle: X\ndraft: true\n---\nText.\n",
        "<!-- licence -->\n---\ntitle: X\ndraft: true\n---\nText.\n",
        "<!--\nlicence\n-->\n\n+++\ntitle = 'X'\ndraft = true\n+++\nText.\n",
    ],
)
def test_whoever_says_draft_in_another_way_is_not_published(text: str) -> None:
    header = read(text, "a.md")

    assert header.fields.status is Status.DRAFT
    assert header.fields.title == "X"
    assert header.body.strip() == "Text."
    assert text.split("\n")[header.body_line - 1 :] == header.body.split("\n")


def test_dates_are_dates_in_small_letters_too() -> None:
    fields = read("---\npublishdate: 2099-01-01\nexpirydate: 2100-01-01\n---\nText.\n", "a.md").fields

    assert (fields.publish_date, fields.expiry_date) == (date(2099, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    "text", ['{\n  "title": "X",\n  "draft": tr\n}\nText.\n', '---json\n{"draft": tr}\n---\nText.\n']
)
def test_a_json_header_that_cannot_be_read_is_not_published(text: str) -> None:
    assert [f.code for f in read(text, "a.md").findings] == ["front-matter-json"]


@pytest.mark.parametrize(
    "text",
    [
        "\n---\n\nA rule above a text.\n\n---\n", "\n\n# Title\n\nText.\n", "{{ name }} is here.\n",
        "{: .note }\nText.\n",
        "<!-- a comment -->\n\nText.\n", "{ not: json }\n", "{% raw %}\n", "\n---\nNote: this is no field.\n---\n",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_header_is_text(text: str) -> None:
    header = read(text, "a.md")

    assert header.findings == ()
    assert header.body == text


def test_a_key_in_capitals_is_the_same_key() -> None:
    header = read("---\ntitle: X\nTitle: Y\n---\nText.\n", "a.md")

    assert [(f.code, f.line) for f in header.findings] == [("front-matter-repeated", 3)]
