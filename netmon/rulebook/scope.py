"""What an expression or a template of a rule may look at (specs/rules.md section 8)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

NOTHING: Mapping[str, Any] = {}


class Named(Protocol):
    """What gives values by name."""

    def get(self, name: str, /) -> Any:
        """Return a value, None where there is none."""
        ...


class Scope:
    """The values of one evaluation; ``correlate`` fills it, compiled expressions read it.

    A value that is absent is missing (None); see specs/rules.md section 8 for what missing does.
    """

    __slots__ = (
        "active",
        "alarm",
        "count",
        "element",
        "field",
        "label",
        "left",
        "m",
        "n",
        "object",
        "polled",
        "reason",
        "service",
        "severity",
        "state",
        "tag",
        "trap",
        "value",
        "vb",
        "window",
    )

    n: Any
    """Of a group: members in alarm."""
    m: Any
    """Its members."""
    left: Any
    """The difference."""

    def __init__(self) -> None:
        self.vb: Mapping[str, Any] = NOTHING
        """Varbinds of a trap by symbol; a name without a varbind may be decoded from an instance's index."""
        self.trap: Named = NOTHING
        """What the trap says by itself: ``name``, ``severity``, ``subject``."""
        self.field: Mapping[str, Any] = NOTHING
        self.label: Mapping[str, Any] = NOTHING
        self.value: Any = None
        self.state: Any = None
        self.reason: Any = None
        """Why polls of an agent fail that is not ``up``."""
        self.element: Mapping[str, Any] = NOTHING
        self.object: Mapping[str, Any] = NOTHING
        """``name`` (last segment's name), ``path``, ``kind``."""
        self.tag: Mapping[str, Any] = NOTHING
        self.alarm: Mapping[str, Any] = NOTHING
        self.service: Mapping[str, Any] = NOTHING
        """Of the services that need the object; for tags only."""
        self.severity: Any = None
        self.count: Any = None
        self.n = self.m = self.left = None
        self.polled: Callable[[str], Any] = _unknown
        """Newest polled value of a MIB object at this managed object."""
        self.active: Callable[[str], bool] = _never
        self.window: Callable[[str, int], Sequence[int | float]] = _empty
        """What a metric was at this managed object in the last so many ms."""


def _unknown(_: str) -> Any:
    return None


def _empty(_: str, __: int) -> Sequence[int | float]:
    return ()


def _never(_: str) -> bool:
    return False


Test = Callable[[Scope], bool]
"""A compiled condition."""

Template = Callable[[Scope], str | None]
"""A compiled template; None when a part of it is missing and it is an identity template."""
