"""What the shipped rules make of a trap: raise or clear, of which alarm, whatever alarms are active."""

from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.domain.alarm import AlarmKey, Edge
from netmon.domain.event import Event
from netmon.domain.observation import Trap
from netmon.domain.oid import Oid, Varbind
from netmon.mib.names import UnknownName
from netmon.mib.node import Syntax
from netmon.normalize.traps import TrapNames
from netmon.rulebook.index import EventTest, Index, Pair
from netmon.rulebook.trap_names import is_wide
from netmon.snmp import ber
from tests.field.shipped import Shipped

_VALUES: dict[str, tuple[int, Any]] = {
    "OctetString": (ber.OCTET_STRING, b"x"),
    "Bits": (ber.OCTET_STRING, b"\x80"),
    "Opaque": (ber.OPAQUE, b"x"),
    "ObjectIdentifier": (ber.OBJECT_IDENTIFIER, "0.0"),
    "IpAddress": (ber.IP_ADDRESS, "192.0.2.1"),
}


class Verdict(msgspec.Struct, frozen=True):
    """Raise, clear or nothing, and which alarms."""

    kind: str = ""
    severity: str = ""
    keys: frozenset[AlarmKey] = frozenset()
    rules: frozenset[str] = frozenset()


class Classifier:
    """Asks the rules about single traps; the alarm book stays empty."""

    def __init__(self, shipped: Shipped) -> None:
        self._view = shipped.judged.names
        self._core = shipped.core()
        self._traps = TrapNames(self._view)
        self._index = Index(shipped.judged.compiled.rulebook)
        self._at = shipped.clock.now_ms()

    def verdict(self, trap: Trap) -> Verdict:
        """Return what a trap means."""
        return self._judged(self._traps.event(1, trap))

    def by_oid(self, trap_oid: Oid) -> Verdict:
        """Return what a trap means of which only the OID is known.

        It gets the varbinds that its MIB lists, each of instance 1 with its first value. Where the rules cannot even
        then say which alarm it is, those that name it tell: all of them raise, or all of them clear.
        """
        event = self._traps.event(1, self._made(trap_oid))
        verdict = self._judged(event)
        return verdict if verdict.kind else _by_name((*self._index.events(event), *self._index.fallbacks(event)))

    def _judged(self, event: Event) -> Verdict:
        core = self._core
        found = core.engine.edges(0, [event], now=self._at, states=core.book, names=core.identity)
        # That a rule cannot judge a trap is an alarm of netmon's own, and no word about the trap.
        return _by_edges([edge for edge in found.edges if edge.rule != "rule-error"])

    def _made(self, trap_oid: Oid) -> Trap:
        return Trap(
            at=self._at,
            realm="default",
            source="192.0.2.1",
            port=162,
            listener="",
            version="v2c",
            security_name="",
            element="field",
            element_by="source",
            trap_oid=trap_oid,
            varbinds=tuple(self._varbinds(trap_oid)),
            uptime_cs=1,
        )

    def _varbinds(self, trap_oid: Oid) -> Iterable[Varbind]:
        try:
            nodes = [self._view.symbol(name) for name in self._view.notification(trap_oid).objects]
        except UnknownName:
            return
        for node in nodes:
            instance = "0" if node.kind == "scalar" else "1"
            yield (f"{node.oid}.{instance}", *_value(node.type))


def _value(syntax: Syntax) -> tuple[int, Any]:
    if syntax.base in _VALUES:
        return _VALUES[syntax.base]
    return ber.INTEGER, syntax.enums[0][0] if syntax.enums else 1


def _by_edges(edges: list[Edge]) -> Verdict:
    if not edges:
        return Verdict()
    raised = [edge for edge in edges if edge.on]
    telling = raised or edges
    severity = raised[0].content.severity if raised and raised[0].content is not None else "cleared"
    return Verdict(
        "raise" if raised else "clear",
        severity,
        frozenset(edge.key for edge in telling),
        frozenset(edge.rule for edge in telling),
    )


def _is_wide(condition: EventTest) -> bool:
    """Tell whether a condition is about whatever comes, so that its names tell nothing of one trap."""
    return all(map(is_wide, condition.names))


def _by_name(candidates: Iterable[Pair]) -> Verdict:
    named = [candidate for candidate in candidates if not all(map(_is_wide, candidate.raises + candidate.clears))]
    raises = {candidate.kind.rule.id for candidate in named if candidate.raises}
    clears = {candidate.kind.rule.id for candidate in named if candidate.clears}
    if bool(raises) == bool(clears):
        return Verdict()
    return Verdict("raise" if raises else "clear", rules=frozenset(raises or clears))
