"""``hides``, ``flap``, ``clears``, ``escalate`` of a rule: the life of its alarms (specs/rules.md 6.1, 6.8 to 6.16)."""

from netmon.domain.alarm import SEVERITIES
from netmon.domain.manner import Clears, Escalation, Flap, Hides, Manner
from netmon.domain.place import Path
from netmon.rulebook.actions import compile_actions
from netmon.rulebook.conditions import Entries
from netmon.rulebook.schema import FlapSchema, HidesSchema, RuleSchema
from netmon.rulebook.template import has_places
from netmon.rulebook.work import Work

SETTLE_MS = 10_000
"""Where ``downstream`` is hidden and ``settle`` is not given."""


def compile_manner(schema: RuleSchema, entries: Entries, work: Work) -> Manner | None:
    """Return what a rule says of the life of its alarms; None when it says nothing."""
    hides, flap = _hides(schema, entries, work), _flap(schema, work)
    clears = None
    if schema.clears is not None:
        if not schema.clears.scope:
            work.note(("clears", "scope"), "empty (write [parts])")
        clears = Clears(tuple(schema.clears.types), schema.clears.unless_polled)
    fills = has_places(schema.text)
    manner = Manner(hides, flap, clears, _escalate(schema, work), compile_actions(schema, work), fills)
    return manner if manner != Manner() else None


def _hides(schema: RuleSchema, entries: Entries, work: Work) -> Hides | None:
    given = schema.hides
    path: Path
    if isinstance(given, HidesSchema):
        scope, types, settle, path = given.scope, given.types, given.settle, ("hides", "scope")
        if not scope:
            work.note(path, "empty (write [parts])")
    else:
        scope, types, settle, path = given, [], None, ("hides",)
    if "members" in scope:
        return _hides_members(schema, types, settle.ms if settle is not None else 0, path=path, work=work)
    downstream = "downstream" in scope
    if downstream and not any(entry.input == "state" and "reachability" in entry.names for entry in entries.raises):
        work.note(path, "'downstream' needs a rule on 'state: reachability'")
    if not scope:
        return None
    settle_ms = settle.ms if settle is not None else SETTLE_MS * downstream
    return Hides("parts" in scope, downstream, tuple(types), settle_ms)


def _hides_members(schema: RuleSchema, types: list[str], settle_ms: int, *, path: Path, work: Work) -> Hides | None:
    """Return that a group hides the alarms of its members: those of its type at objects of their kind."""
    group = schema.group
    if group is None or group.by not in ("element", "parent"):
        work.note(path, "'members' needs a group by element or parent")
        return None
    kind = group.members.kind
    return Hides(parts=True, types=tuple(types) or (group.of,), settle_ms=settle_ms, kind=kind)


def _escalate(schema: RuleSchema, work: Work) -> tuple[Escalation, ...]:
    steps = schema.escalate
    for number in range(1, len(steps)):
        before, step, path = steps[number - 1], steps[number], ("escalate", number)
        if step.after.ms <= before.after.ms:
            work.note((*path, "after"), f"{step.after} is not after the step before ({before.after})")
        if SEVERITIES.index(step.severity) <= SEVERITIES.index(before.severity):
            work.note((*path, "severity"), f"'{step.severity}' is not above the step before ('{before.severity}')")
    return tuple(Escalation(step.after.ms, step.severity, step.unless == "ack") for step in steps)


def _flap(schema: RuleSchema, work: Work) -> Flap | None:
    given = schema.flap
    if given is False:
        return None
    known = given if isinstance(given, FlapSchema) else FlapSchema()
    flap = Flap(known.penalty, known.suppress, known.reuse, known.half_life.ms, known.max_hold.ms)
    if flap.reuse >= flap.suppress:
        work.note(("flap", "reuse"), f"{flap.reuse} is not below 'suppress' ({flap.suppress})")
    elif flap.ceiling <= flap.suppress:
        work.note(("flap", "max_hold"), f"so short that the penalty stays below 'suppress' ({flap.suppress})")
    return flap
