"""Runs rule tests through the same core that runs live (specs/rules.md 10.1)."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from netmon.app.rule_test_requests import request_of, result_of
from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.domain.alarm import AlarmChange
from netmon.domain.event import Event, State
from netmon.domain.found import Layer
from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import quote
from netmon.domain.observation import Tick
from netmon.domain.output import Answer, Output
from netmon.domain.place import Document, Problem
from netmon.domain.sample import SampleBlock
from netmon.mib.names import MibView
from netmon.normalize.identity import KIND
from netmon.rulebook.cases import Case, address_of, read_cases
from netmon.rulebook.compile import Compiled, compile_rules
from netmon.rulebook.doings import inventory_after
from netmon.rulebook.feeds import Feed, trap_of
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.verdict import Run, Variant, differences, end_state, span, variants
from netmon.step import Core
from netmon.storage.snapshot import decode, encode

_START = 1_750_000_000_000
_TICK_MS = 1_000
_AFTER_MS = 60_000
_LONGEST_MS = 7_200_000
_KINDS = {"ifName": "if", "ifDescr": "if", "entPhysicalName": "entity", "entPhysicalClass": KIND}
_CLASSES = {"powerSupply": "psu", "fan": "fan", "sensor": "sensor"}
_BUNDLE = "bundle"


class Tested(msgspec.Struct, frozen=True):
    """One test, run in all its variants."""

    case: Case
    run: Run
    """Of the case as written."""
    differences: tuple[str, ...]
    """Empty: passed."""


class Found(msgspec.Struct, frozen=True):
    """The tests of all files that were read, and what is wrong with the files."""

    tested: tuple[Tested, ...]
    problems: tuple[Problem, ...]


class _Rules(msgspec.Struct, frozen=True):
    """The rules of a file, compiled once for all tests of it."""

    document: Document
    rulebook: Rulebook
    view: MibView


def run_rule_tests(tests: Iterable[Document], rules: Iterable[Document], view: MibView) -> Found:
    """Run the rule tests of some files; each file tests the rules beside it, or those that it names.

    Tests of rules with errors are not run: the errors are among the problems.
    """
    by_path = {Path(document.file).resolve(): document for document in rules}
    compiled: dict[str, Compiled] = {}
    tested: list[Tested] = []
    problems, zones = set[Problem](), available_timezones()
    for document in tests:
        cases = read_cases(document, view)
        problems.update(cases.problems)
        for case in cases.cases:
            path = _rules_of(document, case)
            beside = by_path.get(path.resolve())
            if beside is None:
                problems.add(Problem(case.place, f"there are no rules to test: {path}"))
                continue
            if beside.file not in compiled:
                compiled[beside.file] = compile_rules([beside], view, zones=zones)
            errors = compiled[beside.file].errors
            problems.update(errors)
            if not errors:
                tested.append(_test(case, _Rules(beside, compiled[beside.file].rulebook, view)))
    return Found(tuple(tested), tuple(sorted(problems)))


def _rules_of(document: Document, case: Case) -> Path:
    path = Path(document.file)
    return path.parent / case.rules if case.rules else path.with_name(path.name.replace(".test.", "."))


def _test(case: Case, rules: _Rules) -> Tested:
    runs = [(variant, _Stage(case, rules).play(variant)) for variant in variants(case)]
    first = runs[0][1]
    return Tested(case, first, tuple(line for variant, run in runs for line in _judge(case, variant, run, first)))


def _judge(case: Case, variant: Variant, run: Run, first: Run) -> Iterator[str]:
    name = f"{variant.name}: " if variant.name else ""
    if variant.judged_by == "output":
        yield from (f"{name}{line}" for line in differences(case, run))
    elif end_state(run) != end_state(first):
        yield f"{name}ends otherwise: {end_state(run)} instead of {end_state(first)}"


class _Stage:
    """A core with the inventory, the names and the rules of a case; Ticks come each second."""

    def __init__(self, case: Case, rules: _Rules) -> None:
        self._case = case
        self._rules = rules
        self._core = self._new_core()
        self._changes: list[tuple[int, AlarmChange]] = []
        self._unexpected: list[str] = []
        self._inventory = case.inventory
        self._addresses = _addresses(case.inventory)
        """Of every element that was ever there: traps come from one that was removed, too."""
        change = inventory_change(Inventory(), case.inventory, _START)
        for observation in (change, bare_rules_change([rules.document], rules.view, _START)):
            if observation is not None:
                self._core.step(observation)
        self._learn(case.learned)

    def _learn(self, learned: Iterable[tuple[str, str, str, str]]) -> None:
        """Know names and classes of parts, and which port belongs to which bundle."""
        names = list[tuple[str, str, str, str]]()
        layers: dict[str, tuple[Layer, ...]] = {}
        for element, column, index, name in learned:
            if column == _BUNDLE:
                bundled = Layer(f"{element}/if:{quote(name)}", f"{element}/if:{quote(index)}", bundle=True)
                layers[element] = (*layers.get(element, ()), bundled)
            else:
                names.append((element, _KINDS[column], index, _CLASSES.get(name, name)))
        self._core.identity.load_state(names)
        self._core.found.layers = layers

    def play(self, variant: Variant) -> Run:
        """Feed a variant of the case and return what came out."""
        waiting = list(variant.feeds)
        for at in range(0, self._until() + 1, _TICK_MS):
            self._take(self._core.step(Tick(_START + at)))
            while waiting and waiting[0].at_ms < at + _TICK_MS:
                self._feed(waiting.pop(0))
        return Run(tuple(self._changes), self._core.outcomes, tuple(self._unexpected))

    def _until(self) -> int:
        last = max((feed.at_ms for feed in self._case.feeds), default=0)
        return self._case.until_ms if self._case.until_ms is not None else min(last + _AFTER_MS, _LONGEST_MS)

    def _feed(self, feed: Feed) -> None:
        match feed.kind:
            case "restart":
                self._restart()
            case "tick":
                self._take(self._core.step(Tick(_START + feed.at_ms)))
            case "trap":
                source = self._addresses[feed.element]
                self._take(self._core.step(trap_of(feed, at=_START + feed.at_ms, source=source)))
            case "op":
                self._operate(feed)
            case "inventory":
                self._change_inventory(feed)
            case _:
                self._core.seq += 1
                self._take(list(self._core.reason([self._input(feed)])))

    def _input(self, feed: Feed) -> Event | State | SampleBlock:
        """Return what no observation of a test can carry: a state, a sample, a common event."""
        seq, at, fields = self._core.seq, _START + feed.at_ms, dict(feed.fields)
        if feed.kind == "state":
            return State(seq, at, feed.element, feed.name, fields.get("value", ""), "", fields.get("reason", ""))
        if feed.kind == "sample":
            return _sample(feed, seq, at)
        return Event(
            seq,
            at,
            at,
            feed.element,
            feed.object or feed.element,
            "event",
            feed.name,
            fields=fields,
            origin_id=feed.origin_id,
        )

    def _operate(self, feed: Feed) -> None:
        """Ask what an operator asks of the newest alarm of an object; another answer than the case says is noted."""
        wanted = dict(feed.fields).get("result", "done")
        request = request_of(feed, self._core.book.alarms(), at=_START + feed.at_ms, seq=self._core.seq)
        for output in (outputs := self._core.step(request)):
            if isinstance(output, Answer) and (got := result_of(output)) != wanted:
                self._unexpected.append(f"{span(feed.at_ms)} op {feed.name}: expected {wanted}, got {got}")
        self._take(outputs)

    def _change_inventory(self, feed: Feed) -> None:
        old, address = self._inventory, address_of(len(self._addresses))
        self._inventory = inventory_after(old, feed, address=address)
        self._addresses |= _addresses(self._inventory)
        change = inventory_change(old, self._inventory, _START + feed.at_ms)
        self._take(self._core.step(change) if change is not None else [])

    def _restart(self) -> None:
        """Go through a snapshot, as a killed engine does."""
        state = decode(encode(self._core.dump()))
        self._core = self._new_core()
        self._core.load(state)

    def _new_core(self) -> Core:
        rulebook, view = self._rules.rulebook, self._rules.view
        return Core(partial(compile_change, view=view, rulebook=rulebook), view)

    def _take(self, outputs: list[Output]) -> None:
        self._changes += [(out.at - _START, out) for out in outputs if isinstance(out, AlarmChange)]


def _addresses(inventory: Inventory) -> dict[str, str]:
    return {id_: element.addresses[0] for id_, element in inventory.elements.items()}


def _sample(feed: Feed, seq: int, at: int) -> SampleBlock:
    kind = "gauge" if isinstance(feed.value, float) else "state"
    return SampleBlock(
        seq=seq,
        time=at,
        sent=at,
        element=feed.element,
        table="test",
        names=(feed.name,),
        kinds=("gauge",) if kind == "gauge" else ("state",),
        units=("",),
        oids=("",),
        objects=(feed.object,),
        labels=((),),
        index=("0",),
        columns=((feed.value,),),
        interval_ms=feed.interval_ms,
    )
