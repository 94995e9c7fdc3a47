"""What sources, store and outputs report about themselves with each Tick, so that netmon's own alarms replay."""

from collections.abc import Callable, Iterable

import structlog

from netmon.domain.observation import HealthRow
from netmon.telemetry.seldom import Seldom

_EVERY_MS = 1_000

log = structlog.get_logger("netmon.engine")


class Health:
    """Asks everyone at most once per second and gives on what differs from the last time.

    A report that fails is counted and left out: the Tick that would carry it must come all the same.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        reports: Iterable[Callable[[], tuple[HealthRow, ...]]],
        *,
        failed: Callable[[], None],
    ) -> None:
        self._now_ms = now_ms
        self._reports = tuple(reports)
        self._failed = failed
        self._seldom = Seldom()
        self._told: dict[tuple[str, str], int] = {}
        self._asked_ms = 0

    def rows(self) -> tuple[HealthRow, ...]:
        """Return the rows that changed since they were told."""
        now = self._now_ms()
        # The clock may go back.
        if 0 <= now - self._asked_ms < _EVERY_MS:
            return ()
        self._asked_ms = now
        rows = [row for report in self._reports for row in self._asked(report)]
        changed = tuple(row for row in rows if self._told.get((row.name, row.part)) != row.value)
        self._told.update(((row.name, row.part), row.value) for row in changed)
        return changed

    def _asked(self, report: Callable[[], tuple[HealthRow, ...]]) -> tuple[HealthRow, ...]:
        try:
            return report()
        except Exception:
            self._failed()
            if (left_out := self._seldom.turn()) is not None:
                log.exception("part cannot report how it is", left_out=left_out)
            return ()
