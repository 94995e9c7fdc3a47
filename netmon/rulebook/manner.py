"""``hides``, ``flap`` and ``clears`` of a rule: the life of its alarms (specs/rules.md 6.1, 6.8, 6.10)."""

from netmon.domain.manner import Clears, Flap, Hides, Manner
from netmon.domain.place import Path
from netmon.rulebook.conditions import Entries
from netmon.rulebook.schema import FlapSchema, HidesSchema, RuleSchema
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
    return Manner(hides, flap, clears) if hides or flap or clears else None


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
        work.note(path, "'members' needs 'group', which is not supported by this release")
    downstream = "downstream" in scope
    if downstream and not any(entry.input == "state" and "reachability" in entry.names for entry in entries.raises):
        work.note(path, "'downstream' needs a rule on 'state: reachability'")
    if not scope:
        return None
    settle_ms = settle.ms if settle is not None else SETTLE_MS * downstream
    return Hides("parts" in scope, downstream, tuple(types), settle_ms)


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
