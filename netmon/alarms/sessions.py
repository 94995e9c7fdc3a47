"""Alarms of what runs over an interface though its path does not lie below it: sessions of routing protocols."""

from collections.abc import Callable, Iterator

from netmon.alarms.objects import Objects
from netmon.domain.alarm import AlarmKey

PathOver = Callable[[str], str]
"""Gives the path that an object would have below the interface it runs over; empty: none is known."""


def over_nothing(_: str) -> str:
    """Know of no interface."""
    return ""


class Sessions:
    """Their alarm keys, found by the interface."""

    def __init__(self, over: PathOver = over_nothing) -> None:
        self.over = over
        self._at = Objects()
        self._paths: dict[AlarmKey, str] = {}
        self._keys: dict[AlarmKey, AlarmKey] = {}
        """By the key that an alarm would have below the interface: its own."""

    def __bool__(self) -> bool:
        """Tell whether any alarm is of what runs over an interface."""
        return bool(self._paths)

    def add(self, key: AlarmKey) -> None:
        """Take an alarm that became active."""
        path = self.over(key[0])
        if path:
            below = (path, key[1], key[2])
            self._paths[key], self._keys[below] = path, key
            self._at.add(below)

    def again(self, key: AlarmKey) -> bool:
        """Look again over what an alarm's object runs; tell whether that is something else now."""
        if self.over(key[0]) == self._paths.get(key, ""):
            return False
        self.remove(key)
        self.add(key)
        return True

    def remove(self, key: AlarmKey) -> None:
        """Forget an alarm."""
        path = self._paths.pop(key, "")
        if path:
            below = (path, key[1], key[2])
            self._at.remove(below)
            del self._keys[below]

    def below(self, path: str) -> Iterator[AlarmKey]:
        """Yield the alarms of what runs over an interface, or over those of a part."""
        for below in self._at.below(path):
            yield self._keys[below]

    def path(self, key: AlarmKey) -> str:
        """Return the path of an alarm below its interface, empty for what runs over none."""
        return self.over(key[0])
