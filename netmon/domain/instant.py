"""Moments on the usage calendar: UTC, on the 900 s grid (specs/snmp.md 5.6)."""

import re
from datetime import UTC, datetime

GRID_MS = 900_000
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Instant(str):
    """A moment as text, ``2026-03-01T00:00:00Z``, on a 900 s boundary.

    Raises:
        ValueError: the text is no such moment; the message shows the right spelling.
    """

    __slots__ = ("ms",)
    ms: int

    def __new__(cls, text: object) -> "Instant":
        """Check the text and keep its milliseconds since 1970."""
        if not isinstance(text, str) or not _FORM.fullmatch(text):
            raise ValueError(f"{text} is not a UTC time (write 2026-03-01T00:00:00Z)")
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text} is not a time of any day") from None
        ms = int(at.timestamp()) * 1000
        if ms % GRID_MS:
            nearest = iso((ms + GRID_MS // 2) // GRID_MS * GRID_MS)
            raise ValueError(f"{text} is not on a 900 s boundary (nearest {nearest})")
        self = super().__new__(cls, text)
        self.ms = ms
        return self


def iso(ms: int) -> str:
    """Return ``2026-03-01T00:00:00Z`` for UTC milliseconds; parts of a second are cut off."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(ms: int) -> str:
    """Return the time of day, UTC: ``10:02:08.120``."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%H:%M:%S}.{ms % 1000:03d}"
