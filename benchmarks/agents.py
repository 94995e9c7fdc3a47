"""Simulated agents in a process of their own, which counts the varbinds it serves: ``python -m benchmarks.agents N``.

A line of standard input is answered with the number of varbinds so far; the end of input ends it. The first line it
writes names the agents' addresses.
"""

import select
import socket
import sys
import time

from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.message import decode
from netmon.snmp.responder import Responder

_PORTS = 48
_RATE_BPS = 40_000_000


class Served:
    """One agent with its socket."""

    def __init__(self, number: int) -> None:
        name = f"bench-{number}"
        rows = system_rows(name, description="Simulated switch", object_id="1.3.6.1.4.1.32473.1.1", uptime_cs=360_000)
        rows += interface_rows([f"ge-0/0/{port}" for port in range(_PORTS)], speed_mbps=1_000)
        agent = Agent(rows, community=b"public", rate_bps=_RATE_BPS, started_ms=_now_ms())
        self.varbinds = 0
        self._responder = Responder([agent])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((f"127.0.20.{number}", 0))

    def answer(self) -> None:
        """Answer one request."""
        request, peer = self.socket.recvfrom(65_535)
        answer = self._responder.answer(request, _now_ms())
        if answer is not None:
            self.socket.sendto(answer, peer)
            self.varbinds += len(decode(answer).varbinds)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def main() -> None:
    """Serve until the input ends."""
    agents = {served.socket.fileno(): served for served in map(Served, range(1, int(sys.argv[1]) + 1))}
    addresses = (served.socket.getsockname() for served in agents.values())
    print(*(f"{host}:{port}" for host, port in addresses), flush=True)
    told = sys.stdin.fileno()
    while True:
        ready = select.select([*agents, told], [], [])[0]
        for number in ready:
            if number != told:
                agents[number].answer()
            elif sys.stdin.readline():
                print(sum(served.varbinds for served in agents.values()), flush=True)
            else:
                return


if __name__ == "__main__":
    main()
