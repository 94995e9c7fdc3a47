"""Which of the elements that do not answer are down, and which lie behind those: a search that is cut by count.

It walks the paths from the poller. Where a path meets an element that does not answer, that one is a root cause; what
no path reaches otherwise lies behind the root causes that it can be reached through (specs/rules.md 7).
"""

from typing import Any

import msgspec

from netmon.correlate.graph import Graph

NODES_PER_TICK = 5_000


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
    """In order; found by the first half of the search."""
    root: int = -1
    """Which root is looked behind; -1 in the first half."""
    seen: dict[str, None] = {}
    """Behind this root."""
    behind: dict[str, list[str]] = {}

    def go_on(self, graph: Graph, most: int = NODES_PER_TICK) -> bool:
        """Look at so many elements more; tell whether the search has ended."""
        for _ in range(most):
            while self.at == len(self.queue):
                if not self._next_root():
                    return True
            element = self.queue[self.at]
            self.at += 1
            if self.root < 0:
                self._reach(element, graph)
            else:
                self._look_behind(element, graph)
        return False

    def _reach(self, element: str, graph: Graph) -> None:
        if element in self.down:
            self.roots.append(element)
            return
        for other in graph.onward.get(element, ()):
            if other not in self.reached and other not in self.up:
                self.reached[other] = None
                self.queue.append(other)

    def _look_behind(self, element: str, graph: Graph) -> None:
        for other in graph.onward.get(element, ()):
            if other not in self.seen and other not in self.reached and other not in self.up:
                self.seen[other] = None
                self.queue.append(other)
                if other in self.down:
                    self.behind[self.roots[self.root]].append(other)

    def _next_root(self) -> bool:
        if self.root < 0:
            self.roots.sort()
        self.root += 1
        if self.root == len(self.roots):
            return False
        root = self.roots[self.root]
        self.queue, self.at, self.seen = [root], 0, {}
        self.behind[root] = []
        return True

    def dump(self) -> list[Any]:
        """Return it as a copy: the search goes on while a snapshot is written."""
        copy: list[Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(self))
        return copy


def begin(graph: Graph, up: dict[str, None], down: dict[str, None]) -> Search:
    """Return a search at its start."""
    # An element from which no path goes on adds nothing; the order is the graph's, not that of the news.
    first = dict.fromkeys(element for element in graph.onward if element in up)
    first |= dict.fromkeys(top for top in graph.tops if top not in up)
    return Search(up, down, list(first), reached=dict(first), roots=[], seen={}, behind={})
