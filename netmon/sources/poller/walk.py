"""One run of a poll group: scalars by GET, tables by walk or by GET of known rows (specs/snmp.md 4.5 to 4.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from netmon.domain.oid import SYS_UPTIME, Varbind
from netmon.rulebook.profile_values import Column
from netmon.snmp.ber import EXCEPTIONS
from netmon.snmp.client import Reply
from netmon.snmp.walk import Page, Walk
from netmon.sources.clock import Clock
from netmon.sources.poller.blocks import MOST_CELLS, Gathered, block, moments
from netmon.sources.poller.cells import Exceptions, Fault, columns_of, exceptions, fault
from netmon.sources.poller.exact import Exact
from netmon.sources.poller.pages import Pages
from netmon.sources.poller.plan import Part, Preferred
from netmon.sources.poller.rows import Known, Rows, joined, page_of
from netmon.sources.poller.session import Session, uptime_cs

Cells = list[tuple[str, str, int, tuple[Any, ...]]]
"""(name, OID, tag, values) by column."""


class Reading:
    """Reads the tables of one group from one agent."""

    def __init__(self, session: Session, *, clock: Clock, max_rows: int, preferred: Preferred, rows: Rows) -> None:
        self.gathered = Gathered()
        self._session = session
        self._clock = clock
        self._max_rows = max_rows
        self._left_out = session.limits.left_out
        self._preferred = preferred
        self._rows = rows
        self._silent: set[str] = set()
        """Instances the agent has no value of."""

    async def read(self, parts: Sequence[Part]) -> None:
        """Read everything that can be had; what cannot is noted, one bad table never spoils the others.

        Raises:
            SnmpFailure: the agent does not answer the very first request.
            OutOfBudget: there was no time even for that.
        """
        await self._read_scalars([part for part in parts if part.table.scalars])
        for part in parts:
            if not part.table.scalars and part.table.columns:
                await self._read_table(part)

    async def _read_scalars(self, parts: Sequence[Part]) -> None:
        """Read instances .0, sysUpTime with each request; without any of them this shows that the agent lives."""
        exact = Exact(self._session)
        await exact.read(f"{column.oid}.0" for part in parts for column in self._preferred.columns(part))
        for oid, reason in exact.failed.items():
            self.gathered.miss(oid, reason)
        self._silent.update(exact.failed, exact.absent)
        for reply in exact.replies:
            self._take_scalars(parts, reply)

    def _take_scalars(self, parts: Sequence[Part], reply: Reply) -> None:
        again = self.gathered.uptime_cs is not None
        self.gathered.uptime_cs = uptime_cs(reply.varbinds)
        # sysUpTime comes with every request, but it is one sample.
        columns = {f"{column.oid}.0": column for part in parts for column in part.table.columns}
        if again:
            columns.pop(SYS_UPTIME, None)
        asked = [cell for cell in reply.varbinds if cell[0] in columns]
        faults = {cell[0]: reason for cell in asked if (reason := self._fault(cell, columns))}
        found = {cell[0]: cell for cell in asked if cell[0] not in faults}
        self._silent.update(oid for oid, _, _ in reply.varbinds if oid not in found)
        for oid, cell in found.items():
            self._rows.saw(columns[oid].name, cell[2])
        for part in parts:
            cells = self._scalars(part, found)
            if cells:
                of_part = ((one.name, faults.get(f"{one.oid}.0")) for one in part.table.columns)
                missing = exceptions(((name, {0: why}) for name, why in of_part if why), (0,))
                self._keep(part, page_of(reply), ("0",), cells, missing)

    def _keep(self, part: Part, page: Page, index: tuple[str, ...], cells: Cells, missing: Exceptions) -> None:
        boots = self._session.boots
        made = block(part, page, clock=self._clock, boots=boots, index=index, cells=cells, exceptions=missing)
        self.gathered.blocks.append(made)

    def _fault(self, cell: Varbind, columns: Mapping[str, Column]) -> Fault | None:
        reason = fault(cell, columns[cell[0]])
        if reason:
            self.gathered.spoil(cell[0], reason)
        return reason

    def _scalars(self, part: Part, found: Mapping[str, Varbind]) -> Cells:
        """Return (name, OID, tag, values) of what is a sample of a table among the instances found."""
        cells = [(column, found.get(f"{column.oid}.0")) for column in part.table.columns]
        told = [column.name for column, cell in cells if cell is not None]
        silent = [column.name for column in part.table.columns if f"{column.oid}.0" in self._silent]
        others = self._preferred.learn(part, told=told, silent=silent)
        return [
            (column.name, column.oid, cell[1], (cell[2],))
            for column, cell in cells
            if cell is not None and column.name not in others
        ]

    async def _read_table(self, part: Part) -> None:
        asked = self._preferred.columns(part)
        known = self._rows.known(part, tuple([column.oid for column in asked]), self._clock.now_ms())
        walk = await self._get_known(known) if known is not None else None
        if walk is None:
            walk = await self._walk(part, asked)
            self._rows.learn(part, walk, self._clock.now_ms())
            if walk.complete:
                self.gathered.walked.append(part.table.name)
        if walk.pages:
            self.gathered.uptime_cs = walk.pages[-1].uptime_cs
        self.gathered.dropped.update(duplicate_row=walk.duplicates)
        self._take_table(part, asked, walk)

    async def _get_known(self, known: Known) -> Walk | None:
        """Read the known rows of a table; None when one of them is gone, so that the table must be walked."""
        exact = Exact(self._session)
        await exact.read(oid for oid, _, _ in known.cells())
        cells = (cell for reply in exact.replies for cell in reply.varbinds if cell[0] != SYS_UPTIME)
        if exact.absent or any(tag in EXCEPTIONS for _, tag, _ in cells):
            return None
        for oid, reason in exact.failed.items():
            self.gathered.miss(oid, reason)
        return joined(known, exact.replies)

    async def _walk(self, part: Part, asked: Sequence[Column]) -> Walk:
        """Walk a table; columns on which the agent fails are read by GET of the rows that the others found."""
        now = self._clock.now_ms()
        apart = {number: why for number, one in enumerate(asked) if (why := self._left_out.reason(one.oid, now))}
        pages = Pages(
            self._session,
            [column.oid for column in asked],
            apart=apart,
            max_rows=self._max_rows,
            allow_nonincreasing=part.table.allow_nonincreasing,
        )
        await pages.read()
        stops = pages.walk.result().stops
        for number in pages.faulty:
            self._left_out.add(asked[number].oid, stops[number], now_ms=now)
        if pages.faulty or apart:
            await self._fill(pages, [*pages.faulty, *apart])
        walk = pages.walk.result()
        for stop in dict.fromkeys(walk.stops):
            if stop != "done":
                self.gathered.miss(part.table.name, stop)
        return walk

    async def _fill(self, pages: Pages, numbers: Sequence[int]) -> None:
        """Read by GET what columns lack in the rows that were found; the instance that is the fault is left out."""
        lacking = {oid: number for number in numbers for oid in pages.walk.lacking(number)}
        if not lacking:
            return
        exact = Exact(self._session)
        await exact.read(lacking)
        for oid, reason in exact.failed.items():
            self.gathered.miss(oid, reason)
        for reply in exact.replies:
            for cell in reply.varbinds:
                if cell[0] in lacking and cell[1] not in EXCEPTIONS:
                    pages.walk.put(lacking[cell[0]], cell)

    def _take_table(self, part: Part, asked: Sequence[Column], walk: Walk) -> None:
        found, dropped = columns_of(walk, asked, self.gathered.spoil)
        told = [asked[number].name for number, _, _ in found]
        ended = [column.name for column, stop in zip(asked, walk.stops, strict=True) if stop == "done"]
        silent = [name for name in ended if name not in told]
        values = {asked[number].name: cells for number, _, cells in found}
        mixed = [group for group in part.table.prefer if _is_mixed([values[name] for name in group if name in values])]
        others = self._preferred.learn(part, told=told, silent=silent, mixed=mixed)
        columns = [one for one in found if asked[one[0]].name not in others]
        if not columns:
            return
        indexes = list(walk.rows)
        for rows in moments(walk, most=max(1, MOST_CELLS // len(columns))):
            cells = [
                (asked[number].name, walk.columns[number], tag, tuple(values[row] for row in rows))
                for number, tag, values in columns
            ]
            page = walk.pages[walk.row_page[indexes[rows[0]]]]
            missing = exceptions(((asked[number].name, faults) for number, faults in dropped.items()), rows)
            self._keep(part, page, tuple(indexes[row] for row in rows), cells, missing)


def _is_mixed(columns: list[list[Any]]) -> bool:
    """Tell whether some row lacks the first column and has another: a port without 64-bit counters among others."""
    rows = zip(*columns, strict=True) if len(columns) > 1 else ()
    return any(row[0] is None and any(cell is not None for cell in row) for row in rows)
