"""Finds the rules that name an input without looking at any other rule (specs/rules.md 9.3).

For ``correlate``::

    index = Index(rulebook)
    index.events(event)      traps and common events; candidates in the order of rule ids
    index.fallbacks(event)   the same for fallback rules: ask only when no condition of the former was true
    index.named(event)       some rule or mapping names it, so it is ``condition_false`` and not ``unknown_trap``
    index.mappings(event)    ``events:`` entries that make a common event of a trap
    index.states(name)       by the name of a state: ``reachability``
    index.metrics(name)      by the name of a metric; one lookup says that nobody wants a column

A `Candidate` is one rule kind with those of its conditions that name this input (several may be true at once; raise
and clear true for one input is a clear). The index never says that a condition is true: ``when`` is still to be asked.
It may leave out a rule whose conditions all demand another value of one field; an input without that field gets all.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from netmon.domain.event import Event
from netmon.rulebook.kinds import (
    AbsentRule,
    CompositeRule,
    CountRule,
    EventCondition,
    EventMapping,
    EventRule,
    GroupRule,
    LevelsRule,
    MetricCondition,
    PairRule,
    Rulebook,
    RuleKind,
    SampleRule,
    SequenceRule,
    StateCondition,
    StateRule,
    ThresholdRule,
    TrapCondition,
)
from netmon.rulebook.strata import inputs_of

EventTest = TrapCondition | EventCondition
K = TypeVar("K")
C = TypeVar("C", EventTest, StateCondition, MetricCondition)


class Candidate(msgspec.Struct, Generic[K, C], frozen=True):
    """A rule that names an input, with the conditions that do."""

    order: int
    """Position of the rule by id; candidates come sorted by it."""
    kind: K
    raises: tuple[C, ...]
    clears: tuple[C, ...]


Pair = Candidate[EventRule, EventTest]
Sampled = Candidate[SampleRule, MetricCondition]
Word = Candidate[StateRule | AbsentRule, StateCondition]


class Bucket:
    """The candidates of one name; with two or more also a dictionary on the field they most often bind."""

    __slots__ = ("all", "always", "by_value", "field")

    def __init__(self, candidates: tuple[Pair, ...]) -> None:
        self.all = candidates
        self.field = _most_bound(candidates) if len(candidates) > 1 else ""
        self.always: tuple[Pair, ...] = ()
        self.by_value: dict[Any, tuple[Pair, ...]] = {}
        if self.field:
            self._split()

    def _split(self) -> None:
        exact: dict[Any, list[Pair]] = {}
        always: list[Pair] = []
        for candidate in self.all:
            values = _bound(candidate, self.field)
            if values is None:
                always.append(candidate)
            else:
                for value in values:
                    exact.setdefault(value, []).append(candidate)
        self.always = tuple(always)
        self.by_value = {value: tuple(found) for value, found in exact.items()}

    def find(self, event: Event) -> tuple[Pair, ...]:
        """Return the candidates an event can match."""
        if not self.field:
            return self.all
        value = event.fields.get(self.field)
        # Only plain values are looked up; an absent field may still be decoded from an instance's index.
        if value.__class__ is not int and value.__class__ is not str:
            return self.all
        exact = self.by_value.get(value, ())
        if not exact or not self.always:
            return exact or self.always
        return tuple(sorted(exact + self.always, key=_order))


class _Names:
    """Buckets by whole name, by prefix (one dictionary per length) and for ``*``."""

    __slots__ = ("every", "exact", "lengths")

    def __init__(self, named: dict[str, list[Pair]]) -> None:
        self.exact: dict[str, Bucket] = {}
        self.lengths: tuple[tuple[int, dict[str, Bucket]], ...] = ()
        self.every: Bucket | None = None
        prefixes: dict[int, dict[str, Bucket]] = {}
        for name, candidates in named.items():
            bucket = Bucket(tuple(candidates))
            if name == "*":
                self.every = bucket
            elif name.endswith(".*"):
                prefixes.setdefault(len(name) - 1, {})[name[:-1]] = bucket
            else:
                self.exact[name] = bucket
        self.lengths = tuple(sorted(prefixes.items()))

    def names(self, event: Event) -> bool:
        """Tell whether any bucket but that for ``*`` is of an event's names."""
        return any(bucket is not self.every for bucket in self.buckets(event))

    def buckets(self, event: Event) -> list[Bucket]:
        """Return the buckets of an event's names."""
        found: list[Bucket] = []
        for name in (event.name, *event.aliases):
            bucket = self.exact.get(name)
            if bucket is not None:
                found.append(bucket)
            for length, prefixes in self.lengths:
                bucket = prefixes.get(name[:length])
                if bucket is not None:
                    found.append(bucket)
        if self.every is not None:
            found.append(self.every)
        return found

    def find(self, event: Event) -> tuple[Pair, ...]:
        """Return the candidates of an event, each rule once."""
        if not event.aliases and not self.lengths and self.every is None:
            bucket = self.exact.get(event.name)
            return bucket.find(event) if bucket is not None else ()
        buckets = self.buckets(event)
        if len(buckets) == 1:
            return buckets[0].find(event)
        return _joined(candidate for bucket in buckets for candidate in bucket.find(event))


