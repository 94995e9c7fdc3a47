"""What an entry of ``maintenance`` compiles to (specs/rules.md 6.13)."""

from datetime import UTC, datetime, tzinfo

import msgspec

from netmon.rulebook.cron import Cron, instant
from netmon.rulebook.scope import Test


class Recurring(msgspec.Struct, frozen=True):
    """Again and again."""

    cron: Cron
    for_ms: int
    text: str
    """As it is written."""


class Once(msgspec.Struct, frozen=True):
    """One time; a time without an offset is local to the zone."""

    start: datetime
    end: datetime

    def bounds(self, zone: tzinfo) -> tuple[int, int]:
        """Return begin and end in UTC ms."""
        return _instant(self.start, zone), _instant(self.end, zone)


class Where(msgspec.Struct, frozen=True):
    """What is worked on."""

    text: str
    """As it is written; empty: everything."""
    test: Test | None
    """Over element, object and tag; None: everything."""
    of_element: Test | None
    """Where this is false of an element, nothing of it is worked on; None: anything may be."""


class Window(msgspec.Struct, frozen=True):
    """Planned work."""

    id: str
    at: Recurring | Once
    zone: str
    where: Where
    hides: bool
    """False: its alarms are marked only."""


def _instant(moment: datetime, zone: tzinfo) -> int:
    return instant(moment, zone) if moment.tzinfo is None else int(moment.astimezone(UTC).timestamp()) * 1000
