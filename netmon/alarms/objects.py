"""Alarm keys by the path of their managed object: what is at or below an object is found without a scan."""

from collections.abc import Iterator

from netmon.domain.alarm import AlarmKey
from netmon.domain.managed_object import segments


class Objects:
    """A tree of paths; only those with a key at or below them are in it."""

    def __init__(self) -> None:
        self._at: dict[str, tuple[AlarmKey, ...]] = {}
        self._below: dict[str, dict[str, None]] = {}
        """Next longer paths."""

    def add(self, key: AlarmKey) -> None:
        """Put a key in."""
        path = key[0]
        there = self._at.get(path)
        if there is not None:
            self._at[path] = (*there, key)
            return
        self._at[path] = (key,)
        chain = ancestors(path)
        for upper, lower in zip(chain[1:], chain, strict=False):
            below = self._below.setdefault(upper, {})
            if lower in below:
                return
            below[lower] = None

    def remove(self, key: AlarmKey) -> None:
        """Take a key out."""
        path = key[0]
        rest = tuple(known for known in self._at[path] if known != key)
        if rest:
            self._at[path] = rest
            return
        del self._at[path]
        chain = ancestors(path)
        for upper, lower in zip(chain[1:], chain, strict=False):
            if lower in self._at or lower in self._below:
                return
            below = self._below[upper]
            del below[lower]
            if below:
                return
            del self._below[upper]

    def at(self, path: str) -> tuple[AlarmKey, ...]:
        """Return the keys of one object."""
        return self._at.get(path, ())

    def below(self, path: str) -> Iterator[AlarmKey]:
        """Yield the keys of all that an object contains, without its own."""
        waiting = list(self._below.get(path, ()))
        while waiting:
            lower = waiting.pop()
            yield from self._at.get(lower, ())
            waiting += self._below.get(lower, ())


def ancestors(path: str) -> list[str]:
    """Return a path and all that contain it, longest first: ``r1/if:a/vlan:7``, ``r1/if:a``, ``r1``."""
    parts = segments(path)
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
