"""`urlsplit` raises ValueError for `http://[`: whoever reads an address somebody else wrote must expect it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Addresses of settings, which were checked when they were read, and one that another function has split before.
_CHECKED = {
    "app/container.py", "app/web/hosts.py", "app/web/channels.py", "support/delivery/adapters/zammad.py",
    "support/intake/submission.py", "kb/markup/media.py", "app/web/addresses.py", "app/widget/cors.py",
    "app/widget/playground.py", "app/settings/brands.py", "app/ops/serve.py", "app/ops/brands/claims.py",
    "app/web/robots.py", "core/network/url_secrets.py",
}  # fmt: skip


def _unguarded(tree: ast.AST, guarded: bool = False) -> list[int]:
    found = []
    if isinstance(tree, ast.Call) and getattr(tree.func, "id", "") in {"urlsplit", "urlparse"} and not guarded:
        found.append(tree.lineno)
    for name, children in ast.iter_fields(tree):
        within = guarded or (
            isinstance(tree, ast.Try)
            and name == "body"
            and any("ValueError" in ast.unparse(handler.type or ast.Constant(0)) for handler in tree.handlers)
        )
        for child in children if isinstance(children, list) else [children]:
            if isinstance(child, ast.AST):
                found += _unguarded(child, within)
    return found


def test_who_splits_an_address_expects_one_that_is_none() -> None:
    unguarded = {
        file.relative_to(ROOT).as_posix(): lines
        for package in ("app", "core", "index", "insight", "kb", "support", "widget")
        for file in sorted((ROOT / package).rglob("*.py"))
        if "node_modules" not in file.parts and (lines := _unguarded(ast.parse(file.read_text("utf-8"))))
    }

    assert set(unguarded) == _CHECKED, unguarded
