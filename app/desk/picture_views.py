"""Pictures of an article: pasted, dropped or chosen in the editor, kept beside the article's file."""

from flask import abort, jsonify, make_response, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.blueprint import bp
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.pictures import ALT_MOST, LONGEST_SIDE, MOST_BYTES, PictureRefused, markdown_of
from support.agents.models import Right


@bp.post("/articles/pictures/<path:path>")
@needs(Right.WRITE)
def add_picture(path: str) -> Response:
    """Keep a picture beside an article, and give the Markdown that shows it, as JSON."""
    if not services().serves_own_folder:
        abort(404)
    try:
        return jsonify(markdown=added_picture(path))
    except (NoSuchArticle, CannotEdit):
        abort(404)
    except PictureRefused as refused:
        return make_response(jsonify(error={"code": refused.code, "message": why_refused(refused)}), 422)


def added_picture(path: str) -> str:
    """The Markdown of the picture that was sent, which is kept. Raises NoSuchArticle, or PictureRefused."""
    s = services()
    given = request.files.get("picture")
    data = given.stream.read(MOST_BYTES + 1) if given else b""
    if not data:
        raise PictureRefused("none")
    alt = " ".join(request.form.get("alt", "").split())[:ALT_MOST]
    if not alt and not request.form.get("decorative"):
        raise PictureRefused("alt")
    if not author().may_write_at(s.authoring.spot(path)):
        abort(403)
    name = s.authoring.add_picture(path, data)
    file = "/".join([*path.split("/")[:-1], name])
    s.shelf.added(file)
    s.desk.note_article(me(), "picture_added", file, s.now())
    return markdown_of(name, alt)


def why_refused(refused: PictureRefused) -> str:
    return {
        "none": _("Choose a picture first."),
        "alt": _("Say what the picture shows, for those who cannot see it, or mark it as decoration."),
        "bytes": _("The picture is too large: at most %(size)s MB.", size=MOST_BYTES // 1024 // 1024),
        "kind": _("This is no picture that pages show. PNG, JPEG, WebP, GIF, AVIF and SVG are."),
        "pixels": _("The picture has too many pixels. Make it smaller: pages show %(side)s.", side=LONGEST_SIDE),
        "frames": _("The animation is too long. Make it shorter, or a film."),
        "active": _("The drawing holds a script or loads something from elsewhere. Save it without."),
        "disk": _("The picture could not be written. Try again, or tell whoever runs this site."),
    }.get(refused.code, _("The picture is damaged."))
