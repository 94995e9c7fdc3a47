"""Parents and children: by which alarms an alarm is hidden, as far as a parent has room for it."""

from collections.abc import Iterable

from netmon.alarms.shade import MOST_CHILDREN, Area
from netmon.domain.alarm import key_text

TOLD_AT_ONCE = 64
"""A parent with more children tells of new ones as it tells counts: at most once in ten seconds."""


class Family:
    """Children by the id of their parent; only active alarms are anybody's children."""

    def __init__(self) -> None:
        self._children: dict[str, dict[str, None]] = {}
        self.full: dict[str, str] = {}
        """Keys of parents that had no room for a child, and their ids."""
        self.changed: dict[str, None] = {}
        """Parents that have not told of all their children."""
        self.grown: dict[str, None] = {}
        """Those of them that got a new one."""
        self.grouped: dict[str, None] = {}
        """Children that an operator gave a parent."""

    def admitted(self, child: str, areas: Iterable[Area]) -> list[Area]:
        """Return the areas whose cause has room for a child; by the others it is not hidden."""
        admitted: list[Area] = []
        for area in areas:
            children = self._children.get(area.parent, {})
            if child in children or len(children) < MOST_CHILDREN:
                admitted.append(area)
            else:
                self.full[key_text(area.cause)] = area.parent
        return admitted

    def join(self, child: str, before: Iterable[str], after: Iterable[str]) -> None:
        """Note that a child has other parents now."""
        was, is_ = dict.fromkeys(before), dict.fromkeys(after)
        for parent in was:
            if parent not in is_:
                children = self._children.get(parent, {})
                children.pop(child, None)
                self.changed[parent] = None
                if not children:
                    self._children.pop(parent, None)
        for parent in is_:
            if parent not in was:
                self._children.setdefault(parent, {})[child] = None
                self.changed[parent] = self.grown[parent] = None

    def regroup(self, child: str, before: Iterable[str], after: Iterable[str], *, grouped: bool) -> None:
        """Note that a child has other parents now, and whether an operator gave it one of them."""
        self.join(child, before, after)
        if grouped:
            self.grouped[child] = None
        else:
            self.grouped.pop(child, None)

    def of(self, parent: str) -> tuple[str, ...]:
        """Return the ids of a parent's children, in order."""
        return tuple(sorted(self._children.get(parent, ())))

    def size(self, parent: str) -> int:
        """Return how many children a parent has."""
        return len(self._children.get(parent, ()))
