"""One run of a poll group: scalars by GET, tables by walk, as blocks (specs/snmp.md 4.5 to 4.7)."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from netmon.domain.observation import Block
from netmon.domain.oid import BAD_VALUE, SYS_UPTIME, Varbind
from netmon.rulebook.kinds import Column
from netmon.snmp.ber import EXCEPTIONS
from netmon.snmp.client import Reply
from netmon.snmp.errors import SnmpError, SnmpFailure
from netmon.snmp.walk import Page, Walk
from netmon.sources.clock import Clock
from netmon.sources.poller.plan import Part, Preferred
from netmon.sources.poller.session import OutOfBudget, Session, uptime_cs

MOST_CELLS = 1_000
"""Per observation, so that one of them is never long work for the core."""
_PER_GET = 49
_ONE_MOMENT_MS = 100
"""Pages read within this time share one block: the error of a rate over a minute stays far below that of the agent."""
_HOUR_MS = 3_600_000


class Gathered(msgspec.Struct):
    """What a run has brought up to now."""

    blocks: list[Block] = []
    errors: list[tuple[str, str]] = []
    """(table or OID, reason) for what is missing."""
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    """Cells that are no sample, by reason."""
    uptime_cs: int | None = None
    complete: bool = True

    def miss(self, what: str, reason: str) -> None:
        """Note that something could not be read."""
        self.errors.append((what, reason))
        self.complete = False


class Reading:
    """Reads the tables of one group from one agent."""

    def __init__(
        self, session: Session, *, clock: Clock, max_rows: int, left_out: dict[str, int], preferred: Preferred
    ) -> None:
        self.gathered = Gathered()
        self._session = session
        self._clock = clock
        self._max_rows = max_rows
        self._left_out = left_out
        """OIDs that made the agent fail, and until when they are not asked for; lives longer than a run."""
        self._preferred = preferred
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
        now = self._clock.now_ms()
        oids = [f"{column.oid}.0" for part in parts for column in self._preferred.columns(part)]
        self._silent.update(oid for oid in oids if self._left_out.get(oid, 0) > now)
        wanted = [oid for oid in dict.fromkeys(oids) if oid not in self._silent and oid != SYS_UPTIME]
        stack = [wanted[at : at + _PER_GET] for at in range(0, len(wanted), _PER_GET)][::-1] or [[]]
        while stack:
            asked = stack.pop()
            try:
                reply = await self._session.get_present([SYS_UPTIME, *asked])
            except SnmpError:
                stack += self._split(asked)
            except (SnmpFailure, OutOfBudget) as failure:
                if not self._session.answered:
                    raise
                self.gathered.miss(asked[0] if asked else SYS_UPTIME, why(failure))
                return
            else:
                self._take_scalars(parts, asked, reply)

    def _split(self, asked: list[str]) -> list[list[str]]:
        """Halve a request that the agent refused, until the bad varbind stands alone; leave that out for an hour."""
        if len(asked) > 1:
            half = len(asked) // 2
            return [asked[half:], asked[:half]]
        bad = asked[0] if asked else SYS_UPTIME
        self._left_out[bad] = self._clock.now_ms() + _HOUR_MS
        self._silent.add(bad)
        self.gathered.miss(bad, "agent_error")
        return []

    def _take_scalars(self, parts: Sequence[Part], asked: Sequence[str], reply: Reply) -> None:
        again = self.gathered.uptime_cs is not None
        self.gathered.uptime_cs = uptime_cs(reply.varbinds)
        # sysUpTime comes with every request, but it is one sample.
        known = {f"{column.oid}.0" for part in parts for column in part.table.columns} - (
            {SYS_UPTIME} if again else set()
        )
        found = {cell[0]: cell for cell in reply.varbinds if cell[0] in known and self._usable(cell)}
        self._silent.update(oid for oid in asked if oid not in found)
        page = Page(reply.sent_ms, reply.received_ms, reply.rtt_us, self.gathered.uptime_cs)
        for part in parts:
            cells = self._scalars(part, found)
            if cells:
                self.gathered.blocks.append(block(part, page, clock=self._clock, index=("0",), cells=cells))

    def _scalars(self, part: Part, found: Mapping[str, Varbind]) -> list[tuple[str, str, int, tuple[Any, ...]]]:
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
        try:
            walk = await self._session.walk([column.oid for column in asked], max_rows=self._max_rows)
        except (SnmpFailure, OutOfBudget) as failure:
            self.gathered.miss(part.table.name, why(failure))
            return
        for stop in dict.fromkeys(walk.stops):
            if stop != "done":
                self.gathered.miss(part.table.name, stop)
        self.gathered.uptime_cs = walk.pages[-1].uptime_cs if walk.pages else None
        first = next(iter(walk.rows.values()), ())
        sample = [varbind for varbind in first if varbind is not None]
        if walk.complete:
            self._session.size.clean(sample, pages=len(walk.pages), now_ms=self._clock.now_ms())
        self._take_table(part, asked, walk)

    def _take_table(self, part: Part, asked: Sequence[Column], walk: Walk) -> None:
        found = self._columns(walk)
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
        for rows in _moments(walk, most=max(1, MOST_CELLS // len(columns))):
            cells = [
                (asked[number].name, walk.columns[number], tag, tuple(values[row] for row in rows))
                for number, tag, values in columns
            ]
            page = walk.pages[walk.row_page[indexes[rows[0]]]]
            index = tuple(indexes[row] for row in rows)
            self.gathered.blocks.append(block(part, page, clock=self._clock, index=index, cells=cells))

    def _columns(self, walk: Walk) -> list[tuple[int, int, list[Any]]]:
        """Return (column number, tag, values) of each column that has any value: one type, other cells dropped."""
        found = []
        for number in range(len(walk.columns)):
            cells = [row[number] for row in walk.rows.values()]
            sound = [cell if cell is not None and self._usable(cell) else None for cell in cells]
            tags = Counter(cell[1] for cell in sound if cell is not None)
            if not tags:
                continue
            tag, count = tags.most_common(1)[0]
            self.gathered.dropped["wrong_type"] += tags.total() - count
            found.append((number, tag, [cell[2] if cell is not None and cell[1] == tag else None for cell in sound]))
        return found

    def _usable(self, varbind: Varbind) -> bool:
        _, tag, value = varbind
        if tag in EXCEPTIONS:
            self.gathered.dropped["no_such_instance"] += 1
        elif tag & BAD_VALUE:
            self.gathered.dropped["bad_value"] += 1
        elif isinstance(value, float) and not math.isfinite(value):
            self.gathered.dropped["not_finite"] += 1
        else:
            return True
        return False


def _is_mixed(columns: list[list[Any]]) -> bool:
    """Tell whether some row lacks the first column and has another: a port without 64-bit counters among others."""
    rows = zip(*columns, strict=True) if len(columns) > 1 else ()
    return any(row[0] is None and any(cell is not None for cell in row) for row in rows)


def block(
    part: Part,
    page: Page,
    *,
    clock: Clock,
    index: tuple[str, ...],
    cells: Sequence[tuple[str, str, int, tuple[Any, ...]]],
) -> Block:
    """Return a block; ``cells`` are (name, OID, tag, values) by column."""
    names, oids, tags, values = zip(*cells, strict=True)
    return Block(
        t=page.at_ms,
        mono_ms=clock.mono_ms(page.at_ms),
        rtt_us=page.rtt_us,
        uptime_cs=page.uptime_cs,
        boots=None,
        profile=part.profile,
        table=part.table.name,
        columns=names,
        oids=oids,
        tags=tags,
        index=index,
        cells=values,
    )


def parts_of(blocks: Iterable[Block]) -> list[tuple[Block, ...]]:
    """Return the blocks in observations of at most 1,000 cells each; at least one, so that a run always ends."""
    parts: list[list[Block]] = [[]]
    room = MOST_CELLS
    for one in blocks:
        size = len(one.index) * len(one.columns)
        if size > room and parts[-1]:
            parts.append([])
            room = MOST_CELLS
        parts[-1].append(one)
        room -= size
    return [tuple(part) for part in parts]


def _moments(walk: Walk, *, most: int) -> Iterable[list[int]]:
    """Yield the numbers of rows that were read at about one moment, at most ``most`` at a time."""
    began = 0
    rows: list[int] = []
    for row, index in enumerate(walk.rows):
        at = walk.pages[walk.row_page[index]].at_ms
        if rows and (len(rows) >= most or at - began > _ONE_MOMENT_MS):
            yield rows
            rows = []
        if not rows:
            began = at
        rows.append(row)
    if rows:
        yield rows


def why(failure: SnmpFailure | OutOfBudget) -> str:
    """Return the word for what ended a reading."""
    if isinstance(failure, OutOfBudget):
        return "budget"
    return "agent_error" if isinstance(failure, SnmpError) else "timeout"
