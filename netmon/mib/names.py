"""Names of OIDs and OIDs of names: an immutable view of all compiled modules."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from netmon.domain.oid import Oid
from netmon.domain.place import suggestion
from netmon.mib.index import index_values
from netmon.mib.node import Index, Module, Node
from netmon.mib.render import render_value

_CACHE_LIMIT = 100_000
_OID = re.compile(r"\d+(\.\d+)*", re.ASCII)
_ARCS = ("SNMPv2-SMI", "")
"""Modules whose nodes are the trunk of the tree: to lie below them tells nothing about an OID."""
_OBJECTS = ("scalar", "column")


class UnknownName(LookupError):
    """No node has this name; the text says which one was meant, perhaps."""

    def __init__(self, text: str, meant: str = "") -> None:
        super().__init__(text)
        self.meant = meant
        """The near name that the text proposes, or nothing."""


class Resolved(msgspec.Struct, frozen=True):
    """The node with the longest OID that begins the one asked for, and what is left of it."""

    node: Node
    index: str
    """The remaining sub-identifiers as dotted text; empty for the node itself."""

    @property
    def known(self) -> bool:
        """Whether this is the node itself or an instance of an object."""
        return not self.index or self.node.kind in _OBJECTS


ROOT = Node(module="", symbol="", oid="")
"""Stands for the unnamed root, where not even the first arc is known."""


class MibView:
    """Everything known of a set of modules; built once, swapped whole."""

    def __init__(self, modules: Iterable[Module]) -> None:
        ordered = sorted(modules, key=_newest_smi_first)
        self.modules: tuple[str, ...] = tuple(sorted(module.name for module in ordered))
        self.hash: str = _hash(ordered)
        self._by_oid: dict[Oid, Node] = {}
        self._by_name: dict[str, Node] = {}
        for module in ordered:
            for node in module.nodes:
                self._by_oid.setdefault(node.oid, node)
                self._by_name.setdefault(node.symbol, node)
                self._by_name[node.name] = node
        self._cache: dict[Oid, Resolved] = {}
        self._indexes: dict[Oid, tuple[tuple[Node, bool], ...]] = {}

    def resolve(self, oid: Oid) -> Resolved:
        """Return the nearest named node of an OID and the rest as index text; on the trap path."""
        try:
            return self._cache[oid]
        except KeyError:
            return self._search(oid)

    def _search(self, oid: Oid) -> Resolved:
        nodes = self._by_oid
        end = len(oid)
        while end > 0 and oid[:end] not in nodes:
            end = max(oid.rfind(".", 0, end), 0)
        found = Resolved(nodes[oid[:end]], oid[end + 1 :]) if end else Resolved(ROOT, oid)
        if len(self._cache) >= _CACHE_LIMIT:
            self._cache.clear()
        self._cache[oid] = found
        return found

    def symbol(self, name: str) -> Node:
        """Return the node called ``IF-MIB::ifDescr``, ``ifDescr`` or ``1.3.6.1.2.1.2.2.1.2``.

        Raises:
            UnknownName: there is none; its text proposes a near name.
        """
        node = self.find(name)
        if node is None:
            near = self.suggestion(name)
            raise UnknownName(f'unknown object "{name}"{near}', near.partition('"')[2].rpartition('"')[0])
        return node

    def find(self, name: str) -> Node | None:
        """Return the node that ``symbol`` returns, None where there is none: a near name takes its time to find."""
        text = name.removeprefix(".")
        return self._by_oid.get(text) if text[:1].isdigit() else self._by_name.get(text)

    def suggestion(self, name: str) -> str:
        """Return `` (did you mean "x"?)`` for a name near to one of the set, or nothing."""
        # Of 100,000 names only those that begin alike are compared: it must not take a second per mistake.
        qualified = "::" in name
        near = (known for known in self._by_name if known[:1] == name[:1] and ("::" in known) == qualified)
        return suggestion(name, sorted(near))

    def oid_of(self, name: str) -> Oid:
        """Return the OID of ``IF-MIB::ifDescr.7``, ``sysUpTime.0`` or of numeric text, which needs no module.

        Raises:
            UnknownName: the part before the instance has no node, or what begins with a digit is no OID.
        """
        text = name.removeprefix(".")
        if text[:1].isdigit():
            if not _OID.fullmatch(text):
                raise UnknownName(f'"{name}" is no OID (write 1.3.6.1.2.1.1.3.0)')
            return text
        symbol, dot, instance = text.partition(".")
        return self.symbol(symbol).oid + dot + instance

    def notification(self, name: str) -> Node:
        """Return the notification of a symbol or trap OID, with its objects.

        Raises:
            UnknownName: nothing, or something else, has this name.
        """
        node = self.symbol(name)
        if node.kind != "notification":
            raise UnknownName(f'"{name}" is a {node.kind}, not a notification')
        return node

    def enum(self, symbol: str, name: str) -> int:
        """Return the number of an enumerated value, or the position of a bit.

        Raises:
            UnknownName: the object or the value is unknown.
        """
        node = self.symbol(symbol)
        for number, known in node.enums:
            if known == name:
                return number
        near = suggestion(name, [known for _, known in node.enums])
        raise UnknownName(f'"{name}" is no value of {node.symbol}{near}')

    def enum_name(self, symbol: str, number: int) -> str:
        """Return the name of an enumerated value; the number itself where it has none."""
        return dict(self.symbol(symbol).enums).get(number, str(number))

    def name_of(self, oid: Oid) -> str:
        """Return ``ifDescr.7``, ``ifEntry.99.7`` for an unknown column, and the OID itself where nothing is known."""
        found = self.resolve(oid)
        if not found.index:
            return found.node.symbol
        return oid if found.node.module in _ARCS else f"{found.node.symbol}.{found.index}"

    def render(self, oid: Oid, value: Any) -> str:
        """Return a value as a person reads it: enum name, DISPLAY-HINT, names of OIDs and bits; else plain."""
        node = self.resolve(oid).node
        if isinstance(value, str) and node.type.base in ("ObjectIdentifier", ""):
            return self.name_of(value)
        return render_value(node.type, value)

    def notifications(self) -> Iterator[Node]:
        """Yield all notifications, in order of their OIDs as text."""
        yield from (self._by_oid[oid] for oid in sorted(self._by_oid) if self._by_oid[oid].kind == "notification")

    def indexes(self, node: Node) -> tuple[tuple[Node, bool], ...]:
        """Return the index columns of a table, row or column, each with whether it is IMPLIED.

        Raises:
            UnknownName: an index column lies in a module that is not compiled.
        """
        known = self._indexes.get(node.oid)
        if known is None:
            known = tuple((self.symbol(index.symbol), index.implied) for index in self._clause(node))
            self._indexes[node.oid] = known
        return known

    def _clause(self, node: Node) -> tuple[Index, ...]:
        if node.kind == "column":
            node = self.resolve(node.oid.rpartition(".")[0]).node
        elif node.kind == "table":
            node = self.resolve(node.oid + ".1").node
        return self._clause(self.symbol(node.augments)) if node.augments else node.indexes

    def index_values(self, node: Node, index: str) -> Mapping[str, Any]:
        """Return the values of an instance's index by symbol: int, bytes, OID or IpAddress text; of a scalar none.

        Raises:
            IndexMismatch: the text does not fit the table's INDEX clause.
            UnknownName: an index column lies in a module that is not compiled.
        """
        return {} if node.kind not in ("row", "column") else index_values(self.indexes(node), index)


def _newest_smi_first(module: Module) -> tuple[bool, str]:
    # One object may be defined twice, by RFC 1213 and by its SMIv2 successor: the successor names it.
    return (module.name.startswith(("RFC1", "RFC-1")), module.name)


def _hash(modules: Iterable[Module]) -> str:
    keys = "\n".join(sorted(f"{module.name} {module.key}" for module in modules))
    return hashlib.sha256(keys.encode()).hexdigest()
