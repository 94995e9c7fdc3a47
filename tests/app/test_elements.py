"""What the engine tells of elements, from a real core, poller and store."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.app.elements import Elements
from netmon.app.thresholds import thresholds
from netmon.config import yaml
from netmon.domain.element import ElementDetail, Facts, Network, PollState, Reading, Threshold
from netmon.domain.inventory import Element, Service, Site
from netmon.domain.observation import InventoryChange, Tick, Trap
from netmon.domain.sample import SampleBlock
from netmon.mib.names import MibView
from netmon.mib.node import Module, Node, Syntax
from netmon.rulebook.compile import compile_rules
from netmon.rulebook.kinds import Rulebook
from netmon.sources.clock import Clock
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.step import Core
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.telemetry.metrics import Metrics
from tests.app.engines import START, Recorded
from tests.patience import PATIENCE_S

SYSTEM: dict[str, Any] = {
    "sysUpTime": 60.0,
    "sysDescr": "Example Router OS 21.4R3\r\nbuilt somewhere",
    "sysObjectID": "1.3.6.1.4.1.2636.1.1.1",
    "sysName": "core one",
    "sysLocation": "Room 3",
    "sysContact": "noc@example.net",
}


def table(element: str, name: str, rows: dict[str, dict[str, Any]], *, at: int = START, path: str = "") -> SampleBlock:
    """Return a block of one table; a text is of kind text, ``unit`` in a name is its unit: ``temp [celsius]``."""
    names = tuple(dict.fromkeys(name for row in rows.values() for name in row))
    texts = [any(isinstance(row.get(name), str) for row in rows.values()) for name in names]
    return SampleBlock(
        seq=1,
        time=at,
        sent=at,
        element=element,
        table=name,
        names=tuple(name.partition(" [")[0] for name in names),
        kinds=tuple("text" if text else "gauge" for text in texts),
        units=tuple(name.partition(" [")[2].rstrip("]") for name in names),
        oids=("",) * len(names),
        objects=tuple(f"{element}{path}{index}" if path else element for index in rows),
        labels=((),) * len(rows),
        index=tuple(rows),
        columns=tuple(tuple(row.get(name) for row in rows.values()) for name in names),
        interval_ms=60_000,
    )


def port(oper: int, **more: Any) -> dict[str, Any]:
    return {"ifAdminStatus": 1, "ifOperStatus": oper, "ifHighSpeed": 1000, "ifAlias": "uplink", **more}


class _Nobody:
    def put(self, *_: Any) -> None: ...

    def draw(self, _: Any) -> None: ...

    def wake(self) -> None: ...


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


@pytest.fixture
def settled() -> Iterator[None]:
    """Keep the collector out of what is measured, as the engine does for what lives long."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


NO_NAMES = MibView(())


def core(*elements: Element) -> Core:
    made = Core(lambda *_: pytest.fail("no rules here"), MibView(()))
    made.step(Tick(START))
    change = InventoryChange(
        START, "loaded", added=elements, sites=(Site("ber1", "Berlin 1"),), services=(Service("s1", "one"),)
    )
    made.step(change)
    return made


def told_by(made: Core, store: SqliteStore, rulebook: Rulebook | None = None, names: MibView = NO_NAMES) -> Elements:
    poller = Poller(PollingConfig(), intake=_Nobody(), clock=Clock(), metrics=Metrics())
    return Elements(
        made, store=store, poller=poller, rulebook=lambda: rulebook or Rulebook("", ()), names=lambda: names
    )


async def network(elements: Elements) -> Network:
    return msgspec.json.decode(await elements.network(), type=Network)


async def detail(elements: Elements, id_: str) -> ElementDetail:
    found = await elements.element(id_)
    assert found is not None
    return msgspec.json.decode(found, type=ElementDetail)


R1 = Element("r1", ("192.0.2.1",), site="ber1", role="core", credential="lab", tags={"rack": "7"})
R2 = Element("r2", ("192.0.2.2",), name="second", tags={"type": "Switch 9"})


async def test_list_tells_inventory_and_what_polls_said(store: SqliteStore) -> None:
    elements = told_by(core(R1, R2), store)
    elements.committed([table("r1", "get", {"0": SYSTEM})])
    found = await network(elements)
    one, two = found.elements
    assert (one.id, one.name, one.site, one.role, one.addresses, one.tags) == (
        "r1", "core one", "ber1", "core", ("192.0.2.1",), {"rack": "7"},
    )  # fmt: skip
    assert (one.type, one.software) == ("Juniper", "Example Router OS 21.4R3")
    assert (two.name, two.type, two.reachability, two.last_poll) == ("second", "Switch 9", "unknown", 0)
    assert ([site.id for site in found.sites], [service.id for service in found.services]) == (["ber1"], ["s1"])


