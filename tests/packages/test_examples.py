"""The npm package as it is packed: its examples compile with the frameworks and bundlers people use, types and all."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.node import ROOT

HERE = Path(__file__).parent
PACKAGE = ROOT / "widget" / "npm"
MODULES = HERE / "node_modules"
PATIENCE = 600


def run(folder: Path, *command: str) -> str:
    """A program of the installed packages, in this folder; fails with all it says."""
    program = folder / "node_modules" / ".bin" / command[0]
    done = subprocess.run(
        [str(program) if program.exists() else command[0], *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "NEXT_TELEMETRY_DISABLED": "1", "NODE_ENV": "production", "CI": "1"},
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's folder, as `npm install` would have it of what `npm pack` makes."""
    if not shutil.which("npm") or not MODULES.is_dir():
        pytest.fail("npm or the packages of tests/packages/package-lock.json are missing; install both: make node")
    folder = tmp_path_factory.mktemp("packed")
    made = run(PACKAGE, "npm", "pack", "--json", "--ignore-scripts", "--offline", "--pack-destination", str(folder))
    (report,) = json.loads(made)
    with tarfile.open(folder / report["filename"].replace("/", "-").lstrip("@")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


@pytest.fixture
def project(packed: Path, tmp_path: Path) -> Path:
    """An empty project in which the package and the frameworks are installed."""
    modules = tmp_path / "node_modules"
    for path in sorted(MODULES.iterdir()):
        if path.name.startswith("@"):
            (modules / path.name).mkdir(parents=True)
            for inner in path.iterdir():
                (modules / path.name / inner.name).symlink_to(inner)
        elif path.name != ".package-lock.json":
            modules.mkdir(exist_ok=True)
            (modules / path.name).symlink_to(path)
    shutil.copytree(packed, modules / "@signpost" / "widget")
    (tmp_path / "package.json").write_text('{"type": "module", "private": true}')
    return tmp_path


def example(project: Path, name: str) -> None:
    shutil.copytree(PACKAGE / "examples" / name, project, dirs_exist_ok=True)


def compiled(folder: Path) -> str:
    """All JavaScript a bundler wrote."""
    return "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.js")))


def test_the_package_holds_what_it_names_and_no_more(packed: Path) -> None:
    found = {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()}
    kinds = ("index", "react", "vue", "svelte", "angular")
    expected = {f"{kind}.{end}" for kind in kinds for end in ("js", "d.ts")}
    assert found == expected | {"widget.d.ts", "package.json", "README.md", "LICENSE"}
    exports = json.loads((packed / "package.json").read_text("utf-8"))["exports"]
    named = {target for one in exports.values() if isinstance(one, dict) for target in one.values()}
    assert {name.removeprefix("./") for name in named} <= found
    assert (packed / "widget.d.ts").read_bytes() == (ROOT / "widget" / "widget.d.ts").read_bytes()


STRICT = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--lib", "es2022,dom")


@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_types_of_the_loader_of_every_verb_and_of_what_react_and_next_show(project: Path, resolution: str) -> None:
    (project / "use.ts").write_text(
        """
import Signpost, { attributes, identify, init, messages, on, once, state, tags } from "@signpost/widget";
const came: Promise<boolean> = init({ host: "https://help.example.com", site: "shop", accent: "#0a6b5d" });
const stop: () => void = on("sent", ({ reference }) => { reference.toUpperCase(); });
once("unread", ({ count }) => { count.toFixed(); });
attributes({ plan: "pro", orders: 3, vat: true, old: null });
tags(["vip"]);
messages([{ id: "cart", text: { en: "Questions?" }, page: "/cart*", delay: 20, visited: 2, open: "contact" }]);
identify(() => Promise.resolve("token"));
const unread: number = state().unread;
// @ts-expect-error no such event
on("sending", () => {});
// @ts-expect-error an attribute is no list
attributes({ plan: ["pro"] });
// @ts-expect-error it is frozen
state().unread = 0;
export default [Signpost, came, stop, unread];
"""
    )
    example(project, "react")
    example(project, "next")
    module = "esnext" if resolution == "bundler" else resolution
    files = ["use.ts", "main.tsx", "app/layout.tsx", "app/page.tsx"]
    run(project, "tsc", *STRICT, "--module", module, "--moduleResolution", resolution, "--jsx", "react-jsx", *files)


