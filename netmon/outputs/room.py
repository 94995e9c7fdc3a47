"""How full a disk is, in steps that netmon acts on (specs/usage.md section 7)."""

import os
from pathlib import Path

WARNING_PCT, MAJOR_PCT, LAST_PCT = 70, 85, 95
_REST_PCT = 2
"""A step is left only so far below it."""


def used_pct(folder: Path) -> int:
    """Return how much of what netmon may use is used, rounded up; as df(1) tells it.

    Raises:
        OSError: there is no such folder.
    """
    disk = os.statvfs(folder)
    used = disk.f_blocks - disk.f_bfree
    return -(-100 * used // max(1, used + disk.f_bavail))


def used_share(folder: Path) -> float:
    """Return the same in percent that are not rounded, so that a few deleted files are seen.

    Raises:
        OSError: there is no such folder.
    """
    disk = os.statvfs(folder)
    used = disk.f_blocks - disk.f_bfree
    return 100 * used / max(1, used + disk.f_bavail)


def step(pct: int, before: int) -> int:
    """Return 0 while there is room, 1 for a warning, 2 when it is serious, 3 when nothing but the feed may grow."""
    for number, limit in ((3, LAST_PCT), (2, MAJOR_PCT), (1, WARNING_PCT)):
        if pct >= limit - (_REST_PCT if before >= number else 0):
            return number
    return 0
