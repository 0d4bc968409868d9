"""The Git remote at the desk: what is wrong is said, what only a person can decide is asked, and no secret is shown."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.doctor import check_articles
from app.settings.schema import Settings
from kb.authoring.scopes import EVERYWHERE, Scope
from support.agents.models import Role
from tests.app.desk.conftest import PASSWORD, Member, sign_in, token_in
from tests.app.desk.test_authoring import edit, fields, post, save
from tests.articles import publish
from tests.databases import with_tables
from tests.kb.test_git_remote import TEXT, git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="compares with Git itself, which is not installed")
Join = Callable[..., Member]
PATH, REMOTE = "en/a.md", "/desk/articles/remote"


class Site:
    def __init__(self, place: Path) -> None:
        self.bare, self.other, self.folder = place / "bare.git", place / "other", place / "mine"
        git(place, "init", "-q", "--bare", "-b", "main", self.bare.name)
        git(place, "clone", "-q", str(self.bare), self.other.name)
        git(self.other, "checkout", "-q", "-b", "main")
        for name in ("a", "b"):
            self.there(f"en/{name}.md", TEXT)
        git(place, "clone", "-q", str(self.bare), self.folder.name)
        values = {
            "data_dir": place / "data", "kb_dir": self.folder, "embedder": "hashing", "watch": False,
            "kb_remote": f"file://{self.bare}",
        }  # fmt: skip
        self.app = create_app(with_tables(Settings.load(values, environ={})))
        self.s = self.app.extensions["signpost"]
        self.remote = self.s.authoring.remote

    def there(self, path: str, text: str | None) -> None:
        file = self.other / path
        file.parent.mkdir(exist_ok=True)
        file.unlink() if text is None else file.write_text(text, "utf-8")
        git(self.other, "add", "-A")
        git(self.other, "commit", "-q", "-m", "by Git")
        git(self.other, "push", "-q", "origin", "HEAD:main")

    def offline(self, by: Member, path: str, old: str, new: str) -> None:
        """A save that is committed and not pushed."""
        remote, self.s.authoring.remote = self.remote, None
        form = edit(by, path)
        assert save(by, path, form, body=form["body"].replace(old, new)).status_code == 303
        self.s.authoring.remote = remote

    def settled(self) -> None:
        running = self.remote._running
        assert running is None or running.wait(60)

    def member(self, role: Role) -> Member:
        login = f"{role}@example.org"
        user = self.s.desk.accounts.create(login, role.title(), PASSWORD, [role], "test", self.s.now())
        client = self.app.test_client()
        assert sign_in(client, login).status_code == 303
        return Member(client, user)


def decide(by: Member, form: dict[str, Any]) -> Any:
    return by.client.post(REMOTE, data={"csrf": token_in(by.get("/desk/account").text), **form})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Site(tmp_path)
    yield made
    made.settled()
    made.app.extensions["signpost"].close()


def test_conflicts_are_brought_together_or_decided(site: Site) -> None:
    admin, editor = site.member(Role.ADMIN), site.member(Role.EDITOR)
    assert "Both have the same articles" in editor.get(REMOTE).text
    assert "data-remote" not in editor.get("/desk/articles").text
    site.offline(editor, PATH, "One.", "One, here.")
    site.offline(editor, "en/b.md", "One.", "One, here.")
    site.there(PATH, TEXT.replace("One.", "One, <i>there</i>."))
    site.there("en/b.md", None)
    assert site.remote.run().code == "conflict"

    assert 'data-remote="conflict"' in editor.get("/desk/articles").text
    page = editor.get(f"/desk/articles/edit/{PATH}").text
    assert "Bring both texts together" in page and "2 commits are not pushed yet" in page
    together = editor.get(f"/desk/articles/edit/{PATH}?together=1")
    assert together.status_code == 409 and "One, &lt;i&gt;there" in together.text and "One, here." in together.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', together.text))
    text = (site.folder / PATH).read_text("utf-8")
    merged = fields(post(editor, f"/desk/articles/merge/{PATH}", {**hidden, "text": text, "choice-0": "mine"}).text)
    assert "One, here." in merged["body"] and "there" not in merged["body"]
    assert save(editor, PATH, merged, body=merged["body"].replace("here", "both")).status_code == 303
    site.settled()
    assert site.remote.state().paths == ("en/b.md",) and "<i>there" in git(site.bare, "show", f"main:{PATH}")

    listed = editor.get(REMOTE).text
    assert "removed at the remote and changed here" in listed
    site.s.desk.accounts.change(
        editor.user, "test", site.s.now(), roles=editor.user.roles, disabled=False,
        scopes=(EVERYWHERE, Scope(("tr",))),
    )  # fmt: skip
    form: dict[str, Any] = {"path": "en/b.md", "seen": "", "action": "ours"}
    assert decide(editor, form).status_code == 403 and "Keep ours" not in editor.get(REMOTE).text
    assert decide(admin, form).status_code == 303
    site.settled()
    assert site.remote.state().code == "" and "One, both." in git(site.bare, "show", f"main:{PATH}")
    assert "One, here." in git(site.bare, "show", "main:en/b.md")
    assert "git_remote_ours" in [entry.action for _n, entry in site.s.desk.audit_log()[0]]
    publish(site.s)
    assert "One, both." in admin.client.get("/en/a/a").text


def test_a_rewritten_remote_and_a_branch_that_is_gone_are_asked_about(site: Site) -> None:
    admin, author = site.member(Role.ADMIN), site.member(Role.AUTHOR)
    assert site.remote.run().code == ""
    git(site.other, "commit", "-q", "--amend", "-m", "rewritten")
    git(site.other, "push", "-q", "--force", "origin", "HEAD:main")
    assert author.post(REMOTE, REMOTE, action="try").status_code == 303
    site.settled()
    tip = git(site.bare, "rev-parse", "main")
    assert "history was rewritten" in author.get("/desk/articles").text
    assert "Somebody who may publish all articles" in author.get(REMOTE).text
    assert author.post(REMOTE, REMOTE, action="take", tip=tip).status_code == 403
    assert f'name="tip" value="{tip}"' in admin.get(REMOTE).text
    admin.post(REMOTE, REMOTE, action="take", tip="0" * 40)
    assert site.remote.run().code == "rewritten"
    assert admin.post(REMOTE, REMOTE, action="take", tip=tip).status_code == 303
    site.settled()
    assert git(site.folder, "rev-parse", "HEAD") == tip and "kept-20" in admin.get(REMOTE).text

    git(site.bare, "branch", "-q", "-D", "main")
    assert site.remote.run().code == "gone"
    assert author.post(REMOTE, REMOTE, action="create", tip="").status_code == 403
    assert "branch is gone" in admin.get(REMOTE).text
    admin.post(REMOTE, REMOTE, action="create", tip="")
    site.settled()
    assert git(site.bare, "rev-parse", "main") == tip and admin.post(REMOTE, REMOTE, action="x").status_code == 400


def test_the_secret_of_the_remote_is_shown_nowhere(desk_app: Flask, member: Join, tmp_path: Path) -> None:
    values = {"data_dir": tmp_path / "d", "kb_dir": tmp_path / "articles", "embedder": "hashing", "watch": False}
    app = create_app(with_tables(Settings.load(
        {**values, "kb_remote": "https://bot:tok%2Fsecret@127.0.0.1:9/kb.git", "kb_remote_branch": "main"}, environ={}
    )))  # fmt: skip
    s = app.extensions["signpost"]
    s.desk.accounts.create("a@example.org", "A", PASSWORD, [Role.ADMIN], "test", s.now())
    client = app.test_client()
    sign_in(client, "a@example.org")
    assert s.authoring.remote.run().code == "no_repository"
    git(tmp_path / "articles", "init", "-q", "-b", "main")
    assert s.authoring.remote.run().code == "network"
    pages = [client.get(path).text for path in (REMOTE, "/desk/articles", "/desk/system")]
    assert "https://127.0.0.1:9/kb.git" in pages[0] and not [
        one for one in pages if "tok/secret" in one or "tok%2F" in one
    ]
    told = str(check_articles(s.settings, s.now()))
    assert "the Git remote: network" in told and "tok/secret" not in told and "tok%2F" not in told
    s.close()
