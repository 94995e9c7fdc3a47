"""The union of rule kinds: what ``correlate`` runs. One rule may compile to several kinds that share its ``Rule``."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from netmon.domain.alarm import Severity
from netmon.domain.manner import Manner
from netmon.rulebook.profile_values import Profile
from netmon.rulebook.scope import Scope, Template, Test
from netmon.rulebook.stale import Stale
from netmon.rulebook.storm import Storm
from netmon.rulebook.window import Window


class Form(msgspec.Struct, frozen=True):
    """Of a rule: what decides whether what is remembered of it is of use after a reload (specs/rules.md 9.2)."""

    shape: str = ""
    """Hash of its inputs and of what joins them."""
    keys: str = ""
    """Hash of what makes the keys of its alarms."""


class Rule(msgspec.Struct, frozen=True):
    """What all conditions of one rule share: identity and content of its alarm."""

    id: str
    rev: str
    """Hash of the canonical rule."""
    type: str
    qualifier: Template
    object: Template | None
    """Path below the element (``if:{vb.ifIndex}``); None: the element, or the sample's or state's own object."""
    where: Test | None
    """Over element, object and tag only."""
    severity: Callable[[Scope], Severity | str]
    """A severity, ``cleared`` (is the clear) or ``ignore``."""
    text: Template
    probable_cause: Callable[[Scope], str]
    event_type: Callable[[Scope], str]
    repair: str = ""
    service_affecting: bool | None = None
    clearable: bool = False
    keep: bool = False
    fallback: bool = False
    after_ms: int = 0
    """Auto-clear this long after the last raise; 0: never."""
    reopen_ms: int = 86_400_000
    limit: int = 10_000
    order_by: str = "received"
    tags: tuple[tuple[str, str], ...] = ()
    manner: Manner | None = None
    """What its alarms hide, how they are damped, what they clear; None: nothing of it."""
    raise_words: tuple[str, ...] = ()
    """By position: the conditions as they are written."""
    clear_words: tuple[str, ...] = ()
    join: str = ""
    """What of its object the alarm is about: ``parent``, ``element`` or ``site``; empty: the object itself."""
    enrich: tuple[tuple[str, Callable[[Scope], Any]], ...] = ()
    """Tags that are read from the inventory when an alarm is raised."""
    hears_apart: bool = False
    """``evidence: all``: every input that raised must clear."""
    nodata: str = "keep"
    """What becomes of an alarm when samples stop: ``keep``, ``clear`` or ``raise``."""
    stale: Stale = Stale()
    """From what age on a sample says nothing any more."""
    form: Form = Form()
    formerly: tuple[str, ...] = ()
    """Rules whose alarms and state move to this one."""


class TrapCondition(msgspec.Struct, frozen=True, tag="trap"):
    """On a trap; ``names`` are trap OIDs, prefixes ending in ``.*``, or ``*``."""

    position: int
    """Of the condition in the rule's raise or clear list."""
    names: tuple[str, ...]
    when: Test | None = None
    for_ms: int = 0
    reason: str = ""
    equals: tuple[tuple[str, tuple[int | float | str, ...]], ...] = ()
    """(field, values) without which ``when`` cannot be true: the index leaves the rule out where a field differs."""


class EventCondition(msgspec.Struct, frozen=True, tag="event"):
    """On a common event made by an ``events:`` entry."""

    position: int
    names: tuple[str, ...]
    when: Test | None = None
    for_ms: int = 0
    reason: str = ""
    equals: tuple[tuple[str, tuple[int | float | str, ...]], ...] = ()
    """(field, values) without which ``when`` cannot be true: the index leaves the rule out where a field differs."""


class StateCondition(msgspec.Struct, frozen=True, tag="state"):
    """On a state of the object, e.g. ``reachability``."""

    position: int
    names: tuple[str, ...]
    when: Test | None = None
    for_ms: int = 0
    reason: str = ""


class MetricCondition(msgspec.Struct, frozen=True, tag="metric"):
    """On samples of one metric; ``wants`` are the other metrics its expression reads."""

    position: int
    names: tuple[str, ...]
    when: Test | None = None
    for_ms: int = 0
    reason: str = ""
    wants: tuple[str, ...] = ()
    limits: tuple[float, ...] = ()
    """Numbers that the value is compared with, to be drawn into charts."""


class PairRule(msgspec.Struct, frozen=True, tag="pair"):
    """Raise and clear by traps and events; a hold is ``for_ms`` of the condition (specs/rules.md 6.1, 6.2)."""

    rule: Rule
    raises: tuple[TrapCondition | EventCondition, ...]
    clears: tuple[TrapCondition | EventCondition, ...]


class CountRule(msgspec.Struct, frozen=True, tag="count"):
    """Raise when there are so many within a while (specs/rules.md 6.7)."""

    rule: Rule
    raises: tuple[TrapCondition | EventCondition, ...]
    clears: tuple[TrapCondition | EventCondition, ...]
    """None: what clears by an input is a kind of its own."""
    count: int
    within_ms: int
    below: int
    """Clear by timer when the window holds fewer; 0: never."""
    distinct: Callable[[Scope], Any] | Literal["object"] | None
    """Count its values; None: the events."""
    shape: str
    """Hash of what is counted: windows of another shape are of no use."""


class SequenceRule(msgspec.Struct, frozen=True, tag="sequence"):
    """Raise when all steps have come within a while (specs/rules.md 6.7)."""

    rule: Rule
    raises: tuple[TrapCondition | EventCondition, ...]
    """The steps; ``position`` is their number."""
    clears: tuple[TrapCondition | EventCondition, ...]
    """None: what clears by an input is a kind of its own."""
    counts: tuple[int, ...]
    """How often each step must come."""
    within_ms: int
    ordered: bool
    position: int
    """Of the condition in the rule's raise list."""
    for_ms: int
    shape: str
    """Hash of the steps: what has come of others is of no use."""


