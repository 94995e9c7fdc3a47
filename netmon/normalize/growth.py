"""Growth per second of counters that derived metrics ask for with ``rate()`` (specs/snmp.md 6.1, 6.5)."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from netmon.domain.observation import Block, PollResult
from netmon.domain.usage import CounterSample, PairSettings
from netmon.normalize.counters import growth
from netmon.normalize.identity import belongs, scope_of

_COUNTER64 = 0x46
_SETTINGS = PairSettings()

Key = tuple[str, str, str, str]
"""Scope, table of a profile, column, index."""


class Growth:
    """The last value of every counter of which a rate is wanted."""

    def __init__(self) -> None:
        self._last: dict[Key, CounterSample] = {}

    def rates(self, result: PollResult, block: Block, column: str) -> tuple[float | None, ...]:
        """Take the counters of a column; return per row how fast each grew, None where that is not proven."""
        if column not in block.columns or block.uptime_cs is None:
            return (None,) * len(block.index)
        place = block.columns.index(column)
        table = f"{block.profile}|{block.table}"
        width = 64 if block.tags[place] == _COUNTER64 else 32
        return tuple(
            self._rate((scope_of(result), table, column, index), _sample(result, block, cell, width))
            for index, cell in zip(block.index, block.cells[place], strict=True)
        )

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        for key in [key for key in self._last if belongs(key[0], element)]:
            del self._last[key]

    def dump(self) -> list[Any]:
        """Return (key, last sample) of every counter."""
        return sorted(self._last.items())

    def load_state(self, items: Iterable[Sequence[Any]]) -> None:
        """Take back what ``dump`` gave."""
        self._last = {tuple(key): msgspec.convert(sample, CounterSample) for key, sample in items}

    def _rate(self, key: Key, sample: CounterSample | None) -> float | None:
        before = self._last.get(key)
        if sample is None:
            return None
        self._last[key] = sample
        if before is None:
            return None
        delta, elapsed_ms, _ = growth(before, sample, _SETTINGS)
        return delta * 1000 / elapsed_ms if delta is not None and elapsed_ms > 0 else None


def _sample(result: PollResult, block: Block, cell: Any, width: int) -> CounterSample | None:
    if not isinstance(cell, int) or block.uptime_cs is None:
        return None
    return CounterSample(
        t=block.t,
        run=result.run,
        mono_ms=block.mono_ms,
        uptime_cs=block.uptime_cs,
        boots=block.boots,
        disc_cs=0,
        ifindex=0,
        ifname="",
        width=width,
        speed_bps=0,
        in_octets=cell,
        out_octets=0,
    )
