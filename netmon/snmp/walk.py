"""A walk of several columns of one table with GETBULK or GETNEXT, without a socket (specs/snmp.md 4.5)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

import msgspec

from netmon.domain.oid import SYS_UPTIME, Oid, Varbind, sort_key
from netmon.snmp.ber import EXCEPTIONS, TIME_TICKS
from netmon.snmp.errors import SnmpError, SnmpFailure, SnmpUnreachable

Stop = Literal[
    "done",
    "oid_not_increasing",
    "walk_stuck",
    "row_limit",
    "budget",
    "timeout",
    "unreachable",
    "agent_error",
]
"""Why a column ended; only ``done`` means that all of it was read."""

_UPTIME_CURSOR: Final = SYS_UPTIME.removesuffix(".0")
_PAGES_WITHOUT_PROGRESS: Final = 2

_key = lru_cache(maxsize=65_536)(sort_key)


class Page(msgspec.Struct, frozen=True):
    """When one page of a walk was read."""

    sent_ms: int
    received_ms: int
    rtt_us: int
    uptime_cs: int | None
    """sysUpTime in hundredths of a second, None where the agent did not say."""

    @property
    def at_ms(self) -> int:
        """Midpoint of request and response: the time of the samples."""
        return (self.sent_ms + self.received_ms) // 2


class Walk(msgspec.Struct, frozen=True):
    """The rows of a table, joined by index."""

    columns: tuple[Oid, ...]
    rows: dict[str, tuple[Varbind | None, ...]]
    """By index, in the order found; one cell per column, None where it is missing."""
    row_page: dict[str, int]
    """Number of the page in which the first cell of a row came."""
    pages: tuple[Page, ...]
    stops: tuple[Stop, ...]
    """One per column."""
    duplicates: int = 0
    """Cells that came once more; the first one counts."""

    @property
    def complete(self) -> bool:
        """Whether every column was read to its end."""
        return all(stop == "done" for stop in self.stops)


class _Column:
    """Where one column stands."""

    __slots__ = ("cursor", "last", "number", "prefix", "progress", "stop")

    def __init__(self, number: int, oid: Oid) -> None:
        self.number = number
        self.prefix = oid + "."
        self.cursor = oid
        self.last: tuple[int, ...] = ()
        self.progress = False
        self.stop: Stop | None = None


class TableWalk:
    """Makes the requests of a walk and takes the answers; the caller carries them.

    Ask for ``next_oids()`` with one non-repeater (sysUpTime), ``feed`` the answer, until ``active`` is false.
    """

    def __init__(self, columns: Sequence[Oid], *, max_rows: int = 100_000, allow_nonincreasing: bool = False) -> None:
        self._columns = [_Column(number, oid) for number, oid in enumerate(columns)]
        self._names = tuple(columns)
        self._max_rows = max_rows
        self._allow_nonincreasing = allow_nonincreasing
        self._open = list(self._columns)
        self._asked = self._open
        self._duplicates = 0
        self._rows: dict[str, list[Varbind | None]] = {}
        self._row_page: dict[str, int] = {}
        self._pages: list[Page] = []
        self._idle_pages = 0

    @property
    def active(self) -> bool:
        """Whether a column is still to be read."""
        return bool(self._open)

    def leave_out(self, stops: Mapping[int, str]) -> None:
        """Do not ask for some columns, by number; the reasons are those of a column that ended."""
        for column in self._columns:
            if column.number in stops:
                column.stop = "timeout" if stops[column.number] == "timeout" else "agent_error"
        self._open = [column for column in self._open if column.stop is None]

    @property
    def open_columns(self) -> int:
        """How many columns are still to be read."""
        return len(self._open)

    def next_oids(self, width: int | None = None) -> tuple[Oid, ...]:
        """Return the OIDs of the next request: sysUpTime, then the cursors of the first ``width`` open columns."""
        self._asked = self._open[:width]
        return (_UPTIME_CURSOR, *[column.cursor for column in self._asked])

    def feed(self, varbinds: Sequence[Varbind], *, sent_ms: int, received_ms: int, rtt_us: int) -> None:
        """Take the answer to the last request, of any number of repetitions."""
        page = len(self._pages)
        self._pages.append(Page(sent_ms, received_ms, rtt_us, _uptime_cs(varbinds)))
        asked = self._asked
        for column in asked:
            column.progress = False
        width = len(asked)
        for place, varbind in enumerate(varbinds[1:]):
            column = asked[place % width]
            if column.stop is None:
                self._take(column, varbind, page)
        self._next_page(asked)

    def put(self, number: int, varbind: Varbind) -> None:
        """Take a cell of a known row that was read by other means; ``number`` is that of its column."""
        oid, _, _ = varbind
        self._rows[oid[len(self._columns[number].prefix) :]][number] = varbind

    def lacking(self, number: int) -> list[Oid]:
        """Return the instances of a column that rows found by other columns lack."""
        prefix = self._columns[number].prefix
        return [prefix + index for index, cells in self._rows.items() if cells[number] is None]

    def end(self, place: int) -> None:
        """Take that the column at a place of the last request has no successor."""
        if 0 <= place < len(self._asked):
            self._asked[place].stop = "done"
            self._open = [column for column in self._open if column.stop is None]
        else:
            self.stop("agent_error")

    def stop_asked(self, reason: Stop) -> list[int]:
        """End the columns of the last request; return their numbers. What was read of them stays."""
        for column in self._asked:
            column.stop = column.stop or reason
        self._open = [column for column in self._open if column.stop is None]
        return [column.number for column in self._asked]

    def stop(self, reason: Stop) -> None:
        """End every open column; what was read stays."""
        for column in self._open:
            column.stop = reason
        self._open = []

    def result(self) -> Walk:
        """Return what was read up to now."""
        return Walk(
            columns=self._names,
            rows={index: tuple(cells) for index, cells in self._rows.items()},
            row_page=self._row_page,
            pages=tuple(self._pages),
            stops=tuple(column.stop or "budget" for column in self._columns),
            duplicates=self._duplicates,
        )

    def _take(self, column: _Column, varbind: Varbind, page: int) -> None:
        oid, tag, _ = varbind
        if tag in EXCEPTIONS:
            column.stop = "done"
            return
        if not oid.startswith(column.prefix):
            column.stop = "oid_not_increasing" if self._misplaced(column, oid) else "done"
            return
        index = oid[len(column.prefix) :]
        row = self._rows.get(index)
        if not self._grows(column, index, row):
            self._duplicates += row is not None and row[column.number] is not None
            column.stop = "oid_not_increasing"
            return
        if row is None:
            if len(self._rows) >= self._max_rows:
                self._limit()
                return
            row = self._rows[index] = [None] * len(self._columns)
            self._row_page[index] = page
        row[column.number] = varbind
        column.cursor = oid
        column.progress = True

    def _misplaced(self, column: _Column, oid: Oid) -> bool:
        """Tell whether an OID belongs to a column before this one: an answer out of order, not the end of a column."""
        return any(oid.startswith(other.prefix) for other in self._columns) and _key(oid) < _key(column.cursor)

    def _grows(self, column: _Column, index: str, row: list[Varbind | None] | None) -> bool:
        key = _key(index)
        grows = key > column.last
        if grows:
            column.last = key
        elif self._allow_nonincreasing:
            return row is None or row[column.number] is None
        return grows

    def _limit(self) -> None:
        for column in self._columns:
            if column.stop is None:
                column.stop = "row_limit"

    def _next_page(self, asked: list[_Column]) -> None:
        """Order the open columns: those that a short answer left out come first, so that none starves."""
        self._idle_pages = 0 if any(c.progress or c.stop for c in asked) else self._idle_pages + 1
        if self._idle_pages >= _PAGES_WITHOUT_PROGRESS:
            self._idle_pages = 0
            self.stop_asked("walk_stuck")
            return
        others = [c for c in self._open if not c.stop and c not in asked]
        self._open = [c for c in asked if not c.stop and not c.progress]
        self._open += [c for c in asked if not c.stop and c.progress]
        self._open += others


def stop_of(failure: SnmpFailure) -> Stop:
    """Return the word for a failure that ends a column."""
    match failure:
        case SnmpError():
            return "agent_error"
        case SnmpUnreachable():
            return "unreachable"
        case _:
            return "timeout"


def _uptime_cs(varbinds: Sequence[Varbind]) -> int | None:
    if varbinds and varbinds[0][0] == SYS_UPTIME and varbinds[0][1] == TIME_TICKS:
        uptime: int = varbinds[0][2]
        return uptime
    return None
