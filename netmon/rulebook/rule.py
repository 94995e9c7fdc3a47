"""Compiles one entry of ``rules`` into rule kinds that share a `Rule`, and one of ``events`` into a mapping."""

from collections.abc import Callable, Collection

import msgspec

from netmon.domain.alarm import SEVERITIES
from netmon.domain.place import Place, Problem
from netmon.domain.scalar import unknown
from netmon.mib.names import MibView
from netmon.rulebook.absences import ABSENT, absent_rule, check_absences, is_absence
from netmon.rulebook.canonical import revision
from netmon.rulebook.causes import CAUSES, EVENT_TYPES, INDETERMINATE
from netmon.rulebook.choice import Chosen, Vocabulary, compile_choice
from netmon.rulebook.conditions import Entries, Entry, compile_entry, context_of, read_entries, resolve_traps
from netmon.rulebook.counts import check_counts, count_rules, is_counted
from netmon.rulebook.enrich import compile_enrich
from netmon.rulebook.entries import read_entry
from netmon.rulebook.expression import Context
from netmon.rulebook.form import form_of
from netmon.rulebook.functions import Tally
from netmon.rulebook.groups import WORST, alarm_rules, check_groups, is_on_alarms
from netmon.rulebook.kinds import (
    EventCondition,
    EventMapping,
    MetricCondition,
    PairRule,
    Rule,
    RuleKind,
    StateCondition,
    StateRule,
    ThresholdRule,
    TrapCondition,
)
from netmon.rulebook.levels import check_levels, levels_rule, read_levels, words_of_levels
from netmon.rulebook.manner import compile_manner
from netmon.rulebook.memory import Memory
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import EventSchema, Piece, RuleSchema, later
from netmon.rulebook.scope import Scope, Template
from netmon.rulebook.sequences import check_sequences, sequence_rules
from netmon.rulebook.stale import Stale, read_stale
from netmon.rulebook.trap_names import is_wide
from netmon.rulebook.watch import Watch
from netmon.rulebook.work import ALWAYS, Work

_SEVERITY = Vocabulary("severity", SEVERITIES[1:], ("cleared", "ignore"))
_CAUSE = Vocabulary("probable cause", CAUSES)
_TYPES = {name: known.event_type for name, known in CAUSES.items()}
_WHERE = Context("'where'", INVENTORY, lookups=False)


