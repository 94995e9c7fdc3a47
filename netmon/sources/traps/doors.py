"""The addresses that traps arrive at, from bind to close (specs/snmp.md 3.1, 3.2)."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Literal

import msgspec
import structlog

from netmon.sources.realm import Realms
from netmon.sources.traps.config import DEFAULT_LISTEN, Listener, TrapsConfig
from netmon.sources.traps.directory import plain_address
from netmon.sources.traps.sockets import (
    Peer,
    address_text,
    buffer_size,
    has_table,
    kernel_drops,
    open_all,
    overflow,
    reopened,
)
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.traps")

_GATHER_S = 0.004
"""Between two turns of reading: what gathers meanwhile fits into the smallest buffer (100 datagrams at 25,000/s)."""
_plain = lru_cache(maxsize=10_000)(plain_address)

Came = Literal["nothing", "all", "part"]
"""What a turn of reading has taken: of what came all, or a part because its time was over."""


class Door(msgspec.Struct, frozen=True):
    """A bound socket; asking it for its address or family each time would cost more than reading from it."""

    socket: socket.socket
    listener: str
    """Its address, on which traps arrived."""
    realm: str
    plain: bool
    """IPv4: its peers' addresses have one form only."""

    def source(self, peer: Peer) -> str:
        """Return the address of a peer in the one form it is known by."""
        return str(peer[0]) if self.plain else _plain(peer[0])


class Doors:
    """Opens every address of ``traps.listen``, tells who reads there, and counts what came when nobody did."""

    def __init__(
        self,
        config: TrapsConfig,
        realms: Realms,
        metrics: Metrics,
        *,
        count_error: Callable[[str, Exception], None],
    ) -> None:
        self._config = config
        self._realms = realms
        self._metrics = metrics
        self._count_error = count_error
        self._listeners: tuple[Listener, ...] = ()
        self._doors: list[Door] = []
        self._read: Callable[[Door], Came] | None = None
        self._resting: list[Door] = []
        self.dropped: dict[str, int] = {}
        """What the kernel had dropped at each address since ``open``, at the last ``look``."""
        self._dropped_before: Counter[str] = Counter()
        """The same of sockets that were closed meanwhile: the kernel counts each socket for itself."""
        self._overflow: dict[str, int] | None = None
        """What datagrams told of that, where the kernel has no table of it."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that are bound, with the port the kernel chose where 0 was asked for."""
        return tuple(door.listener for door in self._doors)

    def open(self) -> None:
        """Bind all addresses, unless that is done; datagrams wait in the kernel until somebody reads.

        Raises:
            ListenError: an address cannot be bound; the start must stop.
        """
        if self._doors:
            return
        self._overflow = None if has_table() else {}
        self._listeners = self._config.listeners(self._realms)
        opened = open_all(
            self._listeners,
            receive_buffer=self._config.receive_buffer.octets,
            fall_back=self._config.listen is DEFAULT_LISTEN,
        )
        for of, bound in zip(self._listeners, opened, strict=True):
            door = Door(bound, address_text(bound), of.realm, bound.family == socket.AF_INET)
            self._doors.append(door)
            self.dropped[door.listener] = 0
            octets = buffer_size(bound)
            self._metrics.receive_buffer.labels(door.listener).set(octets)
            log.info("listening for traps", address=door.listener, receive_buffer=octets)

    def watch(self, read: Callable[[Door], Came]) -> None:
        """Have ``read`` called whenever something comes."""
        self._read = read
        for door in self._doors:
            asyncio.get_running_loop().add_reader(door.socket, partial(self._read_watched, door))

    def rest(self, door: Door) -> None:
        """Let datagrams gather for a moment: a turn of the loop costs as much as reading several of them."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(door.socket)
        self._resting.append(door)
        loop.call_later(_GATHER_S, self._go_on, door)

    def read_resting(self) -> None:
        """Read what has gathered: whoever takes a batch now would else miss it."""
        if self._read is not None:
            for door in self._resting:
                if door in self._doors:
                    self._read(door)

    def unwatch(self) -> None:
        """Read no more; addresses stay bound, so that late commits are still answered."""
        self._read = None
        for door in self._doors:
            asyncio.get_running_loop().remove_reader(door.socket)

    def look(self) -> None:
        """Mend what broke and ask what the kernel dropped; to be called each second."""
        if self._read is not None:
            self._mend()
        try:
            drops = self._drops()
        except OSError as error:
            # No descriptor is left to open the table with: what was known stays until the next look.
            self._count_error("kernel_table", error)
            return
        before = self._dropped_before
        self.dropped = {name: before[name] + count for name, count in zip(self.addresses, drops, strict=True)}

    def close(self) -> None:
        """Close all; to be called after the last batch is committed."""
        for door in self._doors:
            door.socket.close()
        self._doors = []

    def _drops(self) -> list[int]:
        if self._overflow is None:
            return kernel_drops(door.socket for door in self._doors)
        return [self._overflow.get(door.listener, 0) for door in self._doors]

    def _go_on(self, door: Door) -> None:
        """Read what has gathered; a door where nothing has, or too much, is watched."""
        loop, read = asyncio.get_running_loop(), self._read
        # An address that was made anew meanwhile has another socket, which is watched.
        if read is None or door not in self._doors:
            self._resting.remove(door)
        elif self._read_on(door, read) == "all":
            loop.call_later(_GATHER_S, self._go_on, door)
        else:
            self._resting.remove(door)
            loop.add_reader(door.socket, partial(self._read_watched, door))

    def _read_watched(self, door: Door) -> None:
        if self._read is not None and self._read_on(door, self._read) != "part":
            self.rest(door)

    def _read_on(self, door: Door, read: Callable[[Door], Came]) -> Came:
        if self._overflow is not None:
            self._overflow[door.listener] = max(self._overflow.get(door.listener, 0), overflow(door.socket))
        return read(door)

    def _mend(self) -> None:
        """Listen once more on network devices that are back after they were gone: their sockets hear nothing."""
        loop = asyncio.get_running_loop()
        for place, (of, door) in enumerate(zip(self._listeners, self._doors, strict=True)):
            octets = self._config.receive_buffer.octets
            fresh = reopened(door.socket, of, receive_buffer=octets) if of.device else None
            if fresh is not None:
                loop.remove_reader(door.socket)
                self._dropped_before[door.listener] += self._drops()[place]
                if self._overflow is not None:
                    self._overflow[door.listener] = 0
                door.socket.close()
                renewed = self._doors[place] = msgspec.structs.replace(door, socket=fresh)
                loop.add_reader(fresh, partial(self._read_watched, renewed))
                log.warning("network device was made anew, listening again", address=door.listener)
