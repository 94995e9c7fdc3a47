"""The ``raise`` and ``clear`` entries of a rule: inputs found, names resolved, conditions compiled."""

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from netmon.domain.place import Path
from netmon.domain.scalar import unknown
from netmon.rulebook.expression import Condition, Context
from netmon.rulebook.kinds import AlarmCondition, EventCondition, MetricCondition, StateCondition, TrapCondition
from netmon.rulebook.resolve import INVENTORY, STATES
from netmon.rulebook.schema import Conditions, ConditionSchema, RuleSchema, later
from netmon.rulebook.trap_names import ModuleMissing, UnknownTrap, trap_names
from netmon.rulebook.work import ALWAYS, Work

Input = Literal["trap", "metric", "state", "event", "alarm", "group"]
INPUTS: tuple[Input, ...] = ("trap", "metric", "state", "event", "alarm")
_ROOTS: dict[Input, tuple[str, ...]] = {
    "trap": ("vb", "trap"),
    "metric": ("value", "label"),
    "state": ("state", "reason"),
    "event": ("field",),
    "alarm": (),
    "group": ("n", "m", "left"),
}
_OF_CLEAR = ("after", "below", "reason")
_OF_RAISE = ("sequence", "order", "count", "within", "distinct", "absent_for", "expect")
_LIMIT = re.compile(r"\bvalue\s*[<>]=?\s*(?:limit\('[a-z0-9_]*'\s*,\s*)?(-?[0-9]+(?:\.[0-9]+)?)")
Compiled = TrapCondition | EventCondition | StateCondition | MetricCondition | AlarmCondition


class Entry(msgspec.Struct, frozen=True):
    """One entry, its input known."""

    path: Path
    position: int
    schema: ConditionSchema
    input: Input
    names: tuple[str, ...]
    """As written."""
    resolved: tuple[str, ...]
    """Trap OIDs; else as written."""
    lenient: bool
    """A module is not loaded, so this can never be true."""


class Steps(msgspec.Struct, frozen=True):
    """A ``sequence``."""

    path: Path
    position: int
    schema: ConditionSchema
    steps: tuple[Entry, ...]


class Entries(msgspec.Struct, frozen=True):
    """All entries of a rule."""

    raises: tuple[Entry, ...]
    clears: tuple[Entry, ...]
    after_ms: int
    """Auto-clear; 0: never."""
    below: int = 0
    """Clear when a window holds fewer; 0: not given."""
    sequences: tuple[Steps, ...] = ()

    @property
    def raising(self) -> tuple[Entry, ...]:
        """All that raises looks at, steps of sequences too."""
        return self.raises + tuple(step for one in self.sequences for step in one.steps)


def read_entries(schema: RuleSchema, work: Work, events: frozenset[str]) -> Entries:
    """Return the entries of ``raise`` and ``clear``; ``events`` are the common events there are."""
    of_group = _of_group(schema)
    raises = tuple(_entries("raise", schema.raise_, of_group, work, events))
    sequences = tuple(_sequences(schema.raise_, work, events))
    inherited = {(entry.input, entry.names): entry for entry in raises}
    own = list(inherited.values())
    clears = tuple(_entries("clear", schema.clear, own, work, events))
    afters = [entry.after for _, _, entry in _listed("clear", schema.clear) if entry.after is not None]
    if len(afters) > 1:
        work.note(("clear",), "'after' twice")
    belows = [entry.below for _, _, entry in _listed("clear", schema.clear) if entry.below is not None]
    if len(belows) > 1:
        work.note(("clear",), "'below' twice")
    return Entries(raises, clears, afters[0].ms if afters else 0, belows[0] if belows else 0, sequences)


def _of_group(schema: RuleSchema) -> list[Entry] | None:
    """Return the input that the conditions of a group have without naming it."""
    if schema.group is None:
        return None
    of = (schema.group.of,)
    return [Entry(("group",), 0, ConditionSchema(), "group", of, of, lenient=False)]


