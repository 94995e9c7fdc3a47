"""Informs at a steady rate, and how long each answer takes: ``python -m benchmarks.informs PORT RATE``."""

import argparse
import contextlib
import select
import socket
import time
from pathlib import Path

from benchmarks.traffic import packet
from netmon.snmp.message import INFORM, decode

_SECONDS = 5
_WAIT_S = 3.0


def main() -> None:
    """Print median, p99 and the longest in milliseconds, and how many informs had no answer."""
    parser = argparse.ArgumentParser(description=Path(__file__).stem)
    for name in ("port", "rate"):
        parser.add_argument(name, type=int)
    parser.add_argument("--sources", type=int, default=0, help="send from 127.0.0.2 and so many after it")
    told = parser.parse_args()
    port, rate = told.port, told.rate
    packets = [
        packet(number % 1000 + 1, "up" if number % 10_000 >= 9_000 else "down", number=number, pdu_type=INFORM)
        for number in range(rate * _SECONDS)
    ]
    with contextlib.ExitStack() as opened:
        first = 2 if told.sources else 1
        outs = [opened.enter_context(_socket(port, number, first=first)) for number in range(told.sources or 1)]
        took = sorted(_exchange(packets, outs, rate))
    told_ms = (1000 * took[len(took) // 2], 1000 * took[len(took) * 99 // 100], 1000 * took[-1])
    print(*told_ms, len(packets) - len(took))


def _socket(port: int, number: int, *, first: int) -> socket.socket:
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.bind((f"127.0.0.{first + number}", 0))
    out.connect(("127.0.0.1", port))
    out.setblocking(False)
    return out


def _exchange(packets: list[bytes], outs: list[socket.socket], rate: int) -> list[float]:
    """Send all by turns, each once, and return the seconds to each answer."""
    took: list[float] = []
    sent: dict[int, float] = {}
    began = time.perf_counter()
    while len(took) < len(packets) and time.perf_counter() < began + _SECONDS + _WAIT_S:
        _send_due(outs, packets, sent, due=int((time.perf_counter() - began) * rate))
        answered, _, _ = select.select(outs, [], [], 0.001)
        for out in answered:
            _take_answers(out, sent, took)
    return took


def _send_due(outs: list[socket.socket], packets: list[bytes], sent: dict[int, float], *, due: int) -> None:
    for number in range(len(sent), min(due, len(packets))):
        sent[number] = time.perf_counter()
        outs[number % len(outs)].send(packets[number])


def _take_answers(out: socket.socket, sent: dict[int, float], took: list[float]) -> None:
    while True:
        try:
            answer = out.recv(65_535)
        except BlockingIOError:
            return
        took.append(time.perf_counter() - sent[decode(answer).request_id - 0x01000000])


if __name__ == "__main__":
    main()
