"""The human-readable API reference, rendered from the OpenAPI document; every error links to it."""

from flask import render_template

from app.api.blueprint import bp
from app.api.openapi import document
from app.web.addresses import public_base
from app.web.errors import CODES


@bp.get("/docs")
def docs() -> str:
    described = document(public_base())
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation["summary"],
            "description": operation.get("description", ""),
            "statuses": list(operation["responses"]),
            "parameters": [p["name"] for p in operation.get("parameters", [])],
        }
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]
    return render_template("api/docs.html", operations=operations, codes=CODES)
