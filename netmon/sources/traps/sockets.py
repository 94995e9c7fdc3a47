"""Sockets that traps arrive at, and what the kernel lost before netmon could read it (specs/snmp.md 3.1, 3.2)."""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from netmon.snmp.udp import LONGEST_DEVICE, lost_device
from netmon.sources.traps.config import Listener

log = structlog.get_logger("netmon.traps")

_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
_SO_RCVBUFFORCE = 33
"""Linux, include/uapi/asm-generic/socket.h; the socket module has no name for it."""
_SO_RXQ_OVFL = 40
"""Linux, include/uapi/asm-generic/socket.h, as well."""
_UNPRIVILEGED_PORT = 10_162
SMALL = 4 << 20
"""Octets: with a smaller receive buffer storms lose traps of quiet sources."""
_NOT_ALLOWED = (errno.EACCES, errno.EPERM)


Peer = tuple[Any, ...]
"""Where a datagram came from, as the socket tells it: address and port, of IPv6 also flow and scope."""


class ListenError(Exception):
    """An address cannot be listened on; the text names it and says why."""


def open_all(listeners: Iterable[Listener], *, receive_buffer: int, fall_back: bool = False) -> list[socket.socket]:
    """Return one bound socket per listener; none stays open when one fails.

    Args:
        listeners: what to bind.
        receive_buffer: octets to ask the kernel for.
        fall_back: take port 10162 for want of the right to bind the port: only where nobody chose it.

    Raises:
        ListenError: an address cannot be bound.
    """
    opened: list[socket.socket] = []
    try:
        for listener in listeners:
            opened.append(_open(listener, fall_back=fall_back))
            _enlarge(opened[-1], receive_buffer)
    except (ListenError, OSError):
        for one in opened:
            one.close()
        raise
    return opened


def address_text(bound: socket.socket) -> str:
    """Return the address a socket is bound to: ``127.0.0.1:162``, ``[::1]:162``, on a device ``0.0.0.0:162%vrf-a``."""
    host, port = bound.getsockname()[:2]
    device = bound.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LONGEST_DEVICE).rstrip(b"\0").decode()
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") + (f"%{device}" if device else "")


def reopened(bound: socket.socket, listener: Listener, *, receive_buffer: int) -> socket.socket | None:
    """Return a socket in place of one whose network device is gone, once there is one of that name again."""
    if not lost_device(bound):
        return None
    try:
        fresh = _bind(listener)
    except OSError:
        return None
    _enlarge(fresh, receive_buffer)
    return fresh


def buffer_size(bound: socket.socket) -> int:
    """Return the receive buffer that the kernel really gave; it tells twice the size (socket(7))."""
    return bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def kernel_drops(sockets: Iterable[socket.socket]) -> list[int]:
    """Return how many datagrams each socket lost because nobody read them in time; 0 where the kernel does not say."""
    found: dict[str, int] = {}
    for table in _TABLES:
        if table.exists():
            rows = (line.split() for line in table.read_text().splitlines()[1:])
            found.update((row[9], int(row[-1])) for row in rows)
    return [found.get(str(os.fstat(one.fileno()).st_ino), 0) for one in sockets]


def has_table() -> bool:
    """Tell whether the kernel has a table of its UDP sockets here; else ``overflow`` is what tells of drops."""
    return any(table.exists() for table in _TABLES)


def overflow(bound: socket.socket) -> int:
    """Return how many datagrams a socket had lost when the next one that waits came; 0: none, or nothing waits."""
    try:
        _, ancillary, _, _ = bound.recvmsg(0, socket.CMSG_SPACE(4), socket.MSG_PEEK)
    except OSError:
        return 0
    told = (content for level, kind, content in ancillary if (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL))
    return max((int.from_bytes(content[:4], sys.byteorder) for content in told), default=0)


def _open(listener: Listener, *, fall_back: bool) -> socket.socket:
    try:
        return _bind(listener)
    except OSError as error:
        if not (fall_back and error.errno in _NOT_ALLOWED):
            raise ListenError(_why(listener, error)) from error
    log.warning("no right to bind the trap port, another one is used", wanted=listener.port, used=_UNPRIVILEGED_PORT)
    other = msgspec.structs.replace(listener, port=_UNPRIVILEGED_PORT)
    try:
        return _bind(other)
    except OSError as error:
        raise ListenError(_why(other, error)) from error


def _bind(listener: Listener) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in listener.host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if listener.device:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, listener.device.encode())
        if made.family == socket.AF_INET6:
            # One family per socket: an IPv4 source is then never written as an IPv6 one (RFC 3493 section 5.3).
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if not has_table():
            # From now on each datagram carries how many were lost before it.
            with contextlib.suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        made.bind((listener.host, listener.port))
    except OSError:
        made.close()
        raise
    return made


def _why(listener: Listener, error: OSError) -> str:
    name = errno.errorcode.get(error.errno or 0, str(error.errno))
    where = f"{listener.host} port {listener.port}" + (f" of {listener.device}" if listener.device else "")
    return f"traps.listen: cannot listen on {where}: {error.strerror} ({name})"


def possible_buffer(octets: int) -> int:
    """Return the receive buffer that this host gives to this user who asks for so many octets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        return _ask_for(tried, octets)


def _ask_for(bound: socket.socket, octets: int) -> int:
    try:
        bound.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, octets)
    except OSError:
        # Without CAP_NET_ADMIN the kernel caps the size at net.core.rmem_max.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)
    return buffer_size(bound)


def _enlarge(bound: socket.socket, octets: int) -> None:
    given = _ask_for(bound, octets)
    if given < min(octets, SMALL):
        log.warning("small receive buffer: raise net.core.rmem_max", address=address_text(bound), octets=given)
