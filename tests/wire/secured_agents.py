"""Many agents of version 3 in one process: ``python -m tests.wire.secured_agents COUNT``.

The first line it writes names their addresses; on each further line that it reads all of them start anew at once, with
one boot more, and it says so. The end of its input ends it.
"""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.version3 import USER
from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.responder import Responder

_ROOT = Path(__file__).parents[2]
_PER_NETWORK = 250
_PORTS = ("xe-0", "xe-1")


class _Served:
    """One agent with its socket."""

    def __init__(self, number: int) -> None:
        name = f"secured-{number}"
        rows = system_rows(name, description="Simulated switch", object_id="1.3.6.1.4.1.32473.1.1")
        self.agent = Agent(rows + interface_rows(_PORTS, speed_mbps=1_000), name=name, started_ms=_now_ms() - 3_600_000)
        self._responder = Responder([self.agent], users=[USER])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((f"127.0.{40 + number // _PER_NETWORK}.{number % _PER_NETWORK + 1}", 0))

    def read(self) -> None:
        """Answer what has come."""
        with contextlib.suppress(BlockingIOError):
            while True:
                request, peer = self.socket.recvfrom(65_535)
                answer = self._responder.answer(request, _now_ms())
                if answer is not None:
                    self.socket.sendto(answer, peer)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


async def _serve(count: int) -> None:
    loop = asyncio.get_running_loop()
    served = [_Served(number) for number in range(count)]
    for one in served:
        loop.add_reader(one.socket, one.read)
    _say([one.socket.getsockname() for one in served])
    while await asyncio.to_thread(sys.stdin.readline):
        for one in served:
            one.agent.reboot(now=_now_ms(), down_ms=0)
        _say("restarted")


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class SecuredAgents:
    """The other end of the pipe."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.addresses: list[tuple[str, int]] = [(host, port) for host, port in json.loads(self._answer())]

    def restart(self) -> None:
        """Start all of them anew; done when this returns."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        assert json.loads(self._answer()) == "restarted"

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextlib.contextmanager
def secured_agents(count: int) -> Iterator[SecuredAgents]:
    """Serve so many agents as long as the block lasts."""
    command = (sys.executable, "-m", "tests.wire.secured_agents", str(count))
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        yield SecuredAgents(process)
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
