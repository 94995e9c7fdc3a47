"""Traps that were admitted before: of a storm most are the same but for request-id and sysUpTime.

What admission says follows from the datagram, where it came from and the configuration; the request-id of a trap is no
part of it, and sysUpTime only as a value. So all else is looked up, octet for octet; it goes with the configuration.
"""

from typing import Any

from msgspec.structs import replace

from netmon.domain.observation import Trap
from netmon.snmp.changing import Changing, changing
from netmon.sources.traps.admit import TRAILING

_KEPT = 16_384
_LONGEST = 1_024

Peer = tuple[Any, ...]
"""Where a datagram came from, as the socket tells it."""

_Key = tuple[str, Peer, bytes, bytes, bytes]


class Recall:
    """Admitted traps by listener, peer and octets; bounded, whatever is sent."""

    def __init__(self) -> None:
        self._traps: dict[_Key, Trap] = {}
        self._changing: dict[tuple[Peer, int], Changing] = {}
        """By peer and length of the datagram: the layout of most that follow."""

    def trap(self, datagram: bytes, at: int, *, peer: Peer, listener: str) -> Trap | None:
        """Return the trap in a datagram if an equal one was kept; None: admission must look at it."""
        parts = self._changing.get((peer, len(datagram)))
        if parts is None:
            return None
        known = self._traps.get((listener, peer, *parts.rest(datagram)))
        if known is None:
            return None
        uptime_cs = parts.uptime_cs(datagram)
        return replace(known, at=at, uptime_cs=uptime_cs) if uptime_cs >= 0 else None

    def keep(self, datagram: bytes, trap: Trap, *, peer: Peer, listener: str) -> None:
        """Keep a trap that was admitted, unless it is long, laid out otherwise, cut or of a broken sysUpTime."""
        if len(datagram) > _LONGEST or TRAILING in trap.flags:
            return
        parts = changing(datagram)
        if parts is None or parts.uptime_cs(datagram) != trap.uptime_cs:
            return
        self._make_room()
        self._changing[peer, len(datagram)] = parts
        self._traps[(listener, peer, *parts.rest(datagram))] = trap

    def _make_room(self) -> None:
        if len(self._traps) >= _KEPT:
            self._traps.clear()
            self._changing.clear()
