"""``group`` and ``alarm``: rules on the alarms of other rules (specs/rules.md 6.9, 6.14)."""

from collections.abc import Iterator

import msgspec

from netmon.rulebook.conditions import Entries, compile_entry
from netmon.rulebook.expression import Context
from netmon.rulebook.kinds import UPLINK, AlarmCondition, AlarmRule, CompositeRule, GroupRule, Rule
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import GroupSchema, RuleSchema
from netmon.rulebook.scope import Scope
from netmon.rulebook.work import ALWAYS, Work

JOINS = {"object": "", "element": "element", "site": "site", "parent": "parent", "lag": "lag"}
WORST = "max"
"""As severity of a group: the worst member."""
_LATER_JOINS = ("link", "service")


def is_on_alarms(entries: Entries) -> bool:
    """Tell whether a rule looks at alarms."""
    return any(entry.input in ("alarm", "group") for entry in entries.raises)


def alarm_rules(rule: Rule, schema: RuleSchema, entries: Entries, work: Work) -> Iterator[AlarmRule]:
    """Yield the rule kind of a rule on alarms, if it is one."""
    if not is_on_alarms(entries):
        return
    raises, clears = _compiled(entries, work)
    if schema.group is not None:
        members = schema.group.members
        context = Context("'members.where'", INVENTORY, lookups=False)
        where = work.condition(members.where or True, ("group", "members", "where"), context)
        test = None if where is ALWAYS else where.test
        join, kind = JOINS.get(schema.group.by, ""), members.kind
        yield GroupRule(rule, raises, clears, schema.group.of, join, kind, test, schema.severity == WORST)
    else:
        types = tuple(dict.fromkeys(name for entry in entries.raises + entries.clears for name in entry.names))
        yield CompositeRule(rule, raises, clears, types, JOINS.get(schema.by, ""))


def check_groups(schema: RuleSchema, entries: Entries, work: Work) -> None:
    """Check what is no matter of one key alone."""
    if schema.group is not None:
        _check_join(schema.group.by, work)
        _check_uplinks(schema.group, work)
    elif schema.severity == WORST:
        work.note(("severity",), "'max' needs 'group'")
    inputs = {entry.input for entry in entries.raising + entries.clears}
    if is_on_alarms(entries) and len(inputs) > 1:
        known = "group" if schema.group is not None else "alarm"
        work.note(("raise",), f"'{known}' stands alone (write a rule of its own)")


def _check_join(by: str, work: Work) -> None:
    known = [name for name in JOINS if name != "object"]
    if by in _LATER_JOINS or by.startswith("tag."):
        work.note(("group", "by"), f"'{by}' is not supported by this release")
    elif by not in known:
        work.note(("group", "by"), f"unknown value '{by}' (one of {', '.join(known)})")


def _check_uplinks(group: GroupSchema, work: Work) -> None:
    if group.members.kind == UPLINK and group.by != "element":
        work.note(("group", "by"), f"'{group.by}' has no uplinks (write element)")
    if group.members.kind == UPLINK and group.members.where:
        work.note(("group", "members", "where"), "not for uplinks: all of an element count")


def _compiled(entries: Entries, work: Work) -> tuple[tuple[AlarmCondition, ...], tuple[AlarmCondition, ...]]:
    sides = ([compile_entry(entry, work) for entry in side] for side in (entries.raises, entries.clears))
    raises, clears = (tuple(_meant(one) for one in side if isinstance(one, AlarmCondition)) for side in sides)
    return raises, clears


def _meant(condition: AlarmCondition) -> AlarmCondition:
    """Return a condition without ``when`` as what it means: one of its alarms is active."""
    if condition.when is not None:
        return condition
    types = condition.names

    def any_active(scope: Scope) -> bool:
        return scope.n > 0 if scope.n is not None else any(map(scope.active, types))

    return msgspec.structs.replace(condition, when=any_active)
