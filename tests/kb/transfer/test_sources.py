"""What a source may not do: escape its folder, fill the disk, name entities, or fail without saying where."""

import struct
import zipfile
from pathlib import Path

import pytest

from kb.transfer import html_markdown, unpack
from kb.transfer.models import TransferError
from kb.transfer.service import look
from tests.kb.transfer import sources
from tests.kb.transfer.sources import bring_in, tree_of, write_files


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refused(source: Path, tmp_path: Path) -> str:
    with pytest.raises(TransferError) as told, look(source, tmp_path / "into"):
        pass
    assert not (tmp_path / "into").exists()
    return str(told.value)


def test_a_zip_imports_like_its_folder(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "source", sources.MKDOCS)
    files = {f"bread-main/{p.relative_to(folder)}": p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    bring_in(zipped(tmp_path / "bread.zip", files), tmp_path / "one")
    bring_in(folder, tmp_path / "other")

    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "other")


@pytest.mark.parametrize("name", ["../evil.md", "/etc/evil.md", "a/../../evil.md", "..\\evil.md", "C:\\evil.md"])
def test_a_zip_whose_names_lead_out_is_refused(tmp_path: Path, name: str) -> None:
    assert "leads out" in refused(zipped(tmp_path / "a.zip", {name: b"# Evil\n"}), tmp_path)
    assert list(tmp_path.glob("**/evil.md")) == []


def test_a_zip_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "a.zip", {"a.md": b"# A\n", "b.md": b"\0" * (64 * 1024 * 1024)})

    assert "far more than it should" in refused(bomb, tmp_path)


def test_a_zip_that_lies_about_sizes_is_counted_while_unpacking(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"b.md": b"x" * (64 * 1024 * 1024)})
    data = path.read_bytes()
    size = struct.pack("<I", 64 * 1024 * 1024)
    path.write_bytes(data.replace(size, struct.pack("<I", 10)))

    assert refused(path, tmp_path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FILES_MOST", 3)

    assert "more than 3" in refused(zipped(tmp_path / "a.zip", {f"{i}.md": b"# A\n" for i in range(5)}), tmp_path)


def test_links_in_a_zip_are_not_made(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", "# A\n\n![x](secret.png)\n")
        info = zipfile.ZipInfo("secret.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")

    report = bring_in(path, tmp_path / "into")

    assert len(report["pictures_missing"]) == 1 and not (tmp_path / "into/files").exists()


def test_links_in_a_folder_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n", encoding="utf-8")
    source = write_files(tmp_path / "source", {"a.md": "# A\n\nText.\n"})
    (source / "b.md").symlink_to(tmp_path / "secret.md")

    report = bring_in(source, tmp_path / "into")

    assert report["articles"] == 1 and [row["code"] for row in report["dropped"]] == ["link"]


def test_a_broken_zip_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.md": b"# A\n" * 500})
    data = bytearray(path.read_bytes())
    data[40:60] = b"\xff" * 20
    path.write_bytes(bytes(data))

    assert "broken zip" in refused(path, tmp_path)


def test_what_is_not_there_and_what_is_not_known_is_said(tmp_path: Path) -> None:
    assert "There is nothing at" in refused(tmp_path / "nothing", tmp_path)
    told = refused(write_files(tmp_path / "odd", {"a.bin": b"\0"}), tmp_path)
    assert "Kinds: signpost, docusaurus" in told
    (tmp_path / "odd.bin").write_bytes(b"\0")
    assert "neither a folder, nor a zip" in refused(tmp_path / "odd.bin", tmp_path)


def test_an_import_into_its_own_source_is_refused(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source", sources.FOLDER)

    with pytest.raises(TransferError, match="lies in the source"), look(source, source / "articles"):
        pass


def test_broken_json_is_named_with_its_line(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source", {"articles.json": '{"articles": [\n  {"id": 1,}\n]}'})

    assert "articles.json:2: this is not JSON" in refused(source, tmp_path)


def test_broken_xml_is_named_with_its_line(tmp_path: Path) -> None:
    text = sources.WORDPRESS["export.xml"].replace("</item>", "</itm>", 1)
    source = write_files(tmp_path / "source", {"export.xml": text})

    assert "export.xml:" in (told := refused(source, tmp_path)) and "not well-formed" in told


def test_xml_with_entities_of_its_own_is_not_read(tmp_path: Path) -> None:
    evil = '<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    text = sources.WORDPRESS["export.xml"].replace("<rss ", f"{evil}<rss ", 1)

    assert "declares a document type" in refused(write_files(tmp_path / "s", {"export.xml": text}), tmp_path)


def test_deeply_nested_html_and_json_are_survived(tmp_path: Path) -> None:
    deep = "<div>" * 3000 + "Deep words" + "</div>" * 3000
    source = write_files(tmp_path / "source", {"a.html": f"<html><body><h1>A</h1><main>{deep}</main></body></html>"})

    report = bring_in(source, tmp_path / "into")

    assert "Deep words" in (tmp_path / "into/en/a.md").read_text(encoding="utf-8")
    assert "dropped-nested-too-deeply" in {row["code"] for row in report["dropped"]}
    nested = write_files(tmp_path / "json", {"a.json": "[" * 100_000 + "]" * 100_000})
    assert "nested too deeply" in refused(nested, tmp_path / "other")


def test_an_article_that_takes_too_long_is_refused_and_the_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_markdown, "_PATIENCE_SECONDS", 0.01)
    article = {"section_id": 1, "locale": "en-us", "draft": False}
    slow = {**article, "id": 7, "title": "Slow", "name": "Slow", "body": "<div>" * 3000}
    plain = {**article, "id": 8, "title": "Plain", "name": "Plain", "body": "<p>Plain words.</p>"}
    source = write_files(tmp_path / "source", {"articles.json": {"articles": [slow, plain]}})

    report = bring_in(source, tmp_path / "into", kind="zendesk")

    assert report["articles"] == 1
    assert [row["message"].partition(":")[0] for row in report["dropped"] if row["code"] == "took-too-long"] == [
        "Slow was not imported"
    ]


def test_html_that_could_take_long_is_read_all_the_same() -> None:
    rows = "".join(f"<tr><td>Part {number}</td></tr>" for number in range(4000))

    assert html_markdown.is_costly(rows) and not html_markdown.is_costly("<p>Words<br>and <img src='a.png'></p>" * 500)
    assert "Part 3999" in html_markdown.to_markdown(f"<table>{rows}</table>").markdown


def test_a_header_that_is_broken_keeps_its_title_and_text(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source", {"a.md": "---\ntitle: Colons: a story\n---\n\nText.\n"})

    report = bring_in(source, tmp_path / "into")

    assert "title: 'Colons: a story'" in (tmp_path / "into/en/a.md").read_text(encoding="utf-8")
    assert [row["code"] for row in report["dropped"]] == ["header-broken"]
