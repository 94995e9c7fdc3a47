"""Which trap a datagram is, by its start: equal heads are of the same sender and the same trap (specs/snmp.md 3.7).

The head is every octet up to the name but for request-id and sysUpTime, so nothing has to be decoded.
"""

import msgspec

from netmon.runtime.cache import MOST, Cache
from netmon.snmp.changing import Changing, changing
from netmon.sources.traps.limits import Shed
from netmon.sources.traps.sockets import Peer

_Head = tuple[str, Peer, bytes, bytes, bytes]
"""Listener, peer, and the octets that say which trap it is."""


class Kind(msgspec.Struct):
    """A trap of a source, and how many of it were shed since that was put into the rows of the books."""

    realm: str
    source: str
    charged: str
    """The name of the source among those of all realms."""
    trap_oid: str
    gone_at: int = -1
    """When one found no token, monotonic."""
    second: int = -1
    """Of the last one that is in the books by itself."""
    reason: Shed = "storm_source"
    more: int = 0
    """So many after it were shed for that reason."""
    is_open: bool = False
    """The books know of it, and count these as shed."""


class Kinds:
    """Kinds of traps by listener, peer and head."""

    def __init__(self, most: int = MOST) -> None:
        self._kinds = Cache[_Head, Kind](most)
        self._layouts = Cache[tuple[Peer, int], Changing](most)
        """By peer and length of the datagram: how most that follow are laid out."""

    def look(self, datagram: bytes, peer: Peer, listener: str) -> Kind | None:
        """Return the kind of a datagram whose head was kept; what follows is not looked at."""
        layout = self._layouts.get((peer, len(datagram)))
        return None if layout is None else self._kinds.get((listener, peer, *layout.head(datagram)))

    def keep(self, datagram: bytes, kind: Kind, *, peer: Peer, listener: str) -> None:
        """Keep the kind that ``peek`` found, if its name is where it should be, and that its sender may send it."""
        layout = changing(datagram)
        if layout is None or not layout.name_end:
            return
        self._layouts.keep((peer, len(datagram)), layout)
        self._kinds.keep((listener, peer, *layout.head(datagram)), kind)

    def clear(self) -> None:
        """Forget all."""
        self._layouts.clear()
        self._kinds.clear()
