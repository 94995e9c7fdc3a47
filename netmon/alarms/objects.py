"""Alarm keys by the path of their managed object: what is at or below an object is found without a scan."""

from collections.abc import Iterator

from netmon.domain.alarm import AlarmKey
from netmon.domain.managed_object import container, segments

_Node = AlarmKey | list[AlarmKey] | None
"""Most objects have one alarm, which then stands alone; None: something below has one."""


class Objects:
    """A tree of paths; only those with a key at or below them are in it."""

    def __init__(self) -> None:
        self._below: dict[str, dict[str, _Node]] = {}
        """By path: the next longer ones. The elements lie below nothing."""

    def __bool__(self) -> bool:
        """Tell whether there is any key."""
        return bool(self._below.get(""))

    def add(self, key: AlarmKey) -> None:
        """Put a key in."""
        path = key[0]
        upper = container(path)
        nodes = self._below.get(upper)
        if nodes is None:
            nodes = self._below[upper] = {}
            self._add_above(upper)
        there = nodes.get(path)
        nodes[path] = key if there is None else [*_keys(there), key]

    def _add_above(self, path: str) -> None:
        """See to it that a path with something below it is found from above."""
        while path:
            path, lower = container(path), path
            nodes = self._below.setdefault(path, {})
            if lower in nodes:
                return
            nodes[lower] = None

    def remove(self, key: AlarmKey) -> None:
        """Take a key out."""
        path = key[0]
        upper = container(path)
        nodes = self._below[upper]
        there = nodes[path]
        nodes[path] = None if there == key else _without(there, key)
        while nodes[path] is None and path not in self._below:
            del nodes[path]
            if nodes or not upper:
                return
            del self._below[upper]
            path, upper = upper, container(upper)
            nodes = self._below[upper]

    def at(self, path: str) -> list[AlarmKey]:
        """Return the keys of one object."""
        return _keys(self._below.get(container(path), {}).get(path))

    def roots(self) -> list[str]:
        """Return the elements with a key at or below them."""
        return list(self._below.get("", ()))

    def has_root(self, element: str) -> bool:
        """Tell whether an element has a key at or below it."""
        return element in self._below.get("", ())

    def below(self, path: str) -> Iterator[AlarmKey]:
        """Yield the keys of all that an object contains, without its own."""
        waiting = [path]
        while waiting:
            for lower, node in self._below.get(waiting.pop(), {}).items():
                yield from _keys(node)
                waiting.append(lower)

    def paths(self, root: str) -> list[str]:
        """Return a root and all that it contains, as far as it has keys of its own, in any order."""
        found = [root] if self._below.get("", {}).get(root) is not None else []
        waiting = [root]
        while waiting:
            for lower, node in self._below.get(waiting.pop(), {}).items():
                if node is not None:
                    found.append(lower)
                if lower in self._below:
                    waiting.append(lower)
        return found


def _without(node: _Node, key: AlarmKey) -> _Node:
    rest = [known for known in _keys(node) if known != key]
    return rest[0] if len(rest) == 1 else rest or None


def _keys(node: _Node) -> list[AlarmKey]:
    if node is None:
        return []
    return node if isinstance(node, list) else [node]


def ancestors(path: str) -> list[str]:
    """Return a path and all that contain it, longest first: ``r1/if:a/vlan:7``, ``r1/if:a``, ``r1``."""
    if "/" not in path:
        return [path]
    parts = segments(path)
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