async def test_facts_outlive_a_restart(store: SqliteStore) -> None:
    made = core(R1)
    elements = told_by(made, store)
    writing = asyncio.create_task(elements.run())
    elements.committed([table("r1", "get", {"0": SYSTEM}), table("stranger", "get", {"0": SYSTEM})])
    assert (await detail(elements, "r1")).facts == Facts(
        sys_descr=SYSTEM["sysDescr"],
        sys_name="core one",
        sys_object_id="1.3.6.1.4.1.2636.1.1.1",
        location="Room 3",
        contact="noc@example.net",
        booted=START - 60_000,
    )
    async with asyncio.timeout(PATIENCE_S):
        while not store.source_state("facts"):
            await asyncio.sleep(0)
    writing.cancel()
    after = (await detail(told_by(made, store), "r1")).facts
    assert (after.sys_name, after.booted) == ("core one", 0)
    assert list(store.source_state("facts")) == ["r1"]


async def test_interfaces_that_should_be_up_are_counted(store: SqliteStore) -> None:
    elements = told_by(core(R1), store)
    rows = {"1": port(1), "2": port(2), "3": port(7), "4": port(2) | {"ifAdminStatus": 2}, "5": port(2)}
    elements.committed([table("r1", "ifTable", rows, path="/if:xe-")])
    assert (await network(elements)).elements[0].if_down == 3
    elements.committed([table("r1", "ifTable", {"2": port(1)}, at=START + 60_000, path="/if:xe-")])
    assert (await network(elements)).elements[0].if_down == 2
    # Row 5 left the table: a long time later only the others are still read.
    elements.committed([table("r1", "ifTable", {"1": port(1), "3": port(7)}, at=START + 1_000_000, path="/if:xe-")])
    assert (await network(elements)).elements[0].if_down == 1


async def test_objects_have_names_states_and_derived_values(store: SqliteStore) -> None:
    elements = told_by(core(R1), store)
    elements.committed(
        [
            table("r1", "get", {"0": SYSTEM}),
            table("r1", "ifTable", {"1": port(2, ifInErrors=4)}, path="/if:xe-0/0/"),
            table("r1", "ifTable_derived", {"1": {"netmon_if_in_bits_per_second": 8.5}}, path="/if:xe-0/0/"),
            table("r1", "sensors", {"a": {"reading [celsius]": 61.5}, "b": {"reading [celsius]": 40}}, path="/sensor:"),
            table(
                "r1", "cpus", {"1": {"netmon_cpu_percent": 12.0}, "2": {"netmon_cpu_percent": 93.0}}, path="/entity:"
            ),
        ]
    )
    found = await detail(elements, "r1")
    assert [one.object for one in found.objects] == [
        "r1/entity:1", "r1/entity:2", "r1/if:xe-0/0/1", "r1/sensor:a", "r1/sensor:b",
    ]  # fmt: skip
    interface = found.objects[2]
    assert (interface.kind, interface.name, interface.index, interface.description) == ("if", "xe-0/0/1", "1", "uplink")
    assert (interface.admin, interface.oper, interface.speed_bps) == ("up", "down", 1_000_000_000)
    assert interface.values == {"netmon_if_in_bits_per_second": 8.5}
    assert found.objects[3].values == {"reading": 61.5}
    assert found.kpi.temperature == Reading(61.5, "r1/sensor:a", START)
    assert found.kpi.cpu == Reading(93.0, "r1/entity:2", START)
    assert found.kpi.memory is None
    assert (found.credential, found.poll) == ("lab", PollState())


async def test_a_part_without_a_name_is_called_as_its_kind(store: SqliteStore) -> None:
    elements = told_by(core(R1), store)
    elements.committed([table("r1", "ups", {"": {"upsEstimatedMinutesRemaining": 12}}, path="/ups")])
    [ups] = (await detail(elements, "r1")).objects
    assert (ups.object, ups.kind, ups.name, ups.values) == (
        "r1/ups",
        "ups",
        "ups",
        {"upsEstimatedMinutesRemaining": 12},
    )


ENTITY_OPER, SENSOR_OPER, ADMIN = "1.3.6.1.2.1.131.1.1.1.3", "1.3.6.1.2.1.99.1.1.1.5", "1.3.6.1.2.1.131.1.1.1.2"
STATES = MibView(
    [
        Module(
            "PARTS-MIB",
            "1",
            tuple(
                Node("PARTS-MIB", symbol, oid, "column", Syntax("Integer32", enums=((1, one), (2, other))))
                for symbol, oid, one, other in (
                    ("entStateOper", ENTITY_OPER, "unknown", "disabled"),
                    ("entPhySensorOperStatus", SENSOR_OPER, "ok", "unavailable"),
                    ("entStateAdmin", ADMIN, "unknown", "locked"),
                )
            ),
        )
    ]
)


def states(path: str, name: str, **columns: tuple[str, int]) -> SampleBlock:
    """Return one row of states: column name to its OID and number."""
    block = table("r1", name, {"1": {column: number for column, (_, number) in columns.items()}}, path=path)
    oids = tuple(oid for oid, _ in columns.values())
    return msgspec.structs.replace(block, kinds=("state",) * len(oids), oids=oids)


