"""How long a service was up, down, under planned work, or unseen (specs/usage.md section 5)."""

from collections.abc import Iterable, Sequence

import msgspec

Stretch = tuple[int, int | None]
"""[from, to) in UTC ms; None: still open."""


class Availability(msgspec.Struct, frozen=True):
    """Milliseconds of a period by state, and up per million of up and down."""

    down: int
    planned: int
    unknown: int
    up: int
    availability_ppm: int | None


def availability(
    start: int, end: int, *, alarms: Iterable[Stretch], planned: Iterable[Stretch], blind: Iterable[Stretch]
) -> Availability:
    """Split a period; at every instant planned goes before down, down before unknown, unknown before up."""
    work = union(planned, start, end)
    outage = union(alarms, start, end)
    unseen = union(blind, start, end)
    planned_ms = _length(work)
    down = _length(union([*work, *outage], start, end)) - planned_ms
    unknown = _length(union([*work, *outage, *unseen], start, end)) - planned_ms - down
    up = end - start - planned_ms - down - unknown
    ppm = up * 1_000_000 // (up + down) if up + down else None
    return Availability(down, planned_ms, unknown, up, ppm)


def union(stretches: Iterable[Stretch], start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches clipped to [start, end), joined and in order."""
    clipped = [(max(since, start), end if until is None else min(until, end)) for since, until in stretches]
    joined: list[tuple[int, int]] = []
    for since, until in sorted(stretch for stretch in clipped if stretch[0] < stretch[1]):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return joined


def group_down(members: Sequence[Iterable[Stretch]], need: int, start: int, end: int) -> list[tuple[int, int]]:
    """Return when a redundant group was down: while fewer than ``need`` of its members were up."""
    steps: list[tuple[int, int]] = []
    for member in members:
        for since, until in union(member, start, end):
            steps += [(since, 1), (until, -1)]
    down: list[tuple[int, int]] = []
    broken, began = 0, start
    for at, change in sorted(steps):
        if len(members) - broken < need and began < at:
            down.append((began, at))
        broken, began = broken + change, at
    return union(down, start, end)


def _length(stretches: Iterable[tuple[int, int]]) -> int:
    return sum(until - since for since, until in stretches)
