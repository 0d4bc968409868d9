"""The Git remote of the articles: what became of the last exchange, and what only a person can decide about it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.blueprint import bp
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.remote_state import RemoteState
from support.agents.models import Right
from support.intake.forms import one_line

if TYPE_CHECKING:
    from kb.authoring.remote_sync import RemoteSync

_TIPS = {"rewritten": ("take", "merge"), "gone": ("create",)}


@dataclass(frozen=True)
class RemoteConflict:
    """A file that both sides changed. `article` is '' for what is no article; `texts`: both can be brought together in
    the editor; `seen` names the remote's file, '' where it has none."""

    path: str
    article: str
    texts: bool
    seen: str
    mine: bool
    decides: bool


@dataclass(frozen=True)
class RemoteNotice:
    code: str
    words: str
    ahead: int


def remote_trouble(path: str = "") -> RemoteNotice | None:
    """What is wrong with the exchange, for a notice; of one article only what concerns it."""
    remote = services().authoring.remote
    if remote is None or not services().serves_own_folder:
        return None
    state = remote.state()
    if not state.code:
        return None
    if path and state.paths and path not in remote.articles_of(state.paths).values():
        return None
    return RemoteNotice(state.code, trouble_words(state.code), state.ahead)


@bp.get("/articles/remote")
@needs(Right.WRITE)
def remote() -> Response:
    found = _remote()
    state = found.state()
    page = render_template(
        "desk/remote.html",
        state=state,
        address=found.address,
        conflicts=_conflicts(found, state) if state.code in {"conflict", "uncommitted"} else (),
        trouble=trouble_words(state.code),
        decides=_decides(),
        done=request.args.get("done", ""),
    )
    return make_response(page)


@bp.post("/articles/remote")
@needs(Right.WRITE)
def change_remote() -> Response:
    """Try again, or decide: about a rewritten or deleted branch, or whose file a conflict keeps."""
    s, found, form = services(), _remote(), request.form
    action = form.get("action", "")
    if action == "try":
        found.ask(3.0)
        return redirect(url_for("desk.remote", done="tried"), 303)
    state = found.state()
    if action in {"take", "merge", "create"}:
        if not _decides():
            abort(403)
        tip = one_line(form.get("tip", ""))
        if action in _TIPS.get(state.code, ()) and tip == (state.detail if state.code == "rewritten" else ""):
            s.desk.note_article(me(), f"git_remote_{action}", tip[:40], s.now())
            found.decide(action, tip)
        return redirect(url_for("desk.remote", done="decided"), 303)
    if action in {"ours", "theirs"}:
        path = form.get("path", "")
        one = next((one for one in _conflicts(found, state) if one.path == path), None)
        if one is None or state.code != "conflict":
            return redirect(url_for("desk.remote"), 303)
        if not one.decides:
            abort(403)
        s.desk.note_article(me(), f"git_remote_{action}", one.article or path, s.now())
        found.choose(path, one_line(form.get("seen", "")), action)
        return redirect(url_for("desk.remote", done="decided"), 303)
    abort(400)


def _remote() -> "RemoteSync":
    found = services().authoring.remote
    if found is None or not services().serves_own_folder:
        abort(404)
    return found


def _decides() -> bool:
    """Whether the account may decide about all articles at once."""
    user = me()
    return user.may(Right.PUBLISH) and not user.writes and not user.publishes


def _conflicts(found: "RemoteSync", state: RemoteState) -> list[RemoteConflict]:
    if state.code == "uncommitted":
        return [RemoteConflict(path, article, False, "", True, False)
                for path, article in found.articles_of(state.paths).items()]  # fmt: skip
    return [
        RemoteConflict(
            one.path, one.article, one.texts is not None and bool(one.article),
            one.seen, one.files.ours is not None,
            _decides_about(one.article) if one.article else _decides(),
        )
        for one in found.conflicts()
    ]  # fmt: skip


def _decides_about(article: str) -> bool:
    try:
        return author().may_publish_at(services().authoring.spot(article))
    except (NoSuchArticle, CannotEdit):
        return author().may_publish_at(services().authoring.spot_of(article, ""))


def trouble_words(code: str) -> str:
    return {
        "": _("Both have the same articles."),
        "network": _("The remote cannot be reached. Articles are saved here and pushed as soon as it answers."),
        "unauthorised": _("The remote does not let us in. Whoever looks after this site has to renew the credentials."),
        "no_ssh": _("This machine has no ssh program (OpenSSH), which the address of the remote needs."),
        "host_key": _(
            "The remote is not the server whose key is known, or its key is not known yet. Nothing was sent. Whoever"
            " looks after this site has to look at it."
        ),
        "not_found": _("There is no such repository at the remote."),
        "refused": _("The remote refused the push, as it does for protected branches. It is tried again."),
        "moved": _("Others pushed at the same time. It is tried again."),
        "conflict": _("Both sides changed the same place. Nothing is written over: somebody has to bring it together."),
        "uncommitted": _(
            "Files here were changed outside of the editor without a commit. Save them in the editor, or commit them."
        ),
        "rewritten": _(
            "The remote’s history was rewritten: commits we know are no longer in it. Nothing was changed here."
        ),
        "gone": _("The remote’s branch is gone. Nothing was changed here, and all articles are still there."),
        "no_repository": _("The articles folder lies in no Git repository. It has to be a clone of the remote."),
        "under_way": _("A merge or rebase is not finished in the articles folder."),
        "detached": _("No branch is checked out in the articles folder."),
        "locked": _("Another program is using the repository. It is tried again."),
        "filter": _("A file has a filter, such as Git LFS, which is not run from here."),
        "disk": _("Files of the articles folder cannot be written."),
    }.get(code, _("The repository could not be read. The log says more."))  # fmt: skip
