"""Listening sockets, bound before anything else starts, so that a taken address is one clear line."""

import os
import socket
from pathlib import Path

_SUN_PATH = 107
"""Longest path of a unix socket on Linux."""


class CannotListen(Exception):
    """An address cannot be listened on; the text says which, and why."""


def listen(address: str) -> socket.socket:
    """Return a listening socket for ``host:port`` or ``[v6]:port``; port 0 takes a free one.

    Raises:
        CannotListen: it is in use, not of this host, not allowed, or no address.
    """
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise CannotListen(f"{address}: is no address to listen on (write 127.0.0.1:8080 or [::1]:8080)")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, proto, _, place = found[0]
        bound = socket.socket(family, kind, proto)
    except OSError as error:
        raise CannotListen(f"cannot listen on {address}: {error.strerror}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise CannotListen(f"cannot listen on {address}: {error.strerror}") from error
    return bound


def listen_unix(path: Path) -> socket.socket:
    """Return a listening unix socket that only its owner may use; one left by a dead engine is replaced.

    The caller holds the lock of the data directory: no living engine uses the path.

    Raises:
        CannotListen: the path is too long or cannot be written.
    """
    if len(os.fsencode(path)) > _SUN_PATH:
        raise CannotListen(f"{path}: too long for a socket ({_SUN_PATH} octets at most); choose a shorter data_dir")
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mode must hold from the first moment on, so it is set by the mask and not afterwards.
    mask = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        bound.bind(os.fspath(path))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise CannotListen(f"cannot listen on {path}: {error.strerror}") from error
    finally:
        os.umask(mask)
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address a socket is bound to, with the port that 0 became."""
    if bound.family == socket.AF_UNIX:
        return str(bound.getsockname())
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if bound.family == socket.AF_INET6 else f"{host}:{port}"
