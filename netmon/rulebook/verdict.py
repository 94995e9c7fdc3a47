"""Judges a rule test: the variants it must be run in, and where what came out differs from what it expects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, permutations, zip_longest
from math import factorial
from typing import Any, Literal

import msgspec

from netmon.domain.alarm import Alarm, AlarmChange, is_sent, key_text
from netmon.domain.place import Problem
from netmon.rulebook.cases import Case, Expect
from netmon.rulebook.compile import Compiled
from netmon.rulebook.feeds import Feed

MAX_ORDERS = 720
_FIELDS = {"reason": "clear_reason"}


class Run(msgspec.Struct, frozen=True):
    """What came out of a case; times count from its start."""

    changes: tuple[tuple[int, AlarmChange], ...]
    outcomes: Mapping[str, int] = {}
    unexpected: tuple[str, ...] = ()
    """What operators were told that the case does not say, in words."""


class Variant(msgspec.Struct, frozen=True):
    """One way to run a case."""

    name: str
    feeds: tuple[Feed, ...]
    judged_by: Literal["output", "end"] = "output"
    """``end``: only the state at the end must be the same, compared with the first variant's run."""


def variants(case: Case) -> Iterator[Variant]:
    """Yield the case as written, then as ``twice``, ``crash`` and ``permute`` ask."""
    yield Variant("", case.feeds)
    if case.twice:
        doubled = (feed for feed in case.feeds for _ in range(2 if feed.origin_id else 1))
        yield Variant("twice", tuple(doubled))
    if case.crash:
        restarted = (part for feed in case.feeds for part in (feed, Feed(feed.at_ms, "restart")))
        yield Variant("crash", tuple(restarted))
    if case.permute_ms:
        for number, feeds in enumerate(_orders(case.feeds, case.permute_ms)):
            yield Variant(f"permute {number + 1}", feeds, "end")


def _orders(feeds: tuple[Feed, ...], window_ms: int) -> Iterator[tuple[Feed, ...]]:
    """Yield other orders of inputs closer than the window; the times stay where they are."""
    groups = _groups(feeds, window_ms)
    count = 1
    for group in groups:
        count *= factorial(len(group))
    if count <= MAX_ORDERS:
        yield from islice(_all_orders(groups), 1, None)
        return
    for seed in range(MAX_ORDERS):
        yield tuple(feed for group in groups for feed in _retimed(group, _shuffled(group, seed)))


def _groups(feeds: tuple[Feed, ...], window_ms: int) -> list[tuple[Feed, ...]]:
    groups: list[list[Feed]] = []
    for feed in feeds:
        if groups and feed.at_ms - groups[-1][0].at_ms < window_ms:
            groups[-1].append(feed)
        else:
            groups.append([feed])
    return [tuple(group) for group in groups]


def _all_orders(groups: Sequence[tuple[Feed, ...]]) -> Iterator[tuple[Feed, ...]]:
    if not groups:
        yield ()
        return
    for order in permutations(groups[0]):
        for rest in _all_orders(groups[1:]):
            yield (*_retimed(groups[0], order), *rest)


def _retimed(group: tuple[Feed, ...], order: Sequence[Feed]) -> Iterator[Feed]:
    for place, feed in zip(group, order, strict=True):
        yield msgspec.structs.replace(feed, at_ms=place.at_ms)


def _shuffled(group: tuple[Feed, ...], seed: int) -> list[Feed]:
    # No random in the core: a hash of seed and position is the same everywhere.
    marks = [hashlib.sha256(f"{seed}:{position}".encode()).digest() for position in range(len(group))]
    return [group[position] for position in sorted(range(len(group)), key=marks.__getitem__)]


