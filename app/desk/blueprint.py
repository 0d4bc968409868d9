"""The blueprint of the desk; the modules of views put their routes on it."""

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/desk")
