"""The portal's blueprint, on which its pages register their routes."""

from flask import Blueprint

bp = Blueprint("portal", __name__)