class Index:
    """All of a rulebook, by what its rules take as input."""

    def __init__(self, rulebook: Rulebook) -> None:
        traps: dict[str, list[Pair]] = {}
        fallback: dict[str, list[Pair]] = {}
        events: dict[str, list[Pair]] = {}
        states: dict[str, list[Word]] = {}
        metrics: dict[str, list[Sampled]] = {}
        kinds = sorted(rulebook.kinds, key=lambda kind: kind.rule.id)
        for order, kind in enumerate(kinds):
            match kind:
                case PairRule() | CountRule() | SequenceRule() | AbsentRule():
                    _add(fallback if kind.rule.fallback else traps, order, kind, _is_trap)
                    _add(events, order, kind, _is_event)
                    if isinstance(kind, AbsentRule):
                        # It hears that elements answer again, too.
                        states.setdefault("reachability", []).append(Candidate(order, kind, (), ()))
                case StateRule():
                    _add(states, order, kind, _any)
                case ThresholdRule() | LevelsRule():
                    _add(metrics, order, kind, _any)
        self._alarms = _by_alarm(kinds)
        self.alarm_strata = max((stratum for stratum, _ in self._alarms), default=0)
        """How many strata there are of rules on alarms."""
        self._traps = _Names(traps)
        self._fallbacks = _Names(fallback)
        self._events = _Names(events)
        self._states = {name: tuple(found) for name, found in states.items()}
        self._metrics = {name: tuple(found) for name, found in metrics.items()}
        self._mappings = _by_trap(rulebook.events)

    def events(self, event: Event) -> tuple[Pair, ...]:
        """Return the rules, without fallback rules, that a trap or common event can match."""
        return (self._traps if event.kind == "trap" else self._events).find(event)

    def fallbacks(self, event: Event) -> tuple[Pair, ...]:
        """Return the fallback rules a trap can match; they apply when no other rule did."""
        return self._fallbacks.find(event) if event.kind == "trap" else ()

    def named(self, event: Event) -> bool:
        """Tell whether any rule or mapping names an event, whatever its fields; ``*`` is the name of none."""
        if event.kind != "trap":
            return bool(self._events.buckets(event))
        return bool(self._traps.names(event) or self._fallbacks.names(event) or self.mappings(event))

    def mappings(self, event: Event) -> tuple[EventMapping, ...]:
        """Return the ``events:`` entries that name a trap."""
        if not event.aliases:
            return self._mappings.get(event.name, ())
        found: list[EventMapping] = []
        for name in (event.name, *event.aliases):
            found += [mapping for mapping in self._mappings.get(name, ()) if mapping not in found]
        return tuple(found)

    def states(self, name: str) -> tuple[Word, ...]:
        """Return the rules on a state."""
        return self._states.get(name, ())

    def alarms(self, stratum: int, type_: str) -> tuple[int, ...]:
        """Return the rules of a stratum, from 1, that look at alarms of a type: positions by id."""
        return self._alarms.get((stratum, type_), ())

    def alarm_types(self) -> frozenset[str]:
        """Return the types of the alarms that rules look at."""
        return frozenset(type_ for _, type_ in self._alarms)

    def metrics(self, name: str) -> tuple[Sampled, ...]:
        """Return the rules on a metric."""
        return self._metrics.get(name, ())


