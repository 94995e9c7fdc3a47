"""Planned work: what of it is going on, as the alarm book knows it, and what operators plan (specs/rules.md 6.13)."""

from collections.abc import Callable
from typing import Literal

import msgspec

PLANNED = "planned"
"""Flag of an alarm of what is worked on."""

Mode = Literal["hide", "mark"]

BEGIN, END = "maintenance-begin", "maintenance-end"
"""Actions of an `OperatorRequest`."""


class Plan(msgspec.Struct, frozen=True):
    """A maintenance window that is open."""

    id: str
    hides: bool
    """False: alarms are marked ``planned`` only."""
    covers: Callable[[str], bool]
    """Tells whether a managed object is worked on."""


class Plans(msgspec.Struct, frozen=True):
    """What is going on, where that is news."""

    open: tuple[Plan, ...]
    """In order of the ids."""
    elements: tuple[str, ...]
    """Where work began or ended: their alarms are to be looked at again."""


class PlannedWork(msgspec.Struct, frozen=True, array_like=True):
    """A maintenance window that an operator has made."""

    id: str
    where: str
    """A condition over element, object and tag."""
    start: int
    end: int
    mode: Mode
    comment: str
    user: str
    at: int
    """When it was asked for."""


class WindowState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A maintenance window as it stands; times are UTC ms."""

    id: str
    where: str
    """A condition over element, object and tag; empty: everything."""
    mode: Mode
    open: bool
    start: int = 0
    """When it opened, or opens next."""
    end: int = 0
    recurs: str = ""
    """Of one that opens again and again: when."""
    from_rules: bool = False
    """It stands in a rule file; only that can end it."""
    comment: str = ""
    user: str = ""
    at: int = 0
    """When an operator asked for it."""
    concerns: bool | None = None
    """With an element that was asked about: whether something of it may be worked on."""


class WorkReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a request for a window, or why nothing did."""

    id: str
    result: Literal["done", "refused", "gone"]
    reason: str = ""
    """A stable word, unless it was done."""
    status: int | None = None
    """Of HTTP."""
    evidence: str = ""
    path: str = ""
    """The member of the request that is wrong."""


class WorkAnswer(msgspec.Struct, frozen=True):
    """The answer to a request for windows, as JSON."""

    request_id: str
    action: str
    results: tuple[WorkReply, ...]