def _listed(key: str, given: Conditions) -> Iterator[tuple[tuple[str, int], int, ConditionSchema]]:
    for position, entry in enumerate(given):
        yield (key, position), position, entry


def _entries(
    key: str, given: Conditions, inherited: list[Entry] | None, work: Work, events: frozenset[str]
) -> Iterator[Entry]:
    raising = key == "raise"
    for path, position, schema in _listed(key, given):
        work.problems += later(work.piece, ConditionSchema, path)
        if _misplaced(schema, path, work, raising=raising) or _is_timer(schema, path, work) or schema.sequence:
            continue
        yield from entry_of(path, position, schema, inherited, work, events)


def _sequences(given: Conditions, work: Work, events: frozenset[str]) -> Iterator[Steps]:
    for path, position, schema in _listed("raise", given):
        steps: list[Entry] = []
        for number, step in enumerate(schema.sequence):
            condition = ConditionSchema(trap=step.trap, event=step.event, when=step.when)
            own = (*path, "sequence", number)
            if step.trap is None and step.event is None:
                work.note(own, "no input (one of trap, event)")
            else:
                steps += entry_of(own, number, condition, None, work, events)
        if steps:
            yield Steps(path, position, schema, tuple(steps))


def entry_of(
    path: Path,
    position: int,
    schema: ConditionSchema,
    inherited: list[Entry] | None,
    work: Work,
    events: frozenset[str],
) -> Iterator[Entry]:
    """Yield the entry of a condition; one without an input has that of ``inherited``, where that is but one.

    Args:
        path: where it stands.
        position: its number among the conditions of its side.
        schema: what is written.
        inherited: the entries of ``raise`` by input; None for those themselves.
        work: where problems go.
        events: the common events there are.
    """
    found = [name for name in INPUTS if getattr(schema, name) is not None]
    if len(found) > 1:
        work.note(path, f"'{found[0]}' and '{found[1]}' (write an entry for each)")
    elif found:
        yield _with_input(path, position, schema, found[0], work, events)
    elif inherited is not None and len(inherited) == 1:
        one = inherited[0]
        yield Entry(path, position, schema, one.input, one.names, one.resolved, one.lenient)
    elif inherited or inherited is None:
        _no_input(path, work, raising=inherited is None)


def _no_input(path: Path, work: Work, *, raising: bool) -> None:
    written = work.piece.document.data
    if "group" in written:
        return
    for part in path:
        written = written[part]
    if not any(key in written for key in (*INPUTS, "mqtt")):
        why = f"one of {', '.join(INPUTS)}" if raising else "'raise' has several"
        work.note(path, f"no input ({why})")


def _misplaced(schema: ConditionSchema, path: Path, work: Work, *, raising: bool) -> bool:
    belongs = "clear" if raising else "raise"
    for key in _OF_CLEAR if raising else _OF_RAISE:
        if getattr(schema, key) not in (None, "", []):
            work.problems.append(work.piece.key_problem((*path, key), f"'{key}' belongs to '{belongs}'"))
    return raising and (schema.after is not None or schema.below is not None)


def _is_timer(schema: ConditionSchema, path: Path, work: Work) -> bool:
    timers = [key for key in ("after", "below") if getattr(schema, key) is not None]
    rest = [name for name in INPUTS if getattr(schema, name) is not None]
    if timers and (len(timers) > 1 or rest or schema.when is not True or schema.for_.ms or schema.reason):
        work.note((*path, timers[0]), "stands alone (write it as an entry of its own)")
    return bool(timers)


def _with_input(
    path: Path, position: int, schema: ConditionSchema, input_: Input, work: Work, events: frozenset[str]
) -> Entry:
    given = getattr(schema, input_)
    names = (given,) if isinstance(given, str) else tuple(given)
    if not names or not all(names):
        work.note((*path, input_), "empty")
    resolved, lenient = names, False
    if input_ == "trap":
        resolved, lenient = resolve_traps(names, (*path, "trap"), work)
    elif input_ == "state":
        lenient = not _check_words(names, tuple(STATES), (*path, "state"), "state", work)
    elif input_ == "event":
        _check_words(names, tuple(sorted(events)), (*path, "event"), "event", work)
    return Entry(path, position, schema, input_, names, resolved, lenient)


