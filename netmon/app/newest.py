"""The newest row of every table of every element: references into sample blocks, nothing is copied."""

from collections.abc import Container, Iterable

from netmon.domain.sample import SampleBlock

Row = tuple[SampleBlock, int]
Rows = dict[str, Row]
"""Index to the block that has its newest values, and the row there."""

_UP = 1
_STALE_INTERVALS = 5
"""A row that was not read for so long is gone."""
_STALE_AT_LEAST_MS = 900_000


class Newest:
    """Keeps them by element and table; a row that is not read any more goes when its table is read later."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Rows]] = {}
        self._down: dict[str, set[str]] = {}
        self._swept: dict[tuple[str, str], int] = {}

    def take(self, blocks: Iterable[SampleBlock]) -> None:
        """Take what was committed; of further contexts nothing, as their rows have the same indexes."""
        for block in (block for block in blocks if not block.context):
            rows = self._tables.setdefault(block.element, {}).setdefault(block.table, {})
            for row, index in enumerate(block.index):
                rows[index] = (block, row)
            if "ifOperStatus" in block.names and "ifAdminStatus" in block.names:
                self._count_down(block)
            self._sweep(block, rows)

    def rows(self, element: str) -> list[Rows]:
        """Return the tables of an element as they are now, shallow copies."""
        return [dict(rows) for rows in self._tables.get(element, {}).values()]

    def if_down(self, element: str) -> int:
        """Return how many interfaces of an element are down that should be up."""
        return len(self._down.get(element, ()))

    def keep(self, elements: Container[str]) -> None:
        """Forget all but these elements."""
        for gone in [element for element in self._tables if element not in elements]:
            del self._tables[gone]
            self._down.pop(gone, None)
            self._swept = {place: at for place, at in self._swept.items() if place[0] != gone}

    def _count_down(self, block: SampleBlock) -> None:
        down = self._down.setdefault(block.element, set())
        admin = block.columns[block.names.index("ifAdminStatus")]
        oper = block.columns[block.names.index("ifOperStatus")]
        for index, wanted, found in zip(block.index, admin, oper, strict=True):
            if wanted == _UP and found not in (_UP, None):
                down.add(index)
            else:
                down.discard(index)

    def _sweep(self, block: SampleBlock, rows: Rows) -> None:
        """Now and then drop the rows that left the table, so that memory is bounded by what there is."""
        place = (block.element, block.table)
        stale_ms = max(_STALE_INTERVALS * block.interval_ms, _STALE_AT_LEAST_MS)
        if block.time - self._swept.setdefault(place, block.time) < stale_ms:
            return
        self._swept[place] = block.time
        for index in [index for index, (old, _) in rows.items() if block.time - old.time > stale_ms]:
            del rows[index]
            self._down.get(block.element, set()).discard(index)
