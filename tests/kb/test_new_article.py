"""A new file for an author."""

from pathlib import Path

import pytest

from kb.errors import ArticleExists
from kb.source.frontmatter import read
from kb.source.new_article import BadArticleName, new_article
from tests.kb.conftest import TODAY


def test_a_new_article_is_a_draft_without_findings(tmp_path: Path) -> None:
    path, text = new_article(tmp_path, "tr/returns/iade", 'Ürün "iadesi"', "return-an-item", TODAY)
    header = read(text, "x.md")
    assert path == tmp_path / "tr/returns/iade.md"
    assert not header.findings
    assert (header.fields.title, header.fields.status.value) == ('Ürün "iadesi"', "draft")


@pytest.mark.parametrize("name", ["iade", "tr/iade", "not a tag/a/b", "tr/../x", "tr/a/?"])
def test_a_name_that_makes_no_address_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadArticleName):
        new_article(tmp_path, name, "", "", TODAY)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "en/a").mkdir(parents=True)
    (tmp_path / "en/a/b.md").write_text("mine")
    with pytest.raises(ArticleExists):
        new_article(tmp_path, "en/a/b", "", "", TODAY)
