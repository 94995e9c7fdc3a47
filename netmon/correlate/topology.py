"""Down or unreachable: what of the elements that do not answer is a root cause, and what lies behind one.

An element that stops answering is a candidate: rules learn of it when it has settled, so that the one found last still
hides those found first. What answers again, rules learn at once.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

import msgspec

from netmon.correlate.connections import Relinking
from netmon.correlate.graph import Graph
from netmon.correlate.search import Search, begin
from netmon.domain.event import State
from netmon.domain.inventory import Link
from netmon.domain.managed_object import segments
from netmon.domain.way import Way

REACHABILITY = "reachability"
SILENT = frozenset(("down", "unreachable"))
_AGAIN_MS = 1_000
_BLIND_MS = 30_000
"""Ticks further apart: netmon had no eyes, and nothing has settled meanwhile."""


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """An element that does not answer, of which rules do not know yet."""

    due: int
    time: int
    seq: int
    """Of the observation that said so."""


class Settled(msgspec.Struct, frozen=True):
    """What a search has brought."""

    states: tuple[State, ...]
    """News for the rules, root causes first."""
    behind: dict[str, tuple[str, ...]]
    """By root cause: what lies behind it."""
    ways: dict[str, tuple[Way, ...]]
    """By root cause: the ports that every path to it crosses last, of elements that answer."""


class Topology:
    """What is known of the reachability of all elements, and what rules were told of it."""

    def __init__(self) -> None:
        self._graph = Graph()
        self._settle_ms: int | None = None
        """None: no rule hides what lies behind, so nothing is held back."""
        self._up: dict[str, None] = {}
        self._told: dict[str, str] = {}
        self._candidates: dict[str, Candidate] = {}
        self._behind: dict[str, tuple[str, ...]] = {}
        self._ways: dict[str, tuple[Way, ...]] = {}
        self._dues: list[int] = []
        self._search: Search | None = None
        self._began = self._ticked = 0
        self.was_blind = False
        """Before the last Tick there was none for a while: netmon had no eyes."""

    @property
    def left_over(self) -> bool:
        """Whether a search waits for the next Tick to go on."""
        return self._search is not None

    def load(self, elements: Iterable[str], settle_ms: int | None, links: Iterable[Link] = ()) -> None:
        """Take a new inventory with the links that count, and how long candidates settle; all is looked at again."""
        self._graph, self._settle_ms = Graph(elements, links), settle_ms
        for known in (self._up, self._told, self._candidates):
            for element in [element for element in known if element not in self._graph.elements]:
                del known[element]
        self._look_again()

    def relink(self, change: Relinking) -> None:
        """Take what has changed of the links that count."""
        self._graph.change(gone=change.gone, new=change.new)
        self._look_again()

    def take(self, state: State) -> bool:
        """Take the word on an element; tell whether rules may hear it now."""
        if state.value not in SILENT:
            return self._answers(state)
        self._up.pop(state.object, None)
        if self._settle_ms is None:
            self._told[state.object] = "down"
            return True
        if state.object not in self._told and state.object not in self._candidates:
            due = state.time + self._settle_ms
            self._candidates[state.object] = Candidate(due, state.time, state.seq)
            heappush(self._dues, due)
        return False

    def is_silent(self, element: str) -> bool:
        """Tell whether an element does not answer, be it settled or not."""
        return element in self._told or element in self._candidates

    def gap(self, now: int) -> int:
        """Return for how long there was no Tick, in ms; 0 unless that is longer than netmon may close its eyes."""
        gap = now - (self._ticked or now)
        return gap if gap > _BLIND_MS else 0

    def behind(self, element: str) -> tuple[str, ...]:
        """Return what lies behind an element, as far as rules know."""
        return self._behind.get(element, ())

    def tick(self, now: int, seq: int) -> Settled | None:
        """Let time pass: begin a search that is due, or go on with one; return what one that ended has brought."""
        gap, self._ticked = now - (self._ticked or now), now
        self.was_blind = gap > _BLIND_MS
        if self._settle_ms is None:
            return self._let_all_go() if self._candidates or self._behind else None
        if self.was_blind and self._dues:
            self._put_off(gap)
        if self._search is None:
            if not self._dues or self._dues[0] > now or now - self._began < _AGAIN_MS:
                return None
            self._begin(now)
        assert self._search is not None, "there is one or it was begun just now"
        if not self._search.go_on(self._graph):
            return None
        search, self._search = self._search, None
        return self._conclude(search, now, seq)

    def dump(self) -> list[list[Any]]:
        """Return all state as small items."""
        # In the order in which they were heard of: it is that of a search.
        items: list[list[Any]] = [["up", element] for element in self._up]
        items += [["told", element, value] for element, value in sorted(self._told.items())]
        items += [
            ["candidate", element, *msgspec.structs.astuple(one)] for element, one in sorted(self._candidates.items())
        ]
        items += [["behind", root, *elements] for root, elements in sorted(self._behind.items())]
        items += [["ways", root, *map(msgspec.structs.astuple, ways)] for root, ways in sorted(self._ways.items())]
        if self._ticked or self._dues:
            items.append(["time", self._began, self._ticked, *sorted(self._dues)])
        if self._search is not None:
            items.append(["search", self._search.dump()])
        return items

    def load_state(self, items: list[list[Any]]) -> None:
        """Take back what ``dump`` gave; load the inventory first."""
        self._up, self._told, self._candidates, self._behind, self._ways, self._search = {}, {}, {}, {}, {}, None
        for kind, *rest in items:
            match kind:
                case "up":
                    self._up[rest[0]] = None
                case "told":
                    self._told[rest[0]] = rest[1]
                case "candidate":
                    self._candidates[rest[0]] = Candidate(*rest[1:])
                case "behind":
                    self._behind[rest[0]] = tuple(rest[1:])
                case "ways":
                    self._ways[rest[0]] = tuple(Way(*way) for way in rest[1:])
                case _:
                    self._load_time(kind, rest)

    def _load_time(self, kind: str, rest: list[Any]) -> None:
        if kind == "time":
            self._began, self._ticked, *self._dues = rest
        elif kind == "search":
            self._search = msgspec.convert(rest[0], Search)

    def _answers(self, state: State) -> bool:
        element = state.object
        self._up[element] = None
        if self._told.pop(element, None) is not None or self._candidates.pop(element, None) is not None:
            heappush(self._dues, state.time + (self._settle_ms or 0))
        return True

    def _look_again(self) -> None:
        self._search = None
        if self._told or self._candidates or self._behind:
            heappush(self._dues, self._ticked)

    def _begin(self, now: int) -> None:
        while self._dues and self._dues[0] <= now:
            heappop(self._dues)
        silent = dict.fromkeys(sorted((*self._told, *self._candidates)))
        self._search = begin(self._graph, dict(self._up), silent)
        self._began = now

    def _let_all_go(self) -> Settled:
        """Tell what was held back: no rule hides anything behind an element any more."""
        states = tuple(
            State(one.seq, one.time, element, REACHABILITY, "down", "up")
            for element, one in sorted(self._candidates.items())
        )
        self._told |= dict.fromkeys(self._candidates, "down")
        self._candidates, self._behind, self._ways, self._dues = {}, {}, {}, []
        return Settled(states, {}, {})

    def _put_off(self, gap: int) -> None:
        self._dues = [due + gap for due in self._dues]
        self._candidates = {
            element: Candidate(one.due + gap, one.time, one.seq) for element, one in self._candidates.items()
        }

    def _conclude(self, search: Search, now: int, seq: int) -> Settled:
        """Let a search act as a whole; of what has changed since it began, the next one will know."""
        settled = {element for element in search.down if element in self._told or self._is_settled(element, now)}
        behind = {root: [e for e in search.behind[root] if e in settled] for root in search.roots if root in settled}
        values = {element: "unreachable" for elements in behind.values() for element in elements}
        values |= dict.fromkeys(behind, "down")
        news = [state for element, value in values.items() if (state := self._news(element, value, now, seq))]
        # What lies behind candidates only stays what it was until one of these has settled.
        kept = [element for element, value in self._told.items() if value == "down" and element not in values]
        old, self._behind = self._behind, {root: tuple(sorted(behind[root])) for root in behind}
        self._behind |= {element: old.get(element, ()) for element in kept}
        self._ways = {root: ways for root in self._behind if (ways := self._ways_to(root, search, kept=root in kept))}
        news.sort(key=lambda state: (state.value != "down", state.object))
        return Settled(tuple(news), dict(self._behind), dict(self._ways))

    def _ways_to(self, root: str, search: Search, *, kept: bool) -> tuple[Way, ...]:
        """Return the ports through which a root cause is reached; none where the poller reaches it by itself."""
        if kept:
            return tuple(way for way in self._ways.get(root, ()) if segments(way.port)[0] not in self._told)
        if root in search.begun:
            return ()
        ends = (end for end in self._graph.beside(root).before if search.passes(segments(end)[0]))
        return tuple(Way(end, self._graph.is_shared(end)) for end in ends)

    def _is_settled(self, element: str, now: int) -> bool:
        candidate = self._candidates.get(element)
        return candidate is not None and candidate.due <= now

    def _news(self, element: str, value: str, now: int, seq: int) -> State | None:
        """Return what rules must hear of an element; None when they know."""
        candidate = self._candidates.pop(element, None)
        previous = self._told.get(element, "unknown" if candidate is None else "up")
        if previous == value:
            return None
        self._told[element] = value
        if candidate is not None:
            return State(candidate.seq, candidate.time, element, REACHABILITY, value, previous)
        return State(seq, now, element, REACHABILITY, value, previous)
