"""GitBook: SUMMARY.md says the order, README.md is the page of its folder, files lie in .gitbook/assets."""

from pathlib import Path

import yaml

from kb.source.nav_entries import of_list
from kb.transfer.foreign_headers import ForeignHeader, load_yaml
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.navs import pages_of
from kb.transfer.trees import Content, Tree, read_tree


def _home(root: Path) -> Path | None:
    settings = root / ".gitbook.yaml"
    if settings.is_file():
        return _configured(root, settings)[0]
    for base in (root, root / "docs"):
        if (base / "SUMMARY.md").is_file() or (base / ".gitbook").is_dir():
            return base
    return None


def _configured(root: Path, settings: Path) -> tuple[Path, dict[str, str]]:
    try:
        data = load_yaml(settings.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return root, {}
    data = data if isinstance(data, dict) else {}
    home = (root / str(data.get("root") or ".")).resolve()
    redirects = data.get("redirects")
    pairs = redirects.items() if isinstance(redirects, dict) else ()
    made = {f"/{str(old).strip('/')}": "/" + str(new).removesuffix(".md").removesuffix("README").strip("/")
            for old, new in pairs}  # fmt: skip
    return (home if home.is_relative_to(root.resolve()) and home.is_dir() else root), made


def _read(reading: Reading) -> Material:
    root = reading.root.resolve()
    settings = root / ".gitbook.yaml"
    home, redirects = _configured(root, settings) if settings.is_file() else (_home(root) or root, {})
    folder = home.relative_to(root).as_posix().removeprefix(".")
    summary = home / "SUMMARY.md"
    text = summary.read_text(encoding="utf-8", errors="replace") if summary.is_file() else ""

    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"/{page}" if page else "/"

    tree = Tree("gitbook", [Content(folder)], nav=list(pages_of(of_list(text))), address=address, redirects=redirects,
                read_otherwise=frozenset({f"{folder}/SUMMARY.md".lstrip("/")}),
                static=(f"{folder}/.gitbook/assets".strip("/"),), keep_prefixes=True, readme_is_page=True,
                skip=lambda path: path.endswith("SUMMARY.md") or "/includes/" in f"/{path}")  # fmt: skip
    return read_tree(root, tree, reading.default_lang)


KIND = Kind("gitbook", "GitBook", lambda root: _home(root) is not None, _read)
