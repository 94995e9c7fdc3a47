"""Traps that were admitted before: of a storm most are the same but for request-id and sysUpTime.

What admission says follows from the datagram, where it came from and the configuration; the request-id of a trap is no
part of it, and sysUpTime only as a value. So all else is looked up, octet for octet; it goes with the configuration.
"""

from msgspec.structs import replace

from netmon.domain.observation import Trap
from netmon.runtime.cache import MOST, Cache
from netmon.snmp.changing import LARGEST_UPTIME, Changing, changing
from netmon.sources.traps.admit import TRAILING
from netmon.sources.traps.sockets import Peer

_LONGEST = 1_024

_Key = tuple[str, Peer, bytes, bytes, bytes]
"""Listener, peer, and the octets that do not change."""


class Recall:
    """Admitted traps by listener, peer and octets."""

    def __init__(self, most: int = MOST) -> None:
        self._traps = Cache[_Key, Trap](most)
        self._layouts = Cache[tuple[Peer, int], Changing](most)
        """By peer and length of the datagram: the layout of most that follow."""

    def trap(self, datagram: bytes, at: int, *, peer: Peer, listener: str) -> Trap | None:
        """Return the trap in a datagram if an equal one was kept; None: admission must look at it."""
        layout = self._layouts.get((peer, len(datagram)))
        if layout is None:
            return None
        # As `rest` and `uptime_cs` of the layout give them: of a storm each trap asks for both.
        begins, ends = layout.uptime_at, layout.uptime_end
        known = self._traps.get(
            (listener, peer, datagram[: layout.id_at], datagram[layout.id_end : begins], datagram[ends:])
        )
        if known is None:
            return None
        uptime_cs = int.from_bytes(datagram[begins:ends], "big")
        return replace(known, at=at, uptime_cs=uptime_cs) if uptime_cs <= LARGEST_UPTIME else None

    def keep(self, datagram: bytes, trap: Trap, *, peer: Peer, listener: str) -> None:
        """Keep a trap that was admitted, unless it is long, laid out otherwise, cut or of a broken sysUpTime."""
        if len(datagram) > _LONGEST or TRAILING in trap.flags:
            return
        layout = changing(datagram)
        if layout is None or layout.uptime_cs(datagram) != trap.uptime_cs:
            return
        self._layouts.keep((peer, len(datagram)), layout)
        self._traps.keep((listener, peer, *layout.rest(datagram)), trap)
