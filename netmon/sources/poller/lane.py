"""How an element that does not answer is asked: probes first, then the slow lane (specs/snmp.md 4.8)."""

from typing import Literal
from zlib import crc32

from netmon.domain.observation import REFUSALS, PollFailure
from netmon.sources.poller.schedule import next_slot

_PROBES_AFTER_MS = (5_000, 15_000)
_AFTER_LOST_PING_MS = (0, 2_000, 4_000)
_ENOUGH = 3
_SLOW_MS = 30_000
_REFUSED_MS = 300_000

Answer = Literal["usual", "back"]


class Lane:
    """Counts failures in a row of one element and says when to probe it."""

    def __init__(self, element: str, *, interval_ms: int) -> None:
        self._element = element
        self._failures = 0
        self._probes: list[int] = []
        self._urgent = False
        """The probes under way were started by a lost ping."""
        self.probe_every(interval_ms)

    def probe_every(self, interval_ms: int) -> None:
        """Probe as often as the element is polled, but at least every 30 s; probes under way keep their time."""
        self._period_ms = min(interval_ms, _SLOW_MS)

    @property
    def failures(self) -> int:
        """Failures in a row."""
        return self._failures

    @property
    def slow(self) -> bool:
        """Whether the element is only probed."""
        return self._failures >= _ENOUGH

    def answered(self) -> Answer:
        """Take an answer: probes that are still to come are called off; ``back`` when it was only probed."""
        answer: Answer = "back" if self.slow else "usual"
        self._failures = 0
        self._probes, self._urgent = [], False
        return answer

    def ping_lost(self, now_ms: int) -> list[int]:
        """Take a lost ping: three probes at once, whatever else is under way; return their times."""
        if self.slow or self._urgent:
            return []
        self._urgent = True
        self._probes = [now_ms + after_ms for after_ms in _AFTER_LOST_PING_MS]
        return list(self._probes)

    def ping_answered(self, now_ms: int) -> list[int]:
        """Take an answered ping: it is the agent that is silent, and that has more time; return new times of probes."""
        if self.slow or not self._urgent:
            return []
        self._urgent = False
        self._probes = [now_ms + after_ms for after_ms in _PROBES_AFTER_MS]
        return list(self._probes)

    def ask_now(self, now_ms: int) -> int:
        """Probe once more, at once; return the time of that probe."""
        self._probes.append(now_ms)
        return now_ms

    def failed(self, now_ms: int, reason: PollFailure = "timeout") -> list[int]:
        """Take a failed run or probe; return the times of the probes it starts.

        An agent that refuses our credentials is asked seldom: others count that as a break-in.
        """
        self._failures += 1
        if self.slow:
            if self._probes and self._failures > _ENOUGH:
                return []
            period_ms = _REFUSED_MS if reason in REFUSALS else self._period_ms
            offset = crc32(self._element.encode()) % period_ms
            self._probes = [next_slot(now_ms, interval_ms=period_ms, offset=offset)]
            return list(self._probes)
        if self._failures > 1 or self._urgent:
            return []
        self._probes = [now_ms + after_ms for after_ms in _PROBES_AFTER_MS]
        return list(self._probes)

    def wants(self, due_ms: int) -> bool:
        """Tell whether the probe due at ``due_ms`` is still to be sent; it counts as sent from now on."""
        if due_ms not in self._probes:
            return False
        self._probes.remove(due_ms)
        return True
