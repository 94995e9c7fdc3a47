"""``stale_after``: from what age on a sample says nothing any more (specs/rules.md 3, 5)."""

import re

import msgspec

from netmon.domain.duration import Duration

DEFAULT_INTERVAL_MS = 300_000
"""For samples that do not say how often they come."""

_INTERVALS = re.compile(r"([1-9][0-9]{0,2}) intervals?")


class Stale(msgspec.Struct, frozen=True):
    """An age: a span of time, or so many intervals of the samples."""

    intervals: int = 3
    span_ms: int = 0
    """0: by intervals."""

    def ms(self, interval_ms: int) -> int:
        """Return the age, of samples with that interval."""
        return self.span_ms or self.intervals * (interval_ms or DEFAULT_INTERVAL_MS)


def read_stale(text: str) -> Stale:
    """Return what ``stale_after`` says.

    Raises:
        ValueError: it is neither; the message shows the right spelling.
    """
    found = _INTERVALS.fullmatch(text)
    if found is not None:
        return Stale(int(found[1]))
    if "interval" in text:
        raise ValueError(f"'{text}' is no number of intervals (write '3 intervals')")
    span = Duration(text).ms
    if not span:
        raise ValueError("must be longer than 0")
    return Stale(span_ms=span)
