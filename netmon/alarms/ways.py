"""By which ports the elements that are root causes are reached: where parts explain all of them, they explain these."""

from collections.abc import Iterator, Mapping

from netmon.alarms.objects import Objects
from netmon.domain.way import Way


class Ways:
    """Ways by root cause, found by their ports, too."""

    def __init__(self) -> None:
        self._ways: dict[str, tuple[Way, ...]] = {}
        self._at = Objects()
        """(port, root, "")."""

    def __bool__(self) -> bool:
        """Tell whether any root cause is reached by a port."""
        return bool(self._ways)

    def of(self, root: str) -> tuple[Way, ...]:
        """Return the ways to a root cause; none: the poller reaches it by itself."""
        return self._ways.get(root, ())

    def take(self, ways: Mapping[str, tuple[Way, ...]]) -> list[str]:
        """Take all of them anew; return the objects that may stand otherwise: elements and shared ports."""
        changed = [root for root in {**self._ways, **ways} if self.of(root) != ways.get(root, ())]
        touched: dict[str, None] = dict.fromkeys(changed)
        for root in changed:
            both = (*self.of(root), *ways.get(root, ()))
            touched |= dict.fromkeys(way.port for way in both if way.shared)
            self.put(root, ways.get(root, ()))
        return sorted(touched)

    def put(self, root: str, ways: tuple[Way, ...]) -> None:
        """Take the ways of one."""
        for way in self._ways.pop(root, ()):
            self._at.remove((way.port, root, ""))
        for way in ways:
            self._at.add((way.port, root, ""))
        if ways:
            self._ways[root] = ways

    def through(self, path: str) -> Iterator[str]:
        """Yield the root causes with a way at or below an object."""
        for _, root, _ in (*self._at.at(path), *self._at.below(path)):
            yield root

    def ends_at(self, port: str) -> bool:
        """Tell whether root causes hang on a port together with others."""
        return any(way.shared for _, root, _ in self._at.at(port) for way in self._ways[root] if way.port == port)