class CompiledRule(msgspec.Struct, frozen=True):
    """A rule as far as it is right."""

    piece: Piece
    id: str
    type: str
    kinds: tuple[RuleKind, ...]
    """Empty when the rule is disabled or nothing could be made of it."""
    problems: tuple[Problem, ...]
    polled: tuple[str, ...] = ()
    windows: tuple[tuple[str, int], ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it stands, value by value."""
        return (*self.piece.document.values.values(), *self.piece.document.keys.values())


class CompiledEvent(msgspec.Struct, frozen=True):
    """An event entry as far as it is right."""

    mappings: tuple[EventMapping, ...]
    problems: tuple[Problem, ...]


def compile_rule(
    piece: Piece,
    names: MibView,
    tally: Tally,
    *,
    events: frozenset[str],
    outputs: Collection[str] | None = None,
    memory: Memory | None = None,
    watch: Watch | None = None,
) -> CompiledRule:
    """Check and compile one rule.

    Args:
        piece: the rule.
        names: the MIBs.
        tally: where running conditions count.
        events: the common events there are.
        outputs: those that take actions; None: not to be checked.
        memory: of expressions; they count where they were compiled first.
        watch: notes the conditions that are asked.
    """
    work = Work(piece, names, tally, outputs=outputs, memory=memory, watch=watch)
    schema = read_entry(RuleSchema, work, stand_ins={"id": "", "raise": [], "severity": "minor", "text": "?"})
    if schema is None:
        return CompiledRule(piece, "", "", (), tuple(work.problems))
    work.problems += later(piece, RuleSchema, ())
    own = read_entries(schema, work, events)
    entries = read_levels(schema, own, work)
    rule = _rule(schema, entries, work)
    kinds = (levels_rule(rule, schema, entries, work),) if schema.levels else _kinds(rule, schema, entries, work)
    _check(schema, entries, work)
    broken = any(not problem.warning for problem in work.problems)
    return CompiledRule(
        piece,
        schema.id,
        rule.type,
        kinds if schema.enabled and not broken else (),
        tuple(work.problems),
        tuple(work.polled),
        tuple(work.windows),
    )


def _rule(schema: RuleSchema, entries: Entries, work: Work) -> Rule:
    context = context_of(entries.raising, "the inputs of 'raise'")
    if any(map(is_counted, entries.raises)):
        context = msgspec.structs.replace(context, roots=(*context.roots, "count"))
    event_context = context
    if any(map(is_absence, entries.raises)):
        context = ABSENT
    given = "indeterminate" if schema.severity == WORST else schema.severity
    severity = compile_choice(given, ("severity",), context, work, vocabulary=_SEVERITY)
    cause = compile_choice(schema.probable_cause, ("probable_cause",), context, work, vocabulary=_CAUSE)
    _check_clearing(schema, entries, severity, work)
    check_levels(schema, entries, severity, work)
    said = msgspec.structs.replace(context, roots=(*context.roots, "severity"), own=True)
    where = work.condition(schema.where or True, ("where",), _WHERE)
    return Rule(
        schema.id,
        revision(work.piece),
        schema.type or schema.id,
        work.template(schema.qualifier, ("qualifier",), event_context, purpose="qualifier"),
        _object(schema, entries, context, work),
        None if where is ALWAYS else where.test,
        severity.pick,
        work.template(schema.text, ("text",), said, purpose="text"),
        cause.pick,
        _event_type(schema, entries, cause, work),
        schema.repair,
        schema.service_affecting,
        schema.clearable,
        schema.keep,
        _is_fallback(schema, entries),
        entries.after_ms,
        schema.reopen.ms,
        schema.limit,
        schema.order_by,
        tuple(sorted(schema.tags.items())),
        compile_manner(schema, entries, work),
        *words_of_levels(schema, entries),
        "parent" if schema.object == "parent" else schema.by.replace("object", ""),
        compile_enrich(schema, work),
        schema.evidence == "all",
        schema.nodata,
        _stale(schema, work),
        form_of(schema, entries),
        tuple(schema.formerly),
    )


def _object(schema: RuleSchema, entries: Entries, context: Context, work: Work) -> Template | None:
    if schema.object in ("", "element"):
        return None
    placed = tuple(entry for entry in entries.raising + entries.clears if entry.input in ("trap", "event"))
    if not placed:
        work.note(("object",), "not for rules on metrics or states: these know their object")
        return None
    if schema.object == "parent":
        if len(placed) != len(entries.raising + entries.clears):
            work.note(("object",), "'parent' is for rules on traps and events alone")
        return None
    return work.template(schema.object, ("object",), context_of(placed, ""), purpose="object")


def _is_fallback(schema: RuleSchema, entries: Entries) -> bool:
    if schema.fallback is not None:
        return schema.fallback
    traps = [name for entry in entries.raising if entry.input == "trap" for name in entry.resolved]
    return bool(traps) and all(map(is_wide, traps))


def _event_type(schema: RuleSchema, entries: Entries, cause: Chosen, work: Work) -> Callable[[Scope], str]:
    if schema.event_type:
        if schema.event_type not in EVENT_TYPES:
            work.note(("event_type",), unknown("event type", schema.event_type, list(EVENT_TYPES)))
        return lambda _: schema.event_type
    measured = bool(entries.raises) and entries.raises[0].input == "metric"
    otherwise = "qualityOfServiceAlarm" if measured else "communicationsAlarm"
    pick = cause.pick
    return lambda scope: _TYPES.get(pick(scope)) or otherwise


def _kinds(rule: Rule, schema: RuleSchema, entries: Entries, work: Work) -> tuple[RuleKind, ...]:
    absences = [entry for entry in entries.raises if is_absence(entry)]
    absent = [absent_rule(rule, schema, entry, work) for entry in absences]
    if is_on_alarms(entries):
        return tuple(alarm_rules(rule, schema, entries, work))
    plain = [entry for entry in entries.raises if not is_counted(entry) and entry not in absences]
    raises = [compile_entry(entry, work) for entry in plain]
    clears = [compile_entry(entry, work) for entry in entries.clears]
    both = raises + clears
    kinds: list[RuleKind] = [
        *count_rules(rule, schema, entries, work),
        *sequence_rules(rule, schema, entries, work),
        *filter(None, absent),
    ]
    if any(isinstance(one, TrapCondition | EventCondition) for one in both):
        kinds.append(
            PairRule(
                rule,
                tuple(one for one in raises if isinstance(one, TrapCondition | EventCondition)),
                tuple(one for one in clears if isinstance(one, TrapCondition | EventCondition)),
            )
        )
    if any(isinstance(one, StateCondition) for one in both):
        kinds.append(
            StateRule(
                rule,
                tuple(one for one in raises if isinstance(one, StateCondition)),
                tuple(one for one in clears if isinstance(one, StateCondition)),
            )
        )
    if any(isinstance(one, MetricCondition) for one in both):
        kinds.append(
            ThresholdRule(
                rule,
                tuple(one for one in raises if isinstance(one, MetricCondition)),
                tuple(one for one in clears if isinstance(one, MetricCondition)),
            )
        )
    return tuple(kinds)


def _check(schema: RuleSchema, entries: Entries, work: Work) -> None:
    """Check what is no matter of one key alone."""
    if schema.nodata != "keep" and not any(entry.input == "metric" for entry in entries.raises):
        work.note(("nodata",), "is for rules on metrics")
    _check_evidence(schema, entries, work)
    if schema.probable_cause == INDETERMINATE and not _is_fallback(schema, entries):
        work.warn(("probable_cause",), "'indeterminate' tells nobody where to look")
    if schema.order_by == "sysuptime" and not any(entry.input == "trap" for entry in entries.raising + entries.clears):
        work.note(("order_by",), "'sysuptime' is for rules on traps")
    if work.piece.document.data.get("raise") == []:
        work.note(("raise",), "empty")
    check_counts(schema, entries, work)
    check_absences(schema, entries, work)
    check_sequences(entries, work)
    check_groups(schema, entries, work)
    raised = {_meaning(entry) for entry in entries.raises}
    for entry in entries.clears:
        if _meaning(entry) in raised:
            work.warn(entry.path, "is true whenever 'raise' is, so nothing is ever raised")


def _stale(schema: RuleSchema, work: Work) -> Stale:
    try:
        return read_stale(schema.stale_after)
    except ValueError as error:
        work.note(("stale_after",), str(error))
        return Stale()


def _check_evidence(schema: RuleSchema, entries: Entries, work: Work) -> None:
    if schema.evidence != "all":
        return
    remembering = any(is_counted(entry) or is_absence(entry) for entry in entries.raises) or entries.sequences
    if remembering or schema.levels or is_on_alarms(entries):
        work.note(("evidence",), "'all' is for plain conditions on traps, events, states and metrics")
    elif len({entry.input for entry in entries.raises}) < 2:
        work.note(("evidence",), "'all' needs 'raise' conditions on two kinds of input (trap, event, state, metric)")


def _meaning(entry: Entry) -> tuple[str, tuple[str, ...], str]:
    return entry.input, entry.names, str(entry.schema.when)


def _check_clearing(schema: RuleSchema, entries: Entries, severity: Chosen, work: Work) -> None:
    by_itself = any(entry.input == "metric" for entry in entries.raises)
    by_itself = by_itself or any(map(is_absence, entries.raises)) or is_on_alarms(entries)
    by_itself = by_itself or (any(map(is_counted, entries.raises)) and not schema.clear)
    cleared = entries.clears or entries.after_ms or entries.below or schema.clearable or "cleared" in severity.names
    if not by_itself and not cleared:
        work.warn((), "no way to clear (write 'clear:', or 'clearable: true' for an operator)")


def compile_event(piece: Piece, names: MibView, tally: Tally, watch: Watch | None = None) -> CompiledEvent:
    """Check and compile one event entry."""
    work = Work(piece, names, tally, watch=watch)
    schema = read_entry(EventSchema, work)
    if schema is None:
        return CompiledEvent((), tuple(work.problems))
    work.problems += later(piece, EventSchema, ())
    if schema.trap is None:
        if schema.mqtt is None:
            work.note((), "no input (write 'trap:')")
        return CompiledEvent((), tuple(work.problems))
    traps = (schema.trap,) if isinstance(schema.trap, str) else tuple(schema.trap)
    resolved, lenient = resolve_traps(traps, ("trap",), work)
    for name in resolved:
        if is_wide(name):
            work.note(("trap",), f"'{name}' stands for many traps; an event is made of one")
    context = Context("a trap", ("vb", *INVENTORY), lenient=lenient)
    when = work.condition(schema.when, ("when",), context)
    mapping = EventMapping(
        schema.event,
        resolved,
        work.template(schema.object, ("object",), context, purpose="object") if schema.object else None,
        None if when is ALWAYS else when.test,
        tuple(
            (field, work.template(text, ("set", field), context, purpose="qualifier"))
            for field, text in sorted(schema.set.items())
        ),
    )
    broken = any(not problem.warning for problem in work.problems)
    return CompiledEvent(() if broken else (mapping,), tuple(work.problems))