class AbsentRule(msgspec.Struct, frozen=True, tag="absent"):
    """Raise when something did not come for a while (specs/rules.md 6.6)."""

    rule: Rule
    raises: tuple[TrapCondition | EventCondition, ...]
    """What should come."""
    clears: tuple[TrapCondition | EventCondition, ...]
    """None: what should come clears."""
    absent_ms: int
    expect: Test | None
    """Which elements should send it, even if they never did; None: those that did."""
    qualifier: str
    """Of an element that never did."""
    shape: str
    """Hash of what should come."""


class StateRule(msgspec.Struct, frozen=True, tag="state"):
    """Raise and clear by states (specs/rules.md 2.2)."""

    rule: Rule
    raises: tuple[StateCondition, ...]
    clears: tuple[StateCondition, ...]


class ThresholdRule(msgspec.Struct, frozen=True, tag="threshold"):
    """Raise and clear by samples, each with its own ``for`` (specs/rules.md 6.3)."""

    rule: Rule
    raises: tuple[MetricCondition, ...]
    clears: tuple[MetricCondition, ...]


NODE = "node-unreachable"
"""Type of the alarm of an element that does not answer (specs/alarms.md 3)."""

UPLINK = "uplink"
"""As ``members.kind`` of a group: not objects but the ways up of an element, by the inventory."""


class AlarmCondition(msgspec.Struct, frozen=True, tag="alarm"):
    """On alarms of other rules."""

    position: int
    names: tuple[str, ...]
    """Alarm types."""
    when: Test | None = None
    for_ms: int = 0
    reason: str = ""


class GroupRule(msgspec.Struct, frozen=True, tag="group"):
    """So many members of something are in alarm (specs/rules.md 6.9)."""

    rule: Rule
    raises: tuple[AlarmCondition, ...]
    clears: tuple[AlarmCondition, ...]
    """Empty: its raise conditions being false."""
    of: str
    """Alarm type."""
    join: str
    """``element``, ``site`` or ``parent`` of the members."""
    member_kind: str
    where: Test | None
    """Which objects are members."""
    worst: bool
    """The severity is that of the worst member."""
    stratum: int = 0

    @property
    def types(self) -> tuple[str, ...]:
        """Return the alarm types that it looks at; an uplink is gone with the element above, too."""
        return (self.of, NODE) if self.member_kind == UPLINK else (self.of,)

    @property
    def by_structure(self) -> bool:
        """Whether what its members are, or how many, follows from what polls show of how an element is built."""
        return self.join == "lag" or (self.join == "element" and self.member_kind not in ("", "element", UPLINK))


class CompositeRule(msgspec.Struct, frozen=True, tag="composite"):
    """A condition over alarms of other rules (specs/rules.md 6.14)."""

    rule: Rule
    raises: tuple[AlarmCondition, ...]
    clears: tuple[AlarmCondition, ...]
    types: tuple[str, ...]
    join: str
    """Empty: the object itself; ``element`` or ``site``."""
    stratum: int = 0


AlarmRule = GroupRule | CompositeRule
"""What takes changes of alarms; they stand above the rules that make these."""


class Level(msgspec.Struct, frozen=True):
    """A severity with its own hysteresis."""

    severity: str
    """Empty: that of the rule, the lowest level."""
    raises: tuple[int, ...]
    """Positions of conditions."""
    clears: tuple[int, ...]
    """Empty: its raise conditions being false."""


class LevelsRule(msgspec.Struct, frozen=True, tag="levels"):
    """A threshold of several severities (specs/rules.md 6.4); conditions count on over all levels."""

    rule: Rule
    raises: tuple[MetricCondition, ...]
    clears: tuple[MetricCondition, ...]
    levels: tuple[Level, ...]
    """From low to high."""


SampleRule = ThresholdRule | LevelsRule
"""What takes samples."""

EventRule = PairRule | CountRule | SequenceRule | AbsentRule
"""What takes traps and common events."""

RuleKind = EventRule | StateRule | ThresholdRule | LevelsRule | AlarmRule


class EventMapping(msgspec.Struct, frozen=True):
    """An ``events:`` entry: a vendor's trap as a common event (specs/rules.md 4.2)."""

    event: str
    names: tuple[str, ...]
    object: Template | None
    when: Test | None
    set: tuple[tuple[str, Template], ...]


class Rulebook(msgspec.Struct, frozen=True):
    """A whole rule set, ready to run."""

    hash: str
    kinds: tuple[RuleKind, ...]
    events: tuple[EventMapping, ...] = ()
    profiles: tuple[Profile, ...] = ()
    protected: tuple[str, ...] = ()
    """Trap OIDs that only ever clear, those of rules with ``keep``, restarts: they pass the listener's storm limits."""
    storms: tuple[Storm, ...] = ()
    """What of too many traps is folded, in order of the ids."""
    windows: tuple[Window, ...] = ()
    """Planned work."""
    zones: tuple[tuple[str, bytes], ...] = ()
    """The time zones that it names, in the form of RFC 9636."""
    polled: tuple[str, ...] = ()
    """Symbols that expressions ask for with ``polled()``: the newest value of these must be kept per object."""
    spans: tuple[tuple[str, int], ...] = ()
    """(metric, ms): for so long what it was must be kept per object, for ``avg()`` and its like."""
