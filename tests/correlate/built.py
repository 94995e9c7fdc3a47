"""A router of which polls show the ports, the bundles of links and the power supplies, and traps what of it fails."""

from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import Tick
from netmon.domain.output import Output
from netmon.rulebook.profile_values import Column, Profile, Table
from tests.correlate.stage import Stage
from tests.normalize.blocks import PROFILE
from tests.normalize.telling import IF_NAMES, Rows, run

T0 = 1_700_000_000_000
RULES = """version: 1
rules:
  - id: link-alarm
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    probable_cause: lossOfSignal
    text: down
  - id: failed
    raise: {trap: SNMPv2-MIB::coldStart}
    clear: {trap: SNMPv2-MIB::warmStart}
    object: "entity:{vb.ifIndex}"
    severity: minor
    probable_cause: powerProblem
    text: failed
  - id: degraded
    group: {of: link-alarm, by: lag, members: {kind: if}}
    raise: {when: n >= 1}
    severity: {major: left < 1, else: minor}
    probable_cause: lossOfRedundancy
    text: "{n} of {m} links are down"
  - id: bundles
    group: {of: degraded, by: element, members: {kind: if}}
    raise: {when: n >= 1}
    severity: max
    probable_cause: lossOfRedundancy
    text: "{n} of {m} interfaces"
  - id: supplies
    group: {of: failed, by: element, members: {kind: psu}}
    raise: {when: n >= 1}
    clear: {when: left >= 2}
    severity: {critical: left < 1, else: minor}
    probable_cause: powerProblem
    text: "{n} of {m} power supplies failed"
"""
FAILED, MENDED = "1.3.6.1.6.3.1.1.5.1", "1.3.6.1.6.3.1.1.5.2"
_PHYSICAL = Table(
    "entPhysicalTable",
    tuple(Column(f"entPhysical{name}", "1.3", "info") for name in ("Name", "Class", "ContainedIn")),
    object="entity:{entPhysicalName}",
)
_INVENTORY = Inventory(elements={"r1": Element("r1", ("192.0.2.1",), credential="ro")})


class Router(Stage):
    """A core that watches it."""

    def __init__(self) -> None:
        self.now = T0
        super().__init__(RULES, _INVENTORY, at=T0, profiles=(PROFILE, Profile("p", (_PHYSICAL,))))

    def tick(self) -> list[Output]:
        self.now += 1_000
        return self.core.step(Tick(self.now))

    def trap(self, oid: str, index: int) -> list[Output]:
        return self.tell(self.now, oid, index=index)

    def ports(self, *indexes: int) -> list[Output]:
        """Let a whole reading show these interfaces."""
        return self._poll("ifTable", {f"{n}": {"ifName": IF_NAMES[f"{n}"].encode()} for n in indexes})

    def bundled(self, bundles: dict[int, int]) -> list[Output]:
        """Let a whole reading show which port belongs to which bundle."""
        attached = {f"{port}": {"dot3adAggPortAttachedAggID": bundle} for port, bundle in bundles.items()}
        return self._poll("dot3adAggPortTable", attached)

    def supplies(self, *indexes: int) -> list[Output]:
        """Let a whole reading show these power supplies."""
        rows: Rows = {
            f"{n}": {"entPhysicalName": f"P{n}".encode(), "entPhysicalClass": 6, "entPhysicalContainedIn": 0}
            for n in indexes
        }
        return self._poll("entPhysicalTable", rows)

    def active(self, type_: str) -> list[tuple[str, str, str]]:
        """Return what the active alarms of a type say."""
        active = (one for one in self.core.book.alarms() if one.state == "active" and one.type == type_)
        return [(one.object, one.severity, one.text) for one in active]

    def _poll(self, table: str, rows: Rows) -> list[Output]:
        return self.core.step(run("r1", self.now, {table: rows}))
