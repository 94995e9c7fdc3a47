"""A trap as an event: varbinds by the names of the MIB (specs/rules.md 4.2)."""

from collections.abc import Mapping
from typing import Any

from netmon.domain.event import Event
from netmon.domain.observation import Trap
from netmon.domain.oid import BAD_VALUE, Varbind, is_small
from netmon.mib.index import IndexMismatch
from netmon.mib.names import MibView, UnknownName
from netmon.runtime.cache import Cache

_OCTETS = 4
_CACHED = 100_000

Named = tuple[str, tuple[tuple[str, Any], ...]]
"""Symbol of a varbind, and what its instance says: values of the index by symbol."""


class TrapNames:
    """Names varbinds by OID, never by position; remembers what it has looked up."""

    def __init__(self, view: MibView) -> None:
        self.view = view
        self._named = Cache[str, Named](_CACHED)
        self._columns: dict[str, tuple[str, str]] = {}
        """By OID of a column that has one number for its index: its symbol, and that of the index."""

    def event(self, seq: int, trap: Trap) -> Event:
        """Return the event of a trap."""
        return Event(
            seq,
            trap.at,
            trap.at,
            trap.element,
            trap.element,
            "trap",
            trap.trap_oid,
            trap.aliases() if trap.flags else (),
            self._read(trap.varbinds),
            trap.origin_id,
            trap.uptime_cs,
            trap.varbinds,
            is_small(trap.varbinds),
        )

    def _read(self, varbinds: tuple[Varbind, ...]) -> Mapping[str, Any]:
        """Return varbinds by symbol; a bad value is no field."""
        fields: dict[str, Any] = {}
        hints: list[tuple[str, Any]] = []
        columns = self._columns
        for oid, tag, value in varbinds:
            if tag & BAD_VALUE:
                continue
            column, _, row = oid.rpartition(".")
            # Columns are few, instances are many: nearly all are known by their column.
            known = columns.get(column)
            if known is not None:
                symbol = known[0]
                hints.append((known[1], int(row)))
            else:
                symbol, indexes = self._named.get(oid) or self._look_up(oid)
                hints.extend(indexes)
            fields[symbol] = _text(value) if tag == _OCTETS else value
        for symbol, value in hints:
            fields.setdefault(symbol, value)
        return fields

    def _look_up(self, oid: str) -> Named:
        known = self._name(oid)
        self._named.keep(oid, known)
        return known

    def _name(self, oid: str) -> Named:
        found = self.view.resolve(oid)
        if not found.known:
            return oid, ()
        try:
            index = self.view.index_values(found.node, found.index) if found.node.kind == "column" else {}
        except (IndexMismatch, UnknownName):
            # The agent's instance does not fit the INDEX clause: the varbind still has its name.
            index = {}
        if len(index) == 1 and found.index.isdigit():
            ((symbol, value),) = index.items()
            if value == int(found.index):
                self._columns[oid.rpartition(".")[0]] = found.node.symbol, symbol
        return found.node.symbol, tuple(index.items())


def _text(octets: bytes) -> str:
    """Octets as text where they are text, else as hex."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return "0x" + octets.hex()
    return text if text.isprintable() or not text else _with_breaks(text, octets)


def _with_breaks(text: str, octets: bytes) -> str:
    stripped = text.rstrip("\x00")
    if all(c.isprintable() or c in "\r\n\t" for c in stripped):
        return stripped
    return "0x" + octets.hex()
