"""``absent_for`` and ``expect``: what does not come although it should (specs/rules.md 6.6)."""

from netmon.rulebook.conditions import Entries, Entry, compile_entry
from netmon.rulebook.counts import shape_of
from netmon.rulebook.expression import Context
from netmon.rulebook.kinds import AbsentRule, EventCondition, Rule, TrapCondition
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import RuleSchema
from netmon.rulebook.scope import Test
from netmon.rulebook.work import ALWAYS, Work

ABSENT = Context("what is absent", INVENTORY)
"""What the text of a rule on absence may look at: there is no event."""


def is_absence(entry: Entry) -> bool:
    """Tell whether a condition is that something does not come."""
    return entry.schema.absent_for is not None


def absent_rule(rule: Rule, schema: RuleSchema, entry: Entry, work: Work) -> AbsentRule | None:
    """Return the rule kind; None where the condition is of no use."""
    condition = compile_entry(entry, work)
    absent_for = entry.schema.absent_for
    if absent_for is None or not isinstance(condition, TrapCondition | EventCondition):
        return None
    expect = _expect(entry, work)
    return AbsentRule(rule, (condition,), (), absent_for.ms, expect, schema.qualifier, shape_of(schema, entry))


def check_absences(schema: RuleSchema, entries: Entries, work: Work) -> None:
    """Check what is no matter of one key alone."""
    for entry in entries.raises:
        said = entry.schema
        if said.absent_for is None:
            if said.expect:
                work.note((*entry.path, "expect"), "needs 'absent_for'")
        elif entry.input not in ("trap", "event"):
            work.note((*entry.path, "absent_for"), "for traps and events only")
        elif len(schema.raise_) > 1:
            work.note((*entry.path, "absent_for"), "stands alone (write a rule of its own)")
        elif said.for_.ms or said.count is not None:
            work.note((*entry.path, "absent_for"), "not with 'for' or 'count'")
        elif said.expect and (schema.object not in ("", "element") or "{" in schema.qualifier):
            work.note((*entry.path, "expect"), "is about elements: not with 'object' or a 'qualifier' of the event")


def _expect(entry: Entry, work: Work) -> Test | None:
    if not entry.schema.expect:
        return None
    found = work.condition(entry.schema.expect, (*entry.path, "expect"), Context("'expect'", INVENTORY, lookups=False))
    return (lambda _: True) if found is ALWAYS else found.test
