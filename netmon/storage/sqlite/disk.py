"""How long the disk takes to keep what it was given: the floor of every commit."""

import os
import tempfile
import time
from pathlib import Path

_TRIES = 50
_PAGE = b"\0" * 4096


def sync_p99_ms(folder: Path) -> float:
    """Return the 99th percentile of writing and syncing one page in ``folder``; takes a moment, for the start only.

    Above 5 ms the latency from trap to commit suffers, and the engine warns (DESIGN section 6).
    """
    took_s = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_TRIES):
            began = time.perf_counter()
            os.pwrite(file.fileno(), _PAGE, 0)
            os.fdatasync(file.fileno())
            took_s.append(time.perf_counter() - began)
    return sorted(took_s)[_TRIES * 99 // 100] * 1000
