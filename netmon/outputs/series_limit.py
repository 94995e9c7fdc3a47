"""The most series there may be: new ones beyond are left out of all outputs, counted and alarmed (DESIGN section 6)."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from netmon.domain.observation import HealthRow
from netmon.domain.sample import SampleBlock
from netmon.telemetry.metrics import Metrics

_HOUR_MS = 3_600_000
_FORGET_HOURS = 24
_OVER_MS = 600_000
"""The alarm of an element ends when none of its series was refused for so long."""
_NUMBERS = frozenset(("counter", "gauge", "state"))

_Columns = frozenset[str]
"""Names of the numbers that an answer brought of each row."""
_NONE: _Columns = frozenset()
_Rows = dict[int, int]
"""Hash of index and labels of a row of a table to the hour in which it came last."""
_Table = dict[_Columns, _Rows]
"""The rows that came with the same columns; a row may come in several answers, and not always with all of them."""


class SeriesLimit:
    """Knows the rows of all tables that come; one that has not come for a day makes room for another."""

    def __init__(self, most: Callable[[], int], metrics: Metrics) -> None:
        self._most = most
        self._metrics = metrics
        self._tables: dict[tuple[str, str], _Table] = {}
        """By element and name."""
        self._series = 0
        self._hour = 0
        self._refused: dict[str, int] = {}
        """Element to the time when a series of it was refused last."""
        self._now = 0

    def admit(self, blocks: Sequence[SampleBlock]) -> list[SampleBlock]:
        """Return blocks without series that are too many."""
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
        columns = frozenset(name for name, kind in zip(block.names, block.kinds, strict=True) if kind in _NUMBERS)
        table = self._tables.setdefault((block.element, block.table), {})
        known = table.setdefault(columns, {})
        rows = [hash(row) for row in zip(block.index, block.labels, strict=True)]
        if known.keys() >= set(rows):
            known.update(dict.fromkeys(rows, self._hour))
            return block
        refused = {number: new for number, row in enumerate(rows) if (new := self._refuse(table, columns, row))}
        if not refused:
            return block
        self._refused[block.element] = block.time
        self._metrics.series_refused.inc(sum(map(len, refused.values())))
        return _without(block, refused, columns)

    def _refuse(self, table: _Table, columns: _Columns, row: int) -> _Columns:
        """Return which columns of a row are too many; those it is known with go on."""
        if row not in table[columns]:
            new = columns - _known(table, row)
            if new and self._series + len(new) > self._most():
                if columns != new:
                    table.setdefault(columns - new, {})[row] = self._hour
                return new
            self._series += len(new)
        table[columns][row] = self._hour
        return _NONE

    def _forget(self, hour: int) -> None:
        """Forget series that have not come for a day, and elements whose alarm is over."""
        self._hour = hour
        for name, table in list(self._tables.items()):
            for columns, rows in list(table.items()):
                for row in [row for row, came in rows.items() if came < hour - _FORGET_HOURS]:
                    del rows[row]
                    self._series -= len(columns - _known(table, row))
                if not rows:
                    del table[columns]
            if not table:
                del self._tables[name]
        for element in [one for one, at in self._refused.items() if self._now - at > 2 * _HOUR_MS]:
            del self._refused[element]


def _known(table: _Table, row: int) -> _Columns:
    return _NONE.union(*[columns for columns, rows in table.items() if row in rows])


def _without(block: SampleBlock, refused: Mapping[int, _Columns], columns: _Columns) -> SampleBlock:
    """Return a block without the columns that are refused of some rows, and without rows of which all are."""
    kept = [row for row in range(len(block.index)) if refused.get(row) != columns]
    cells = (
        tuple(None if name in refused.get(row, ()) else column[row] for row in kept)
        for name, column in zip(block.names, block.columns, strict=True)
    )
    return msgspec.structs.replace(
        block,
        objects=tuple(block.objects[row] for row in kept),
        labels=tuple(block.labels[row] for row in kept),
        index=tuple(block.index[row] for row in kept),
        columns=tuple(cells),
    )
