"""Rounds over the elements that have alarms: which ones does a window concern that opened or closed?

Cut by count, a part in each Tick; what is left over is core state (specs/rules.md 6.13, 11).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

ALL = ""
"""Instead of the id of a window: every element is concerned, for rules or inventory are new."""

MOST_ASKED = 2_000
"""Questions, one window and one element each, in one Tick."""


class Rounds:
    """The windows that changed, and the elements that were not asked yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        """For the next round."""
        self._windows: tuple[str, ...] = ()
        """Of this round."""
        self._left: list[str] = []
        """Elements of this round, the last one first."""

    @property
    def left_over(self) -> bool:
        """Whether the next Tick goes on."""
        return bool(self._waiting or self._left)

    def add(self, windows: Iterable[str]) -> None:
        """Take windows that opened or closed."""
        self._waiting |= dict.fromkeys(windows)

    def everything(self) -> None:
        """Begin anew, with every element: windows are other ones now."""
        self._waiting, self._windows, self._left = {ALL: None}, (), []

    def go_on(self, elements: Callable[[], Sequence[str]], concerns: Callable[[str, str], bool]) -> tuple[str, ...]:
        """Return the elements that are concerned, of those that are asked in this Tick.

        Args:
            elements: those that have alarms, in order.
            concerns: tells whether a window concerns an element.
        """
        if not self._left and self._waiting:
            self._windows, self._waiting = tuple(sorted(self._waiting)), {}
            self._left = list(reversed(elements()))
        count = max(1, MOST_ASKED // max(1, len(self._windows)))
        asked = self._left[: -count - 1 : -1]
        del self._left[-count:]
        return tuple(one for one in asked if any(id_ == ALL or concerns(id_, one) for id_ in self._windows))

    def names(self, window: str) -> bool:
        """Tell whether a window is of this round or the next one."""
        return window in self._waiting or (bool(self._left) and window in self._windows)

    def dump(self) -> list[list[Any]]:
        """Return all state as small items."""
        items: list[list[Any]] = [["waiting", window] for window in sorted(self._waiting)]
        if self._left:
            items += [["window", window] for window in self._windows]
            items += [["left", element] for element in self._left]
        return items

    def load_item(self, kind: str, name: str) -> None:
        """Take back an item of ``dump``, all of them in their order."""
        match kind:
            case "waiting":
                self._waiting[name] = None
            case "window":
                self._windows += (name,)
            case "left":
                self._left.append(name)
