"""SIGKILL in the middle of everything: what was answered is kept once, and the tables are what the log says."""

import secrets
from pathlib import Path

import pytest

from benchmarks.kills import kill_run

pytestmark = [pytest.mark.slow]


async def test_killed_three_times_in_5000_informs_and_once_in_a_snapshot(tmp_path: Path) -> None:
    run = await kill_run(tmp_path, kills=3, informs=5_000, seed=secrets.randbits(32))
    assert run.problems == (), run
    assert run.snapshot_killed
    assert run.changes >= 1_250
    assert run.records > 1_000
