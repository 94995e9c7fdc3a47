"""A datagram that has arrived and is not decoded yet."""

from typing import ClassVar

import msgspec

from netmon.sources.traps.admit import Origin
from netmon.sources.traps.doors import Door
from netmon.sources.traps.sockets import Peer


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """A datagram, when it was read, where, and from whom."""

    datagram: bytes
    peer: Peer
    at: int
    door: Door
    account: str
    """Who pays while it waits to be judged: its source, or one account of all that nothing was taken from yet."""
    charged: bool = False
    """Whether its source has paid for it already."""
    trap_oid: ClassVar[str] = ""
    """Nobody knows yet."""

    @property
    def realm(self) -> str:
        """Where its source is to be looked up."""
        return self.door.realm

    @property
    def source(self) -> str:
        """The address it came from."""
        return self.door.source(self.peer)

    def origin(self) -> Origin:
        """Return what admission asks about it."""
        return Origin(self.at, self.realm, self.door.listener, self.source, self.peer[1])
