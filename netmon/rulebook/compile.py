"""Turns rule files into a `Rulebook`: every check in one pass, every problem with its place (specs/rules.md 9.1).

compiled = compile_rules(documents, names)    # problems sorted by place; the rulebook has the rules without errors
text = canonical(documents)                   # what a RulesChange carries
rulebook = compile_canonical(text, names)     # what the core makes of it; the same rulebook
"""

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import chain

import msgspec

from netmon.domain.event import COMMON_EVENTS, FOUND_EVENTS
from netmon.domain.oid import COLD_START, WARM_START
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Place, Problem
from netmon.mib.names import MibView
from netmon.rulebook.canonical import canonical, canonical_of, digest, document_of
from netmon.rulebook.functions import Tally
from netmon.rulebook.kinds import NODE, EventMapping, Rule, Rulebook, RuleKind, TrapCondition
from netmon.rulebook.maintenance import compile_windows, zones_in
from netmon.rulebook.memory import Memory, listed, packed
from netmon.rulebook.rule import CompiledRule, compile_event, compile_rule
from netmon.rulebook.schema import Piece, pieces
from netmon.rulebook.storm import Storm
from netmon.rulebook.storms import compile_storms
from netmon.rulebook.strata import cycle, inputs_of, layered
from netmon.rulebook.trap_names import is_wide
from netmon.rulebook.watch import Watch
from netmon.rulebook.window import Window
from netmon.rulebook.work import Work

__all__ = ["Compiled", "RulesError", "canonical", "compile_canonical", "compile_rules"]

MAX_RULES_IN_A_FILE = 5_000


class RulesError(ValueError):
    """A rule set has errors; ``problems`` has them all."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Compiled(msgspec.Struct, frozen=True):
    """A rule set as far as it is right, and what is wrong with it."""

    rulebook: Rulebook
    problems: tuple[Problem, ...]
    """Sorted by place."""
    files: int
    rules: int
    types: dict[str, str] = {}
    """Rule id to alarm type."""
    places: dict[str, Place] = {}
    """Rule id to where the rule stands."""
    pieces: tuple[Piece, ...] = ()
    """The rules as they were written, for further checks."""
    canonical: bytes = b""
    """The text of the whole rule set."""
    zones: tuple[str, ...] = ()
    """Time zones that planned work names."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid the rule set."""
        return tuple(problem for problem in self.problems if not problem.warning)


def summary(problems: Iterable[Problem], *, files: int, rules: int) -> str:
    """Return the last line of a check: ``6 errors, 2 warnings in 4 of 31 files; 212 rules``."""
    known = tuple(problems)
    warnings = sum(problem.warning for problem in known)
    touched = len({problem.place.file for problem in known})
    counts = f"{_counted(len(known) - warnings, 'error')}, {_counted(warnings, 'warning')}"
    return f"{counts} in {touched} of {_counted(files, 'file')}; {_counted(rules, 'rule')}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def compile_rules(
    documents: Iterable[Document],
    names: MibView,
    *,
    tally: Tally | None = None,
    zones: Collection[str] | None = None,
    outputs: Collection[str] | None = None,
    memory: Memory | None = None,
    watch: Watch | None = None,
    pause: Pause = no_pause,
) -> Compiled:
    """Check and compile rule files.

    Args:
        documents: the files, in any order.
        names: the MIBs that names are resolved with.
        tally: where running conditions count ``type_mismatch`` and ``subject_too_long``.
        zones: the time zones there are; None: those that are named are not checked.
        outputs: those that take actions; None: the same.
        memory: what was compiled before without a tally.
        watch: notes the conditions that are asked; not together with a memory.
        pause: is called between two rules.
    """
    files = tuple(documents)
    found = pieces(files, pause=pause)
    counts: Tally = {} if tally is None else tally
    problems = list(found.problems)
    events = frozenset(
        name for piece in found.events if isinstance(name := piece.document.data.get("event"), str) and name
    ).union(FOUND_EVENTS, COMMON_EVENTS)
    mappings: list[EventMapping] = []
    for piece in found.events:
        mapping = compile_event(piece, names, counts, watch)
        problems += mapping.problems
        mappings += mapping.mappings
    rules = _Rules(names, counts, events=events, outputs=outputs, memory=memory or Memory(), watch=watch)
    compiled = []
    for piece in found.rules:
        compiled.append(rules.compiled(piece))
        pause()
    problems += (problem for one in compiled for problem in one.problems)
    problems += _over_all(compiled)
    others = partial(Work, names=names, tally=counts, watch=watch)
    windows = compile_windows(map(others, found.maintenance), zones=zones)
    taken = [name for one in compiled for name in (one.id, one.type) if name]
    storms = compile_storms(map(others, found.storms), taken=taken)
    problems += chain(windows.problems, storms.problems)
    good = _good(compiled, problems)
    text = canonical_of(found, pause=pause)
    return Compiled(
        _rulebook(digest(text), good, mappings, storms=storms.made, windows=windows.made),
        tuple(sorted(problems)),
        len(files),
        len(compiled),
        {one.id: one.type for one in compiled if one.id},
        {one.id: one.piece.document.place(()) for one in compiled if one.kinds},
        found.rules,
        text,
        zones_in(found.maintenance),
    )


