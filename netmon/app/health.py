"""What sources, store and outputs report about themselves with each Tick, so that netmon's own alarms replay."""

from collections.abc import Callable, Iterable

from netmon.domain.observation import HealthRow

_EVERY_MS = 1_000


class Health:
    """Asks everyone at most once per second and gives on what differs from the last time."""

    def __init__(self, now_ms: Callable[[], int], reports: Iterable[Callable[[], tuple[HealthRow, ...]]]) -> None:
        self._now_ms = now_ms
        self._reports = tuple(reports)
        self._told: dict[tuple[str, str], int] = {}
        self._asked_ms = 0

    def rows(self) -> tuple[HealthRow, ...]:
        """Return the rows that changed since they were told."""
        now = self._now_ms()
        # The clock may go back.
        if 0 <= now - self._asked_ms < _EVERY_MS:
            return ()
        self._asked_ms = now
        rows = [row for report in self._reports for row in report()]
        changed = tuple(row for row in rows if self._told.get((row.name, row.part)) != row.value)
        self._told.update(((row.name, row.part), row.value) for row in changed)
        return changed
