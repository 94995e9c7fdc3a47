"""``netmon alarms list``: what stands in which list, how a state is told, and what a narrow terminal shows."""

import fcntl
import json
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from netmon.storage.sqlite.store import open_store
from tests import command_line
from tests.patience import PATIENCE_S
from tests.storage.batches import alarm, batch, change

CLEARED: dict[str, Any] = {"state": "cleared", "severity": "cleared", "last_severity": "critical"}
ALARMS: dict[int, dict[str, Any]] = {
    1: {},
    2: {"ack": True, "ack_user": "ann", "severity": "critical"},
    3: {"hidden_by": ("alarm:r1|node-unreachable|",)},
    4: {"hidden_by": ("alarm:r1|node-unreachable|", "shelf:ann")},
    5: {"closed": True},
    6: CLEARED,
    7: {**CLEARED, "last_severity": "minor", "closed": True},
}


@pytest.fixture(autouse=True)
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("data_dir: state\n")
    Path("state").mkdir()
    store = open_store(Path("state/netmon.db"))
    changes = tuple(change(n, alarm(n, **more)) for n, more in ALARMS.items())
    await store.commit(batch(1, 1, changes=changes))
    store.close()
    return tmp_path


def call(*words: str) -> Result:
    return command_line.call("alarms", "list", *words)


def states(*words: str) -> dict[str, str]:
    """Return element to (severity and) state as the table tells them."""
    title, *lines, _ = call(*words).stdout.splitlines()
    at, until = title.index("state"), title.index("object")
    return {line[until:].partition("/")[0]: f"{line.split()[0]} {line[at:until]}".strip() for line in lines}


def test_the_default_list_has_what_is_active_visible_and_not_closed() -> None:
    lines = call().stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["critical", "major", "2"]
    assert lines[0].split() == ["severity", "raised", "object", "type", "count", "ack", "text"]
    assert " ann " in lines[1]


def test_every_state_is_told() -> None:
    assert states("--all") == {
        "r1": "major",
        "r2": "critical",
        "r3": "major hidden",
        "r4": "major shelved",
        "r5": "major closed",
        "r6": "critical cleared",
        "r7": "minor cleared",
    }


def test_a_cleared_alarm_is_as_severe_as_it_was() -> None:
    assert {"r6"} == states("--all", "--severity", "critical").keys() - {"r2"}
    assert len(json.loads(call("--all", "--severity", "major", "--json").stdout)) == 6


@pytest.mark.slow
def test_a_narrow_terminal_cuts_neither_object_nor_text() -> None:
    controller, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    command = (sys.executable, "-m", "netmon", "alarms", "list", "--all")
    subprocess.run(command, stdout=terminal, env=env | {"TERM": "dumb"}, check=True, timeout=PATIENCE_S)
    os.close(terminal)
    shown = os.read(controller, 1 << 16).decode().splitlines()
    os.close(controller)
    assert max(map(len, shown)) <= 80
    assert any("r3/if:xe-0/0/3" in line and "hidden" in line for line in shown)
    assert any(line.strip() == "Link down on xe-0/0/3" for line in shown)
    assert any(line.split()[:2] == ["ack", "ann"] for line in shown)
