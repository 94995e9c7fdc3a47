"""Runs: stretches of samples for which a condition was true without a gap (specs/rules.md 3, ``for`` of metrics)."""

from collections.abc import Iterable

import msgspec

from netmon.domain.alarm import AlarmKey


class Run(msgspec.Struct):
    """Samples in a row for which a condition was true."""

    first: int
    last: int
    told: bool = False
    """The Edge of this run has gone out."""


RunKey = tuple[AlarmKey, int]
"""(alarm key, position of the condition)."""


def extend(runs: dict[RunKey, Run], key: RunKey, at: int, *, gap: int) -> Run:
    """Add a sample to its run; a gap starts the run anew but does not make it news."""
    run = runs.get(key)
    if run is None:
        run = runs[key] = Run(at, at)
    elif at - run.last > gap:
        run.first = run.last = at
    else:
        run.last = max(run.last, at)
    return run


def forget(runs: dict[RunKey, Run], key: AlarmKey, positions: Iterable[int]) -> None:
    """Forget the runs of an alarm key, by the conditions that may have one."""
    for position in positions:
        runs.pop((key, position), None)