def compile_canonical(
    text: bytes, names: MibView, *, tally: Tally | None = None, watch: Watch | None = None
) -> Rulebook:
    """Return the rulebook of a canonical text; ``watch`` notes the conditions that are asked.

    Raises:
        RulesError: it does not compile with these MIBs.
    """
    compiled = compile_rules((document_of(text),), names, tally=tally, watch=watch)
    if compiled.errors:
        raise RulesError(compiled.errors)
    if watch is not None:
        watch.join(compiled.rulebook.kinds)
    return compiled.rulebook


class _Rules:
    """Compiles rules, each once for all compilations that a memory sees."""

    def __init__(
        self,
        names: MibView,
        tally: Tally,
        *,
        events: frozenset[str],
        outputs: Collection[str] | None,
        memory: Memory,
        watch: Watch | None,
    ) -> None:
        self._compile = partial(
            compile_rule, names=names, tally=tally, events=events, outputs=outputs, memory=memory, watch=watch
        )
        self._memory = memory
        self._around = ("rule", names.hash, listed(events), listed(outputs))

    def compiled(self, piece: Piece) -> CompiledRule:
        """Return a rule as it stands now; what is kept of it is without places."""
        key = (*self._around, packed(piece.document.data))
        kept: CompiledRule | None = self._memory.find(key)
        if kept is not None:
            return msgspec.structs.replace(kept, piece=piece)
        made = self._compile(piece)
        return made if made.problems else self._memory.keep(key, made)


def _good(compiled: list[CompiledRule], problems: list[Problem]) -> list[CompiledRule]:
    """Return the enabled rules without an error, sorted by id; of a doubled id none."""
    broken = {problem.place for problem in problems if not problem.warning}
    good = [one for one in compiled if one.kinds and broken.isdisjoint(one.places if broken else ())]
    return sorted(good, key=lambda one: one.id)


def _rulebook(
    hash_: str,
    good: list[CompiledRule],
    mappings: list[EventMapping],
    *,
    storms: tuple[Storm, ...],
    windows: tuple[Window, ...],
) -> Rulebook:
    kinds = layered(tuple(kind for one in good for kind in one.kinds))
    return Rulebook(
        hash_,
        kinds,
        tuple(mappings),
        protected=_protected(kinds, mappings),
        storms=storms,
        windows=windows,
        polled=tuple(sorted({symbol for one in good for symbol in one.polled})),
        spans=_spans(one.windows for one in good),
    )


def _spans(asked: Iterable[tuple[tuple[str, int], ...]]) -> tuple[tuple[str, int], ...]:
    """Return for how long what each metric was must be kept, ms."""
    longest: dict[str, int] = {}
    for metric, ms in chain.from_iterable(asked):
        longest[metric] = max(ms, longest.get(metric, 0))
    return tuple(sorted(longest.items()))


