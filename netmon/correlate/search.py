"""Which of the elements that do not answer are down, and which lie behind those: a search that is cut by count.

It finds where paths begin, then walks them. Where a path meets an element that does not answer, that one is a root
cause; what no path reaches otherwise lies behind the root causes that it can be reached through (specs/rules.md 7).
"""

from typing import Any

import msgspec

from netmon.correlate.graph import Graph

NODES_PER_TICK = 2_500
"""After a load each has its neighbors found, too: 5,000 took 24 ms of the loop then."""

_PLACING, _REACHING = -2, -1


class Search(msgspec.Struct, array_like=True):
    """One search, at any point of it; all of it is state of the core."""

    up: dict[str, None]
    """Elements that answer: each is reached, whatever the links say."""
    down: dict[str, None]
    """Elements that do not answer. Of neither kind: nobody asks them, so paths may go through."""
    queue: list[str]
    at: int = 0
    """Place in the queue: what comes before has been looked at."""
    reached: dict[str, None] = {}
    roots: list[str] = []
    """In order; found while reaching."""
    root: int = _REACHING
    """Which root is looked behind; -1: elements are reached, -2: it is looked for where paths begin."""
    seen: dict[str, None] = {}
    """Behind this root; at first, what hangs together with something uppermost."""
    behind: dict[str, list[str]] = {}
    begun: dict[str, None] = {}
    """Elements that do not answer, or are not asked, at which paths begin."""

    def go_on(self, graph: Graph, most: int = NODES_PER_TICK) -> bool:
        """Look at so many elements more; tell whether the search has ended."""
        for _ in range(most):
            while self.at == len(self.queue):
                if not self._next(graph):
                    return True
            element = self.queue[self.at]
            self.at += 1
            if self.root == _PLACING:
                self._place(element, graph)
            elif self.root == _REACHING:
                self._reach(element, graph)
            else:
                self._look_behind(element, graph)
        return False

    def passes(self, element: str) -> bool:
        """Tell whether a path goes through an element."""
        return element in self.up or (element in self.reached and element not in self.down)

    def _place(self, element: str, graph: Graph) -> None:
        for other in graph.beside(element).joined:
            if other not in self.seen:
                self.seen[other] = None
                self.queue.append(other)

    def _reach(self, element: str, graph: Graph) -> None:
        if element in self.down:
            self.roots.append(element)
            return
        for other in graph.beside(element).onward:
            if other not in self.reached and other not in self.up:
                self.reached[other] = None
                self.queue.append(other)

    def _look_behind(self, element: str, graph: Graph) -> None:
        for other in graph.beside(element).onward:
            if other not in self.seen and other not in self.reached and other not in self.up:
                self.seen[other] = None
                self.queue.append(other)
                if other in self.down:
                    self.behind[self.roots[self.root]].append(other)

    def _next(self, graph: Graph) -> bool:
        """Begin the next part of the search; tell whether there is one."""
        if self.root == _PLACING:
            # An element from which no path goes on adds nothing.
            first = dict.fromkeys(element for element in self.up if graph.leads_on(element))
            self.begun = _beginnings(self, graph)
            self.reached = first | self.begun
            self.queue = list(self.reached)
        elif self.root == _REACHING:
            self.roots.sort()
        self.root, self.at, self.seen = self.root + 1, 0, {}
        if self.root == len(self.roots):
            return False
        if self.root >= 0:
            root = self.roots[self.root]
            self.queue, self.behind[root] = [root], []
        return True

    def dump(self) -> list[Any]:
        """Return it as a copy: the search goes on while a snapshot is written."""
        copy: list[Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(self))
        return copy


def begin(graph: Graph, up: dict[str, None], down: dict[str, None]) -> Search:
    """Return a search at its start."""
    uppermost = graph.uppermost()
    seen = dict.fromkeys(uppermost)
    return Search(up, down, uppermost, reached={}, roots=[], root=_PLACING, seen=seen, behind={}, begun={})


def _beginnings(search: Search, graph: Graph) -> dict[str, None]:
    """Return the uppermost elements, and each that hangs together with none: no link says what is above it."""
    uppermost = frozenset(graph.uppermost())
    found = (e for e in graph.elements if e in uppermost or e not in search.seen)
    return dict.fromkeys(e for e in found if e not in search.up)
