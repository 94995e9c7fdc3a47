"""Parts, layers, addresses and links that polls show, as changes of the inventory (specs/snmp.md 5.4)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from netmon.domain.found import FoundLink, Layer, Part
from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import part_path, segments
from netmon.domain.observation import Block, InventoryChange, PollResult
from netmon.normalize import addresses, layers, lldp, parts
from netmon.normalize.identity import Identity
from netmon.normalize.interfaces import interfaces_of
from netmon.normalize.mismatch import Mismatches
from netmon.normalize.neighborhood import Neighborhood
from netmon.normalize.subnets import Networks, interface_to, neighbor_of, networks_of
from netmon.normalize.tables import Rows, rows_of, shared

_PHYSICAL, _ALIAS, _IF = "entPhysicalTable", "entAliasMappingTable", "ifTable"
_STACK, _LAG = "ifStackTable", "dot3adAggPortTable"
_PORTS, _NEIGHBORS, _MANAGED = "lldpLocPortTable", "lldpRemTable", "lldpRemManAddrTable"
_OLD, _NEW = "ipAddrTable", "ipAddressTable"
_MARKS = {
    "entPhysicalContainedIn": _PHYSICAL,
    "entPhysicalDescr": _PHYSICAL,
    "entPhysicalSerialNum": _PHYSICAL,
    parts.ALIAS: _ALIAS,
    layers.STACK: _STACK,
    layers.LAG: _LAG,
    lldp.PORT: _PORTS,
    lldp.NEIGHBOR: _NEIGHBORS,
    lldp.MANAGED_AT: _MANAGED,
    addresses.OLD: _OLD,
    addresses.NEW: _NEW,
    lldp.CHASSIS: lldp.CHASSIS,
    "ifPhysAddress": _IF,
}
"""A column that tells which table a block is of, whatever the profile calls it."""

_NO_ROWS: tuple[Rows, bool] = ({}, False)

Tables = dict[str, tuple[Rows, bool]]
"""Rows by table, and whether they are all there is."""


class Found:
    """All that was found; the core's own memory, filled by PollResults only."""

    def __init__(self, identity: Identity) -> None:
        self.neighborhood = Neighborhood()
        self.mismatches = Mismatches()
        self.parts: dict[str, tuple[Part, ...]] = {}
        """By element."""
        self.layers: dict[str, tuple[Layer, ...]] = {}
        self.addresses: dict[str, tuple[str, ...]] = {}
        self.names: dict[str, dict[str, str]] = {}
        """Addresses of elements that are given by name, by element and name."""
        self._identity = identity
        self._rows: dict[tuple[str, str], Rows] = {}
        self._networks: dict[str, Networks] = {}
        """Of elements with sessions that were asked for, made anew of the rows when these have changed."""

    @property
    def links(self) -> Mapping[str, FoundLink]:
        """Links by id."""
        return self.neighborhood.links

    def of(self, element: str) -> tuple[tuple[Part, ...], tuple[Layer, ...]]:
        """Return parts and layers of an element."""
        return self.parts.get(element, ()), self.layers.get(element, ())

    def over(self, path: str) -> str:
        """Return the path that a session would have below its interface; empty: none is known."""
        # Most are interfaces or elements, which run over nothing.
        address = None if "/if:" in path or "/" not in path else neighbor_of(path)
        if address is None:
            return ""
        element, session = segments(path)
        interface = interface_to(address, self._networks_of(element), self._path(element))
        return f"{interface}/{session}" if interface else ""

    def read(self, result: PollResult, blocks: Iterable[Block]) -> Iterator[InventoryChange]:
        """Take the blocks of a whole run; yield what is otherwise than before."""
        tables = _tables(result, blocks)
        if not tables or result.context:
            return
        element, now = result.element, result.at
        yield from self._read_parts(element, now, tables)
        yield from self._read_layers(element, now, tables)
        yield from self._read_addresses(element, now, tables)
        yield from self._read_neighbors(element, now, tables)

    def load(self, inventory: Inventory, now: int) -> Iterator[InventoryChange]:
        """Take a new inventory."""
        for gone in {*self.parts, *self.layers, *self.addresses} - inventory.elements.keys():
            self.parts.pop(gone, None)
            self.layers.pop(gone, None)
            self.addresses.pop(gone, None)
        renamed = self._forget_names(inventory, now)
        for key in [key for key in self._rows if key[0] not in inventory.elements]:
            del self._rows[key]
            self._networks.pop(key[0], None)
        changed = [*renamed, *self.neighborhood.load(inventory.elements, now)]
        again = self.mismatches.load(inventory.links)
        yield from self._linked(changed, now, again=again)

    def resolved(self, change: InventoryChange, inventory: Inventory) -> Iterator[InventoryChange]:
        """Take the address of a name."""
        element = inventory.elements.get(change.new)
        if element is not None and change.old in element.addresses:
            self.names.setdefault(element.id, {})[change.old] = change.addresses[0]
            yield from self._linked(self._addressed(element.id, change.at), change.at)

    def tick(self, now: int) -> Iterator[InventoryChange]:
        """Let time pass."""
        return self._linked(self.neighborhood.tick(now), now)

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        items: list[Any] = [("parts", element, list(all_)) for element, all_ in sorted(self.parts.items())]
        items += [("layers", element, list(all_)) for element, all_ in sorted(self.layers.items())]
        items += [("own addresses", element, list(all_)) for element, all_ in sorted(self.addresses.items())]
        items += [("names", element, sorted(all_.items())) for element, all_ in sorted(self.names.items())]
        items += [("rows", list(key), rows) for key, rows in sorted(self._rows.items())]
        items += [("mismatch", id_, told) for id_, told in sorted(self.mismatches.by_link.items())]
        return items + self.neighborhood.dump()

    def load_state(self, items: Iterable[Any], inventory: Inventory) -> None:
        """Take back what ``dump`` gave."""
        others = []
        self._networks.clear()
        for what, key, value in items:
            match what:
                case "parts":
                    self.parts[key] = msgspec.convert(value, tuple[Part, ...])
                case "layers":
                    self.layers[key] = msgspec.convert(value, tuple[Layer, ...])
                case "own addresses":
                    self.addresses[key] = tuple(value)
                case "names":
                    self.names[key] = dict(value)
                case "rows":
                    self._rows[key[0], key[1]] = value
                case "mismatch":
                    self.mismatches.by_link[key] = value
                case _:
                    others.append((what, key, value))
        self.mismatches.load(inventory.links)
        self.neighborhood.load_state(others, inventory.elements)

    def _networks_of(self, element: str) -> Networks:
        networks = self._networks.get(element)
        if networks is None:
            old, new = (self._rows.get((element, table), {}) for table in (_OLD, _NEW))
            networks = networks_of(old, new)
            if networks:
                self._networks[element] = networks
        return networks

    def _read_parts(self, element: str, now: int, tables: Tables) -> Iterator[InventoryChange]:
        if not tables.keys() & {_PHYSICAL, _ALIAS, _IF}:
            return
        aliases = parts.aliases_of(self._merged(element, _ALIAS, tables))
        rows, whole = tables.get(_PHYSICAL, _NO_ROWS)
        read = parts.parts_of(rows, self._path(element))
        again = {part.index for part in read}
        kept = () if whole else [part for part in self.parts.get(element, ()) if part.index not in again]
        found = parts.with_ports((*read, *kept), aliases, self._path(element))
        if found != self.parts.get(element, ()):
            self.parts[element] = found
            yield InventoryChange(now, "parts", new=element, parts=found)

    def _read_layers(self, element: str, now: int, tables: Tables) -> Iterator[InventoryChange]:
        if not tables.keys() & {_STACK, _LAG, _IF}:
            return
        stack, lag = self._merged(element, _STACK, tables), self._merged(element, _LAG, tables)
        found = layers.layers_of(stack, lag, self._path(element))
        if found != self.layers.get(element, ()):
            self.layers[element] = found
            yield InventoryChange(now, "layers", new=element, layers=found)

    def _read_addresses(self, element: str, now: int, tables: Tables) -> Iterator[InventoryChange]:
        if not tables.keys() & {_OLD, _NEW}:
            return
        before = [self._rows.get((element, table), {}) for table in (_OLD, _NEW)]
        old, new = self._merged(element, _OLD, tables), self._merged(element, _NEW, tables)
        found = addresses.addresses_of(old, new)
        if found != self.addresses.get(element, ()) or before != [old, new]:
            self.addresses[element] = found
            self._networks.pop(element, None)
            yield InventoryChange(now, "addresses", new=element, addresses=found)
            yield from self._linked(self._addressed(element, now), now)

    def _addressed(self, element: str, now: int) -> list[FoundLink]:
        """Look whom the neighbors mean by the addresses of an element."""
        named = self.names.get(element, {}).values()
        return self.neighborhood.addressed(element, (*self.addresses.get(element, ()), *named), now)

    def _forget_names(self, inventory: Inventory, now: int) -> list[FoundLink]:
        """Forget names that no element has any more."""
        changed: list[FoundLink] = []
        for id_, names in list(self.names.items()):
            element = inventory.elements.get(id_)
            kept = {name: address for name, address in names.items() if element and name in element.addresses}
            if kept != names:
                self.names[id_] = kept
                changed += self._addressed(id_, now)
        self.names = {id_: names for id_, names in self.names.items() if names}
        return changed

    def _read_neighbors(self, element: str, now: int, tables: Tables) -> Iterator[InventoryChange]:
        before = self.neighborhood.told(element)
        told = self._told(element, before, tables)
        interfaces = None
        if _IF in tables and told.chassis[1] and (tables[_IF][1] or not self.neighborhood.interfaces(element)):
            known = interfaces_of(tables[_IF][0], lambda index: self._path(element)("if", index))
            interfaces = known if known != self.neighborhood.interfaces(element) else None
        if told == before and interfaces is None:
            return
        strangers = self.neighborhood.strangers.get(element, ())
        changed = self.neighborhood.take(element, told=told, interfaces=interfaces, now=now)
        yield from self._linked(changed, now)
        found = self.neighborhood.strangers.get(element, ())
        if found != strangers:
            yield InventoryChange(now, "strangers", new=element, strangers=found)

    def _told(self, element: str, told: lldp.Told, tables: Tables) -> lldp.Told:
        if lldp.CHASSIS in tables:
            told = lldp.itself(told, tables[lldp.CHASSIS][0].get("0", {}))
        managed = lldp.managed_at(self._merged(element, _MANAGED, tables))
        if _PORTS in tables:
            rows, whole = tables[_PORTS]
            ports = lldp.ports_of(rows)
            told = msgspec.structs.replace(told, ports=ports if whole else told.ports | ports)
        if _NEIGHBORS in tables:
            rows, whole = tables[_NEIGHBORS]
            found = lldp.neighbors_of(rows, managed)
            again = {one.number for one in found}
            kept = () if whole else tuple(one for one in told.neighbors if one.number not in again)
            told = msgspec.structs.replace(told, neighbors=(*found, *kept))
        return told

    def _merged(self, element: str, table: str, tables: Tables) -> Rows:
        """Return the rows of a table as they are known, those of this run among them, and keep them."""
        known = self._rows.get((element, table), {})
        if table not in tables:
            return known
        rows, whole = tables[table]
        self._rows[element, table] = shared(rows if whole else known | rows)
        return self._rows[element, table]

    def _linked(self, changed: list[FoundLink], now: int, *, again: Iterable[str] = ()) -> Iterator[InventoryChange]:
        if changed:
            yield InventoryChange(now, "links", found=tuple(changed))
        ids = [*again, *self.mismatches.touched(changed)]
        if not ids:
            return
        for id_, told in self.mismatches.judge(dict.fromkeys(ids), self.neighborhood.live_at):
            yield InventoryChange(now, "link_mismatch", old=id_, new=told)

    def _path(self, element: str) -> parts.PathOf:
        identity = self._identity

        def path(kind: str, index: str) -> str:
            name = identity.name(element, kind, index)
            return part_path(element, identity.kind(element, kind, index), name) if name is not None else ""

        return path


def _tables(result: PollResult, blocks: Iterable[Block]) -> Tables:
    """Return what topology is made of among the tables of a run; one that was read whole without a row is there too."""
    by_table: dict[str, list[Block]] = {}
    for block in blocks:
        table = next((table for mark, table in _MARKS.items() if mark in block.columns), "")
        if table and (table != _IF or _IF in result.walked):
            by_table.setdefault(table, []).append(block)
    names = {of[0].table: table for table, of in by_table.items()}
    walked = {names.get(name, name) for name in result.walked}
    found = {table: (rows_of(of), table in walked) for table, of in by_table.items()}
    known = set(_MARKS.values())
    return found | {table: ({}, True) for table in walked if table in known and table not in found}
