"""Packets, errors and discards of interfaces as rates and ratios (specs/snmp.md 6.5)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_DIRECTIONS = ("In", "Out")
_KINDS = ("UcastPkts", "MulticastPkts", "BroadcastPkts")
_U32 = 1 << 32

NAMES = (
    ("netmon_if_in_packets_per_second", "packets/s"),
    ("netmon_if_out_packets_per_second", "packets/s"),
    ("netmon_if_in_errors_ratio", ""),
    ("netmon_if_out_errors_ratio", ""),
    ("netmon_if_in_discards_ratio", ""),
    ("netmon_if_out_discards_ratio", ""),
)
NONE: tuple[float | None, ...] = (None,) * len(NAMES)

Counts = tuple[int | None, ...]
"""Per direction the packets of each kind, errors, discards; at the end whether packets are 64 bits wide."""

_PER_DIRECTION = len(_KINDS) + 2


class Packets:
    """The last packet counters of every interface."""

    def __init__(self) -> None:
        self._last: dict[str, Counts] = {}

    def rates(self, series: str, row: Mapping[str, Any], *, elapsed_ms: int) -> tuple[float | None, ...]:
        """Take the counters of a row; return what they prove of an interval.

        Args:
            series: the interface.
            row: its cells by column.
            elapsed_ms: length of the interval without reset or gap; 0 where there is none.
        """
        before, now = self._last.get(series), _counts(row)
        self._last[series] = now
        if before is None or not elapsed_ms or before[-1] != now[-1]:
            return NONE
        found = [_direction(before, now, start) for start in (0, _PER_DIRECTION)]
        seconds = elapsed_ms / 1000
        rates = [None if packets is None else packets / seconds for packets, _, _ in found]
        errors = [_share(errors, packets) for packets, errors, _ in found]
        discards = [_share(discards, packets) for packets, _, discards in found]
        return (*rates, *errors, *discards)

    def forget(self, series: str) -> None:
        """Forget an interface."""
        self._last.pop(series, None)

    def dump(self) -> list[Any]:
        """Return (series, counters) of every interface."""
        return sorted(self._last.items())

    def load_state(self, items: Iterable[Sequence[Any]]) -> None:
        """Take back what ``dump`` gave."""
        self._last = {series: tuple(counts) for series, counts in items}


def _counts(row: Mapping[str, Any]) -> Counts:
    wide = row.get("ifHCInUcastPkts") is not None
    prefix = "ifHC" if wide else "if"
    names = [
        name
        for way in _DIRECTIONS
        for name in (*(f"{prefix}{way}{kind}" for kind in _KINDS), f"if{way}Errors", f"if{way}Discards")
    ]
    cells = (row.get(name) for name in names)
    return (*(cell if isinstance(cell, int) else None for cell in cells), int(wide))


def _direction(before: Counts, now: Counts, start: int) -> tuple[int | None, int | None, int | None]:
    """Return (packets, errors, discards) of one direction that came in between."""
    wide = bool(now[-1])
    packets = [_delta(before[at], now[at], wide=wide) for at in range(start, start + len(_KINDS))]
    known = [delta for delta in packets if delta is not None]
    at = start + len(_KINDS)
    errors, discards = (_delta(before[n], now[n], wide=False) for n in (at, at + 1))
    return (sum(known) if packets[0] is not None else None), errors, discards


def _delta(before: int | None, now: int | None, *, wide: bool) -> int | None:
    """Return how far a counter moved; one of 32 bits may have wrapped once, one of 64 bits never does."""
    if before is None or now is None:
        return None
    if wide:
        return now - before if now >= before else None
    return (now - before) % _U32


def _share(part: int | None, packets: int | None) -> float | None:
    if part is None or packets is None or packets + part == 0:
        return None
    return part / (packets + part)