def test_react_compiles_with_vite(project: Path) -> None:
    example(project, "react")
    (project / "index.html").write_text('<div id="root"></div><script type="module" src="/main.tsx"></script>')
    run(project, "vite", "build", "--logLevel", "error")
    assert "widget.js" in compiled(project / "dist")


def test_vue_compiles_with_vite(project: Path) -> None:
    example(project, "vue")
    (project / "index.html").write_text('<div id="app"></div><script type="module" src="/main.ts"></script>')
    (project / "vite.config.js").write_text(
        'import vue from "@vitejs/plugin-vue";\nexport default { plugins: [vue()] };\n'
    )
    run(project, "vite", "build", "--logLevel", "error")
    assert "data-signpost-open" in compiled(project / "dist")


def test_svelte_compiles_with_vite(project: Path) -> None:
    example(project, "svelte")
    (project / "index.html").write_text('<script type="module" src="/main.ts"></script>')
    (project / "vite.config.js").write_text(
        'import { svelte } from "@sveltejs/vite-plugin-svelte";\nexport default { plugins: [svelte()] };\n'
    )
    run(project, "vite", "build", "--logLevel", "error")
    assert "data-signpost-open" in compiled(project / "dist")


def test_angular_compiles_with_its_own_compiler(project: Path) -> None:
    example(project, "angular")
    options = {
        "compilerOptions": {
            "strict": True, "target": "es2022", "module": "esnext", "moduleResolution": "bundler", "outDir": "out",
            "experimentalDecorators": True, "lib": ["es2022", "dom"], "skipLibCheck": True, "types": [],
        },
        "angularCompilerOptions": {"strictTemplates": True, "strictInjectionParameters": True},
        "files": ["main.ts"],
    }  # fmt: skip
    (project / "tsconfig.json").write_text(json.dumps(options))
    run(project, "ngc", "-p", "tsconfig.json")
    assert "@signpost/widget/angular" in compiled(project / "out")


def test_webpack_compiles_it_and_leaves_the_help_centres_script_alone(project: Path) -> None:
    (project / "main.js").write_text(
        'import { init, on } from "@signpost/widget";\n'
        'init({ host: "https://help.example.com", site: "shop" });\n'
        'on("sent", console.log);\n'
    )
    (project / "build.mjs").write_text(
        'import webpack from "webpack";\n'
        'webpack({ mode: "production", entry: "./main.js", performance: false }, (error, stats) => {\n'
        "  if (error || stats.hasErrors() || stats.hasWarnings()) {\n"
        "    console.error(error || stats.toString());\n    process.exit(1);\n  }\n});\n"
    )
    run(project, "node", "build.mjs")
    written = compiled(project / "dist")
    assert "import(" in written


def test_next_compiles_it_and_renders_its_pages_on_the_server(project: Path) -> None:
    example(project, "next")
    # Its types are checked above, with the others'.
    (project / "next.config.mjs").write_text(
        "export default { eslint: { ignoreDuringBuilds: true }, typescript: { ignoreBuildErrors: true },"
        " experimental: { cpus: 1 } };\n"
    )
    run(project, "next", "build")
    assert "Your order" in (project / ".next" / "server" / "app" / "index.html").read_text("utf-8")


def test_it_is_imported_on_a_server_and_does_nothing_there(project: Path) -> None:
    (project / "server.mjs").write_text(
        """
import assert from "node:assert/strict";
import Signpost, { init, mount, on, open, state } from "@signpost/widget";
assert.equal(await init({ host: "https://help.example.com", site: "shop" }), false);
mount({ host: "https://help.example.com", site: "shop" })();
open();
on("sent", () => {})();
assert.deepEqual({ ...state() }, { ...Signpost.state() });
assert.equal(state().ready, false);
assert.equal(globalThis.Signpost, undefined);
"""
    )
    run(project, "node", "server.mjs")
