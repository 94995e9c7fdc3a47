"""Snapshots of the core: one begun every minute, its rows given to the store one per batch."""

from collections.abc import Iterator

from netmon.step import Core
from netmon.storage.snapshot import rows
from netmon.storage.store import SnapshotRow

_EVERY_MS = 60_000


class Snapshots:
    """Cuts the state of the core into rows; the state is copied in one step, encoded row by row."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._rows: Iterator[SnapshotRow] = iter(())
        self._ahead: SnapshotRow | None = None
        self._due = core.now + _EVERY_MS
        self._last = False

    @property
    def open(self) -> bool:
        """Whether rows are still to be written."""
        return self._last or self._ahead is not None

    def next_row(self, batch: int) -> SnapshotRow | None:
        """Return the next row; begin a snapshot when it is time. To be called after the steps of a batch.

        The first row then goes into the transaction of the last observation that the snapshot includes, so that no
        snapshot is ever ahead of the log.
        """
        if self._last or (self._ahead is None and self._core.now >= self._due):
            self._begin(batch)
        row, self._ahead = self._ahead, next(self._rows, None)
        return row

    def write_last(self) -> None:
        """Begin one more snapshot with the next batch: the engine stops."""
        self._last = True

    def _begin(self, batch: int) -> None:
        core = self._core
        self._rows = rows(core.dump(), seq=core.seq, at=core.now, batch=batch)
        self._ahead = next(self._rows)
        self._due = core.now + _EVERY_MS
        self._last = False
