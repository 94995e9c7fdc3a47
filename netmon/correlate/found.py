"""What a stratum of correlation found in its inputs."""

import msgspec

from netmon.domain.alarm import Edge
from netmon.domain.dropped import Dropped
from netmon.domain.output import PollRequest
from netmon.domain.plan import Plans
from netmon.domain.way import Way


class Found(msgspec.Struct, frozen=True):
    """Edges for the alarm book, in order; what was given up, and what should be looked at again."""

    edges: list[Edge]
    dropped: list[Dropped]
    wanted: list[PollRequest]
    silent: dict[str, bool] = {}
    """Elements that have fallen silent (true), and those that answer again."""
    behind: dict[str, tuple[str, ...]] | None = None
    """What lies behind each root cause, when the topology has found that out anew."""
    ways: dict[str, tuple[Way, ...]] | None = None
    """With ``behind``: the ports by which root causes are reached."""
    plans: Plans | None = None
    """Planned work that is going on, where any began or ended."""


def nothing() -> Found:
    """Return an empty one, to be filled."""
    return Found([], [], [])
