"""The kinds of source, and which one a folder is."""

from pathlib import Path

from kb.transfer.kinds import (
    confluence,
    docusaurus,
    eleventy,
    folder,
    freshdesk,
    gitbook,
    github_docs,
    helpscout,
    html_pages,
    hugo,
    intercom,
    jekyll,
    mintlify,
    mkdocs,
    obsidian,
    signpost,
    wordpress,
    zendesk,
)
from kb.transfer.models import Kind, TransferError
from kb.transfer.records import json_files

# In the order they are tried: those with a file that nobody else has come first, plain folders last.
KINDS: tuple[Kind, ...] = (
    signpost.KIND, docusaurus.KIND, mkdocs.KIND, mintlify.KIND, obsidian.KIND, github_docs.KIND, jekyll.KIND,
    eleventy.KIND,
    hugo.KIND, gitbook.KIND, confluence.KIND, wordpress.KIND, zendesk.KIND, intercom.KIND,
    helpscout.KIND,
    freshdesk.KIND,
    folder.KIND, html_pages.KIND,
)  # fmt: skip
NAMES = tuple(kind.name for kind in KINDS)


def kind_of(root: Path, name: str = "") -> Kind:
    """The kind of that name, else the first that recognises the folder. Raises TransferError when there is none."""
    if name:
        found = next((kind for kind in KINDS if kind.name == name), None)
        if found is None:
            raise TransferError(f"There is no kind {name}. Kinds: {', '.join(NAMES)}.")
        return found
    found = next((kind for kind in KINDS if kind.recognise(root)), None)
    if found is None:
        json_files(root)  # a broken one would be why nothing was recognised; it says its line
        raise TransferError(
            "It is not known where these files are from: no settings of a documentation tool, no export, no Markdown "
            f"and no HTML among them. Name the kind with --from. Kinds: {', '.join(NAMES)}."
        )
    return found
