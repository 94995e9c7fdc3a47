"""SIGKILL while intervals close, files are published and billing takes them: nothing lost, doubled or changed."""

import secrets
from pathlib import Path

import pytest

from benchmarks.usage_kills import usage_kill_run

pytestmark = [pytest.mark.slow]


@pytest.mark.parametrize("kills", [5, 3, 2])
async def test_killed_while_a_feed_is_made_and_taken(tmp_path: Path, kills: int) -> None:
    seed = secrets.randbits(32)
    assert await usage_kill_run(tmp_path, kills=kills, seed=seed) == (), seed
