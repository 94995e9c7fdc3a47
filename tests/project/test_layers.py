"""The layer contracts hold, and they are able to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "netmon", tmp_path / "netmon", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy: Path):
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("alarms/book.py", "import netmon.correlate.engine", "One direction"),
        ("snmp/message.py", "import netmon.step", "One direction"),
        ("usage/meter.py", "import sqlite3", "The core does no I/O"),
        ("correlate/engine.py", "import asyncio", "The core does no I/O"),
        ("snmp/ber.py", "import structlog", "Reading and writing messages never logs"),
    ],
)
def test_an_import_in_the_wrong_direction_breaks_them(copy: Path, file: str, line: str, contract: str):
    broken = copy / "netmon" / file
    broken.write_text(f"{broken.read_text()}\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1
    assert any(contract in told and "BROKEN" in told for told in done.stdout.splitlines())


def test_a_new_package_must_be_placed(copy: Path):
    (copy / "netmon" / "helpers").mkdir()
    (copy / "netmon" / "helpers" / "__init__.py").write_text('"""Nobody said where this belongs."""\n')
    assert lint(copy).returncode == 1
