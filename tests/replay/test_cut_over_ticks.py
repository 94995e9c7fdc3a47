"""Work that is cut by count: a graph of 12,000 nodes and 250 intervals to close, over several Ticks, comes to the same.

Replayed, or restarted before each of these Ticks (specs/rules.md 15).
"""

from collections.abc import Iterator

import msgspec
import pytest

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.config.shipped import shipped
from netmon.correlate.search import NODES_PER_TICK
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import Observation, PollFailed, RulesChange, Tick
from netmon.domain.output import Output
from netmon.domain.usage import UsageRecord, UsageSettings
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from netmon.usage.meter import MOST_PER_TICK
from tests.mibs import shipped_names
from tests.usage.metered import QUARTER, START, assignment

ELEMENTS, SERIES = 12_000, 250
ENDS = START + QUARTER + UsageSettings().grace_ms
"""Then intervals without samples are closed."""
ROOTS = [f"n{number}" for number in range(1, 9)]


def inventory() -> Inventory:
    names = [f"n{number}" for number in range(ELEMENTS)]
    links = {f"l{n}": Link(f"l{n}", f"n{(n - 1) // 10}/if:{n}", f"n{n}/if:up", "uplink") for n in range(1, ELEMENTS)}
    return Inventory(elements={name: Element(name, ("192.0.2.1",), credential="ro") for name in names}, links=links)


def silent_elements() -> list[str]:
    """Return eight large branches of the tree; the others are not asked."""
    above = {number: (number - 1) // 10 for number in range(1, ELEMENTS)}
    silent = dict.fromkeys(range(1, 9))
    for number in range(9, ELEMENTS):
        if above[number] in silent:
            silent[number] = None
    return [f"n{number}" for number in silent]


class Cores:
    """Cores with one rule, and what is metered of 250 ports."""

    def __init__(self) -> None:
        self._compiled: dict[int, Ruleset] = {}
        self.inventory = inventory()

    def new(self) -> Core:
        return Core(self._compile, shipped_names())

    def again(self, core: Core) -> Core:
        sections = decode(encode(core.dump()))
        core = self.new()
        core.load(sections)
        return core

    def _compile(self, change: RulesChange, known: Inventory) -> Ruleset:
        if len(known.elements) not in self._compiled:
            metered = tuple(assignment(f"n{n}|ifName:p") for n in range(SERIES))
            rules = compile_change(change, known, shipped_names())
            self._compiled[len(known.elements)] = msgspec.structs.replace(rules, assignments=metered)
        return self._compiled[len(known.elements)]

    def before(self) -> Iterator[Observation]:
        """Yield what comes before the Tick in which all is due."""
        yield Tick(START)
        change = inventory_change(Inventory(), self.inventory, START)
        assert change is not None
        yield change
        rules = shipped("rules") / "correlation" / "element-unreachable.yaml"
        yield bare_rules_change([yaml.parse(rules.read_bytes(), rules.name).document], shipped_names(), START)
        silent = ENDS - 10_000
        yield from (Tick(at) for at in range(START + 20_000, silent + 1, 20_000))
        for name in silent_elements():
            yield from [PollFailed(silent, name, "", "g", silent, "snmp", "timeout", 1, 2_000)] * 3


def told(outputs: list[Output]) -> list[tuple[str, str, str]]:
    return [
        (one.kind, one.after.object, ",".join(one.after.hidden_by))
        if isinstance(one, AlarmChange)
        else ("record", one.hash, "")
        for one in outputs
        if isinstance(one, AlarmChange | UsageRecord)
    ]


@pytest.mark.slow
def test_a_large_graph_and_many_intervals_cut_over_ticks_come_to_the_same() -> None:
    cores = Cores()
    whole, replayed = cores.new(), cores.new()
    log = list(cores.before())
    for core in (whole, replayed):
        for observation in log:
            core.step(observation)
    cut = cores.again(whole)
    ticks, records, raised = 0, 0, 0
    while not ticks or whole.left_over:
        tick = Tick(ENDS + ticks * 20)
        outputs = [core.step(tick) for core in (whole, replayed, cut)]
        assert told(outputs[0]) == told(outputs[1]) == told(outputs[2])
        made = sum(isinstance(one, UsageRecord) for one in outputs[0])
        assert made <= MOST_PER_TICK
        records += made
        raised += sum(isinstance(one, AlarmChange) and one.kind == "raised" for one in outputs[0])
        cut = cores.again(cut)
        ticks += 1
    assert whole.digest() == replayed.digest() == cut.digest()
    assert (records, raised) == (SERIES, len(silent_elements()))
    assert ticks > ELEMENTS / NODES_PER_TICK
    assert sorted(alarm.object for alarm in whole.book.alarms() if not alarm.hidden_by) == ROOTS
    assert all(alarm.root_cause == (alarm.object in ROOTS) for alarm in whole.book.alarms())
