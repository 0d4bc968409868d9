"""The desk's blueprint, on which its views register their routes."""

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/desk")
