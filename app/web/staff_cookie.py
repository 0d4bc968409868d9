"""The staff session cookie: set and read by the desk, read by the few staff pages elsewhere."""

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from app.current import services


def cookie_name() -> str:
    """The cookie's name: the `__Host-` prefix binds it to HTTPS and this host; plain HTTP is for development only."""
    return "__Host-signpost_desk" if _secure() else "signpost_desk"


def set_cookie(response: BaseResponse, token: str) -> None:
    response.set_cookie(cookie_name(), token, secure=_secure(), httponly=True, samesite="Strict", path="/")


def drop_cookie(response: BaseResponse) -> None:
    response.delete_cookie(cookie_name(), secure=_secure(), httponly=True, samesite="Strict", path="/")


def token() -> str:
    return request.cookies.get(cookie_name(), "")[:200]


def insecure() -> bool:
    """Whether the browser would not return the secure cookie: production over plain HTTP."""
    return services().settings.production and not request.is_secure


def _secure() -> bool:
    return request.is_secure or bool(services().settings.production)