def _protected(kinds: tuple[RuleKind, ...], mappings: list[EventMapping]) -> tuple[str, ...]:
    """Return the traps that pass storm limits: what only clears, what rules ``keep``, and restarts."""
    kept = {name for rule, name, _ in _traps(kinds) if rule.keep}
    raising = {name for rule, name, raises in _traps(kinds) if raises and not rule.fallback}
    raising.update(name for mapping in mappings for name in mapping.names)
    clearing = {name for _, name, raises in _traps(kinds) if not raises}
    wide = tuple(name[:-1] for name in sorted(raising) if is_wide(name))
    only = {name for name in clearing - raising if not is_wide(name) and not name.startswith(wide)}
    return tuple(sorted({*only, *kept, COLD_START, WARM_START}))


def _traps(kinds: tuple[RuleKind, ...]) -> Iterator[tuple[Rule, str, bool]]:
    for kind in kinds:
        for conditions, raises in ((kind.raises, True), (kind.clears, False)):
            for condition in conditions:
                if isinstance(condition, TrapCondition):
                    yield from ((kind.rule, name, raises) for name in condition.names)


def _over_all(compiled: list[CompiledRule]) -> Iterator[Problem]:
    """Check what holds between rules: ids once, and one voice of all rules of a type."""
    ids: dict[str, Piece] = {}
    types: dict[str, CompiledRule] = {}
    per_file: dict[str, int] = {}
    yield from _inputs(compiled)
    yield from _former(compiled)
    for one in sorted(compiled, key=lambda one: one.piece.document.place(())):
        place = one.piece.document.place(("id",))
        per_file[place.file] = per_file.get(place.file, 0) + 1
        if per_file[place.file] == MAX_RULES_IN_A_FILE + 1:
            yield Problem(place, f"more than {MAX_RULES_IN_A_FILE} rules in a file")
        if one.id in ids:
            first = ids[one.id].document.place(("id",))
            yield Problem(place, f"rule '{one.id}': this id is used already (first at {_at(first, place)})")
        elif one.id:
            ids[one.id] = one.piece
        if one.kinds:
            yield from _disagreements(types.setdefault(one.type, one), one)


def _inputs(compiled: list[CompiledRule]) -> Iterator[Problem]:
    """Check the alarms that rules look at: somebody makes them, and nobody stands above himself."""
    circle = cycle(kind for one in compiled for kind in one.kinds)
    made = {one.type for one in compiled} | {"link-alarm", NODE}
    for one in compiled:
        if circle and one.id == circle[0]:
            yield one.piece.problem(("id",), f"rule cycle: {' -> '.join(circle)}")
        for type_ in dict.fromkeys(type_ for kind in one.kinds for type_ in inputs_of(kind)):
            if type_ not in made:
                problem = one.piece.problem(("raise",), f"no rule makes alarms of the type '{type_}'")
                yield msgspec.structs.replace(problem, warning=True)


def _former(compiled: list[CompiledRule]) -> Iterator[Problem]:
    """Check that a rule that moved is gone, and went to one place."""
    there = {one.id for one in compiled}
    taken: dict[str, str] = {}
    for one in compiled:
        given = one.piece.document.data.get("formerly")
        for number, old in enumerate(given if isinstance(given, list) else ()):
            if old in there:
                yield one.piece.problem(("formerly", number), f"there still is a rule '{old}'")
            elif taken.setdefault(str(old), one.id) != one.id:
                yield one.piece.problem(("formerly", number), f"'{old}' went to '{taken[str(old)]}' already")


def _at(first: object, other: object) -> str:
    return str(first) if first != other else "the same place"


def _disagreements(first: CompiledRule, other: CompiledRule) -> Iterator[Problem]:
    mine, its = other.kinds[0].rule, first.kinds[0].rule
    for key, agreed in (
        ("reopen", mine.reopen_ms == its.reopen_ms),
        ("limit", mine.limit == its.limit),
        ("hides", (mine.manner and mine.manner.hides) == (its.manner and its.manner.hides)),
        ("flap", (mine.manner and mine.manner.flap) == (its.manner and its.manner.flap)),
    ):
        if not agreed:
            yield other.piece.problem((key,), f"rule '{first.id}' has another {key} for the type '{other.type}'")
