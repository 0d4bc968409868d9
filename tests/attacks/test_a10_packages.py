"""Attack: a package that is not the one whose hash was pinned."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.ops import bootstrap
from app.ops.bootstrap import CannotGoOn

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"(?m)^([a-z0-9.-]+)==\S+((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pinned_package_has_its_hashes(name: str) -> None:
    pins = _PIN.findall((ROOT / name).read_text(encoding="utf-8"))

    assert len(pins) > 50
    assert [package for package, hashes in pins if not hashes] == []


def test_only_pytorch_has_none_and_says_why() -> None:
    text = (ROOT / "requirements-torch.txt").read_text(encoding="utf-8")

    assert [line for line in text.splitlines() if not line.startswith("#")] == ["torch==2.13.0"]
    assert "without hashes" in text


def _wheel(folder: Path) -> Path:
    path = folder / "signpost_example-1.0-py3-none-any.whl"
    info = "signpost_example-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("signpost_example.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: signpost-example\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.mark.parametrize("genuine", [True, False])
def test_a_package_of_another_hash_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, genuine: bool
) -> None:
    wheel = _wheel(tmp_path)
    digest = hashlib.sha256(wheel.read_bytes() if genuine else b"another").hexdigest()
    (tmp_path / "requirements-dev.txt").write_text(f"signpost-example==1.0 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / ".venv")], check=True)

    if genuine:
        bootstrap._install("requirements-dev.txt")
    else:
        with pytest.raises(CannotGoOn, match="could not be downloaded or installed"):
            bootstrap._install("requirements-dev.txt")

    assert bool(list((tmp_path / ".venv").glob("lib/*/site-packages/signpost_example.py"))) is genuine
