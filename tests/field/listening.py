"""A real trap listener on UDP, and what became of each datagram sent to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from netmon.domain.observation import Trap
from netmon.domain.request import RejectionsWanted
from netmon.sources.clock import Clock
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.listen import Traps
from netmon.telemetry.metrics import Metrics
from tests.sources.taking import Taking

_PATIENCE_S = 5.0
_LOOK_S = 0.001


class Listening:
    """Sends datagrams one by one and tells the trap that each became, or why it became none."""

    def __init__(self, traps: Traps, taking: Taking, sender: socket.socket) -> None:
        self._traps = traps
        self._taking = taking
        self._sender = sender

    async def send(self, datagram: bytes) -> Trap | str:
        """Return the trap, or the counted reason why there is none."""
        read, known = self._traps.books().read, len(self._taking.observations)
        self._sender.send(datagram)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while self._traps.books().read == read:
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            return "lost"
        for observation in self._taking.observations[known:]:
            if isinstance(observation, Trap):
                return observation
        if self._traps.books().missing:
            return "unaccounted"
        return self._traps.rejections(RejectionsWanted(limit=1)).last[0].reason


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    """Listen on a free port of this host."""
    taking = Taking(at_once=True)
    traps = Traps(TrapsConfig(listen=("127.0.0.1:0",)), intake=taking, clock=Clock(), metrics=Metrics())
    [address] = traps.open()
    host, _, port = address.rpartition(":")
    running = asyncio.create_task(traps.run())
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect((host, int(port)))
            yield Listening(traps, taking, sender)
    finally:
        running.cancel()
        await asyncio.wait([running])
        traps.close()
