"""Documentation trees of other makers, kept beside the project in ../shared; none of their text is part of it."""

import re
import tarfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from kb.source.folder_reader import FolderReading, read_folder
from tests.kb.transfer.sources import bring_in

PACKED = Path(__file__).parents[4] / "shared/real-kb.tar.gz"
TREES = {"chatwoot": "mintlify", "fastapi": "mkdocs", "h18f": "eleventy", "pihole": "mkdocs", "plausible": "docusaurus"}
RAW = re.compile(
    r"\{%|\{\{|\{\*|</?[A-Z][A-Za-z]+[ />]|className="
    r"|(?m:^\s*(?::::|!!!|\?\?\?|///|=== \"|```))|\[!(?:NOTE|TIP|WARNING)\]"
)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PACKED.exists():
        pytest.skip("the real trees are not beside the project, in ../shared/real-kb.tar.gz")
    folder = tmp_path_factory.mktemp("real")
    with tarfile.open(PACKED) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in (folder, *folder.iterdir()) if (path / "pihole").is_dir())


def raw_pages(reading: FolderReading) -> list[str]:
    """Pages whose visible text, code aside, shows the markup of a tool."""
    found = []
    for article in reading.articles:
        soup = BeautifulSoup(article.html, "html.parser")
        for tag in soup.find_all(["pre", "code", "kbd", "samp"]):
            tag.decompose()
        if RAW.search(soup.get_text("\n")):
            found.append(article.source)
    return found


@pytest.mark.parametrize("name", TREES)
def test_a_real_tree_comes_in_clean(trees: Path, tmp_path: Path, name: str) -> None:
    report = bring_in(trees / name, tmp_path / "articles")
    reading = read_folder(tmp_path / "articles")

    assert report["kind"] == TREES[name] and report["problems"] == []
    assert len(reading.articles) == report["articles"] > 80
    assert len(raw_pages(reading)) <= len(reading.articles) / 100, raw_pages(reading)[:5]
    missing = {(row["path"], row["line"]) for row in report["pictures_missing"]}
    broken = [i.target for s in reading.sources for i in s.page.images if i.href is None]
    assert len(set(broken)) <= len(missing), "a picture that is in the source was not brought along"


def test_a_real_tree_imported_twice_is_the_same(trees: Path, tmp_path: Path) -> None:
    bring_in(trees / "pihole", tmp_path / "articles")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    report = bring_in(trees / "pihole", tmp_path / "articles")

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert set(report["changes"]) == {"unchanged"}
