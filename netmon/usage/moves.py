"""Closed intervals that are another service's: what the inventory says anew of the past (specs/usage.md section 4)."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from netmon.domain.usage import Assignment
from netmon.usage.assignments import joined
from netmon.usage.periods import ceil_to


class Move(msgspec.Struct, array_like=True):
    """A stretch of closed intervals that another service has now; they are written again one after the other."""

    who: Assignment
    """Who pays, from the first to the last of them."""
    done: int
    """Start of the first interval that is still to be written again, UTC ms."""

    @property
    def start(self) -> int:
        """Begin of the first of them."""
        return self.who.valid_from or 0

    @property
    def end(self) -> int:
        """End of the last of them."""
        return self.who.valid_to or 0


def moves(old: Sequence[Assignment], new: Iterable[Assignment], *, since: int, until: int, step: int) -> list[Move]:
    """Return where the inventory names another service for a time that is over, from ``since`` to ``until``.

    Only a service counts that is told to begin within the time of another one; what else changes acts at the next
    boundary.
    """
    found = [Move(piece, piece.valid_from or 0) for one in new for piece in _pieces(old, one, since, until, step)]
    return sorted(found, key=lambda move: move.start)


def _pieces(old: Sequence[Assignment], new: Assignment, since: int, until: int, step: int) -> Iterator[Assignment]:
    if new.valid_from is None or not new.service:
        return
    for before in old:
        begins_within = (before.valid_from or 0) < new.valid_from
        if not before.service or before.service == new.service or not begins_within:
            continue
        start = ceil_to(max(since, new.valid_from, before.valid_from or 0), step)
        end = min(until, new.valid_to or until, before.valid_to or until)
        if start + step <= end:
            yield replace(new, valid_from=start, valid_to=end)


def replaced(assignments: Sequence[Assignment], piece: Assignment) -> list[Assignment]:
    """Return assignments in which one has its time instead of those that had it."""
    start, end = piece.valid_from or 0, piece.valid_to or 0
    if start >= end:
        return list(assignments)
    kept = [piece]
    for one in assignments:
        begins = one.valid_from or 0
        if begins < start:
            kept.append(replace(one, valid_to=min(start, one.valid_to or start)))
        if one.valid_to is None or one.valid_to > end:
            kept.append(replace(one, valid_from=max(begins, end)))
    return joined(sorted(kept, key=lambda one: one.valid_from or 0))
