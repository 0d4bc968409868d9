"""Snippets at the desk: the texts that several articles show, which articles those are, and new ones. One is changed in
the editor, as an article is."""

from flask import abort, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.blueprint import bp
from app.desk.library_views import contact_forms
from kb.authoring.article_files import CannotEdit
from kb.authoring.scopes import NotAllowed
from kb.authoring.snippets import Snippet, snippets_in
from kb.errors import ArticleExists, KbError
from support.agents.models import Right
from support.intake.forms import many_lines, one_line

_CHOICES_MOST = 20


@bp.route("/articles/snippets", methods=["GET", "POST"])
@needs(Right.WRITE)
def snippets() -> Response:
    s = services()
    if not s.serves_own_folder:
        abort(404)
    name, text = one_line(request.form.get("name", ""))[:120], many_lines(request.form.get("text", ""))
    problem = ""
    if request.method == "POST":
        try:
            made = s.authoring.create_snippet(name, f"{text.strip()}\n", author(), s.now())
        except ArticleExists:
            problem = _("There is a snippet of this name already. Choose another one.")
        except NotAllowed:
            abort(403)
        except CannotEdit:
            problem = _("The file could not be written. Your text is still here; try again.")
        except KbError:
            problem = _("A name is needed, in letters, to make a file name of it.")
        else:
            s.desk.note_article(me(), "article_created", made.path, s.now())
            return redirect(url_for("desk.edit_article", path=made.path, done="created"), 303)
    page = render_template(
        "desk/snippets.html", snippets=_all(), waiting=s.authoring.open_suggestions(), problem=problem,
        typed={"name": name, "text": text},
    )  # fmt: skip
    return make_response(page, 422 if problem else 200)


@bp.get("/articles/snippets.json")
@needs(Right.WRITE)
def snippet_choices() -> Response:
    """Snippets that have the words, for the editor."""
    if not services().serves_own_folder:
        abort(404)
    words = one_line(request.args.get("q", ""))[:200].casefold().split()
    fitting = [one for one in _all() if all(word in f"{one.name} {one.text}".casefold() for word in words)]
    return jsonify(
        results=[
            {
                "name": one.name, "include": one.include, "text": " ".join(one.text.split())[:160],
                "used": _("Shown by articles: %(number)s", number=len(one.users)),
            }
            for one in fitting[:_CHOICES_MOST]
        ]
    )  # fmt: skip


def _all() -> list[Snippet]:
    s = services()
    look = s.shelf.latest or s.shelf.look(s.today(), contact_forms())
    return snippets_in(s.settings.kb_dir, look.users if look else {})
