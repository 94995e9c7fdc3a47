"""Room kept for the transaction that tells that the disk is full (DESIGN section 6)."""

import os
from pathlib import Path

import structlog

log = structlog.get_logger("netmon.engine")

_OCTETS = 64 << 20


def make_reserve(data_dir: Path) -> None:
    """Allocate the reserve file where it is missing; on a nearly full disk netmon starts without it and says so."""
    path = data_dir / "reserve"
    if path.exists() and path.stat().st_size >= _OCTETS:
        return
    try:
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _OCTETS)
    except OSError as error:
        path.unlink(missing_ok=True)
        log.warning("no room for the reserve", path=str(path), error=error.strerror)


def renew_reserve(data_dir: Path) -> None:
    """Allocate it again once there is room for it and for as much besides."""
    room = os.statvfs(data_dir)
    if room.f_bavail * room.f_frsize >= 2 * _OCTETS:
        make_reserve(data_dir)


def free_reserve(data_dir: Path) -> None:
    """Give the room back to the disk."""
    (data_dir / "reserve").unlink(missing_ok=True)
