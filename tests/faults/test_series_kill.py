"""SIGKILL in the middle of what is done with the embedded series: nothing is torn, nothing of the cursor is lost."""

import secrets
from pathlib import Path

import pytest

from benchmarks.series_kills import PHASES, kill_run

pytestmark = [pytest.mark.slow]


def test_killed_five_times_in_the_middle_of_it(tmp_path: Path) -> None:
    run = kill_run(tmp_path, kills=5, seed=secrets.randbits(32))
    assert run.problems == (), run
    assert all(run.hit[phase] for phase in PHASES)
    assert run.samples > 10_000


def test_kills_that_all_come_too_late_end_the_run_with_a_problem(tmp_path: Path) -> None:
    assert kill_run(tmp_path, kills=2, seed=1, tries=0).problems == (
        "write: each of 0 kills came too late",
        "merge: each of 0 kills came too late",
    )
