"""One metered series of one feed: who pays for it when, its open intervals, and what was told of the closed ones."""

import msgspec

from netmon.domain.usage import Assignment, Pair
from netmon.usage.interval import Interval, Totals, new_interval
from netmon.usage.moves import Move, replaced
from netmon.usage.periods import ceil_to, floor_to

_REMEMBERED = 64
"""Exceptions a track remembers beyond the time in which pairs can still change, so that their ids stay unique."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """The last record of a closed interval."""

    revision: int
    totals: Totals


class Redo(msgspec.Struct, frozen=True, array_like=True):
    """Closed intervals from ``start`` to ``end`` that must be looked at again, and why."""

    start: int
    end: int
    reason: str


class Track(msgspec.Struct, array_like=True):
    """State of one series in one feed; every time is UTC ms, ``step`` is the length of an interval.

    An interval that was closed without any pair is not kept: that it is unknown, revision 0, follows from ``next``.
    """

    feed: str
    series: str
    assignments: list[Assignment]
    """In order of time, without overlap; every ``valid_from`` is set."""
    next: int | None = None
    """Start of the first interval that is not closed; None: nothing more to close."""
    newest: int = 0
    """Time of the newest kept sample."""
    intervals: dict[int, Interval] = {}
    told: dict[int, Told] = {}
    long: list[Pair] = []
    """Pairs too long to be withdrawn; intervals take their share of them when they are made."""
    redo: list[Redo] = []
    exceptions: list[tuple[int, int, str]] = []
    """(start, end, reason) of exceptions already told."""
    moves: list[Move] = []
    """Closed intervals that are still to be given to another service, in order of time."""

    def assigned(self, start: int, step: int) -> Assignment | None:
        """Return who pays for the interval that begins at ``start``."""
        for move in self.moves:
            if move.start <= start < move.done:
                return move.who
        for item in self.assignments:
            if (item.valid_from or 0) <= start and (item.valid_to is None or start + step <= item.valid_to):
                return item
        return None

    def move(self, moves: list[Move], step: int) -> None:
        """Take note who has which time that is over: at once where nothing was told, else interval by interval."""
        for move in self.moves:
            self.assignments = replaced(self.assignments, msgspec.structs.replace(move.who, valid_to=move.done))
        self.moves = []
        for move in moves:
            closed = move.end if self.next is None else min(move.end, max(move.start, self.next))
            if closed < move.end:
                self.assignments = replaced(self.assignments, msgspec.structs.replace(move.who, valid_from=closed))
            if move.start < closed:
                self.moves.append(Move(msgspec.structs.replace(move.who, valid_to=closed), move.start))

    def moved(self, start: int, step: int) -> Move | None:
        """Return the move whose turn it is at ``start``, which is done with; None: it is not the next one."""
        if not self.moves or self.moves[0].done != start:
            return None
        move = self.moves[0]
        move.done += step
        if move.done + step > move.end:
            self.assignments = replaced(self.assignments, move.who)
            del self.moves[0]
        return move

    def following(self, start: int, step: int) -> int | None:
        """Return the first interval from ``start`` on that somebody pays for."""
        for item in self.assignments:
            found = max(start, ceil_to(item.valid_from or 0, step))
            if item.valid_to is None or found + step <= item.valid_to:
                return found
        return None

    def interval(self, start: int, step: int) -> Interval:
        """Return an interval, made anew where nothing of it is kept."""
        found = self.intervals.get(start)
        if found is None:
            found = self.intervals[start] = new_interval(start, start + step)
            for pair in self.long:
                if pair.a.t < start + step and pair.b.t > start:
                    found.add(pair)
        return found

    def count(self, pair: Pair, step: int, late_ms: int) -> None:
        """Count a pair, or take one out that no longer holds."""
        a, b = pair.a.t, pair.b.t
        self.newest = max(self.newest, b)
        first = floor_to(a, step)
        if b - a > late_ms:
            self._count_long(pair, step)
        else:
            for start in range(first, b, step):
                if start in self.intervals or self.assigned(start, step) is not None:
                    self.interval(start, step).add(pair, -1 if pair.withdrawn else 1)
        closed = b if self.next is None else min(self.next, b)
        if first < closed:
            reason = "gap_bridged" if pair.gap and not pair.withdrawn else "late_sample"
            self.redo.append(Redo(first, ceil_to(closed, step), reason))

    def is_due(self, step: int, by_grace: int) -> bool:
        """Tell whether there is something to close: a newer sample is there, or the grace of its end is over."""
        if self.next is None:
            return False
        end = self.next + step
        return self.newest >= end or end <= by_grace

    def close(self, step: int, totals: Totals) -> None:
        """Note that the next interval was told with these totals."""
        assert self.next is not None
        if self.interval(self.next, step).pairs:
            self.told[self.next] = Told(0, totals)
        else:
            del self.intervals[self.next]
        self.next = self.following(self.next + step, step)

    def take_redo(self, step: int, oldest: int) -> Redo:
        """Return the next closed interval to look at again; none that ended before ``oldest``, the late horizon."""
        redo = self.redo[0]
        start = max(redo.start, floor_to(oldest, step))
        if start + step >= redo.end:
            del self.redo[0]
        else:
            self.redo[0] = msgspec.structs.replace(redo, start=start + step)
        return msgspec.structs.replace(redo, start=start, end=min(start + step, redo.end))

    def number_exception(self, start: int, end: int, reason: str, *, at_least: int = 0) -> int:
        """Take note of an exception and return its number among those with the same start and end.

        There were ``at_least`` so many before, although they may be forgotten.
        """
        number = sum((start, end) == (told[0], told[1]) for told in self.exceptions)
        self.exceptions += [(start, end, "")] * (at_least - number)
        number = max(number, at_least)
        self.exceptions.append((start, end, reason))
        return number

    def bridge(self, start: int, end: int) -> Pair | None:
        """Return the accepted long pair that tells most of a span of time, None where there is none."""
        told = [pair for pair in self.long if pair.ok and pair.a.t < end and pair.b.t > start]
        return max(told, key=lambda pair: min(pair.b.t, end) - max(pair.a.t, start), default=None)

    def renumber(self, start: int, revision: int, *, unknown: bool, step: int) -> None:
        """Note the last record of a closed interval that was given to another service."""
        told = self.told.get(start)
        if told is not None:
            self.told[start] = Told(revision, told.totals)
        elif unknown:
            # Only a reading that bridges a gap can still change it.
            self.told[start] = Told(revision, new_interval(start, start + step).totals())

    def prune(self, step: int, late_ms: int) -> None:
        """Forget closed intervals that no late sample can change any more."""
        if self.redo:
            return
        keep = self.newest - late_ms
        for start in [start for start in self.intervals if start + step <= keep and self._is_closed(start)]:
            del self.intervals[start]
            self.told.pop(start, None)
        if self.long:
            self.long = [pair for pair in self.long if self.next is not None and pair.b.t > self.next]
        if len(self.exceptions) > _REMEMBERED:
            old = len(self.exceptions) - _REMEMBERED
            self.exceptions = [
                told for place, told in enumerate(self.exceptions) if place >= old or told[1] > keep - step
            ]

    def _is_closed(self, start: int) -> bool:
        return self.next is None or start < self.next

    def _count_long(self, pair: Pair, step: int) -> None:
        self.long.append(pair)
        for start, interval in self.intervals.items():
            if pair.a.t < start + step and pair.b.t > start:
                interval.add(pair)


def new_track(feed: str, series: str, assignments: list[Assignment], step: int) -> Track:
    """Return a track that begins with its first assignment."""
    track = Track(feed, series, assignments, None, 0, {}, {}, [], [], [], [])
    track.next = track.following(0, step)
    return track