def differences(case: Case, run: Run) -> tuple[str, ...]:
    """Return what differs from what a case expects, line by line; empty when it passed."""
    sent = [(at, change) for at, change in run.changes if is_sent(change) or change.action is not None]
    lines = [line for pair in zip_longest(case.expect, sent) for line in _compared(*pair)]
    for at_ms, count in case.active_at:
        active = sum(_visible(alarm) for alarm in _standing(run, at_ms).values())
        if active != count:
            lines.append(f"! active at {span(at_ms)}: expected {count}, got {active}")
    lines += _counts(case, run)
    lines += [f"! {words}" for words in run.unexpected]
    hidden = tuple(sorted(alarm.object for alarm in _standing(run, None).values() if _hidden(alarm)))
    if case.hidden is not None and hidden != case.hidden:
        lines.append(f"! hidden: expected {', '.join(case.hidden) or 'none'}, got {', '.join(hidden) or 'none'}")
    return tuple(lines)


def _counts(case: Case, run: Run) -> list[str]:
    return [
        f"! outcome {name}: expected {count}, got {run.outcomes.get(name, 0)}"
        for name, count in case.outcomes
        if run.outcomes.get(name, 0) != count
    ]


def _compared(expect: Expect | None, got: tuple[int, AlarmChange] | None) -> Iterator[str]:
    if expect is None or got is None or not _same(expect, *got):
        if expect is not None:
            yield f"- {span(expect.at_ms)} {expect.kind} {expect.object}"
        if got is not None:
            yield f"+ {span(got[0])} {got[1].kind} {got[1].after.object}, {got[1].after.type}, {got[1].after.severity}"
        return
    for key, wanted in expect.fields:
        acted = got[1].action
        value = getattr(acted, key) if acted is not None and key in ("do", "on") else field_of(got[1].after, key)
        if value != wanted:
            yield f"! {span(expect.at_ms)} {expect.kind} {expect.object}: {key}: expected {wanted!r}, got {value!r}"


def _same(expect: Expect, at_ms: int, change: AlarmChange) -> bool:
    return (expect.at_ms, expect.kind, expect.object) == (at_ms, change.kind, change.after.object)


def field_of(alarm: Alarm, key: str) -> Any:
    """Return a field of an alarm by its name in a test; ``no such field`` where there is none."""
    value = getattr(alarm, _FIELDS.get(key, key), "no such field")
    return list(value) if isinstance(value, tuple) else value


def _standing(run: Run, at_ms: int | None) -> dict[str, Alarm]:
    known: dict[str, Alarm] = {}
    for at, change in run.changes:
        if at_ms is None or at <= at_ms:
            known[change.alarm_id] = change.after
    return known


def _visible(alarm: Alarm) -> bool:
    return alarm.state == "active" and not alarm.hidden_by


def _hidden(alarm: Alarm) -> bool:
    return alarm.state == "active" and bool(alarm.hidden_by)


def end_state(run: Run) -> tuple[tuple[str, str, str], ...]:
    """Return (key, state, severity) of the alarms that are active at the end: what a permutation may not change."""
    standing = _standing(run, None).values()
    return tuple(
        sorted(
            (key_text((alarm.object, alarm.type, alarm.qualifier)), alarm.state, alarm.severity)
            for alarm in standing
            if alarm.state == "active"
        )
    )


def span(ms: int) -> str:
    """Return a time from the start of a case: ``3s``, ``2.5s``."""
    return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms / 1000}s"


class Coverage(msgspec.Struct, frozen=True):
    """The rules that some passed test raised, and those that one cleared."""

    raised: frozenset[str]
    cleared: frozenset[str]


def coverage(runs: Sequence[Run]) -> Coverage:
    """Return what the runs of all tests covered."""
    kinds = [(change.kind, change.after.rule) for run in runs for _, change in run.changes]
    return Coverage(
        frozenset(rule for kind, rule in kinds if kind == "raised"),
        frozenset(rule for kind, rule in kinds if kind == "cleared"),
    )


def untested(compiled: Compiled, covered: Coverage) -> tuple[Problem, ...]:
    """Return a warning for each rule that no test raises, and for each that none clears."""
    return tuple(
        Problem(place, f"rule '{rule}': no test {verb} it", warning=True)
        for rule, place in sorted(compiled.places.items(), key=lambda item: item[1])
        for verb, known in (("raises", covered.raised), ("clears", covered.cleared))
        if rule not in known
    )
