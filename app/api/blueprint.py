"""The blueprint the modules of the API hang their addresses on."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")
