"""The same decisions on every Python that netmon runs on (specs/rules.md 15, I7), as far as this host has them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
_INSTALLING_S = 1_800


def _surroundings(version: str) -> dict[str, str]:
    # Where pyenv has several of them, its python3.12 is the one that is asked for here.
    return {**os.environ, "PYENV_VERSION": version, "PYTHONHASHSEED": "0"}


def _python(version: str, folder: Path) -> Path | None:
    """Return an interpreter of a version with what netmon needs, in an environment of its own; None: there is none."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return Path(sys.executable)
    found = shutil.which(f"python{version}")
    command = [found or "", "-c", "import ensurepip, venv"]
    if found is None or subprocess.run(command, env=_surroundings(version), capture_output=True).returncode:
        return None
    made = folder / "bin" / "python"
    install = [str(made), "-m", "pip", "--disable-pip-version-check", "-q", "install", "--require-hashes"]
    for step in ([found, "-m", "venv", str(folder)], [*install, "-r", str(ROOT / "constraints.txt")]):
        subprocess.run(step, env=_surroundings(version), check=True, timeout=_INSTALLING_S)
    return made


@pytest.mark.slow
def test_i7_the_same_digest_on_every_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digests = dict[str, str]()
    for version in VERSIONS:
        python = _python(version, tmp_path / version)
        if python is not None:
            command = [str(python), "-m", "tests.properties.all_kinds", "7"]
            done = subprocess.run(
                command, cwd=ROOT, env=_surroundings(version), capture_output=True, text=True, check=True
            )
            digests[version] = done.stdout
    missing = [version for version in VERSIONS if version not in digests]
    with capsys.disabled():
        sys.stdout.write(f"\ncompared: Python {', '.join(digests)}; not here: {', '.join(missing) or 'none'}\n")
    assert len(set(digests.values())) == 1, digests
    assert "" not in digests.values()