def resolve_traps(names: tuple[str, ...], path: Path, work: Work) -> tuple[tuple[str, ...], bool]:
    """Return the OIDs of traps, and whether one's module is not loaded."""
    found: dict[str, None] = {}
    lenient = False
    for name in names:
        try:
            found.update(dict.fromkeys(trap_names(name, work.names)))
        except ModuleMissing as missing:
            work.warn(path, str(missing))
            lenient = True
        except UnknownTrap as unknown_trap:
            work.note(path, str(unknown_trap))
            lenient = True
    return tuple(found), lenient


def _check_words(names: tuple[str, ...], known: tuple[str, ...], path: Path, what: str, work: Work) -> bool:
    strange = [name for name in names if name and name not in known]
    for name in strange:
        work.note(path, unknown(what, name, list(known)))
    return not strange


def context_of(entries: tuple[Entry, ...], what: str) -> Context:
    """Return what an expression over all these entries may look at."""
    inputs = dict.fromkeys(entry.input for entry in entries)
    roots = [root for input_ in inputs for root in _ROOTS[input_]]
    return Context(
        what or " or ".join(f"{'an' if input_ in ('event', 'alarm') else 'a'} {input_}" for input_ in inputs),
        (*roots, *INVENTORY),
        tuple(name for entry in entries if entry.input == "metric" for name in entry.names),
        tuple(name for entry in entries if entry.input == "state" for name in entry.names),
        lenient=any(entry.lenient for entry in entries),
    )


def compile_entry(entry: Entry, work: Work) -> Compiled:
    """Return the compiled condition of an entry."""
    schema = entry.schema
    found = work.condition(schema.when, (*entry.path, "when"), context_of((entry,), ""))
    when = None if found is ALWAYS else found.test
    names, for_ms = entry.resolved, schema.for_.ms
    match entry.input:
        case "trap":
            return TrapCondition(entry.position, names, when, for_ms, schema.reason, found.equals)
        case "event":
            return EventCondition(entry.position, names, when, for_ms, schema.reason, found.equals)
        case "state":
            return StateCondition(entry.position, names, when, for_ms, schema.reason)
        case "alarm" | "group":
            return AlarmCondition(entry.position, names, when, for_ms, schema.reason)
        case "metric":
            return MetricCondition(
                entry.position, names, when, for_ms, schema.reason, _wants(found), _limits(schema.when)
            )


def in_words(given: Conditions, entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Return what each condition of a list says, for people: ``trap IF-MIB::linkDown for 3s``; nothing of a timer."""
    words = {entry.position: _said(entry) for entry in entries}
    words |= {number: _steps_said(schema) for number, schema in enumerate(given) if schema.sequence}
    return tuple(words.get(position, "") for position in range(len(given)))


def _steps_said(schema: ConditionSchema) -> str:
    counts = [f" count {step.count}" if step.count > 1 else "" for step in schema.sequence]
    inputs = [f"trap {step.trap}" if step.trap else f"event {step.event}" for step in schema.sequence]
    steps = map("".join, zip(inputs, counts, strict=True))
    return f"sequence {', '.join(steps)} within {schema.within}"


def _said(entry: Entry) -> str:
    schema = entry.schema
    when = f" when {' '.join(str(schema.when).split())}" if schema.when is not True else ""
    held = f" for {schema.for_}" if schema.for_.ms else ""
    often = f" count {schema.count} within {schema.within}" if schema.count and schema.within else ""
    absent = f" absent for {schema.absent_for}" if schema.absent_for else ""
    return f"{entry.input} {', '.join(entry.names)}{when}{often}{held}{absent}"


def _limits(written: Any) -> tuple[float, ...]:
    return tuple(float(number) for number in _LIMIT.findall(str(written)))


def _wants(found: Condition) -> tuple[str, ...]:
    return found.polled
