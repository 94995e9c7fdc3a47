"""What the engine tells a web process that it starts: a line of JSON with the listening sockets, on standard input."""

import socket
from collections.abc import Sequence
from typing import Any

import msgspec

from netmon.telemetry.log import LogConfig
from netmon.web.config import WebSetup

_LONGEST = 1 << 20
_MOST_SOCKETS = 64


class Launch(msgspec.Struct, frozen=True):
    """The settings of a web process."""

    setup: WebSetup
    log: LogConfig = LogConfig()


def send_launch(to: socket.socket, launch: Launch, bound: Sequence[socket.socket]) -> None:
    """Tell a web process what to serve, and hand it the sockets, bound already.

    Raises:
        OSError: it is gone.
    """
    line = msgspec.json.encode(launch, enc_hook=str) + b"\n"
    sent = socket.send_fds(to, [line], [one.fileno() for one in bound])
    to.sendall(line[sent:])


def read_launch(engine: socket.socket) -> tuple[Launch, list[socket.socket]]:
    """Return what the engine says, and the sockets that come with it.

    Raises:
        EOFError: the engine ended before.
    """
    line, descriptors, _, _ = socket.recv_fds(engine, _LONGEST, _MOST_SOCKETS)
    while not line.endswith(b"\n"):
        more = engine.recv(_LONGEST)
        if not more or len(line) > _LONGEST:
            raise EOFError("the engine ended before it told what to serve")
        line += more
    launch = msgspec.json.decode(line, type=Launch, dec_hook=_make)
    return launch, [socket.socket(fileno=one) for one in descriptors]


def _make(type_: type, value: Any) -> Any:
    return type_(value)
