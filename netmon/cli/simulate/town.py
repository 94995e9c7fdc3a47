"""The network of ``netmon demo``: three sites of a regional operator, and what goes wrong there."""

import msgspec

from netmon.cli.simulate.network import Model
from netmon.cli.simulate.script import Fault, flapping

_G = 1_000_000_000
_M = 1_000_000


class Site(msgspec.Struct, frozen=True):
    """A place."""

    id: str
    name: str
    lat: float
    lon: float


class Kind(msgspec.Struct, frozen=True):
    """What elements of one role have in common."""

    description: str
    hardware: str
    speed_mbps: int
    mean_bps: int
    """Usual traffic of a port in use."""
    redundant: bool = False


class Service(msgspec.Struct, frozen=True):
    """What a customer has, and the ports it is handed over at."""

    id: str
    name: str
    party: str
    ports: tuple[str, ...]
    depends_on: tuple[str, ...] = ()


SITES = (
    Site("lon", "London Docklands", 51.506, -0.018),
    Site("par", "Paris Nord", 48.929, 2.357),
    Site("mad", "Madrid Sur", 40.346, -3.712),
)

KINDS = {
    "core": Kind("Example Networks XR-9008, release 23.4R2", "XR-9008", 100_000, 31 * _G, redundant=True),
    "agg": Kind("Example Networks AG-5500, release 22.4R1", "AG-5500", 10_000, 3 * _G, redundant=True),
    "pe": Kind("Example Networks ER-3200, release 22.2R3", "ER-3200", 10_000, 2 * _G, redundant=True),
    "olt": Kind("Example Networks PON-816, release 9.1", "PON-816", 10_000, 800 * _M),
    "cpe": Kind("Example Networks CB-20, release 4.7", "CB-20", 1_000, 90 * _M),
}

_PORTS = {
    "core-lon-001": ("xe-0/0/0", "xe-0/0/1", "xe-1/0/0", "xe-1/0/1", "xe-1/0/2"),
    "core-lon-002": ("xe-0/1/4", "xe-0/1/5", "xe-1/0/7", *[f"xe-3/0/{n}" for n in range(8)]),
    "core-par-001": ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2", "xe-1/0/6", "xe-1/0/7"),
    "core-mad-001": ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2", "xe-0/0/3"),
    "agg-lon-117": ("xe-0/0/0", "xe-0/0/1", "xe-0/1/0", "xe-0/1/1"),
    "agg-lon-120": ("xe-0/0/0", "xe-0/0/1", "xe-0/1/0", "xe-0/1/1"),
    "agg-par-114": ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2", "xe-0/1/0"),
    "agg-mad-201": ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2", "xe-0/1/0"),
    "pe-lon-044": ("xe-0/0/0", "xe-0/0/1", "xe-1/0/0", "xe-1/0/1", "xe-1/0/2", "xe-1/0/3"),
    "pe-par-044": ("xe-0/0/0", "xe-0/0/1", "xe-1/0/0", "xe-1/0/1", "xe-1/0/2"),
    "pe-mad-012": ("xe-0/0/0", "xe-1/0/0", "xe-1/0/1"),
    "olt-lon-007": ("xe-0/0/0", "pon-1/0", "pon-1/1", "pon-1/2", "pon-1/3"),
    "olt-par-018": ("xe-0/0/0", "pon-1/0", "pon-1/1", "pon-1/2", "pon-1/3"),
    "olt-mad-031": ("xe-0/0/0", "pon-1/0", "pon-1/1", "pon-1/2", "pon-1/3"),
    "cpe-lon-214": ("wan0", "lan0"),
    "cpe-lon-215": ("wan0", "lan0"),
    "cpe-par-165": ("wan0", "lan0"),
    "cpe-par-166": ("wan0", "lan0"),
    "cpe-mad-377": ("wan0", "lan0"),
    "cpe-mad-378": ("wan0", "lan0"),
}  # fmt: skip

PEERS = (
    ("core-lon-001/xe-0/0/0", "core-lon-002/xe-0/1/4"),
    ("core-lon-001/xe-0/0/1", "core-par-001/xe-0/0/0"),
    ("core-lon-002/xe-0/1/5", "core-mad-001/xe-0/0/0"),
    ("core-par-001/xe-0/0/1", "core-mad-001/xe-0/0/1"),
)
UPLINKS = (
    ("core-lon-001/xe-1/0/0", "agg-lon-117/xe-0/1/0"),
    ("core-lon-002/xe-3/0/0", "agg-lon-117/xe-0/1/1"),
    ("core-lon-001/xe-1/0/1", "agg-lon-120/xe-0/1/0"),
    ("core-lon-002/xe-3/0/1", "agg-lon-120/xe-0/1/1"),
    ("core-lon-001/xe-1/0/2", "pe-lon-044/xe-0/0/0"),
    ("core-lon-002/xe-3/0/2", "pe-lon-044/xe-0/0/1"),
    ("core-par-001/xe-0/0/2", "agg-par-114/xe-0/1/0"),
    ("core-par-001/xe-1/0/6", "pe-par-044/xe-0/0/0"),
    ("core-lon-002/xe-3/0/3", "pe-par-044/xe-0/0/1"),
    ("core-mad-001/xe-0/0/2", "agg-mad-201/xe-0/1/0"),
    ("core-mad-001/xe-0/0/3", "pe-mad-012/xe-0/0/0"),
    ("agg-lon-117/xe-0/0/0", "olt-lon-007/xe-0/0/0"),
    ("agg-par-114/xe-0/0/0", "olt-par-018/xe-0/0/0"),
    ("agg-mad-201/xe-0/0/0", "olt-mad-031/xe-0/0/0"),
    ("agg-lon-120/xe-0/0/0", "cpe-lon-214/wan0"),
    ("agg-lon-120/xe-0/0/1", "cpe-lon-215/wan0"),
    ("agg-par-114/xe-0/0/1", "cpe-par-165/wan0"),
    ("agg-par-114/xe-0/0/2", "cpe-par-166/wan0"),
    ("agg-mad-201/xe-0/0/1", "cpe-mad-377/wan0"),
    ("agg-mad-201/xe-0/0/2", "cpe-mad-378/wan0"),
)
"""What is above, what depends on it."""

