"""Interval arithmetic in integer UTC milliseconds: boundaries, shares, texts of times (specs/usage.md section 3)."""

import re
from datetime import UTC, datetime
from functools import lru_cache

SLOT_MS = 300_000

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z")


def floor_to(t: int, step: int) -> int:
    """Return the last multiple of ``step`` that is not after ``t``."""
    return t - t % step


def ceil_to(t: int, step: int) -> int:
    """Return the first multiple of ``step`` that is not before ``t``."""
    return -(-t // step) * step


def share(delta: int, a: int, b: int, start: int, end: int) -> int:
    """Return the part of ``delta``, counted over [a, b), that falls into [start, end); all parts sum to ``delta``."""
    return delta * (min(end, b) - a) // (b - a) - delta * (max(start, a) - a) // (b - a)


@lru_cache(maxsize=4096)
def utc_text(t: int) -> str:
    """Return ``2026-03-02T00:00:00.000Z``."""
    seconds, ms = divmod(t, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def parse_utc(text: str) -> int:
    """Return the milliseconds of an RFC 3339 time in UTC.

    Raises:
        ValueError: the text is something else.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"'{text}' is not a UTC time (write 2026-03-02T00:00:00.000Z)")
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"'{text}' is not a UTC time (write 2026-03-02T00:00:00.000Z)")
    fraction = int(f"{text[20:-1][:3]:0<3}") if text[19] == "." else 0
    return _midnight(text[:10]) + (hour * 3_600 + minute * 60 + second) * 1000 + fraction


@lru_cache(maxsize=64)
def _midnight(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) * 1000
