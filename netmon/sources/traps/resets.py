"""Engines whose time went back: a replay, unless the element itself confirms the lower time (specs/snmp.md 2.8)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import msgspec

from netmon.domain.output import PollRequest
from netmon.snmp.engines import Clock
from netmon.sources.traps.engines import EngineId, Key

_MOST = 1_000
_ASK_AGAIN_NS = 30_000_000_000
_PATIENCE_NS = 120_000_000_000
_DEADLINE_MS = 60_000
_REASON = "engine_reset"


class Agents(Protocol):
    """What the poller knows of the engines that it asks."""

    def engine(self, element: str) -> tuple[bytes, Clock] | None:
        """Return the engine that an element answers as, with the time that its authenticated messages told."""
        ...

    def elements(self) -> Mapping[EngineId, tuple[str, ...]]:
        """Return the elements that answer, by realm and engine."""
        ...

    def secured(self) -> int:
        """Return how many messages of version 3 were looked into since the start."""
        ...

    @property
    def request(self) -> Callable[[PollRequest], None]:
        """What makes the poller look at an element again, soon."""
        ...


class _Doubt(msgspec.Struct):
    element: str
    since_ns: int
    asked_ns: int


class Resets:
    """Asks elements whether their engine was reset; bounded, whatever is replayed."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._doubts: dict[Key, _Doubt] = {}

    def doubt(self, key: Key, element: str, *, now_ms: int, now_ns: int) -> None:
        """Take note of a message with a right MAC and a time that has been; ask its element, not too often."""
        known = self._doubts.get(key)
        if known is None:
            if len(self._doubts) >= _MOST:
                return
            known = self._doubts[key] = _Doubt(element, now_ns, now_ns - _ASK_AGAIN_NS)
        if now_ns - known.asked_ns >= _ASK_AGAIN_NS:
            known.asked_ns = now_ns
            self._agents.request(PollRequest(element, "", _REASON, now_ms + _DEADLINE_MS))

    def confirmed(self, now_ns: int) -> Iterator[tuple[Key, Clock]]:
        """Yield the engines whose element has told a time since they were doubted, with that time."""
        for key, doubt in list(self._doubts.items()):
            told = self._agents.engine(doubt.element)
            if told is not None and told[0] == key.engine_id and told[1].at_ns > doubt.since_ns:
                del self._doubts[key]
                yield key, told[1]
            elif now_ns - doubt.since_ns > _PATIENCE_NS:
                del self._doubts[key]