SERVICES = (
    Service("svc-204", "L3VPN-204", "cust-0815",
            ("pe-lon-044/xe-1/0/0", "pe-par-044/xe-1/0/0"), ("uplinks-pe-lon-044",)),
    Service("svc-377", "L3VPN-377", "cust-4711", ("pe-lon-044/xe-1/0/1", "pe-mad-012/xe-1/0/0")),
    Service("svc-412", "Internet access 412", "cust-1042", ("pe-lon-044/xe-1/0/2",), ("uplinks-pe-lon-044",)),
    Service("svc-418", "Internet access 418", "cust-2001", ("pe-par-044/xe-1/0/1",), ("uplinks-pe-par-044",)),
    Service("svc-420", "Internet access 420", "cust-2077", ("pe-mad-012/xe-1/0/1",)),
    Service("metro-31", "Metro Ethernet 31", "cust-0815", ("cpe-lon-214/lan0",), ("uplinks-agg-lon-120",)),
    Service("metro-32", "Metro Ethernet 32", "cust-3310", ("cpe-mad-377/lan0", "cpe-mad-378/lan0")),
    Service("iptv-east", "IPTV east", "cust-9000", ("core-lon-002/xe-3/0/4",)),
    Service("fiber-mad", "Fiber to the home, Madrid", "cust-8000", ("olt-mad-031/pon-1/0", "olt-mad-031/pon-1/1")),
)  # fmt: skip
METERED = "svc-*"

_OUTWARD = {
    "core-lon-002/xe-1/0/7": "peering AS64501",
    "core-lon-002/xe-3/0/5": "transit AS64500",
    "core-par-001/xe-1/0/7": "peering AS64502",
    "pe-par-044/xe-1/0/2": "to radio site Saint-Denis",
}
"""Ports to networks of others; the numbers are those that RFC 5398 keeps for examples."""


def uplinks() -> dict[str, tuple[str, ...]]:
    """Return for each element those above it."""
    found: dict[str, tuple[str, ...]] = {}
    for over, under in UPLINKS:
        id_ = under.partition("/")[0]
        found[id_] = (*found.get(id_, ()), over.partition("/")[0])
    return found


def models() -> tuple[Model, ...]:
    """Return the elements, their ports described and loaded by what they lead to."""
    return tuple(_model(id_, ports) for id_, ports in _PORTS.items())


def _model(id_: str, ports: tuple[str, ...]) -> Model:
    role, site, _ = id_.split("-")
    kind, texts = KINDS[role], _texts()
    aliases = tuple(texts.get(f"{id_}/{port}", _subscribers(port)) for port in ports)
    traffic = tuple((port, _mean(kind, id_, port, alias)) for port, alias in zip(ports, aliases, strict=True) if alias)
    return Model(
        id_,
        site,
        role,
        kind.description,
        ports,
        aliases,
        kind.speed_mbps,
        traffic=traffic,
        hardware=kind.hardware,
        redundant=kind.redundant,
    )


def _texts() -> dict[str, str]:
    """Return ifAlias by ``element/port``."""
    ends = [*PEERS, *UPLINKS]
    found = {one: f"to {other.partition('/')[0]}" for pair in ends for one, other in (pair, pair[::-1])}
    found |= {port: f"{service.name}, {service.party}" for service in SERVICES for port in service.ports}
    return found | _OUTWARD


def _subscribers(port: str) -> str:
    return f"{48 + len(port) * 3 + int(port[-1]) * 7} subscribers" if port.startswith("pon") else ""


def _mean(kind: Kind, id_: str, port: str, alias: str) -> int:
    """Return the usual traffic of a port: less towards a customer, and not the same at any two."""
    share = 40 + sum(map(ord, id_ + port)) % 60
    return kind.mean_bps * share // (100 if alias.startswith(("to ", "transit", "peering")) else 400)


SCRIPT = (
    Fault(0.4, "pe-mad-012", "hot", 150, "Line card 1 temperature", 91),
    Fault(0.5, "agg-lon-120", "part", 170, "Fan tray 2"),
    Fault(1.5, "core-lon-002", "card", 120, "Line card 3"),
    Fault(2.5, "core-par-001", "errors", 130, "xe-1/0/7", 4_000),
    Fault(6, "cpe-par-165", "link", 100, "wan0"),
    Fault(7, "agg-par-114", "busy", 90, to=90),
    Fault(9, "agg-mad-201", "power", 80),
    *flapping(13, "pe-par-044", "xe-1/0/2", times=8, every_s=9, down_s=5),
    Fault(23, "pe-lon-044", "reboot", 8),
    Fault(120, "olt-lon-007", "link", 60, "pon-1/2"),
    Fault(135, "core-mad-001", "part", 60, "PSU 1"),
    Fault(150, "cpe-lon-215", "link", 45, "wan0"),
    Fault(185, "core-par-001", "link", 75, "xe-0/0/1"),
    Fault(200, "pe-mad-012", "part", 60, "Fan tray 1"),
    Fault(210, "olt-par-018", "busy", 60, to=90),
)
PERIOD_S = 240.0
"""After this the script begins anew; what it ends with lasts into that, so that something is always going on."""
