"""Files stay small, and nothing of this machine or of a registry is in the tree."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 400


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_is_longer_than_a_reader_can_hold():
    lengths = {path.relative_to(ROOT): path.read_text().count("\n") for path in tracked("*.py")}
    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_a_clone_holds_plain_files_and_nothing_a_build_makes():
    modes = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in modes.splitlines() if not line.startswith("100")] == []
    made = ["git", "ls-files", "-ci", "--exclude-standard"]
    assert subprocess.run(made, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""
    for name in (".venv", "build", "dist"):
        assert subprocess.run(["git", "ls-files", "--", name], cwd=ROOT, capture_output=True, check=True).stdout == b""


def test_constraints_hold_hashes_and_no_addresses():
    for name in ("constraints.txt", "constraints-dev.txt"):
        text = (ROOT / name).read_text()
        pins = [line for line in text.splitlines() if "==" in line]
        assert pins
        assert all(line.rstrip().endswith("\\") for line in pins), "a pin without a hash"
        assert "://" not in text
        assert "--index-url" not in text


def test_what_a_user_is_told_to_read_exists():
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "Makefile", "config.yaml", ".ci/run", "mkdocs.yml"):
        assert (ROOT / name).is_file(), name


def test_every_public_change_has_a_fragment_of_a_known_kind():
    kinds = {"added", "changed", "fixed", "removed", "security"}
    fragments = list((ROOT / "changelog.d").glob("*.md"))
    assert fragments
    assert {path.name.split(".")[1] for path in fragments} <= kinds


def test_how_long_tests_wait_stands_in_one_place():
    literal = re.compile(r"asyncio\.timeout\(\d|mark\.timeout\(")
    ours = Path(__file__).name
    found = [path.name for path in tracked("tests/**/*.py") if path.name != ours and literal.search(path.read_text())]
    assert found == [], "tests/patience.py says how long to wait; the limit of a whole test is in pyproject.toml"


def test_what_the_fast_tests_leave_aside_is_run_with_the_servers():
    aside = tracked("tests/wire/test_*.py", "tests/browser/test_*.py")
    assert aside
    assert [path for path in aside if not re.search(r"^pytestmark = .*mark\.wire", path.read_text(), re.M)] == []
