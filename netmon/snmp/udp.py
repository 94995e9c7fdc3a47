"""Unconnected UDP sockets for many peers, and the ICMP errors they collect (Linux ``ip(7)``, IP_RECVERR)."""

import errno
import socket
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

SocketAddress = tuple[str, int] | tuple[str, int, int, int]

LONGEST_DEVICE: Final = 16
"""Octets of the name of a network device (IFNAMSIZ of Linux)."""
_SO_RCVBUFFORCE: Final = 33
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_SOCK_EXTENDED_ERR: Final = struct.Struct("=IBBBBII")
_ERRORS_PER_WAKE_UP: Final = 256


@lru_cache(maxsize=65_536)
def endpoint(address: str, port: int) -> tuple[socket.AddressFamily, SocketAddress]:
    """Return family and socket address of a numeric IP address, in the spelling that ``recvfrom`` gives.

    Raises:
        OSError: it is no numeric address.
    """
    found = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
    family, _, _, _, socket_address = found[0]
    if isinstance(socket_address[0], int):
        raise OSError(errno.EAFNOSUPPORT, "this Python has no IPv6")
    return family, socket_address


def open_socket(family: socket.AddressFamily, *, bind: str, device: str, receive_buffer: int) -> socket.socket:
    """Return a non-blocking socket on a random port.

    Args:
        family: AF_INET or AF_INET6.
        bind: local address, empty for any.
        device: network device to stay on (SO_BINDTODEVICE), empty for any.
        receive_buffer: octets asked for; the kernel may give less. 0: as many as are usual.

    Raises:
        OSError: the family, the address or the device is not there.
    """
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        if receive_buffer:
            _enlarge(sock, receive_buffer)
        sock.bind((bind, 0))
    except OSError:
        sock.close()
        raise
    return sock


def lost_device(sock: socket.socket) -> bool:
    """Tell whether the network device of a socket is gone; one of the same name that came since is another one."""
    try:
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LONGEST_DEVICE)
    except OSError:
        return True
    return False


def _enlarge(sock: socket.socket, size: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def take_errors(sock: socket.socket) -> Iterator[tuple[str, int, int]]:
    """Take the waiting errors of a socket: address and port that a datagram went to, and the errno."""
    for _ in range(_ERRORS_PER_WAKE_UP):
        try:
            _, ancillary, _, peer = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return
        for level, kind, content in ancillary:
            known = (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR))
            if known and len(content) >= _SOCK_EXTENDED_ERR.size:
                yield peer[0], peer[1], _SOCK_EXTENDED_ERR.unpack_from(content)[0]
