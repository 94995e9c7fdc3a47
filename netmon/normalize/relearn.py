"""What became of the parts of an element, found when their names are learned again (specs/snmp.md 5.2).

| seen                                                | told            |
|-----------------------------------------------------|-----------------|
| name the same, MAC address or ifType differs        | hardware        |
| ifIndex and MAC address the same, name differs      | renamed         |
| in none of two complete walks                       | removed         |
| another ifIndex, name the same                      | nothing: it is the same object |
"""

from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

import msgspec

from netmon.domain.observation import Block

_MAC, _TYPE = "ifPhysAddress", "ifType"
_WALKS = 2
_TYPE_BITS = 16
Place = tuple[str, str]
"""(scope, kind)."""


class Relearned(msgspec.Struct):
    """What one reading says, by name."""

    renamed: list[tuple[str, str]] = []
    """(old name, new name)."""
    removed: list[str] = []
    hardware: list[str] = []


class Relearn:
    """Remembers of each part by what it is known again, and in how many walks it was not."""

    def __init__(self) -> None:
        self._marks: dict[Place, dict[str, int]] = {}
        self._missing: dict[Place, dict[str, int]] = {}

    def judge(
        self, place: Place, blocks: Iterable[Block], *, before: Mapping[str, str], now: Mapping[str, str], walked: bool
    ) -> Relearned:
        """Compare the names of a reading with those before.

        Args:
            place: scope and kind of the parts.
            blocks: the reading.
            before: index to name, before it.
            now: index to name, with it.
            walked: the table was read whole, so that what is missing is gone.
        """
        read = Relearned()
        found = {now[index]: mark for index, mark in _marks(blocks) if index in now}
        known = self._marks.setdefault(place, {})
        read.hardware += [name for name, mark in found.items() if mark and known.get(name, mark) != mark]
        if walked:
            self._gone(read, place, before, now, found)
        known.update((name, mark) for name, mark in found.items() if mark)
        for name in (*read.removed, *(old for old, _ in read.renamed)):
            known.pop(name, None)
        return read

    def misses(self, place: Place) -> bool:
        """Tell whether something was missing in the last whole walk."""
        return bool(self._missing.get(place))

    def forget(self, scopes: Iterable[str]) -> None:
        """Forget elements that left the inventory."""
        gone = set(scopes)
        for places in (self._marks, self._missing):
            for place in [place for place in places if place[0].partition("@")[0] in gone]:
                del places[place]

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        marks = [("mark", *place, name, m) for place, all_ in sorted(self._marks.items()) for name, m in all_.items()]
        return marks + [
            ("missing", *place, name, count)
            for place, names in sorted(self._missing.items())
            for name, count in sorted(names.items())
        ]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._marks, self._missing = {}, {}
        for what, scope, kind, name, value in items:
            into = self._marks if what == "mark" else self._missing
            into.setdefault((scope, kind), {})[name] = value

    def _gone(
        self,
        read: Relearned,
        place: Place,
        before: Mapping[str, str],
        now: Mapping[str, str],
        found: Mapping[str, int],
    ) -> None:
        """Find what a whole walk lacks: renamed, missing for the first time, or gone."""
        present, named = set(now.values()), set(before.values())
        missing = {name: n for name, n in self._missing.get(place, {}).items() if name not in present}
        for index, name in before.items():
            if name in present or name in missing or name.startswith("#"):
                continue
            new = now.get(index, "")
            mac = _mac(self._marks[place].get(name, 0))
            if new and new not in named and not new.startswith("#") and mac and mac == _mac(found.get(new, 0)):
                read.renamed.append((name, new))
            else:
                missing[name] = 0
        counted = {name: n + 1 for name, n in missing.items()}
        read.removed += sorted(name for name, n in counted.items() if n >= _WALKS)
        self._missing[place] = {name: n for name, n in counted.items() if n < _WALKS}


def _marks(blocks: Iterable[Block]) -> Iterable[tuple[str, int]]:
    """Yield index, and MAC address and type as one number; 0 where a block has neither."""
    for block in blocks:
        if _MAC in block.columns or _TYPE in block.columns:
            macs, types = _cells(block, _MAC), _cells(block, _TYPE)
            for index, mac, type_ in zip(block.index, macs, types, strict=True):
                yield index, _mark(mac, type_)


def _cells(block: Block, name: str) -> tuple[Any, ...]:
    return block.cells[block.columns.index(name)] if name in block.columns else (None,) * len(block.index)


def _mark(mac: Any, type_: Any) -> int:
    of_mac = crc32(mac) if isinstance(mac, bytes) and mac.strip(b"\0") else 0
    of_type = type_ % (1 << _TYPE_BITS) if isinstance(type_, int) else 0
    return of_mac << _TYPE_BITS | of_type


def _mac(mark: int) -> int:
    return mark >> _TYPE_BITS
