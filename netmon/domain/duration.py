"""Spans of time, sizes and rates, written with their units (DESIGN section 5)."""

import re

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART = re.compile(r"(\d+)(ms|[smhdw])")
_WHOLE = re.compile(r"(?:\d+(?:ms|[smhdw]))+")


class Duration(str):
    """A span of time as text with its unit: ``2s``, ``5m``, ``1h30m``.

    Raises:
        ValueError: the text has no unit or is no span; the message shows the right spelling.
    """

    __slots__ = ("ms",)
    ms: int

    def __new__(cls, text: object) -> "Duration":
        """Check the text and keep its milliseconds."""
        if not isinstance(text, str):
            raise ValueError(_why_not(str(text)))
        if not _WHOLE.fullmatch(text):
            raise ValueError(_why_not(text))
        self = super().__new__(cls, text)
        self.ms = sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text))
        return self

    @property
    def seconds(self) -> float:
        """The span in seconds."""
        return self.ms / 1000


def _why_not(text: str) -> str:
    if text.isdecimal():
        minutes, rest = divmod(int(text), 60)
        or_minutes = f" or '{minutes}m'" if minutes and not rest else ""
        return f"{text} has no unit (write '{text}s'{or_minutes})"
    return f"'{text}' is not a span of time (write '30s', '5m' or '1h30m')"


def in_words(ms: int) -> str:
    """Return a span of time as a rule has it: ``3s``, ``250ms``, ``1h30m``."""
    words = ""
    for unit in ("w", "d", "h", "m", "s", "ms"):
        number, ms = divmod(ms, _UNITS_MS[unit])
        words += f"{number}{unit}" if number else ""
    return words or "0s"


_SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(\d+)\s?(B|KiB|MiB|GiB|kB|MB|GB)")


class Size(str):
    """A size in octets as text with its unit: ``16MiB``."""

    __slots__ = ("octets",)
    octets: int

    def __new__(cls, text: object) -> "Size":
        """Check the text and keep its octets."""
        found = _SIZE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f"'{text}' is not a size (write '16MiB' or '64KiB')")
        self = super().__new__(cls, found[0])
        self.octets = int(found[1]) * _SIZES[found[2]]
        return self


_RATE = re.compile(r"(\d+)/(?:(\d+)?(ms|[smhdw]))")


class Rate(str):
    """A rate as text: ``100/s``, ``1/10m``."""

    __slots__ = ("number", "per_ms")
    number: int
    per_ms: int

    def __new__(cls, text: object) -> "Rate":
        """Check the text and keep its numbers."""
        found = _RATE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f"'{text}' is not a rate (write '100/s' or '1/10m')")
        self = super().__new__(cls, found[0])
        self.number = int(found[1])
        self.per_ms = int(found[2] or 1) * _UNITS_MS[found[3]]
        return self
