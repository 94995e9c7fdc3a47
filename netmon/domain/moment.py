"""Moments as people ask for them: RFC 3339, or so long before now (specs/dashboard.md 2.2)."""

import re
from datetime import datetime

_BEFORE_NOW = re.compile(r"now(?:-([0-9]{1,6})([smhdw]))?")
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def moment_ms(text: str, *, now: int) -> int:
    """Return a time in UTC ms: RFC 3339 with its offset, ``now``, or ``now-6h`` (s m h d w).

    Raises:
        ValueError: it is none of these.
    """
    before = _BEFORE_NOW.fullmatch(text)
    if before is not None:
        count, unit = before.groups()
        return now - (int(count) * _UNITS_MS[unit] if count else 0)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError(f'"{text}" is neither a time of RFC 3339 nor like now-6h (s m h d w)')
    return int(at.timestamp() * 1000)
