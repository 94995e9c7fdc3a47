"""What a run brings: cells as columns, in blocks that are small enough for the core (specs/snmp.md 4.7)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from netmon.domain.observation import Block
from netmon.snmp.walk import Page, Walk
from netmon.sources.clock import Clock
from netmon.sources.poller.cells import Exceptions
from netmon.sources.poller.plan import Part

MOST_CELLS: Final = 1_000
"""Per observation, so that one of them is never long work for the core."""
_MOST_NAMED: Final = 20
"""Errors of a run from which on further cells are only counted: a column of a wrong type fills no log."""
_USUAL: Final = ("no_such_instance", "invalid_value")
"""Reasons that say nothing is wrong: counted, and never named."""
_ONE_MOMENT_MS: Final = 100
"""Pages read within this time share one block: the error of a rate over a minute stays far below that of the agent."""


class Gathered(msgspec.Struct):
    """What a run has brought up to now."""

    blocks: list[Block] = []
    errors: list[tuple[str, str]] = []
    """(table or OID, reason) for what is missing."""
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    """Cells that are no sample, by reason."""
    uptime_cs: int | None = None
    complete: bool = True
    walked: list[str] = []
    """Tables that were read from their first row to the last."""

    def miss(self, what: str, reason: str) -> None:
        """Note that something could not be read."""
        self.errors.append((what, reason))
        self.complete = False

    def spoil(self, oid: str, reason: str) -> None:
        """Note a cell that is no value; all are counted, and some named."""
        self.dropped[reason] += 1
        if reason not in _USUAL and len(self.errors) < _MOST_NAMED:
            self.errors.append((oid, reason))


def block(
    part: Part,
    page: Page,
    *,
    clock: Clock,
    billed: bool = False,
    boots: int | None,
    index: tuple[str, ...],
    cells: Sequence[tuple[str, str, int, tuple[Any, ...]]],
    exceptions: Exceptions = (),
) -> Block:
    """Return a block; ``cells`` are (name, OID, tag, values) by column."""
    names, oids, tags, values = zip(*cells, strict=True)
    return Block(
        t=clock.billed_ms(page.at_ms) if billed else page.at_ms,
        mono_ms=clock.mono_ms(page.at_ms),
        rtt_us=page.rtt_us,
        uptime_cs=page.uptime_cs,
        boots=boots,
        profile=part.profile,
        table=part.table.name,
        columns=names,
        oids=oids,
        tags=tags,
        index=index,
        cells=values,
        offset_ms=clock.offset_ms(),
        exceptions=exceptions,
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


def moments(walk: Walk, *, most: int) -> Iterable[list[int]]:
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
