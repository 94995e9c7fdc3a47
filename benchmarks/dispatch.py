"""What it costs to find the rules of an input, and to ask them (specs/rules.md 9.3 and 14)."""

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, median, row, say
from benchmarks.network import rules
from benchmarks.traffic import RULES, trap_oid
from netmon.app.ruleset import bare_rules_change, compile_change
from netmon.correlate.dispatch import Dispatch
from netmon.domain.event import Event
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Observation, Tick, Trap
from netmon.domain.place import Document
from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, compile_condition
from netmon.rulebook.index import Index
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.scope import Scope
from netmon.step import Core
from tests.mibs import shipped_names

_RUNS = 5
_AT = 1_700_000_000_000
_LONG_ENOUGH_S = 0.1
_TRAP = "1.3.6.1.4.1.32473.3.0.1"
_FEW, _MANY = 50, 5_000
_WITHOUT_RULES = 1_000_000


def dispatch(_: Path) -> list[Row]:
    """Return what an index saves beside trying every rule, and that other rules cost an event nothing."""
    return [_names(), _one_trap(), _condition(), _unwanted(), _without_rules()]


@cache
def _names_of_mibs() -> MibView:
    return shipped_names()


def _names() -> Row:
    """Find one of 500 rules by the name of its trap."""
    index = Index(_compiled(rules()))
    events = [_event(trap_oid(number, "down"), number) for number in range(RULES)]
    named = [(name, kind) for kind in _compiled(rules()).kinds for one in kind.raises for name in one.names]

    def compare(event: Event) -> list[Any]:
        return [kind for name, kind in named if name == event.name]

    assert all(len(index.events(event)) == len(compare(event)) == 1 for event in events)
    ours, theirs = _per_s(index.events, events), _per_s(compare, events)
    return row(f"dispatch by name, {RULES} rules", "events/s", netmon=ours, peer=theirs,
               peer_name=f"{RULES} name compares", target=">= 10")  # fmt: skip


def _one_trap() -> Row:
    """Find the one rule that is true, of 500 on one trap that tell each other by a value."""
    written = [
        {**rule, "raise": [{"trap": _TRAP, "when": f"vb.ifIndex == {number} and vb.ifAdminStatus != down"}]}
        for number, rule in enumerate(rules())
    ]
    rulebook, scope = _compiled(written), Scope()
    index, tests = Index(rulebook), [one.when for kind in rulebook.kinds for one in kind.raises]
    events = [_event(_TRAP, number) for number in range(RULES)]

    def ask(event: Event) -> int:
        scope.vb = event.fields
        return sum(one.when(scope) for found in index.events(event) for one in found.raises if one.when is not None)

    def ask_each(event: Event) -> int:
        scope.vb = event.fields
        return sum(test(scope) for test in tests if test is not None)

    assert all(ask(event) == ask_each(event) == 1 for event in events)
    return row(f"{RULES} rules on one trap", "events/s", netmon=_per_s(ask, events), peer=_per_s(ask_each, events),
               peer_name="trying each", target=">= 50")  # fmt: skip


def _condition() -> Row:
    """Ask a compiled condition beside the same one written by hand."""
    text = "vb.ifAdminStatus != down and vb.ifIndex >= 5"
    test = compile_condition(text, Context("a trap", ("vb",)), _names_of_mibs(), tally={}).test
    scopes = [Scope() for _ in range(RULES)]
    for number, scope in enumerate(scopes):
        scope.vb = _event(_TRAP, number).fields

    def by_hand(scope: Scope) -> bool:
        index = scope.vb.get("ifIndex")
        return scope.vb.get("ifAdminStatus") != 2 and index is not None and index >= 5

    assert [test(scope) for scope in scopes] == [by_hand(scope) for scope in scopes]
    ours, theirs = 1e9 / _per_s(test, scopes), 1e9 / _per_s(by_hand, scopes)
    return row("a compiled condition", "ns", netmon=ours, peer=theirs, peer_name="written by hand", target="<= 2")


