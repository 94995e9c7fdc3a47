"""``levels`` of a rule: more severities on one alarm (specs/rules.md 6.4)."""

from collections.abc import Iterable, Iterator

import msgspec

from netmon.domain.alarm import SEVERITIES
from netmon.domain.place import Path
from netmon.rulebook.choice import Chosen
from netmon.rulebook.conditions import Entries, Entry, compile_entry, entry_of, in_words
from netmon.rulebook.kinds import Level, LevelsRule, MetricCondition, Rule
from netmon.rulebook.schema import ConditionSchema, RuleSchema, later
from netmon.rulebook.work import Work


def read_levels(schema: RuleSchema, entries: Entries, work: Work) -> Entries:
    """Return the entries of a rule with those of its levels behind them; conditions count on over all levels."""
    raises, clears = list(entries.raises), list(entries.clears)
    raised, cleared = len(schema.raise_), len(schema.clear)
    for number, level in enumerate(schema.levels):
        path: Path = ("levels", number)
        raises += _entry((*path, "raise"), raised + number, level.raise_, entries, work)
        if level.clear is not None:
            clears += _entry((*path, "clear"), cleared + number, level.clear, entries, work)
    return msgspec.structs.replace(entries, raises=tuple(raises), clears=tuple(clears))


def check_levels(schema: RuleSchema, entries: Entries, severity: Chosen, work: Work) -> None:
    """Check what is no matter of one level alone."""
    if not schema.levels:
        return
    if any(entry.input != "metric" for entry in entries.raises + entries.clears):
        work.note(("levels",), "only for rules on metrics")
    if severity.names & {"cleared", "ignore"}:
        work.note(("severity",), "'levels' need a severity for the lowest one")
    seen: set[str] = set()
    for number, level in enumerate(schema.levels):
        if level.severity in seen or severity.names == {level.severity}:
            work.note(("levels", number, "severity"), f"'{level.severity}' twice")
        seen.add(level.severity)


def levels_rule(rule: Rule, schema: RuleSchema, entries: Entries, work: Work) -> LevelsRule:
    """Return the rule kind."""
    own = (len(schema.raise_), len(schema.clear))
    lowest = Level("", _positions(entries.raises, range(own[0])), _positions(entries.clears, range(own[1])))
    others = [
        Level(
            level.severity,
            (own[0] + number,),
            (own[1] + number,) if level.clear is not None else (),
        )
        for number, level in enumerate(schema.levels)
    ]
    others.sort(key=lambda level: SEVERITIES.index(level.severity))
    return LevelsRule(rule, _compiled(entries.raises, work), _compiled(entries.clears, work), (lowest, *others))


def words_of_levels(schema: RuleSchema, entries: Entries) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the conditions of raise and clear say, those of levels behind."""
    raised = [*schema.raise_, *(level.raise_ for level in schema.levels)]
    cleared = [*schema.clear, *(level.clear or ConditionSchema() for level in schema.levels)]
    return in_words(raised, entries.raises), in_words(cleared, entries.clears)


def _entry(path: Path, position: int, schema: ConditionSchema, entries: Entries, work: Work) -> Iterator[Entry]:
    work.problems += later(work.piece, ConditionSchema, path)
    if schema.after is not None:
        work.note((*path, "after"), "is no matter of one level (write it into 'clear')")
        return
    inherited = list({(entry.input, entry.names): entry for entry in entries.raises}.values())
    yield from entry_of(path, position, schema, inherited, work, frozenset())


def _positions(entries: Iterable[Entry], own: range) -> tuple[int, ...]:
    return tuple(entry.position for entry in entries if entry.position in own)


def _compiled(entries: Iterable[Entry], work: Work) -> tuple[MetricCondition, ...]:
    found = (compile_entry(entry, work) for entry in entries)
    return tuple(condition for condition in found if isinstance(condition, MetricCondition))
