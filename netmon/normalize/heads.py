"""What sample blocks of one table have in common: kept once, however many elements have the table."""

from collections.abc import Iterable, Mapping

import msgspec

from netmon.domain.observation import Block
from netmon.domain.sample import SampleKind
from netmon.rulebook.profile_values import Column, Profile

_KINDS: dict[str, SampleKind] = {
    "counter": "counter",
    "gauge": "gauge",
    "time": "gauge",
    "state": "state",
    "info": "info",
}
_MOST = 10_000
"""Elements answer with few different sets of columns; one that never answers twice alike fills no memory."""


class Head(msgspec.Struct, frozen=True):
    """The columns of a block."""

    columns: tuple[Column | None, ...]
    names: tuple[str, ...]
    kinds: tuple[SampleKind, ...]
    units: tuple[str, ...]
    oids: tuple[str, ...]


class Heads:
    """Knows the columns of every table."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._columns: dict[tuple[str, str], Mapping[str, Column]] = {
            (profile.name, table.name): {column.name: column for column in table.columns}
            for profile in profiles
            for table in profile.tables
        }
        self._heads: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], Head] = {}

    def of(self, block: Block) -> Head:
        """Return what is told of the columns of a block of a known table; the same object for equal ones."""
        key = (block.profile, block.table, block.columns, block.oids)
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _MOST:
                self._heads.clear()
            head = self._heads[key] = self._made(block)
        return head

    def _made(self, block: Block) -> Head:
        columns = self._columns[block.profile, block.table]
        known = tuple(columns.get(name) for name in block.columns)
        units = tuple(column.unit if column else "" for column in known)
        return Head(known, block.columns, tuple(map(_kind, known)), units, block.oids)


def _kind(column: Column | None) -> SampleKind:
    return _KINDS.get(column.kind, "text") if column is not None else "text"
