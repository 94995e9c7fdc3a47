"""The disk of a feed is full: nothing is published and nothing deleted; with room again all files come, in order."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.wire.peers import program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_files_come_in_order_when_the_disk_has_room_again(tmp_path: Path) -> None:
    feed = tmp_path / "usage" / "main"
    feed.mkdir(parents=True)
    mount = 'mount -t tmpfs -o size=128k none "$0" && exec "$@"'
    own = (program("unshare"), "--mount", "sh", "-c", mount, str(feed))
    command = (*own, sys.executable, "-m", "tests.faults.small_disk", str(tmp_path))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        "errors": [errno.ENOSPC] * 2,
        "before": 1,
        "after": 4,
        "same": True,
        "closed": [2, 2, 130, 2],
        "findings": [],
        "left": [],
    }
