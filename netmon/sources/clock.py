"""The one clock of an engine: monotonic time, anchored once to the wall clock (specs/usage.md section 1)."""

import secrets
import time
from collections.abc import Callable

from netmon.domain.observation import HealthRow

_NS_PER_MS = 1_000_000


class Clock:
    """Tells UTC milliseconds that never jump: wall time at the anchor plus the monotonic time since.

    A step of the wall clock moves nothing here; ``offset_ms`` tells how far it went.
    """

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._zero_ns = wall_ns() - monotonic_ns()
        self.run = secrets.token_hex(8)
        """Id of this anchor: times of two runs share no monotonic clock."""

    def now_ms(self) -> int:
        """Return UTC milliseconds on the anchored monotonic line."""
        return (self._zero_ns + self._monotonic_ns()) // _NS_PER_MS

    def mono_ms(self, at_ms: int) -> int:
        """Return the monotonic time of a moment on the anchored line; differences are exact within one run."""
        return at_ms - self._zero_ns // _NS_PER_MS

    def offset_ms(self) -> int:
        """Return how far the wall clock has moved away from the anchored line."""
        return (self._wall_ns() - self._monotonic_ns() - self._zero_ns) // _NS_PER_MS

    def health(self) -> tuple[HealthRow, ...]:
        """Return the offset of the wall clock, so that a step of it raises an alarm that replays."""
        return (HealthRow("clock", "offset_ms", self.offset_ms()),)
