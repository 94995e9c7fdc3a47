"""Random networks of an operator, and what stands or falls in them by plain reasoning: no code of netmon decides here.

A core ring, aggregation with two ways up (one of them a LAG), rings, trees and dual-homed elements behind it, and PON.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from random import Random

import msgspec

from netmon.domain.inventory import Element, Inventory, Link

Fault = tuple[str, str]
"""("element", id) is dead, ("wire", id) is cut, ("port", path) is dead with all that hangs on it."""


class Wire(msgspec.Struct, frozen=True):
    """A link between two ports; one that is a LAG has members, which are wires of their own."""

    id: str
    a: str
    b: str
    kind: str
    members: tuple["Wire", ...] = ()

    @property
    def ends(self) -> tuple[str, str]:
        """Return the elements at its ends."""
        return self.a.partition("/")[0], self.b.partition("/")[0]


class RandomNetwork:
    """Elements, wires and ports; sizes follow from the number of elements."""

    def __init__(self, random: Random, size: int) -> None:
        self._random = random
        self._ports: dict[str, int] = {}
        self.wires: list[Wire] = []
        self.pon: list[str] = []
        """Ports that many hang on."""
        self.tops = [f"core{n}" for n in range(4)]
        self._ports |= dict.fromkeys(self.tops, 0)
        for n, core in enumerate(self.tops):
            self._wire(core, self.tops[n - 1], "peer")
        self._aggregate(max(4, size // 25))
        while len(self._ports) < size:
            room = size - len(self._ports)
            build = random.choice((self._ring, self._tree, self._dual, self._olt))
            build(min(room, random.randint(3, 24)))

    @property
    def elements(self) -> list[str]:
        """Return the ids of all elements."""
        return list(self._ports)

    def inventory(self) -> Inventory:
        """Return it as netmon is told of it: LAGs by their bundles, with the links of the members beside."""
        wires = [*self.wires, *(member for wire in self.wires for member in wire.members)]
        return Inventory(
            elements={
                e: Element(e, (f"198.18.{n // 250}.{n % 250}",), credential="ro") for n, e in enumerate(self._ports)
            },
            links={wire.id: Link(wire.id, wire.a, wire.b, wire.kind) for wire in wires},
        )

    def ports(self, element: str) -> Iterator[str]:
        """Yield the ports of an element, by ifIndex from 1."""
        for number in range(1, self._ports[element] + 1):
            yield f"{element}/if:p{number}"

    def bundles(self, element: str) -> dict[str, list[str]]:
        """Return the LAGs of an element with their members."""
        found: dict[str, list[str]] = {}
        for wire in self.wires:
            for end in range(2):
                if wire.members and wire.ends[end] == element:
                    found[(wire.a, wire.b)[end]] = [(one.a, one.b)[end] for one in wire.members]
        return found

    def _new(self, name: str) -> str:
        element = f"{name}{len(self._ports)}"
        self._ports[element] = 0
        return element

    def _port(self, element: str) -> str:
        self._ports[element] += 1
        return f"{element}/if:p{self._ports[element]}"

    def _wire(self, a: str, b: str, kind: str, *, port: str = "", members: int = 0) -> None:
        id_ = f"w{len(self.wires)}"
        one, other = port or self._port(a), self._port(b)
        bundled = tuple(Wire(f"{id_}m{n}", self._port(a), self._port(b), "peer") for n in range(members))
        self.wires.append(Wire(id_, one, other, kind, bundled))

    def _aggregate(self, count: int) -> None:
        self._aggs = []
        for _ in range(count):
            agg = self._new("agg")
            first, second = self._random.sample(self.tops, 2)
            self._wire(first, agg, "uplink", members=self._random.choice((0, 2, 3, 4)))
            self._wire(second, agg, "uplink")
            self._aggs.append(agg)

    def _ring(self, count: int) -> None:
        ring = [self._new("ring") for _ in range(count)]
        for one, other in pairwise(ring):
            self._wire(one, other, "peer")
        first, second = self._random.sample(self._aggs, 2)
        self._wire(first, ring[0], "uplink")
        self._wire(second, ring[-1], "uplink")

    def _tree(self, count: int) -> None:
        above = [self._random.choice(self._aggs)]
        for _ in range(count):
            leaf = self._new("tree")
            self._wire(self._random.choice(above), leaf, "uplink")
            above.append(leaf)

    def _dual(self, count: int) -> None:
        for _ in range(count):
            leaf = self._new("dual")
            for agg in self._random.sample(self._aggs, 2):
                self._wire(agg, leaf, "uplink")

    def _olt(self, count: int) -> None:
        if count < 5:
            # An ONU alone on its port cannot be told from the port.
            self._dual(count)
            return
        olt = self._new("olt")
        self._wire(self._random.choice(self._aggs), olt, "uplink")
        self.pon += (ports := [self._port(olt) for _ in range(2)])
        for number in range(count - 1):
            self._wire(olt, self._new("onu"), "uplink", port=ports[number % 2])


class Truth:
    """Who answers and which ports are down while some faults last, and what an operator must see then."""

    def __init__(self, network: RandomNetwork, faults: Iterable[Fault]) -> None:
        self.network = network
        self._faults = set(faults)
        self.dead = {what for kind, what in self._faults if kind == "element"}
        self.answering = self._walk()
        self.silent = set(network.elements) - self.answering

    def is_cut(self, wire: Wire) -> bool:
        """Tell whether nothing passes."""
        if ("wire", wire.id) in self._faults or ("port", wire.a) in self._faults:
            return True
        return bool(wire.members) and all(self.is_cut(member) for member in wire.members)

    def down(self) -> set[str]:
        """Return the ports without a signal: of wires that are cut, or whose other end is dead."""
        found = {what for kind, what in self._faults if kind == "port"}
        for wire in self._all():
            a, b = wire.ends
            if self.is_cut(wire) or b in self.dead:
                # A PON port goes on while one of many is dead.
                found |= {wire.a} if wire.a not in self.network.pon else set()
            if self.is_cut(wire) or a in self.dead:
                found.add(wire.b)
        return found

    def shown(self) -> set[tuple[str, str]]:
        """Return (object, type) of the alarms that an operator must see, and no other."""
        roots = {element for element in self.silent if self._is_root(element)}
        lost = {("link:" + wire.id, "link-alarm") for wire in self.network.wires if self._is_lost(wire)}
        ports = {(what, "link-alarm") for kind, what in self._faults if kind == "port" and self._owner(what)}
        return {(root, "node-unreachable") for root in roots} | lost | ports | set(self._members_lost())

    def redundancy_lost(self) -> set[str]:
        """Return the elements that answer although some of their uplinks are gone; of a ring the link tells enough."""
        found = set()
        for element in self.answering:
            ways = [wire for wire in self.network.wires if wire.kind == "uplink" and wire.ends[1] == element]
            lost = sum(self.is_cut(wire) or wire.ends[0] in self.silent for wire in ways)
            if 0 < lost < len(ways):
                found.add(element)
        return found

    def degraded(self) -> set[str]:
        """Return the bundles, at both ends, that work on without some of their members."""
        found: set[str] = set()
        for wire in self.network.wires:
            if not self.is_cut(wire) and any(map(self._is_lost, wire.members)):
                found |= {wire.a, wire.b}
        return found

    def _walk(self) -> set[str]:
        ways: dict[str, set[str]] = {}
        for wire in self.network.wires:
            a, b = wire.ends
            if not self.is_cut(wire):
                ways.setdefault(a, set()).add(b)
                if wire.kind == "peer":
                    ways.setdefault(b, set()).add(a)
        found: set[str] = set()
        waiting = [top for top in self.network.tops if top not in self.dead]
        while waiting:
            element = waiting.pop()
            if element not in found:
                found.add(element)
                waiting += ways.get(element, set()) - self.dead
        return found

    def _is_root(self, element: str) -> bool:
        """Tell whether something before it answers, and no port that others hang on explains its silence."""
        if element in self.network.tops:
            return True
        before = []
        for wire in self.network.wires:
            a, b = wire.ends
            if b == element:
                before.append((a, wire.a))
            elif a == element and wire.kind == "peer":
                before.append((b, wire.b))
        living = [port for near, port in before if near in self.answering]
        return bool(living) and not all(("port", port) in self._faults for port in living)

    def _is_lost(self, wire: Wire) -> bool:
        return self.is_cut(wire) and wire.a not in self.network.pon and set(wire.ends) <= self.answering

    def _members_lost(self) -> Iterator[tuple[str, str]]:
        for wire in self.network.wires:
            if not self._is_lost(wire):
                yield from (("link:" + one.id, "link-alarm") for one in wire.members if self._is_lost(one))

    def _owner(self, port: str) -> bool:
        return port.partition("/")[0] in self.answering

    def _all(self) -> Iterator[Wire]:
        for wire in self.network.wires:
            yield wire
            yield from wire.members
