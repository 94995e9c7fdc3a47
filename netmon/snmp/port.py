"""A port of a made-up agent: what passes through it, up or down, whole or damaged; time is passed in."""

from collections.abc import Callable
from typing import Literal

from netmon.snmp.interfaces import IN, OCTETS_PER_PACKET, OUT, UP

Flow = Callable[[int, int], int]
"""Octets that pass from one time to another."""


class Port:
    """State of one port: octets pass while it is up, in and out."""

    __slots__ = (
        "changed_cs",
        "damaged",
        "damaged_ppm",
        "discontinuity_cs",
        "flows",
        "index",
        "name",
        "octets",
        "since_ms",
        "status",
    )

    def __init__(
        self,
        index: str,
        name: str,
        *,
        status: int,
        changed_cs: int,
        since_ms: int,
        flows: tuple[Flow, Flow],
        discontinuity_cs: int = 0,
    ) -> None:
        self.index = index
        self.name = name
        self.status = status
        """ifOperStatus."""
        self.changed_cs = changed_cs
        self.discontinuity_cs = discontinuity_cs
        """ifCounterDiscontinuityTime."""
        self.flows = flows
        """In and out."""
        self.octets = [0, 0]
        """Passed until ``since_ms``, in and out."""
        self.damaged = 0
        """Packets that came damaged until then."""
        self.damaged_ppm = 0
        """Of a million packets that come so many are damaged."""
        self.since_ms = since_ms

    def state(self, kind: Literal["status", "changed", "discontinuity"]) -> int:
        """Return ifOperStatus, ifLastChange or ifCounterDiscontinuityTime."""
        match kind:
            case "status":
                return self.status
            case "changed":
                return self.changed_cs
            case "discontinuity":
                return self.discontinuity_cs

    def advance(self, now: int) -> None:
        """Count what has passed until now."""
        if now <= self.since_ms:
            return
        if self.status == UP:
            into, out = (flow(self.since_ms, now) for flow in self.flows)
            self.octets[IN] += into
            self.octets[OUT] += out
            self.damaged += into * self.damaged_ppm // (OCTETS_PER_PACKET * 1_000_000)
        self.since_ms = now

    def expected(self, at: int) -> tuple[int, int]:
        """Return what will have passed at a time to come, in and out, if the port is up until then."""
        into, out = (flow(self.since_ms, max(at, self.since_ms)) for flow in self.flows)
        return self.octets[IN] + into, self.octets[OUT] + out

    def restart(self, now: int) -> None:
        """Begin to count anew."""
        self.octets, self.damaged, self.since_ms = [0, 0], 0, now