def _unwanted() -> Row:
    """Learn that no rule wants the columns of a block."""
    asked = Dispatch(_compiled(rules()))
    names: list[tuple[str, ...]] = [(f"column{number}", "ifHCInOctets") for number in range(RULES)]
    known = dict.fromkeys(names, ())

    def look_up(columns: tuple[str, ...]) -> tuple[()] | None:
        return known.get(columns)

    assert not any(asked.wanted(columns) for columns in names)
    ours, theirs = 1e9 / _per_s(asked.wanted, names), 1e9 / _per_s(look_up, names)
    return row("a block that no rule wants", "ns", netmon=ours, peer=theirs, peer_name="a call and a lookup",
               target="<= 1.5")  # fmt: skip


def _without_rules() -> Row:
    """Step over traps that no rule names, beside few rules and beside many."""
    few, many = _core(_FEW), _core(_MANY)
    took: dict[Core, list[float]] = {few: [], many: []}
    for run in range(2 * _RUNS):
        for core, seconds in took.items():
            traps = list(islice(_unknown(run), _WITHOUT_RULES // (4 * _RUNS)))
            seconds.append(_cpu_s(partial(_step_all, core, traps)) / len(traps))
    ours, theirs = 1e6 * min(took[many]), 1e6 * min(took[few])
    assert not few.book.alarms()
    assert not many.book.alarms()
    say(f"{_WITHOUT_RULES} traps without a rule: {ours:.2f} us each, {theirs:.2f} beside few rules")
    return row(f"a trap without a rule, {_MANY} rules", "us", netmon=ours, peer=theirs, peer_name=f"{_FEW} rules",
               target="<= 1.1")  # fmt: skip


def _unknown(run: int) -> Iterator[Observation]:
    yield Tick(_AT + 1000 * run)
    sender = ("default", "192.0.2.1", 162, "t", "2c", "t", "r1", "address")
    for number in range(_WITHOUT_RULES):
        varbinds = (("1.3.6.1.2.1.2.2.1.1.7", 2, number % 100),)
        yield Trap(_AT + 1000 * run, *sender, f"1.3.6.1.4.1.32473.4.{number % 50}", varbinds)


def _core(count: int) -> Core:
    written = [
        {**rule, "id": f"r{number}", "raise": {"trap": f"{_TRAP}.{number}"}, "clear": {"trap": f"{_TRAP}.{number}.1"}}
        for number, rule in zip(range(count), rules() * (count // RULES + 1), strict=False)
    ]
    change = bare_rules_change([Document("", {"version": 1, "rules": written}, {}, {})], _names_of_mibs(), _AT)
    core = Core(lambda *_: compile_change(change, Inventory(), _names_of_mibs()), _names_of_mibs())
    core.step(change)
    return core


def _compiled(written: list[dict[str, Any]]) -> Rulebook:
    names = _names_of_mibs()
    change = bare_rules_change([Document("", {"version": 1, "rules": written}, {}, {})], names, _AT)
    return compile_change(change, Inventory(), names).rulebook


def _event(name: str, number: int) -> Event:
    fields = {"ifIndex": number, "ifAdminStatus": 1, "ifName": f"GigabitEthernet0/0/{number}"}
    return Event(1, _AT, _AT, "r1", "r1", "trap", name, fields=fields)


def _step_all(core: Core, observations: list[Observation]) -> None:
    for observation in observations:
        core.step(observation)


def _per_s(ask: Callable[[Any], object], about: list[Any]) -> float:
    """Return how often something is asked per second of CPU; the median of a few runs."""

    def work(times: int) -> None:
        for _ in range(times):
            for one in about:
                ask(one)

    times = 1 + int(_LONG_ENOUGH_S / _cpu_s(partial(work, 1)))
    return median([times * len(about) / _cpu_s(partial(work, times)) for _ in range(_RUNS)])


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
