"""Planned work that is going on, as the alarm book knows it (specs/rules.md 6.13)."""

from collections.abc import Callable

import msgspec

PLANNED = "planned"
"""Flag of an alarm of what is worked on."""


class Plan(msgspec.Struct, frozen=True):
    """A maintenance window that is open."""

    id: str
    hides: bool
    """False: alarms are marked ``planned`` only."""
    covers: Callable[[str], bool]
    """Tells whether a managed object is worked on."""
