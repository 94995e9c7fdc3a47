"""Whether an element answers: the states ``reachability`` and ``agent`` from what polls and pings brought.

States and evidence: specs/rules.md 2.2, specs/snmp.md 4.9.
"""

from typing import Any

import msgspec

from netmon.domain.event import State
from netmon.domain.observation import NO_CONTEXT, REFUSALS, PollFailed, PollResult

_ENOUGH = 3
_PING_COUNTS_MS = 30_000
_SILENT = {"timeout", "unreachable"}
_WITHOUT_PINGS_MS = 15_000
"""Probes that fail for so long would have brought pings, if there were any."""
_ALIVE = {"refused"}
"""ICMP port unreachable: the host is there, its agent is not."""


class Seen(msgspec.Struct, array_like=True):
    """What is known of one element."""

    element: str
    reachability: str = "unknown"
    agent: str = "unknown"
    failures: int = 0
    pings_lost: int = 0
    pinged: int | None = None
    """When a ping was last answered; None if it never was asked."""
    heard: int = 0
    """When a ping was last answered or lost."""
    silent_from: int = 0
    """When the first of the failures came."""
    reason: str = ""
    """Of the last failure."""


class Reachability:
    """The states of all elements."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def answered(self, seq: int, result: PollResult, *, polled: bool = True) -> list[State]:
        """Take a poll result: any SNMP answer means up, at once.

        Args:
            seq: number of the observation.
            result: of SNMP or ICMP.
            polled: whether the element is asked by SNMP at all; of one that is not, pings alone decide.
        """
        seen = self._of(result.element)
        if result.protocol == "icmp":
            return self._pinged(seq, seen, result, polled=polled)
        seen.failures = 0
        return self._set(seen, seq, result.at, reachability="up", agent="up")

    def failed(self, seq: int, failed: PollFailed) -> list[State]:
        """Take a failed poll; ``overrun`` and ``budget`` say nothing about the element."""
        seen = self._of(failed.element)
        if failed.context and failed.reason in NO_CONTEXT:
            # It is the context that the agent does not have or serve now; in that of its credential it may answer.
            return self._set(seen, seq, failed.at, reachability="up", agent=seen.agent)
        if failed.reason in REFUSALS:
            seen.failures, seen.reason = 0, failed.reason
            return self._set(seen, seq, failed.at, reachability="up", agent="refused")
        if failed.reason not in _SILENT | _ALIVE:
            return []
        if not seen.failures:
            seen.silent_from = failed.at
        seen.failures += 1
        seen.reason = failed.reason
        alive = failed.reason in _ALIVE or self._ping_counts(seen, failed.at)
        return self._judge(seen, seq, failed.at, alive=alive)

    def state(self, element: str) -> tuple[str, str]:
        """Return the states ``reachability`` and ``agent`` of an element."""
        seen = self._seen.get(element)
        return (seen.reachability, seen.agent) if seen is not None else ("unknown", "unknown")

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._seen.pop(element, None)

    def dump(self) -> list[Any]:
        """Return the state of every element, in order of its id."""
        return [msgspec.structs.astuple(self._seen[element]) for element in sorted(self._seen)]

    def load_state(self, items: list[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._seen = {seen.element: seen for seen in msgspec.convert(items, list[Seen])}

    def _of(self, element: str) -> Seen:
        seen = self._seen.get(element)
        if seen is None:
            seen = self._seen[element] = Seen(element)
        return seen

    def _pinged(self, seq: int, seen: Seen, result: PollResult, *, polled: bool) -> list[State]:
        seen.heard = result.at
        if result.icmp is not None and result.icmp[1] > 0:
            seen.pings_lost, seen.pinged = 0, result.at
            agent = "unreachable" if seen.failures >= _ENOUGH else seen.agent
            return self._set(seen, seq, result.at, reachability="up", agent=agent)
        seen.pings_lost += 1
        seen.pinged = seen.pinged or 0
        if not polled and seen.pings_lost >= _ENOUGH:
            return self._set(seen, seq, result.at, reachability="down", agent="unknown")
        return self._judge(seen, seq, result.at, alive=False)

    def _ping_counts(self, seen: Seen, at: int) -> bool:
        return seen.pinged is not None and seen.pings_lost == 0 and at - seen.pinged <= _PING_COUNTS_MS

    def _is_pinged(self, seen: Seen, at: int) -> bool:
        """Tell whether pings come at all; they may have been switched off, or the right to send them is gone."""
        ended = seen.heard < seen.silent_from and at - seen.silent_from >= _WITHOUT_PINGS_MS
        return seen.pinged is not None and not ended

    def _judge(self, seen: Seen, seq: int, at: int, *, alive: bool) -> list[State]:
        if seen.failures < _ENOUGH:
            return []
        if alive:
            return self._set(seen, seq, at, reachability="up", agent="unreachable")
        if not self._is_pinged(seen, at) or seen.pings_lost >= _ENOUGH:
            return self._set(seen, seq, at, reachability="down", agent="unknown")
        return []

    def _set(self, seen: Seen, seq: int, at: int, *, reachability: str, agent: str) -> list[State]:
        states = []
        if reachability != seen.reachability:
            states.append(State(seq, at, seen.element, "reachability", reachability, seen.reachability))
            seen.reachability = reachability
        if agent != seen.agent:
            states.append(State(seq, at, seen.element, "agent", agent, seen.agent, seen.reason))
            seen.agent = agent
        return states
