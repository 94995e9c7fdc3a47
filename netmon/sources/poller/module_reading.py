"""Reads what a module of snmp_exporter names: its filters, its instances, its subtrees (specs/snmp.md 6.2)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from netmon.domain.oid import BAD_VALUE, SYS_UPTIME, Oid, Varbind, is_below
from netmon.domain.scrape import ScrapeFailed
from netmon.normalize.exporter.text import value_text
from netmon.rulebook.exporter import ExporterModule, Filter
from netmon.rulebook.pattern import compile_search
from netmon.snmp.ber import EXCEPTIONS
from netmon.snmp.walk import Walk
from netmon.sources.poller.exact import Exact
from netmon.sources.poller.pages import Pages
from netmon.sources.poller.session import Session

_search = lru_cache(maxsize=1_000)(compile_search)


class ModuleReading:
    """Reads one module from one agent."""

    def __init__(self, session: Session, module: ExporterModule, *, max_rows: int) -> None:
        self.cells: dict[Oid, tuple[int, Any]] = {}
        self._session = session
        self._module = module
        self._max_rows = max_rows

    async def read(self) -> None:
        """Read everything; a subtree that the agent does not have is empty.

        Raises:
            SnmpFailure: the agent does not answer.
            OutOfBudget: the time is up before anything came.
            ScrapeFailed: a subtree cannot be read to its end.
        """
        walks, gets = await self._wanted()
        await self._get(gets)
        empty = [root for root in walks if not await self._walk(root)]
        # The root of a walk may be an instance itself: nothing lies below it, but it has a value.
        await self._get(empty)

    async def _wanted(self) -> tuple[list[Oid], list[Oid]]:
        """Return subtrees and instances to read, after the filters; those of one target are ANDed."""
        walks, gets = list(self._module.walk), list(self._module.get)
        kept: dict[Oid, list[str]] = {}
        for one in self._module.filters:
            found = await self._indexes(one)
            if found is None:
                continue
            for target in one.targets:
                both = [index for index in kept[target] if index in found] if target in kept else list(found)
                kept[target] = both
        walks = [root for root in walks if root not in kept]
        gets = [oid for oid in gets if not any(oid == target or is_below(oid, target) for target in kept)]
        return walks, gets + [f"{target}.{index}" for target, indexes in kept.items() for index in indexes]

    async def _indexes(self, one: Filter) -> dict[str, None] | None:
        """Return the indexes whose value is wanted, None where the agent cannot tell: then nothing is filtered."""
        walk = await self._subtree(one.oid)
        if walk.stops != ("done",):
            return None
        found = (
            (oid[len(one.oid) + 1 :], value_text(value, "DisplayString")) for oid, _, value in _sound(_cells(walk))
        )
        return {index: None for index, text in found if any(_search(wanted)(text) for wanted in one.values)}

    async def _get(self, oids: Sequence[Oid]) -> None:
        if not oids:
            return
        exact = Exact(self._session)
        await exact.read(oids)
        wanted = set(oids)
        if SYS_UPTIME in wanted and not exact.replies:
            # It comes with every answer; where all others are missing on an agent of version 1 there was none.
            await exact.read(())
        self._take(cell for reply in exact.replies for cell in reply.varbinds if cell[0] in wanted)

    async def _walk(self, root: Oid) -> bool:
        """Read a subtree; tell whether there was anything in it."""
        walk = await self._subtree(root)
        (stop,) = walk.stops
        if stop != "done":
            raise ScrapeFailed(stop, f"walk of {root}: {stop.replace('_', ' ')}")
        return self._take(_cells(walk))

    async def _subtree(self, root: Oid) -> Walk:
        pages = Pages(
            self._session,
            (root,),
            apart={},
            max_rows=self._max_rows,
            allow_nonincreasing=self._module.allow_nonincreasing_oids,
            most=self._module.max_repetitions,
        )
        await pages.read()
        return pages.walk.result()

    def _take(self, varbinds: Iterator[Varbind]) -> bool:
        before = len(self.cells)
        self.cells.update({oid: (tag, value) for oid, tag, value in _sound(varbinds)})
        return len(self.cells) > before


def _cells(walk: Walk) -> Iterator[Varbind]:
    return (row[0] for row in walk.rows.values() if row[0] is not None)


def _sound(varbinds: Iterator[Varbind]) -> Iterator[Varbind]:
    """Leave out what is no value: one bad cell spoils no other."""
    return (varbind for varbind in varbinds if varbind[1] not in EXCEPTIONS and not varbind[1] & BAD_VALUE)
