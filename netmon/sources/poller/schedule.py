"""When each poll group is due, and in which order what is due may start (specs/snmp.md 4.1, 4.2)."""

import heapq
from typing import Annotated, Generic, Literal, TypeVar
from zlib import crc32

import msgspec

from netmon.domain.address import Network
from netmon.domain.duration import Duration
from netmon.domain.scalar import span

Item = TypeVar("Item")

BILLED, STATE, OTHER, DISCOVERY = range(4)
"""Classes: what starts first when the process limit binds."""

_BILLED_SPREAD_MS = 1_000
_START_SPREAD_MS = 60_000
_LONGEST_RUN_MS = 120_000


class PingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``polling.ping``; ``off`` instead: nothing is pinged, and only SNMP tells whether an element is there."""

    every: Annotated[Duration, span("1s", "1h")] = Duration("10s")
    """How often an element is pinged."""
    count: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    """Echo requests each time; one answer is enough."""
    timeout: Annotated[Duration, span("50ms", "10s")] = Duration("1s")
    """A request that has no answer by then is lost."""


class PollingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``polling`` of config.yaml; an element of the inventory may say otherwise for itself."""

    default_every: Annotated[Duration, span("1s", "24h")] = Duration("60s")
    """How often an element is polled that does not say so itself."""
    max_in_flight: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 500
    """Open requests in the process."""
    per_element_in_flight: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    """Open requests to one element."""
    slow_lane_in_flight: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 50
    """Open probes to elements that do not answer."""
    budget: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.8
    """Share of the interval that one run may take, at most 120 s."""
    timeout: Annotated[Duration, span("50ms", "60s")] = Duration("2s")
    """Of the first attempt until round trips are known; each further attempt waits twice as long."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=10)] = 2
    """Further attempts when the first has no answer."""
    max_response: Annotated[int, msgspec.Meta(ge=484, le=65_507)] = 1_400
    """Octets that an answer should not exceed."""
    max_rows: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 100_000
    """Rows per table; a longer table is cut and marked incomplete."""
    ping: PingConfig | Literal["off"] = PingConfig()
    """ICMP beside SNMP; ``off`` where it is filtered."""
    exporter_modules: tuple[str, ...] = ()
    """Files of prometheus snmp_exporter (``snmp.yml``): their modules may stand in ``profiles`` of an element and are
    scraped at /snmp; their auths are known there."""
    exporter_targets: Literal["inventory"] | tuple[Network, ...] = "inventory"
    """What /snmp may ask: ids and addresses of the inventory, or else any address in one of these networks."""
    wrap_large_counters: bool = True
    """/snmp shows 64-bit counters modulo 2^53, as snmp_exporter does, so that none loses digits."""

    @property
    def pinging(self) -> PingConfig | None:
        """How elements are pinged, None: not at all."""
        return self.ping if isinstance(self.ping, PingConfig) else None

    def run_budget_ms(self, interval_ms: int) -> int:
        """Return how long one run may take."""
        return min(int(interval_ms * self.budget), _LONGEST_RUN_MS)


def offset_ms(element: str, *, interval_ms: int, billed: bool) -> int:
    """Return how far after each wall-clock multiple an element's group starts; the same for ever."""
    spread = min(_BILLED_SPREAD_MS, interval_ms) if billed else interval_ms
    return crc32(element.encode()) % spread


def next_slot(after_ms: int, *, interval_ms: int, offset: int) -> int:
    """Return the first slot later than ``after_ms``."""
    return ((after_ms - offset) // interval_ms + 1) * interval_ms + offset


def first_run(element: str, *, now_ms: int, interval_ms: int, billed: bool) -> int:
    """Return when a group starts after the engine did: not all at once, and not only after a long interval."""
    slot = next_slot(now_ms, interval_ms=interval_ms, offset=offset_ms(element, interval_ms=interval_ms, billed=billed))
    if billed:
        return slot
    return min(slot, now_ms + crc32(element.encode()) % min(interval_ms, _START_SPREAD_MS))


class Agenda(Generic[Item]):
    """What is due when: one heap for all elements, nothing per element runs while it waits."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Item]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, due_ms: int, item: Item) -> None:
        """Note an item; those due at one time come out in the order they went in."""
        self._count += 1
        heapq.heappush(self._heap, (due_ms, self._count, item))

    def next_due(self) -> int | None:
        """Return when the first item is due, None when there is none."""
        return self._heap[0][0] if self._heap else None

    def due(self, now_ms: int) -> list[tuple[int, Item]]:
        """Take out what is due, with the time it was due."""
        found = []
        while self._heap and self._heap[0][0] <= now_ms:
            due_ms, _, item = heapq.heappop(self._heap)
            found.append((due_ms, item))
        return found


class Ready(Generic[Item]):
    """What may start as soon as there is room: by class, then by the time it was due."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Item]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, item: Item, *, class_: int, due_ms: int) -> None:
        """Let an item wait for room."""
        self._count += 1
        heapq.heappush(self._heap, (class_, due_ms, self._count, item))

    def take(self) -> tuple[int, Item]:
        """Take the next one out, with the time it was due."""
        _, due_ms, _, item = heapq.heappop(self._heap)
        return due_ms, item
