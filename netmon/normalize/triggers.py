"""When what was learned of an element must be learned again, and what to read for it (specs/snmp.md 5.3)."""

from collections.abc import Iterable, Iterator
from typing import Any

from netmon.domain.observation import Block, PollResult, Trap
from netmon.domain.output import ALL, PollRequest

_TELL = {
    "entLastChangeTime": "entPhysicalTable",
    "lldpStatsRemTablesLastChangeTime": "lldpRemTable",
    "ifStackLastChange": "ifStackTable",
    "dot3adTablesLastChanged": "dot3adAggPortTable",
}
"""Scalars to the table that changed when they do. Interfaces are not among them: they are read in the same run."""

_ENGINE = "snmpEngineID"
"""Another one: another agent answers at that address (RFC 3411)."""

STARTED = frozenset(("1.3.6.1.6.3.1.1.5.1", "1.3.6.1.6.3.1.1.5.2"))
"""coldStart and warmStart (RFC 3418)."""

_WITHIN_MS = 60_000
_PAUSE_MS = 60_000


class Triggers:
    """What agents said last of their tables."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], Any] = {}
        self._asked: dict[str, int] = {}

    def polled(self, result: PollResult, blocks: Iterable[Block], *, restarted: bool) -> Iterator[PollRequest]:
        """Yield what to read after a run that told of changes."""
        if result.context:
            return
        changed = [name for block in blocks for name in self._changed(result.element, block)]
        if restarted or _ENGINE in changed:
            yield from self.again(result.element, result.at)
            return
        for name in changed:
            yield PollRequest(result.element, _TELL[name], "relearn", result.at + _WITHIN_MS)

    def _changed(self, element: str, block: Block) -> Iterator[str]:
        for name in (name for name in block.columns if name in _TELL or name == _ENGINE):
            said, before = block.cells[block.columns.index(name)][0], self._said.get((element, name))
            if said is not None and said != before:
                self._said[element, name] = said
                if before is not None:
                    yield name

    def trap(self, trap: Trap) -> Iterator[PollRequest]:
        """Yield what to read after the trap of an agent that has started."""
        if trap.trap_oid in STARTED:
            yield from self.again(trap.element, trap.at)

    def again(self, element: str, at: int) -> Iterator[PollRequest]:
        """Yield the wish to read everything of an element; not more often than once a minute."""
        if at - self._asked.get(element, -_PAUSE_MS) >= _PAUSE_MS:
            self._asked[element] = at
            yield PollRequest(element, ALL, "relearn", at + _WITHIN_MS)

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._asked.pop(element, None)
        for key in [key for key in self._said if key[0] == element]:
            del self._said[key]

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        said = [("said", *key, value) for key, value in sorted(self._said.items())]
        return said + [("asked", element, "", at) for element, at in sorted(self._asked.items())]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._said, self._asked = {}, {}
        for what, element, name, value in items:
            if what == "said":
                self._said[element, name] = value
            else:
                self._asked[element] = value
