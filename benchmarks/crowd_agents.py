"""A thousand simulated agents in one process: ``python -m benchmarks.crowd_agents COUNT DEAD SLOW PORTS``.

The first DEAD of them never answer, the next SLOW take their time. The first line it writes names their addresses; the
end of its input ends it.
"""

import asyncio
import socket
import sys
import time
from functools import partial

from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.responder import Responder

_RATE_BPS = 40_000_000
_SLOW_S = 0.5
_PER_NETWORK = 250


class Served:
    """One agent with its socket."""

    def __init__(self, number: int, *, ports: int, delay_s: float) -> None:
        rows = system_rows(f"crowd-{number}", description="Simulated switch", object_id="1.3.6.1.4.1.32473.1.1")
        rows += interface_rows([f"ge-0/0/{port}" for port in range(ports)], speed_mbps=1_000)
        self._responder = Responder([Agent(rows, rate_bps=_RATE_BPS, started_ms=_now_ms())])
        self._delay_s = delay_s
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((f"127.0.{30 + number // _PER_NETWORK}.{number % _PER_NETWORK + 1}", 0))

    def read(self) -> None:
        """Answer what has come."""
        while True:
            try:
                request, peer = self.socket.recvfrom(65_535)
            except BlockingIOError:
                return
            answer = self._responder.answer(request, _now_ms())
            if answer is None:
                continue
            if self._delay_s:
                asyncio.get_running_loop().call_later(self._delay_s, partial(self.socket.sendto, answer, peer))
            else:
                self.socket.sendto(answer, peer)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


async def main(count: int, dead: int, slow: int, ports: int) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    served = [Served(number, ports=ports, delay_s=_SLOW_S if number < dead + slow else 0) for number in range(count)]
    for agent in served[dead:]:
        loop.add_reader(agent.socket, agent.read)
    names = (agent.socket.getsockname() for agent in served)
    print(*(f"{host}:{port}" for host, port in names), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
