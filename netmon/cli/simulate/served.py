"""One simulated agent at work: where it answers, whom it tells, and how."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from netmon.cli.simulate.endpoint import Endpoint, SocketAddress
from netmon.snmp.agent import Agent
from netmon.snmp.exchange import Target
from netmon.snmp.informing import Informing
from netmon.snmp.notice import Notice

_NS: Final = 1_000_000


class Served:
    """An agent behind a socket.

    Args:
        agent: what answers.
        endpoint: its address.
        clock: the time of the scenario in milliseconds.
        trap_to: where it tells, None: nowhere.
        target: the same as the receiver of informs.
    """

    def __init__(
        self,
        agent: Agent,
        endpoint: Endpoint,
        *,
        clock: Callable[[], int],
        trap_to: SocketAddress | None = None,
        target: Target | None = None,
    ) -> None:
        self.agent = agent
        self.endpoint = endpoint
        self.counts: Counter[str] = Counter()
        """Traps and informs that were sent, and what became of the informs."""
        self._clock = clock
        self._trap_to = trap_to
        self._informing = Informing(target) if target is not None else None
        self._timers: dict[int, asyncio.TimerHandle] = {}
        endpoint.hears.append(self._heard)

    def now(self) -> int:
        """Return the time of the scenario."""
        return self._clock()

    def later(self, after_ms: int, do: Callable[[], None]) -> None:
        """Do something after a time, if the simulation still goes on."""
        self.endpoint.later(after_ms, do)

    def send(self, trap: bytes) -> bool:
        """Send a trap; an agent that is down sends none. Tell whether the kernel took it."""
        if self._trap_to is None or self.agent.silent(self.now()):
            return True
        taken = self.endpoint.send(trap, self._trap_to)
        self.counts["traps"] += taken
        return taken

    def inform(self, notice: Notice, *, timeout_ms: int, retries: int) -> None:
        """Tell something until it is answered or the tries are over."""
        if self._informing is None:
            return
        request_id = self._informing.begin(notice)
        self.counts["informs"] += 1
        self._try(request_id, timeout_ms, retries)

    def _try(self, request_id: int, timeout_ms: int, left: int) -> None:
        self._tell(request_id)

        def over() -> None:
            if left > 0:
                self.counts["informs repeated"] += 1
                self._try(request_id, timeout_ms, left - 1)
            else:
                self._end(request_id, "informs without an answer")

        self._timers[request_id] = self.endpoint.later(timeout_ms, over)

    def _tell(self, request_id: int) -> None:
        if self._informing is not None and self._trap_to is not None:
            self.endpoint.send(self._informing.datagram(request_id, self.now() * _NS), self._trap_to)

    def _heard(self, datagram: bytes) -> bool:
        """Take an answer to an inform; tell whether it was one."""
        if self._informing is None or not self._timers:
            return False
        request_id, outcome = self._informing.take(datagram, self.now() * _NS)
        match outcome:
            case "again":
                self._tell(request_id)
            case "answered":
                self._end(request_id, "informs answered")
            case "refused":
                self._end(request_id, "informs refused")
            case "ignored":
                return False
        return True

    def _end(self, request_id: int, how: str) -> None:
        self.counts[how] += 1
        if self._informing is not None:
            self._informing.give_up(request_id)
        self.endpoint.forget(self._timers.pop(request_id))
