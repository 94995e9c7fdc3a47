"""The rate a burstable line is billed by (specs/usage.md section 5)."""

from collections.abc import Iterable
from typing import Literal

from netmon.usage.periods import SLOT_MS


def slot_rate(octets: int) -> int:
    """Return the rate of a slot in bit/s."""
    return octets * 8 // (SLOT_MS // 1000)


def percentile(
    rates: Iterable[int | None],
    *,
    pct: int = 95,
    expected: int | None = None,
    missing: Literal["exclude", "zero"] = "exclude",
) -> int | None:
    """Return the rate at rank N - N x (100 - pct) // 100 of the slots in ascending order, without interpolation.

    Args:
        rates: per slot, None where it is missing.
        pct: 1 to 100.
        expected: how many slots the period has; default: as many as are given.
        missing: missing slots do not count, or count as 0.
    """
    slots = list(rates)
    valid = sorted(rate for rate in slots if rate is not None)
    if missing == "zero":
        valid = [0] * (max(expected or 0, len(slots)) - len(valid)) + valid
    if not valid:
        return None
    return valid[rank(len(valid), pct) - 1]


def rank(count: int, pct: int) -> int:
    """Return the 1-based rank of the percentile among ``count`` values."""
    return count - count * (100 - pct) // 100