def _by_trap(mappings: Iterable[EventMapping]) -> dict[str, tuple[EventMapping, ...]]:
    found: dict[str, tuple[EventMapping, ...]] = {}
    for mapping in mappings:
        for name in mapping.names:
            found[name] = (*found.get(name, ()), mapping)
    return found


def _by_alarm(kinds: list[RuleKind]) -> dict[tuple[int, str], tuple[int, ...]]:
    """Return the rules on alarms by stratum and alarm type."""
    found: dict[tuple[int, str], tuple[int, ...]] = {}
    for order, kind in enumerate(kinds):
        if isinstance(kind, GroupRule | CompositeRule):
            for type_ in inputs_of(kind):
                key = (kind.stratum, type_)
                found[key] = (*found.get(key, ()), order)
    return found


def _add(named: dict[str, list[Any]], order: int, kind: Any, wanted: Callable[[Any], bool]) -> None:
    """Put a rule kind into the list of every name its wanted conditions have."""
    conditions = [condition for condition in (*kind.raises, *kind.clears) if wanted(condition)]
    for name in dict.fromkeys(name for condition in conditions for name in condition.names):
        raises = tuple(c for c in kind.raises if wanted(c) and name in c.names)
        clears = tuple(c for c in kind.clears if wanted(c) and name in c.names)
        named.setdefault(name, []).append(Candidate(order, kind, raises, clears))


def _is_trap(condition: EventTest) -> bool:
    return isinstance(condition, TrapCondition)


def _is_event(condition: EventTest) -> bool:
    return isinstance(condition, EventCondition)


def _any(_: object) -> bool:
    return True


def _order(candidate: Pair) -> int:
    return candidate.order


def _joined(candidates: Iterable[Pair]) -> tuple[Pair, ...]:
    """Make one candidate of all those of one rule; a condition found by two names counts once."""
    found: dict[int, Pair] = {}
    for candidate in candidates:
        known = found.get(candidate.order)
        if known is None:
            found[candidate.order] = candidate
        else:
            raises = tuple(_once(known.raises, candidate.raises))
            found[candidate.order] = Candidate(
                known.order, known.kind, raises, tuple(_once(known.clears, candidate.clears))
            )
    return tuple(found[order] for order in sorted(found))


def _once(known: tuple[EventTest, ...], more: tuple[EventTest, ...]) -> Iterator[EventTest]:
    positions = {condition.position for condition in known} | {condition.position for condition in more}
    for position in sorted(positions):
        yield next(condition for condition in known + more if condition.position == position)


def _bound(candidate: Pair, field: str) -> tuple[Any, ...] | None:
    """Return the values of ``field`` without which no condition can be true; None if one can."""
    values: dict[Any, None] = {}
    for condition in candidate.raises + candidate.clears:
        demanded = dict(condition.equals).get(field)
        if demanded is None:
            return None
        values.update(dict.fromkeys(demanded))
    return tuple(values)


def _most_bound(candidates: tuple[Pair, ...]) -> str:
    """Return the field that most rules of a bucket bind, the first by name of equals; empty if none is bound."""
    counts: dict[str, int] = {}
    for candidate in candidates:
        conditions = candidate.raises + candidate.clears
        for field in dict.fromkeys(field for condition in conditions for field, _ in condition.equals):
            if _bound(candidate, field) is not None:
                counts[field] = counts.get(field, 0) + 1
    return min(counts, key=lambda field: (-counts[field], field), default="")
