"""The rows of an agent in the order of their OIDs, found by instance or by what comes after one."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from netmon.domain.oid import Oid, Varbind, sort_key

_key = lru_cache(maxsize=65_536)(sort_key)
"""Agents of one kind have the same OIDs."""


class Rows:
    """Rows sorted as OIDs; of several with one OID the last counts."""

    size: int
    """How many there are."""

    def __init__(self, rows: Iterable[Varbind]) -> None:
        self.replace(rows)

    def __iter__(self) -> Iterator[Varbind]:
        return iter(self._rows)

    def __getitem__(self, place: int) -> Varbind:
        return self._rows[place]

    def replace(self, rows: Iterable[Varbind]) -> None:
        """Hold other rows from now on."""
        table = {row[0]: row for row in rows}
        self._rows = sorted(table.values(), key=lambda row: _key(row[0]))
        self._keys = [_key(row[0]) for row in self._rows]
        self.size = len(self._rows)
        self._places = {row[0]: place for place, row in enumerate(self._rows)}

    def find(self, oid: Oid) -> int:
        """Return the place of an instance, -1 if there is none."""
        return self._places.get(oid, -1)

    def after(self, oid: Oid) -> int:
        """Return the place of the first instance after an OID; the number of rows if there is none."""
        place = self._places.get(oid, -1)
        return place + 1 if place >= 0 else bisect_right(self._keys, _key(oid))

    def below(self, oid: Oid) -> range:
        """Return the places of the instances below an OID."""
        key = _key(oid)
        return range(bisect_right(self._keys, key), bisect_right(self._keys, (*key[:-1], key[-1] + 1)))

    def has_object(self, oid: Oid) -> bool:
        """Tell whether some instance lies beside this one: then the object exists, only not this instance."""
        return len(self.below(oid.rpartition(".")[0])) > 0

    def number(self, oid: Oid, tag: int) -> int | None:
        """Return the value of an instance, None where there is none of that type."""
        place = self.find(oid)
        return int(self._rows[place][2]) if place >= 0 and self._rows[place][1] == tag else None

    def put(self, oid: Oid, value: Any) -> None:
        """Change a value.

        Raises:
            KeyError: there is no such row.
        """
        place = self._places[oid]
        self._rows[place] = (oid, self._rows[place][1], value)
