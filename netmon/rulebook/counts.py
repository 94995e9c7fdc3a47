"""``count``, ``within``, ``distinct`` and ``below``: so many in a while (specs/rules.md 6.7)."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from netmon.rulebook.conditions import Entries, Entry, compile_entry, context_of
from netmon.rulebook.kinds import CountRule, EventCondition, Rule, TrapCondition
from netmon.rulebook.schema import RuleSchema
from netmon.rulebook.scope import Scope
from netmon.rulebook.work import Work

JOINS = ("object", "element", "site")
COUNTED = ("trap", "event")


def is_counted(entry: Entry) -> bool:
    """Tell whether a condition counts."""
    return entry.schema.count is not None


def count_rules(rule: Rule, schema: RuleSchema, entries: Entries, work: Work) -> Iterator[CountRule]:
    """Yield a rule kind for each condition that counts."""
    for entry in filter(is_counted, entries.raises):
        condition = compile_entry(entry, work)
        count, within = entry.schema.count, entry.schema.within
        if not isinstance(condition, TrapCondition | EventCondition) or count is None or within is None:
            continue
        by_itself = entries.below or (0 if schema.clear else 1)
        distinct = _distinct(entry, work)
        shape = shape_of(schema, entry)
        yield CountRule(rule, (condition,), (), count, within.ms, by_itself, distinct, shape)


def check_counts(schema: RuleSchema, entries: Entries, work: Work) -> None:
    """Check what is no matter of one key alone."""
    joins = bool(entries.sequences) or any(is_counted(one) or one.input == "alarm" for one in entries.raises)
    counts = [entry.schema.count for entry in entries.raises if entry.schema.count is not None]
    for entry in entries.raises:
        _check(entry, work)
    if entries.below and not counts:
        work.note(("clear",), "'below' needs 'count' in 'raise'")
    elif entries.below > min(counts, default=entries.below):
        work.note(("clear",), f"below {entries.below}: above 'count' ({min(counts)})")
    if schema.by != "object":
        _check_join(schema, entries, work, joins=joins)


def _check_join(schema: RuleSchema, entries: Entries, work: Work, *, joins: bool) -> None:
    if not joins:
        work.note(("by",), "only for rules with 'count', 'sequence' or 'alarm'")
    elif schema.by.startswith("tag."):
        work.note(("by",), f"'{schema.by}' is not supported by this release")
    elif schema.by not in JOINS:
        work.note(("by",), f"unknown value '{schema.by}' (one of {', '.join(JOINS)})")
    elif any(entry.input not in (*COUNTED, "alarm") for entry in entries.raising + entries.clears):
        work.note(("by",), "for rules on traps, events and alarms")
    elif schema.object == "parent":
        work.note(("by",), "not with 'object: parent'")


def shape_of(schema: RuleSchema, entry: Entry) -> str:
    """Return a hash of what a condition counts; another ``count`` or text is the same shape."""
    said = entry.schema
    data = (entry.position, entry.input, entry.names, said.when, said.within, said.distinct, schema.by, schema.object)
    return hashlib.sha256(msgspec.json.encode([str(part) for part in data])).hexdigest()[:8]


def _check(entry: Entry, work: Work) -> None:
    said = entry.schema
    if said.count is None:
        for key, given in (("within", said.within is not None), ("distinct", bool(said.distinct))):
            if given:
                work.note((*entry.path, key), "needs 'count'")
    elif entry.input not in COUNTED:
        work.note((*entry.path, "count"), "for traps and events only")
    elif said.within is None:
        work.note((*entry.path, "count"), "needs 'within'")


def _distinct(entry: Entry, work: Work) -> Callable[[Scope], Any] | Literal["object"] | None:
    text = entry.schema.distinct
    if text in ("", "object"):
        return "object" if text else None
    return work.reading(text, (*entry.path, "distinct"), context_of((entry,), "")).read
