"""The sockets of a client: one per address family, drained in bounded time (specs/snmp.md 4.3)."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from netmon.snmp import udp
from netmon.snmp.message import MAX_DATAGRAM

_DATAGRAMS_PER_WAKE_UP: Final = 256
_NS_PER_WAKE_UP: Final = 5_000_000
_SENDS: Final = 2
_ANY: Final = {socket.AF_INET: "", socket.AF_INET6: ""}

Received = Callable[[bytes, udp.SocketAddress, int], None]
"""Takes a datagram, its peer and the monotonic time in ns."""
Failed = Callable[[str, int, int], None]
"""Takes address and port that a datagram went to, and the errno of what became of it."""


def _nothing() -> None:
    """Open nothing: they are closed for good."""


class Sockets:
    """Sends and receives; belongs to one event loop."""

    def __init__(self, received: Received, failed: Failed) -> None:
        self._received = received
        self._failed = failed
        self._of: dict[int, socket.socket] = {}
        self._again: Callable[[], None] = _nothing
        """Opens them once more."""

    def open(self, *, bind: Sequence[str], device: str, receive_buffer: int) -> None:
        """Open the sockets in the running event loop.

        Raises:
            OSError: a local address or the device is not there. A host without IPv6 is served by IPv4 alone.
        """
        self._again = partial(self.open, bind=bind, device=device, receive_buffer=receive_buffer)
        loop = asyncio.get_running_loop()
        wanted = {udp.endpoint(address, 0)[0]: address for address in bind} or _ANY
        for family, address in wanted.items():
            try:
                sock = udp.open_socket(family, bind=address, device=device, receive_buffer=receive_buffer)
            except OSError:
                if self._of and not bind:
                    return
                self.close()
                raise
            self._of[family] = sock
            loop.add_reader(sock, self._readable, sock)

    def close(self) -> None:
        """Close them."""
        self._again = _nothing
        self._shut()

    def _shut(self) -> None:
        for sock in self._of.values():
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._of.clear()

    @property
    def receive_buffer(self) -> int:
        """The smallest receive buffer that the kernel gave, in octets; it tells twice the size (socket(7))."""
        return min((s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2 for s in self._of.values()), default=0)

    def _reopen(self) -> None:
        """Open the sockets anew: the device they stayed on is gone, and may be back under its name."""
        self._shut()
        # Without the device there is nothing to send by; the next request looks again.
        with contextlib.suppress(OSError):
            self._again()

    def send(self, family: int, peer: udp.SocketAddress, datagram: bytes) -> str | None:
        """Send a datagram; return None, or why it was not sent: a reason, empty where the socket is only full."""
        if not self._of:
            self._reopen()
        sock = self._of.get(family)
        if sock is None:
            return "no socket for this address family"
        reason = ""
        for _ in range(_SENDS):
            try:
                sock.sendto(datagram, peer)
            except BlockingIOError:
                break
            except OSError as error:
                # With IP_RECVERR the error may be that of an earlier datagram to another peer: take those, try again.
                reason = str(error.strerror)
                self._take_errors(sock)
                if udp.lost_device(sock):
                    self._reopen()
                    sock = self._of.get(family, sock)
            else:
                return None
        return reason

    def _readable(self, sock: socket.socket) -> None:
        """Take the datagrams that wait, for a bounded time; errors are taken when there is nothing else."""
        until_ns = time.monotonic_ns() + _NS_PER_WAKE_UP
        for count in range(_DATAGRAMS_PER_WAKE_UP):
            try:
                datagram, peer = sock.recvfrom(MAX_DATAGRAM)
            except BlockingIOError:
                if count == 0:
                    self._take_errors(sock)
                return
            except OSError:
                if sock.fileno() < 0:
                    return
                self._take_errors(sock)
                continue
            now_ns = time.monotonic_ns()
            self._received(datagram, peer, now_ns)
            if now_ns >= until_ns:
                return

    def _take_errors(self, sock: socket.socket) -> None:
        for address, port, code in udp.take_errors(sock):
            self._failed(address, port, code)
