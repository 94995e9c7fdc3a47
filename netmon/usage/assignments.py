"""Assignments over time: a change of rule or inventory acts at the next boundary (specs/usage.md section 10)."""

from collections.abc import Iterable

from msgspec.structs import replace

from netmon.domain.usage import Assignment
from netmon.usage.periods import ceil_to

Key = tuple[str, str]
"""(series, feed), the order in which intervals close."""


def by_track(assignments: Iterable[Assignment]) -> dict[Key, list[Assignment]]:
    """Group assignments by series and feed, each group in order of time."""
    found: dict[Key, list[Assignment]] = {}
    for item in assignments:
        found.setdefault((item.series, item.feed), []).append(item)
    for items in found.values():
        items.sort(key=lambda item: item.valid_from or 0)
    return found


def begun(assignments: list[Assignment], now: int, step: int) -> list[Assignment]:
    """Let assignments without a beginning begin at the next boundary."""
    start = ceil_to(now, step)
    return [replace(item, valid_from=start) if item.valid_from is None else item for item in assignments]


def changed(old: list[Assignment], new: list[Assignment], *, boundary: int) -> list[Assignment]:
    """Return the old assignments up to the boundary and the new ones from there on."""
    past = [replace(item, valid_to=min(item.valid_to or boundary, boundary)) for item in old]
    coming = [replace(item, valid_from=max(item.valid_from or boundary, boundary)) for item in new]
    return joined([item for item in (*past, *coming) if not _is_empty(item)])


def _is_empty(item: Assignment) -> bool:
    return item.valid_to is not None and item.valid_to <= (item.valid_from or 0)


def joined(items: list[Assignment]) -> list[Assignment]:
    """Join what follows without a gap and says the same, so that a reload without a change changes nothing."""
    joined: list[Assignment] = []
    for item in items:
        last = joined[-1] if joined else None
        if (
            last
            and last.valid_to == item.valid_from
            and replace(last, valid_to=item.valid_to) == replace(item, valid_from=last.valid_from)
        ):
            joined[-1] = replace(last, valid_to=item.valid_to)
        else:
            joined.append(item)
    return joined
