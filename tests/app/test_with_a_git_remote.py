"""A help centre whose articles have a Git remote, with all threads of the server: whatever changes reaches the site."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import create_app
from app.container import Services
from app.ops.helpers import Helpers
from app.ops.node_agent import NodeAgent
from app.settings.schema import Settings
from kb.authoring.models import Author, Saved
from kb.models import ArticleRef
from kb.unpublished_files import unpublished
from tests.articles import write
from tests.kb.test_git_remote import git
from tests.kb.test_watcher import soon
from tests.support.conftest import make_settings

__all__ = ["make_settings"]
ADA = Author("ada@example.org", may_publish=True, name="Ada")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="compares with Git itself, which is not installed")


@pytest.fixture
def served(tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Services]:
    settings = make_settings(
        watch=True, kb_remote=str(tmp_path / "there.git"), insight="off", check_links="off", rate_limits="off"
    )  # fmt: skip
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "there.git")
    git(settings.kb_dir, "init", "-q", "-b", "main")
    write(settings.kb_dir, "en", "a", "A", "Old.")
    git(settings.kb_dir, "add", "-A")
    git(settings.kb_dir, "commit", "-q", "-m", "Begin")
    git(settings.kb_dir, "push", "-q", str(tmp_path / "there.git"), "main")
    app = create_app(settings)
    helpers = Helpers(app.extensions["signpost"], app.extensions["signpost.settings"])
    helpers.start()
    yield app.extensions["signpost"]
    helpers.stop()
    app.extensions["signpost"].close()


def test_a_first_publish_a_save_and_what_others_push_reach_the_site(served: Services, tmp_path: Path) -> None:
    def shown(words: str) -> Callable[[], bool]:
        return lambda: words in (found.html if (found := served.articles.get(ArticleRef("en", "a"))) else "")

    assert soon(shown("Old."))
    opened = served.authoring.open("en/orders/a.md", served.now())
    changed = opened.text.replace("Old.", "Saved.")
    saved = served.authoring.save("en/orders/a.md", changed, opened.version, ADA, "", served.now())
    assert isinstance(saved, Saved) and soon(shown("Saved."))

    remote = served.authoring.remote
    assert remote is not None
    remote.run(patient=True)
    git(tmp_path, "clone", "-q", "there.git", "other")
    other = tmp_path / "other/en/orders/a.md"
    other.write_text(other.read_text("utf-8").replace("Saved.", "Pushed."), "utf-8")
    git(tmp_path / "other", "commit", "-qam", "By Git")
    git(tmp_path / "other", "push", "-q", "origin", "main")
    remote.run(patient=True)
    assert soon(shown("Pushed."))
    assert unpublished(served.settings.kb_dir, served.publish_state.folder_followed(), served.now()) is None


def test_all_who_stand_for_the_same_chore_are_elected_together(served: Services) -> None:
    agent = NodeAgent(served)
    both = [agent.elected("a chore"), agent.elected("a chore")]
    agent.tick()
    assert [one() for one in both] == [True, True]
    agent.stop()
