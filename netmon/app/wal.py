"""The database's write-ahead log: long reads make it grow, so its size is watched (DESIGN section 6)."""

from collections.abc import Callable

import structlog

from netmon.domain.observation import HealthRow

log = structlog.get_logger("netmon.engine")

_LARGE = 64 << 20
"""Sixteen times what a checkpoint leaves."""


class WalSize:
    """Reports the size with the Ticks, in whole MiB, and warns when it is large and each time it has doubled."""

    def __init__(self, octets: Callable[[], int]) -> None:
        self._octets = octets
        self._warn_at = _LARGE

    def health(self) -> tuple[HealthRow, ...]:
        """Return the size for the next Tick."""
        octets = self._octets()
        if octets >= self._warn_at:
            self._warn_at = 2 * octets
            log.warning("write-ahead log is large: something reads the database for long", mib=octets >> 20)
        elif octets < _LARGE:
            self._warn_at = _LARGE
        return (HealthRow("store", "wal_mib", octets >> 20),)
