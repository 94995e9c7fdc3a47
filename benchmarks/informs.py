"""Informs at a steady rate, and how long each answer takes: ``python -m benchmarks.informs PORT RATE``."""

import select
import socket
import sys
import time

from benchmarks.traffic import packet
from netmon.snmp.message import INFORM, decode

_SECONDS = 5
_WAIT_S = 3.0


def main() -> None:
    """Print median and p99 in milliseconds, and how many informs had no answer."""
    port, rate = int(sys.argv[1]), int(sys.argv[2])
    packets = [
        packet(number % 1000 + 1, "up" if number % 10_000 >= 9_000 else "down", number=number, pdu_type=INFORM)
        for number in range(rate * _SECONDS)
    ]
    took = sorted(_exchange(packets, port, rate))
    print(1000 * took[len(took) // 2], 1000 * took[len(took) * 99 // 100], len(packets) - len(took))


def _exchange(packets: list[bytes], port: int, rate: int) -> list[float]:
    """Send all, each once, and return the seconds to each answer."""
    took: list[float] = []
    sent: dict[int, float] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", port))
        out.setblocking(False)
        began = time.perf_counter()
        while len(took) < len(packets) and time.perf_counter() < began + _SECONDS + _WAIT_S:
            _send_due(out, packets, sent, due=int((time.perf_counter() - began) * rate))
            select.select([out], [], [], 0.001)
            _take_answers(out, sent, took)
    return took


def _send_due(out: socket.socket, packets: list[bytes], sent: dict[int, float], *, due: int) -> None:
    for number in range(len(sent), min(due, len(packets))):
        sent[number] = time.perf_counter()
        out.send(packets[number])


def _take_answers(out: socket.socket, sent: dict[int, float], took: list[float]) -> None:
    while True:
        try:
            answer = out.recv(65_535)
        except BlockingIOError:
            return
        took.append(time.perf_counter() - sent[decode(answer).request_id - 0x01000000])


if __name__ == "__main__":
    main()
