"""A recorded log gives the same wherever it is cut, however often it is stepped, and in whatever order sets lie."""

import os
import subprocess
import sys
from typing import Any

import pytest

from netmon.step import Core
from netmon.storage import snapshot
from tests.mibs import user_cache
from tests.replay.recorded import FOLDER, Cores, cases, expected, read, told

ROOT = FOLDER.parents[1]


@pytest.fixture(scope="module")
def cores() -> Cores:
    return Cores(user_cache())


def restarted(core: Core, cores: Cores) -> Core:
    """Return a new core that knows what a snapshot of another one keeps."""
    rows = snapshot.rows(core.dump(), seq=core.seq, at=core.now, batch=0)
    again = cores.core()
    again.load(snapshot.decode(row.data for row in rows))
    return again


@pytest.mark.parametrize("case", cases())
def test_what_was_recorded_gives_what_it_gave(case: str, cores: Cores) -> None:
    core = cores.core()
    made: list[Any] = []
    for observation in read(case):
        made += told(core.step(observation))
    assert made == expected(case)


@pytest.mark.parametrize("case", cases())
def test_cut_at_every_point(case: str, cores: Cores) -> None:
    """One core is never stopped, another starts from a snapshot before each observation."""
    whole, cut = cores.core(), cores.core()
    for observation in read(case):
        cut = restarted(cut, cores)
        assert cut.step(observation) == whole.step(observation), observation
        assert cut.digest() == whole.digest(), f"after observation {whole.seq}: {observation}"


@pytest.mark.parametrize("case", cases())
@pytest.mark.slow
def test_the_same_digest_each_time_and_with_other_hashes(case: str, cores: Cores) -> None:
    core = cores.core()
    for observation in read(case):
        core.step(observation)
    for seed in ("0", "1", "4711"):
        command = [sys.executable, "-m", "tests.replay.recorded", "digest", case, str(user_cache())]
        surroundings = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True)
        assert done.stdout == core.digest()
