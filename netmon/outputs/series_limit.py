"""The most series there may be: new ones beyond are left out of all outputs, counted and alarmed (DESIGN section 6)."""

from collections.abc import Callable, Sequence

import msgspec

from netmon.domain.observation import HealthRow
from netmon.domain.sample import SampleBlock
from netmon.telemetry.metrics import Metrics

_HOUR_MS = 3_600_000
_FORGET_HOURS = 24
_OVER_MS = 600_000
"""The alarm of an element ends when none of its series was refused for so long."""
_NUMBERS = frozenset(("counter", "gauge", "state"))

_Rows = dict[int, int]
"""Hash of index and labels of a row of a table to the hour in which it came last."""


class SeriesLimit:
    """Knows the rows of all tables that come; one that has not come for a day makes room for another."""

    def __init__(self, most: Callable[[], int], metrics: Metrics) -> None:
        self._most = most
        self._metrics = metrics
        self._rows: dict[tuple[str, str, int], _Rows] = {}
        """By element, table, and how many series a row of it is."""
        self._series = 0
        self._hour = 0
        self._refused: dict[str, int] = {}
        """Element to the time when a series of it was refused last."""
        self._now = 0

    def admit(self, blocks: Sequence[SampleBlock]) -> list[SampleBlock]:
        """Return blocks without rows that are too many."""
        admitted = [self._admit(block) for block in blocks]
        if blocks:
            self._metrics.series.set(self._series)
        return [block for block in admitted if block.index]

    def health(self) -> tuple[HealthRow, ...]:
        """Tell of each element whether series of it are refused; 0 when that is over."""
        about = f"there are {self._most():,}, which is the most"
        return tuple(
            HealthRow(element, "series_full", int(self._now - at < _OVER_MS), about)
            for element, at in self._refused.items()
        )

    def _admit(self, block: SampleBlock) -> SampleBlock:
        self._now = max(self._now, block.time)
        if block.time // _HOUR_MS > self._hour:
            self._forget(block.time // _HOUR_MS)
        each = sum(kind in _NUMBERS for kind in block.kinds)
        known = self._rows.setdefault((block.element, block.table, each), {})
        kept = [row for row in range(len(block.index)) if self._has(known, (block.index[row], block.labels[row]), each)]
        if len(kept) == len(block.index):
            return block
        self._refused[block.element] = block.time
        self._metrics.series_refused.inc((len(block.index) - len(kept)) * each)
        return msgspec.structs.replace(
            block,
            objects=tuple(block.objects[row] for row in kept),
            labels=tuple(block.labels[row] for row in kept),
            index=tuple(block.index[row] for row in kept),
            columns=tuple(tuple(column[row] for row in kept) for column in block.columns),
        )

    def _has(self, known: _Rows, row: object, each: int) -> bool:
        """Tell whether a row is known or there is room for it."""
        key = hash(row)
        if key not in known:
            if self._series + each > self._most():
                return False
            self._series += each
        known[key] = self._hour
        return True

    def _forget(self, hour: int) -> None:
        """Forget rows that have not come for a day, and elements whose alarm is over."""
        self._hour = hour
        for (element, table, each), known in list(self._rows.items()):
            for key in [key for key, came in known.items() if came < hour - _FORGET_HOURS]:
                del known[key]
                self._series -= each
            if not known:
                del self._rows[element, table, each]
        for element in [one for one, at in self._refused.items() if self._now - at > 2 * _HOUR_MS]:
            del self._refused[element]
