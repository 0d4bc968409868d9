"""The blueprint the pages of the portal hang their addresses on."""

from flask import Blueprint

bp = Blueprint("portal", __name__)
