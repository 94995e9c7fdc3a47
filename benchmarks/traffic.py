"""Traps as a network sends them: packets made once, then sent at a steady rate by a process of its own."""

import argparse
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.version3 import seal
from netmon.domain.oid import Varbind
from netmon.snmp.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, TIME_TICKS
from netmon.snmp.message import V2_TRAP, V2C, Message, encode

RULES = 500
"""Each interface has one of so many trap pairs, and each pair a rule of its own (`network.rules`)."""

ENTERPRISE = "1.3.6.1.4.1.32473.2.0"
"""Of the enterprise number for documentation (RFC 5612)."""

_IF = "1.3.6.1.2.1.2.2.1"
_NAME = "1.3.6.1.2.1.31.1.1.1.1"
_SIDE_BY_SIDE = 100
"""So many interfaces fail together: their traps come mixed, not one interface after the other."""


def trap_oid(rule: int, state: str) -> str:
    """Return the trap by which a rule raises (down) or clears (up)."""
    return f"{ENTERPRISE}.{2 * rule + (1 if state == 'down' else 2)}"


def packet(interface: int, state: str, *, number: int, pdu_type: int = V2_TRAP, secured: bool = False) -> bytes:
    """Return a trap with six varbinds that says how an interface is, of version 2c or 3."""
    varbinds, request_id = _varbinds(interface, state, number), 0x01000000 + number
    if secured:
        return seal(pdu_type, request_id, varbinds)
    return encode(Message(V2C, b"public", pdu_type, request_id, 0, 0, varbinds))


def _varbinds(interface: int, state: str, number: int) -> tuple[Varbind, ...]:
    status = 1 if state == "up" else 2
    return (
        ("1.3.6.1.2.1.1.3.0", TIME_TICKS, 100 + number),
        ("1.3.6.1.6.3.1.1.4.1.0", OBJECT_IDENTIFIER, trap_oid(interface % RULES, state)),
        (f"{_IF}.1.{interface}", INTEGER, interface),
        (f"{_IF}.7.{interface}", INTEGER, 1),
        (f"{_IF}.8.{interface}", INTEGER, status),
        (f"{_NAME}.{interface}", OCTET_STRING, f"GigabitEthernet0/0/{interface}".encode()),
    )


MIX = ("down", *["down"] * 8, "up")
"""The usual mix: per interface one raise, eight repeats, one clear."""

_STATES = {"mix": MIX, "transitions": ("down", "up"), "raises": ("down",)}


def states(kind: str, interfaces: int, *, after: int = 0) -> Iterator[tuple[int, str]]:
    """Yield (interface, its state) as a network tells it; interfaces are numbered on from ``after``."""
    for first in range(after + 1, after + interfaces + 1, _SIDE_BY_SIDE):
        for state in _STATES[kind]:
            for interface in range(first, min(first + _SIDE_BY_SIDE, after + interfaces + 1)):
                yield interface, state


def packets(kind: str, interfaces: int, *, after: int = 0, secured: bool = False) -> Iterator[bytes]:
    """Yield the same as traps."""
    for number, (interface, state) in enumerate(states(kind, interfaces, after=after), start=1):
        yield packet(interface, state, number=number, secured=secured)


KINDS = tuple(_STATES)


def send(traps: list[bytes], port: int, *, count: int, rate: int) -> float:
    """Send ``count`` of them round and round to 127.0.0.1, ``rate`` per second in slices of 2 ms; return seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", port))
        began = time.perf_counter()
        for sent in range(count):
            out.send(traps[sent % len(traps)])
            if sent % 16 == 15:
                ahead_s = began + (sent + 1) / rate - time.perf_counter()
                if ahead_s > 0.002:
                    time.sleep(ahead_s)
        return time.perf_counter() - began


def main() -> None:
    """Send as the command line says, ``python -m benchmarks.traffic mix PORT COUNT RATE``, and print the seconds."""
    parser = argparse.ArgumentParser(description=Path(__file__).stem)
    parser.add_argument("kind", choices=sorted(KINDS))
    for name in ("port", "count", "rate"):
        parser.add_argument(name, type=int)
    parser.add_argument("--interfaces", type=int, default=1000)
    parser.add_argument("--secured", action="store_true", help="version 3, authPriv")
    told = parser.parse_args()
    traps = list(packets(told.kind, told.interfaces, secured=told.secured))
    print(send(traps, told.port, count=told.count, rate=told.rate))


if __name__ == "__main__":
    main()
