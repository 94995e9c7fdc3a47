"""A UDP socket behind which simulated agents answer; their answers leave as their faults say."""

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable
from typing import Final, Protocol

from netmon.snmp.faults import Delivery

_LARGEST: Final = 65_535
_MOST_READ: Final = 100

SocketAddress = tuple[str, int]


def now_ms() -> int:
    """Return the simulator's own time in milliseconds; it never goes back."""
    return time.monotonic_ns() // 1_000_000


class Answers(Protocol):
    """What stands behind a socket: a responder."""

    def replies(self, datagram: bytes, now: int) -> list[Delivery]:
        """Return what is sent for a datagram at a time."""


class Endpoint:
    """One address and the agents that answer there.

    Args:
        responder: what answers.
        address: where; port 0 takes a free one.
        clock: the time of the agents.

    Raises:
        OSError: the address cannot be had.
    """

    def __init__(self, responder: Answers, address: SocketAddress, *, clock: Callable[[], int] = now_ms) -> None:
        self.asked = 0
        """Datagrams that came."""
        self._responder = responder
        self._clock = clock
        self._socket = _bound(*address)
        self._others: dict[str, socket.socket] = {}
        self._waiting: set[asyncio.TimerHandle] = set()
        self.hears: list[Callable[[bytes], bool]] = []
        """Asked first whether a datagram is for them: what waits for answers of its own."""

    @property
    def address(self) -> SocketAddress:
        """Address and port it answers at."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def start(self) -> None:
        """Answer from now on."""
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def pause(self) -> None:
        """Answer nothing until started again; what comes waits."""
        asyncio.get_running_loop().remove_reader(self._socket)

    def stop(self) -> None:
        """Answer no more."""
        self.pause()
        for timer in self._waiting:
            timer.cancel()
        self._waiting.clear()
        self.close()

    def close(self) -> None:
        """Give the address back."""
        for one in (self._socket, *self._others.values()):
            one.close()

    def send(self, datagram: bytes, to: SocketAddress) -> bool:
        """Send something of its own, such as a trap; tell whether the kernel took it."""
        return self._send(self._socket, datagram, to)

    def later(self, after_ms: int, do: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something after a time, unless it is stopped before."""

        def due() -> None:
            self._waiting.discard(timer)
            do()

        timer = asyncio.get_running_loop().call_later(after_ms / 1000, due)
        self._waiting.add(timer)
        return timer

    def forget(self, timer: asyncio.TimerHandle) -> None:
        """Do not do what was to be done later."""
        timer.cancel()
        self._waiting.discard(timer)

    def _read(self) -> None:
        for _ in range(_MOST_READ):
            try:
                datagram, peer = self._socket.recvfrom(_LARGEST)
            except OSError:
                # Nothing left to read, or a manager that is gone already.
                return
            if any(hears(datagram) for hears in self.hears):
                continue
            self.asked += 1
            for delivery in self._responder.replies(datagram, self._clock()):
                self._deliver(delivery, peer)

    def _deliver(self, delivery: Delivery, peer: SocketAddress) -> None:
        source = self._other(delivery.source) if delivery.source else self._socket
        if delivery.after_ms:

            def late() -> None:
                self._send(source, delivery.datagram, peer)

            self.later(delivery.after_ms, late)
        else:
            self._send(source, delivery.datagram, peer)

    def _send(self, source: socket.socket, datagram: bytes, to: SocketAddress) -> bool:
        if source.fileno() >= 0:
            # Whoever asked may be gone, and a full buffer loses datagrams like any network does.
            with contextlib.suppress(OSError):
                source.sendto(datagram, to)
                return True
        return False

    def _other(self, address: str) -> socket.socket:
        """Return a socket at another address, with the same port where that is free."""
        if address not in self._others:
            host, port = self.address
            same_family = ipaddress.ip_address(address).version == ipaddress.ip_address(host).version
            try:
                self._others[address] = _bound(address if same_family else host, port if same_family else 0)
            except OSError:
                self._others[address] = _bound(address if same_family else host, 0)
        return self._others[address]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
