"""Jekyll: addresses by its patterns, categories of posts, drafts, defaults, and pages that name their parents."""

from pathlib import Path
from typing import Any

import pytest

from kb.models import Article, Status
from kb.source.folder_reader import read_folder
from tests.kb.transfer.sources import bring_in, write_files


def brought(tmp_path: Path, files: dict[str, Any]) -> dict[str, Article]:
    bring_in(write_files(tmp_path / "source", files), tmp_path / "articles")
    return {a.title: a for a in read_folder(tmp_path / "articles").articles}


@pytest.mark.parametrize(
    ("settings", "doc", "post", "page"),
    [
        ("", "/hive/docs/care/feed.html", "/hive/news/2024/02/03/swarm-day.html", "/hive/about.html"),
        ("permalink: pretty\n", "/hive/docs/care/feed", "/hive/news/2024/02/03/swarm-day", "/hive/about"),
        ("permalink: /:collection/:path/\n", "/hive/docs/care/feed", "/hive/posts/2024-02-03-swarm-day", "/hive/about"),
        ("permalink: none\n", "/hive/docs/care/feed.html", "/hive/news/swarm-day.html", "/hive/about.html"),
        (
            "permalink: /:categories/:i_month-:i_day/:slug/\n",
            "/hive/docs/care/feed",
            "/hive/news/2-3/swarm-day",
            "/hive/about",
        ),
    ],
)
def test_addresses_follow_the_patterns_of_the_site(
    tmp_path: Path, settings: str, doc: str, post: str, page: str
) -> None:
    articles = brought(
        tmp_path,
        {
            "_config.yml": "baseurl: /hive\ncollections: {docs: {output: true}, tips: {permalink: /t/:name}}\n"
            + settings,
            "_docs/care/feed.md": "---\ntitle: Feed\n---\n\nSugar, [as said](/hive/about/).\n",
            "_tips/Warm.md": "---\ntitle: Warm\n---\n\nWrap.\n",
            "_posts/2024-02-03-swarm-day.md": "---\ntitle: Swarm\ncategories: [news]\n---\n\nGone.\n",
            "about.md": "---\ntitle: About\n---\n\nUs.\n",
            "rules/index.md": "---\ntitle: Rules\n---\n\nFew.\n",
            "own.md": "---\ntitle: Own\npermalink: /mine/\n---\n\nKept.\n",
        },
    )

    assert articles["Feed"].aliases[0] == doc and articles["About"].aliases[0] == page
    assert articles["Swarm"].aliases[0] == post and articles["Swarm"].category == "news"
    assert articles["Rules"].aliases == ("/hive/rules",)
    assert articles["Warm"].aliases == ("/hive/t/warm",) and articles["Own"].aliases == ("/hive/mine",)


def test_drafts_and_what_defaults_withhold_stay_drafts(tmp_path: Path) -> None:
    articles = brought(
        tmp_path,
        {
            "_config.yml": "defaults:\n  - scope: {path: inner}\n    values: {published: false}\n",
            "_drafts/later.md": "---\ntitle: Later\n---\n\nSoon.\n",
            "news/_drafts/too.md": "---\ntitle: Later too\n---\n\nSoon.\n",
            "inner/ours.md": "---\ntitle: Ours\n---\n\nBetween us.\n",
            "index.md": "---\ntitle: Start\n---\n\nHello.\n",
        },
    )

    assert {title for title, a in articles.items() if a.status is Status.DRAFT} == {"Later", "Later too", "Ours"}
    assert set(articles) == {"Later", "Later too", "Ours", "Start"}


def test_pages_that_name_their_parent_lie_below_it_in_their_order(tmp_path: Path) -> None:
    articles = brought(
        tmp_path,
        {
            "_config.yml": "title: Bees\n",
            "start.md": "---\ntitle: Start\nnav_order: 1\n---\n\nHello.\n",
            "care.md": "---\ntitle: Care\nnav_order: 2\nhas_children: true\n---\n\nAll about care.\n",
            "docs/winter.md": "---\ntitle: Winter\nparent: Care\nnav_order: 2\n---\n\nWrap.\n",
            "docs/summer.md": "---\ntitle: Summer\nparent: Care\nnav_order: 1\n---\n\nWater.\n",
            "docs/frost.md": "---\ntitle: Frost\nparent: Winter\ngrand_parent: Care\n---\n\nWait.\n",
        },
    )

    assert [articles[t].category for t in ("Care", "Summer")] == ["care", "care"]
    assert articles["Winter"].category == articles["Frost"].category == "care/winter"
    assert articles["Care"].position < articles["Summer"].position