async def test_parts_say_in_the_word_of_their_mib_whether_they_work(store: SqliteStore) -> None:
    elements = told_by(core(R1), store, names=STATES)
    elements.committed(
        [
            states("/fan:", "fans", entStateAdmin=(ADMIN, 2), entStateOper=(ENTITY_OPER, 2)),
            states("/sensor:", "sensors", entPhySensorOperStatus=(SENSOR_OPER, 1)),
            states("/cpu:", "cpus", someState=("", 3), entStateAdmin=(ADMIN, 2)),
        ]
    )
    found = {one.object: one.oper for one in (await detail(elements, "r1")).objects}
    assert found == {"r1/fan:1": "disabled", "r1/sensor:1": "ok", "r1/cpu:1": ""}


async def test_parts_known_by_name_are_listed_before_they_are_polled_again(store: SqliteStore) -> None:
    made = core(R1)
    made.identity.load_state([("r1", "if", "7", "xe-0/0/7")])
    [known] = (await detail(told_by(made, store), "r1")).objects
    assert (known.object, known.index, known.last, known.oper) == ("r1/if:xe-0/0/7", "7", 0, "")


async def test_an_element_that_left_is_forgotten(store: SqliteStore) -> None:
    made = core(R1, R2)
    elements = told_by(made, store)
    elements.committed([table("r1", "ifTable", {"1": port(2)}, path="/if:")])
    made.step(InventoryChange(START, "loaded", removed=("r1",)))
    elements.committed([])
    assert [one.id for one in (await network(elements)).elements] == ["r2"]
    assert await elements.element("r1") is None


async def test_senders_outside_the_inventory_are_told_with_their_traps(
    store: SqliteStore,
) -> None:
    made = Recorded(store, MibView(()))
    trap = Trap(START, "default", "192.0.2.9", 1, "t", "v2c", "c", "addr:default:192.0.2.9", "unknown", "1.3.6.1.9", ())
    made.core.step(InventoryChange(START, "loaded", added=(R1,)))
    for element in ("addr:default:192.0.2.9", "addr:default:192.0.2.9", "r1"):
        made.core.step(msgspec.structs.replace(trap, element=element))
    elements = told_by(made.core, store)
    one, stranger = (await network(elements)).elements
    assert (one.id, one.unknown, one.unmatched) == ("r1", False, 1)
    assert (stranger.id, stranger.unknown, stranger.unmatched) == ("addr:default:192.0.2.9", True, 2)
    found = await detail(elements, "addr:default:192.0.2.9")
    assert (found.state.addresses, found.unmatched[0].count) == (("192.0.2.9",), 2)
    assert (found.unmatched[0].name, found.unmatched[0].oid) == ("1.3.6.1.9", "1.3.6.1.9")
    known = MibView((Module("X-MIB", "k", nodes=(Node(module="X-MIB", symbol="xFanFailed", oid="1.3.6.1.9"),)),))
    for element in ("addr:default:192.0.2.9", "r1"):
        named = await detail(told_by(made.core, store, names=known), element)
        assert (named.unmatched[0].name, named.unmatched[0].oid) == ("xFanFailed", "1.3.6.1.9")


@pytest.mark.slow
async def test_ten_thousand_elements_do_not_hold_the_loop(store: SqliteStore, settled: None) -> None:
    made = core(*(Element(f"e{number:05}", (f"192.0.{number // 250}.{number % 250}",)) for number in range(10_000)))
    elements = told_by(made, store)
    for number in range(10_000):
        elements.committed([table(f"e{number:05}", "get", {"0": SYSTEM})])
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(turning())
    found = await network(elements)
    task.cancel()
    assert len(found.elements) == 10_000
    # Others had a turn after 250 elements at most.
    assert turns > 40


async def test_encoding_offers_the_interpreter_to_the_loop(
    store: SqliteStore, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = core(*(Element(f"e{number:05}", ("192.0.2.1",)) for number in range(10_000)))
    elements = told_by(made, store)
    offers: list[float] = []
    sleep = time.sleep

    def offered(seconds: float) -> None:
        offers.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("time.sleep", offered)
    await elements.network()
    assert len(offers) >= 39


RULE = """version: 1
rules:
  - id: hot
    type: temperature
    raise: {metric: reading, when: value > 70.5 and value < 200, for: 1m}
    clear: {metric: reading, when: value <= 65}
    severity: major
    probable_cause: temperatureUnacceptable
    text: hot
"""


def test_limits_of_rules_are_told_for_charts(tmp_path: Path) -> None:
    (tmp_path / "hot.yaml").write_text(RULE)
    compiled = compile_rules([yaml.read(tmp_path / "hot.yaml", name="hot.yaml").document], MibView(()))
    assert compiled.problems == ()
    assert thresholds(compiled.rulebook) == (
        Threshold("reading", 70.5, "major", "hot"),
        Threshold("reading", 200.0, "major", "hot"),
    )
