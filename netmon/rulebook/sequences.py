"""``sequence``, ``order``: one thing after another (specs/rules.md 6.7)."""

import hashlib
from collections.abc import Iterator

import msgspec

from netmon.rulebook.conditions import Entries, Steps, compile_entry
from netmon.rulebook.kinds import EventCondition, Rule, SequenceRule, TrapCondition
from netmon.rulebook.schema import RuleSchema
from netmon.rulebook.work import Work

_OF_STEPS = ("trap", "event", "metric", "state", "when", "count")


def sequence_rules(rule: Rule, schema: RuleSchema, entries: Entries, work: Work) -> Iterator[SequenceRule]:
    """Yield a rule kind for each sequence."""
    for one in entries.sequences:
        compiled = [compile_entry(entry, work) for entry in one.steps]
        steps = [condition for condition in compiled if isinstance(condition, TrapCondition | EventCondition)]
        within = one.schema.within
        if len(steps) != len(one.steps) or within is None:
            continue
        ordered = one.schema.order != "any"
        counts = tuple(step.count for step in one.schema.sequence)
        for_ms, shape = one.schema.for_.ms, _shape(schema, one)
        yield SequenceRule(rule, tuple(steps), (), counts, within.ms, ordered, one.position, for_ms, shape)


def check_sequences(entries: Entries, work: Work) -> None:
    """Check what is no matter of one key alone."""
    for one in entries.sequences:
        _check(one, work)
    for entry in entries.raises:
        if entry.schema.order is not None:
            work.note((*entry.path, "order"), "needs 'sequence'")


def _check(one: Steps, work: Work) -> None:
    said = one.schema
    if said.within is None:
        work.note((*one.path, "sequence"), "needs 'within'")
    if len(said.sequence) == 1 and said.sequence[0].count == 1:
        work.note((*one.path, "sequence"), "of one step is none (write the step alone)")
    for key in _OF_STEPS:
        if getattr(said, key) not in (None, True):
            work.note((*one.path, key), "stands in a step of 'sequence'")
    if said.absent_for is not None:
        work.note((*one.path, "absent_for"), "not with 'sequence'")


def _shape(schema: RuleSchema, one: Steps) -> str:
    steps = [(entry.input, entry.names, str(entry.schema.when)) for entry in one.steps]
    data = (one.position, steps, one.schema.within, one.schema.order, schema.by, schema.object)
    return hashlib.sha256(msgspec.json.encode([str(part) for part in data])).hexdigest()[:8]
