"""The staff session cookie: set and read by the desk, read by the few staff pages elsewhere.

A help centre below a path of its host keeps it to that path: what else is on the host never gets it.
"""

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from app.current import services


def cookie_name() -> str:
    """The cookie's name: the `__Host-` prefix binds it to HTTPS and this host, and is only for hosts that are all ours;
    plain HTTP is for development only."""
    if not _secure():
        return "signpost_desk"
    return "__Secure-signpost_desk" if request.script_root else "__Host-signpost_desk"


def set_cookie(response: BaseResponse, token: str) -> None:
    response.set_cookie(cookie_name(), token, secure=_secure(), httponly=True, samesite="Strict", path=_path())


def drop_cookie(response: BaseResponse) -> None:
    response.delete_cookie(cookie_name(), secure=_secure(), httponly=True, samesite="Strict", path=_path())


def token() -> str:
    return request.cookies.get(cookie_name(), "")[:200]


def insecure() -> bool:
    """Whether the browser would not return the secure cookie: production over plain HTTP."""
    return services().settings.production and not request.is_secure


def _secure() -> bool:
    return request.is_secure or bool(services().settings.production)


def _path() -> str:
    return request.script_root or "/"
