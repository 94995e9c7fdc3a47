"""A trap as an event: varbinds by the names of the MIB (specs/rules.md 4.2)."""

from collections.abc import Callable, Mapping
from typing import Any

from netmon.domain.event import Event
from netmon.domain.observation import Trap
from netmon.domain.oid import BAD_VALUE, Varbind, is_memorable
from netmon.mib.address import address_text, is_address
from netmon.mib.index import IndexMismatch
from netmon.mib.names import MibView, UnknownName
from netmon.mib.node import Node
from netmon.runtime.cache import Cache

_OCTETS = 4
_CACHED = 100_000

Read = Callable[[bytes], str]
"""Makes text of octets."""

Named = tuple[str, Read, tuple[tuple[str, Any], ...]]
"""Symbol of a varbind, how its octets are read, and what its instance says: values of the index by symbol."""


class TrapNames:
    """Names varbinds by OID, never by position; remembers what it has looked up."""

    def __init__(self, view: MibView) -> None:
        self.view = view
        self._named = Cache[str, Named](_CACHED)
        self._columns: dict[str, tuple[str, Read, str]] = {}
        """By OID of a column that has one number for its index: its symbol, how it is read, the symbol of the index."""

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
            is_memorable(trap.varbinds),
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
                symbol, read, of_row = known
                hints.append((of_row, int(row)))
            else:
                symbol, read, indexes = self._named.get(oid) or self._look_up(oid)
                hints.extend(indexes)
            fields[symbol] = read(value) if tag == _OCTETS else value
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
            return oid, _text, ()
        try:
            index = self.view.index_values(found.node, found.index) if found.node.kind == "column" else {}
        except (IndexMismatch, UnknownName):
            # The agent's instance does not fit the INDEX clause: the varbind still has its name.
            index = {}
        read = _reader(found.node)
        if len(index) == 1 and found.index.isdigit():
            ((symbol, value),) = index.items()
            if value == int(found.index):
                self._columns[oid.rpartition(".")[0]] = found.node.symbol, read, symbol
        return found.node.symbol, read, tuple(self._of_index(found.node, index).items())

    def _of_index(self, node: Node, index: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values of an index with addresses as text."""
        octets = [symbol for symbol, value in index.items() if isinstance(value, bytes)]
        if not octets:
            return index
        parts = {part.symbol: part for part, _ in self.view.indexes(node)}
        return {**index, **{symbol: _address(index[symbol]) for symbol in octets if is_address(parts[symbol].type)}}


def _reader(node: Node) -> Read:
    return _address if is_address(node.type) else _text


def _address(octets: bytes) -> str:
    return address_text(octets) or _text(octets)


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
