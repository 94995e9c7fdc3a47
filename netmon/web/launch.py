"""What the engine tells a web process that it starts: one line of JSON on its standard input."""

import os
from typing import Any

import msgspec

from netmon.telemetry.log import LogConfig
from netmon.web.config import WebSetup

_LONGEST = 1 << 20


class Launch(msgspec.Struct, frozen=True):
    """The settings of a web process, and where it finds its sockets."""

    setup: WebSetup
    sockets: tuple[int, ...]
    """Descriptors that it inherits, bound already."""
    log: LogConfig = LogConfig()


def launch_line(launch: Launch) -> bytes:
    """Return the line."""
    return msgspec.json.encode(launch, enc_hook=str) + b"\n"


def read_launch(fd: int) -> Launch:
    """Return what the line says; nothing behind it is read.

    Raises:
        EOFError: the engine ended before.
    """
    line = b""
    while not line.endswith(b"\n"):
        octet = os.read(fd, 1)
        if not octet or len(line) > _LONGEST:
            raise EOFError("the engine ended before it told what to serve")
        line += octet
    return msgspec.json.decode(line, type=Launch, dec_hook=_make)


def _make(type_: type, value: Any) -> Any:
    return type_(value)
