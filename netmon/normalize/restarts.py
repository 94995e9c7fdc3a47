"""Restarts of agents, from the uptime that comes with each answer: only what is known of the time before proves one."""

from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.domain.observation import Block

_BOOTS = "snmpEngineBoots"
_RANGE_CS = 1 << 32
"""sysUpTime is a TimeTicks of 32 bits, in hundredths of a second (RFC 2578 section 7.1.8)."""

_WRAP_TOLERANCE_CS = 6_000


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What an agent said last of how long it runs."""

    at: int
    uptime_cs: int
    boots: int | None = None
    """snmpEngineBoots (RFC 3414); an agent without version 3 may have none."""


class Restarts:
    """Remembers of each agent what it said last."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def look(self, element: str, blocks: Iterable[Block]) -> bool | None:
        """Tell whether an agent restarted since it was seen before; None: it was not seen before, or does not say.

        An agent that has just been started is no restart to who meets it for the first time.
        """
        before = self._seen.get(element)
        is_new, told = before is None, list[bool]()
        for block in sorted(blocks, key=lambda one: one.t):
            if block.uptime_cs is None or (before is not None and block.t < before.at):
                continue
            now = Seen(block.t, block.uptime_cs, _boots(block) or (before.boots if before is not None else None))
            if before is not None:
                told.append(_restarted(before, now))
            self._seen[element] = before = now
        return None if not told or (is_new and not any(told)) else any(told)

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._seen.pop(element, None)

    def dump(self) -> list[Any]:
        """Return what is remembered as small items."""
        return [("agent", element, seen) for element, seen in sorted(self._seen.items())]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._seen = {element: msgspec.convert(seen, Seen) for _, element, seen in items}


def _boots(block: Block) -> int | None:
    if block.boots is not None or _BOOTS not in block.columns:
        return block.boots
    cells = block.cells[block.columns.index(_BOOTS)]
    return cells[0] if cells and isinstance(cells[0], int) else None


def _restarted(before: Seen, now: Seen) -> bool:
    if before.boots is not None and before.boots != now.boots:
        return True
    if now.uptime_cs >= before.uptime_cs:
        return False
    elapsed_cs = (now.at - before.at) // 10
    return abs(now.uptime_cs + _RANGE_CS - before.uptime_cs - elapsed_cs) > _WRAP_TOLERANCE_CS
