"""What agents tell by LLDP, ENTITY-MIB and the like, as poll results for tests of what is found."""

from typing import Any

from netmon.domain.found import FoundLink
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import Block, InventoryChange, PollResult
from netmon.normalize.found import Found
from netmon.normalize.identity import Identity

Rows = dict[str, dict[str, Any]]

IF_NAMES = {str(number): f"ge{number}" for number in range(1, 9)}


def mac(element: str) -> bytes:
    """Return the chassis id of ``r<n>``."""
    return bytes((2, 0, 0, 0, 0, int(element[1:])))


def block(at: int, table: str, rows: Rows) -> Block:
    """Return a block of some rows."""
    names = tuple(dict.fromkeys(name for row in rows.values() for name in row))
    cells = tuple(tuple(row.get(name) for row in rows.values()) for name in names)
    oids, tags = ("1.3",) * len(names), (0,) * len(names)
    profile = "if-mib" if table == "ifTable" else "p"
    return Block(at, at, 0, at // 10, None, profile, table, names, oids, tags, tuple(rows), cells)


def run(element: str, at: int, tables: dict[str, Rows], *, whole: bool = True) -> PollResult:
    """Return a whole run; ``whole``: its tables were walked."""
    blocks = tuple(block(at, table, rows) for table, rows in tables.items() if rows)
    walked = tuple(tables) if whole else ()
    return PollResult(at, element, "", "900s", at, 0, True, True, "snmp", "run", blocks, walked=walked)


def lldp(element: str, neighbors: dict[int, tuple[str, int]], *, ports: int = 8) -> dict[str, Rows]:
    """Return what an element tells: local port number to (neighbor, its port number)."""
    name, numbers = element.encode(), range(1, ports + 1)
    itself = {"0": {"lldpLocChassisIdSubtype": 4, "lldpLocChassisId": mac(element), "lldpLocSysName": name}}
    local = {str(n): {"lldpLocPortIdSubtype": 5, "lldpLocPortId": f"ge{n}".encode()} for n in numbers}
    remote = {
        f"0.{number}.1": {
            "lldpRemChassisIdSubtype": 4,
            "lldpRemChassisId": mac(far),
            "lldpRemPortIdSubtype": 5,
            "lldpRemPortId": f"ge{port}".encode(),
            "lldpRemSysName": far.encode(),
        }
        for number, (far, port) in neighbors.items()
    }
    return {"get": itself, "lldpLocPortTable": local, "lldpRemTable": remote}


def interfaces() -> dict[str, Rows]:
    """Return ifTable of an element with eight ports."""
    named = IF_NAMES.items()
    rows = {index: {"ifName": name.encode(), "ifPhysAddress": b"\2" + index.encode()} for index, name in named}
    return {"ifTable": rows}


class Network:
    """Elements r1, r2, ... and what was found of them."""

    def __init__(self, count: int = 3, *, links: tuple[Link, ...] = ()) -> None:
        self.identity = Identity()
        self.found = Found(self.identity)
        elements = {f"r{n}": Element(f"r{n}", (f"192.0.2.{n}",), credential="c") for n in range(1, count + 1)}
        self.inventory = Inventory(elements=elements, links={link.id: link for link in links})
        list(self.found.load(self.inventory, 0))

    def tell(self, element: str, at: int, tables: dict[str, Rows], *, whole: bool = True) -> list[InventoryChange]:
        """Let an element be polled; its interfaces are known by then."""
        self.identity.learn(element, "if", [block(at, "ifTable", interfaces()["ifTable"])], complete=True)
        result = run(element, at, tables, whole=whole)
        return list(self.found.read(result, result.blocks))

    def neighbors(self, element: str, at: int, neighbors: dict[int, tuple[str, int]]) -> list[InventoryChange]:
        """Let an element tell of its neighbors and its interfaces."""
        return self.tell(element, at, lldp(element, neighbors) | interfaces())

    def links(self) -> dict[tuple[str, str], str]:
        """Return ends to status."""
        return {(link.a, link.b): link.status for link in self.found.links.values()}

    def link(self, a: str, b: str) -> FoundLink:
        """Return a link by its ends."""
        return next(link for link in self.found.links.values() if (link.a, link.b) == (a, b))
