"""What `pip install .` makes besides copying: compiled translations, and the widget's release.

Both are made by set-up in a working copy (`app/ops/setup.py`); an installed package may lie where nobody can write.
"""

import importlib.util
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithTranslations(build_py):
    """The usual step, and what is generated into its result."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        out = Path(self.build_lib)
        self._translate(out)
        self._build_widget(out)

    def _translate(self, out: Path) -> None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for source in sorted((ROOT / "core" / "translations").glob("*/LC_MESSAGES/*.po")):
            target = out / source.relative_to(ROOT).with_suffix(".mo")
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as file, target.open("wb") as compiled:
                write_mo(compiled, read_po(file))

    def _build_widget(self, out: Path) -> None:
        spec = importlib.util.spec_from_file_location("widget_build", ROOT / "widget" / "build.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        import sys

        sys.modules["widget_build"] = module
        spec.loader.exec_module(module)
        module.build(out / "widget" / "dist")


setup(cmdclass={"build_py": BuildWithTranslations})
