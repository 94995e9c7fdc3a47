"""The one clock of an engine: monotonic time, anchored to the wall clock (specs/usage.md section 1, docs/adr/0018)."""

import secrets
import time
from collections.abc import Callable

import msgspec

from netmon.domain.observation import HealthRow

_NS_PER_MS = 1_000_000
_STEP_MS = 1_000
_SAME_MS = 10
"""Nearer than this the wall clock is where it should be: two clocks are never read at one moment."""
_LASTS_MS = 900_000
_INTERVAL_MS = 900_000
"""The shortest interval of usage; all others end with one of these."""
_SLOWER = 2
"""Where time is ahead of the wall clock, so many of its seconds are one."""


class _Line(msgspec.Struct, frozen=True):
    """Time as it is told: by the clock before until ``slow_ns``, then slowly until it meets the one ``after``.

    All in nanoseconds; ``before`` and ``after`` are zeros of the monotonic clock, the others moments of it.
    """

    before_ns: int
    slow_ns: int
    met_ns: int
    after_ns: int

    def at(self, mono_ns: int) -> int:
        """Return the time of a monotonic moment."""
        if mono_ns >= self.met_ns:
            return self.after_ns + mono_ns
        return self.before_ns + mono_ns - max(mono_ns - self.slow_ns, 0) * (_SLOWER - 1) // _SLOWER

    def mono(self, at_ns: int) -> int:
        """Return the monotonic moment of a time."""
        mono_ns = at_ns - self.after_ns
        if mono_ns >= self.met_ns:
            return mono_ns
        mono_ns = at_ns - self.before_ns
        return mono_ns + max(mono_ns - self.slow_ns, 0) * (_SLOWER - 1)


def _line(mono_ns: int, *, told_ns: int, zero_ns: int) -> _Line:
    """Return the line on which time goes on at a moment, from what was told last to the clock with that zero."""
    ahead_ns = told_ns - mono_ns - zero_ns
    if ahead_ns <= 0:
        return _Line(zero_ns, mono_ns, mono_ns, zero_ns)
    return _Line(told_ns - mono_ns, mono_ns, mono_ns + ahead_ns * _SLOWER // (_SLOWER - 1), zero_ns)


class Clock:
    """Tells UTC milliseconds that never go back: wall time at the anchor plus the monotonic time since.

    A step of the wall clock moves nothing here; ``offset_ms`` tells how far it went. One that lasts is followed, by
    ``follow_wall`` alone: forward by a jump, back by time that goes slowly until the wall clock has caught up. What is
    billed has the times of the wall clock all the same (``billed_ms``), and waits until none of them comes twice.
    """

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        mono_ns = monotonic_ns()
        self._line = _line(mono_ns, told_ns=0, zero_ns=wall_ns() - mono_ns)
        self._away_ms = 0
        """Where the wall clock is, seen from its anchor, while it is away."""
        self._anew_ms = 0
        """When the next anchor is due, if the wall clock stays there until then."""
        self.spent_ms = 0
        """Times up to this one were told before the anchor: the wall clock may tell them a second time."""
        self.run = secrets.token_hex(8)
        """Id of this anchor: times of two runs share no monotonic clock."""

    def resume(self, told_ms: int, *, billed_ms: int) -> None:
        """Go on where an engine ended before the start: its clock may have been ahead of this one.

        Args:
            told_ms: its last time.
            billed_ms: the same of usage, which may have been behind.
        """
        self.spent_ms = billed_ms
        mono_ns = self._monotonic_ns()
        told_ns = max(told_ms * _NS_PER_MS, self._line.at(mono_ns))
        self._line = _line(mono_ns, told_ns=told_ns, zero_ns=self._line.after_ns)

    def follow_wall(self) -> bool:
        """Anchor anew when the wall clock has stayed elsewhere for 15 minutes and then an interval of usage has ended.

        To be called every few seconds. Return whether it did: ``run`` is new then, and the time may have jumped.
        """
        mono_ns, offset_ms = self._monotonic_ns(), self.offset_ms()
        now = (self._line.after_ns + mono_ns) // _NS_PER_MS
        if abs(offset_ms - self._away_ms) > _STEP_MS:
            self._away_ms = offset_ms if abs(offset_ms) > _STEP_MS else 0
            self._anew_ms = -(-(now + _LASTS_MS) // _INTERVAL_MS) * _INTERVAL_MS
        if not self._away_ms or now < self._anew_ms:
            return False
        told_ns = self._line.at(mono_ns)
        self.spent_ms = max(self.spent_ms, now)
        self._line = _line(mono_ns, told_ns=told_ns, zero_ns=self._line.after_ns + offset_ms * _NS_PER_MS)
        self._away_ms = 0
        self.run = secrets.token_hex(8)
        return True

    def now_ms(self) -> int:
        """Return UTC milliseconds on the anchored monotonic line."""
        return self._line.at(self._monotonic_ns()) // _NS_PER_MS

    def mono_ms(self, at_ms: int) -> int:
        """Return the monotonic time of a moment on the line; differences are exact within one run."""
        return self._line.mono(at_ms * _NS_PER_MS) // _NS_PER_MS

    def billed_ms(self, at_ms: int) -> int:
        """Return the time of the anchored wall clock at a moment on the line: the same, unless the line is ahead."""
        line, at_ns = self._line, at_ms * _NS_PER_MS
        return (line.after_ns + line.mono(at_ns)) // _NS_PER_MS

    def line_ms(self, billed_ms: int) -> int:
        """Return when it is on the line that the anchored wall clock tells a time."""
        line = self._line
        return -(-line.at(billed_ms * _NS_PER_MS - line.after_ns) // _NS_PER_MS)

    def behind_ms(self, at_ms: int) -> int:
        """Return how far what is billed is behind the line at a moment: it waits until its times are new."""
        return max(0, at_ms - max(self.billed_ms(at_ms), self.spent_ms))

    def offset_ms(self) -> int:
        """Return how far the wall clock has moved away from where it was anchored."""
        offset_ms = (self._wall_ns() - self._monotonic_ns() - self._line.after_ns) // _NS_PER_MS
        return offset_ms if abs(offset_ms) >= _SAME_MS else 0

    def health(self) -> tuple[HealthRow, ...]:
        """Return where the wall clock is, and for how long it still tells times that were told before."""
        now = self.now_ms()
        billed = self.billed_ms(now)
        return (
            HealthRow("clock", "offset_ms", self.offset_ms() - (now - billed)),
            HealthRow("engine-time", "behind_ms", max(0, self.spent_ms - billed)),
        )
