"""One zip holds a help centre, and importing it gives the same one."""

import tarfile
from pathlib import Path

import pytest

from kb.errors import FolderNotFound
from kb.source.folder_reader import read_folder
from kb.transfer.export import export
from tests.kb.transfer.sources import bring_in, tree_of, write_files

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"


def library(name: str, tmp_path: Path) -> Path:
    if name == "demo":
        return ROOT / "kb/articles"
    if name == "large-kb":
        packed = SHARED / "large-kb.tar.gz"
        if not packed.exists():
            pytest.skip("the large library is not beside the project, in ../shared")
        with tarfile.open(packed) as archive:
            archive.extractall(tmp_path / "large", filter="data")
        return next(path for path in (tmp_path / "large").iterdir() if path.is_dir())
    if not (SHARED / name).is_dir():
        pytest.skip(f"{name} is not beside the project, in ../shared")
    return SHARED / name


@pytest.mark.parametrize("name", ["demo", "demo-kb", "demo-kb-i18n", "large-kb"])
def test_an_export_imports_again_without_a_difference(tmp_path: Path, name: str) -> None:
    folder, out = library(name, tmp_path), tmp_path / "out/articles.zip"

    made = export(folder, out)
    bring_in(out, tmp_path / "back")

    before = {path: data for path, data in tree_of(folder).items() if path not in made.left}
    assert tree_of(tmp_path / "back") == before
    again = export(tmp_path / "back", tmp_path / "again.zip")
    assert (again.articles, again.files) == (made.articles, made.files)
    assert (tmp_path / "again.zip").read_bytes() == out.read_bytes()
    if name != "large-kb":
        one, other = read_folder(folder), read_folder(tmp_path / "back")
        assert (one.articles, one.categories, one.hints) == (other.articles, other.categories, other.hints)


def test_hints_pictures_and_categories_go_along_and_the_rest_is_named(tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "articles",
        {
            "en/a/x.md": "# X\n", "en/a/x.png": b"png", "en/_pins.yml": "- {article: x, queries: [y]}\n",
            "en/a/_category_.yml": "title: A\n", "tool.py": "print()", "_import/state.json": "{}", ".git/config": "x",
        },
    )  # fmt: skip

    made = export(folder, tmp_path / "a.zip")

    assert (made.articles, made.files, made.left) == (1, 4, ("tool.py",))


def test_an_imported_export_can_be_edited_and_imported_again(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "articles", {"en/a/x.md": "# X\n\nOne.\n", "en/a/y.md": "# Y\n\nOne.\n"})
    export(folder, tmp_path / "a.zip")
    bring_in(tmp_path / "a.zip", tmp_path / "back")
    write_files(tmp_path / "back", {"en/a/x.md": "# X\n\nMine.\n"})
    write_files(folder, {"en/a/y.md": "# Y\n\nTwo.\n"})
    export(folder, tmp_path / "a.zip")

    bring_in(tmp_path / "a.zip", tmp_path / "back")

    assert (tmp_path / "back/en/a/x.md").read_text(encoding="utf-8") == "# X\n\nMine.\n"
    assert (tmp_path / "back/en/a/y.md").read_text(encoding="utf-8") == "# Y\n\nTwo.\n"


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFound):
        export(tmp_path / "nothing", tmp_path / "a.zip")
