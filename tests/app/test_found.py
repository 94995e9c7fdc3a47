"""What polls find, through the whole core with the shipped rules."""

from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.app.ruleset import compile_change, rules_change
from netmon.config.rules import Judged, judge
from netmon.config.yaml import parse
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element, Link, Match, Member, Service
from netmon.domain.observation import InventoryChange, Observation, PollFailed, Tick, Trap
from netmon.domain.oid import WARM_START, Varbind
from netmon.domain.output import Output, PollRequest
from netmon.normalize.pending import PENDING_MS
from netmon.snmp import ber
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.judging import judged
from tests.normalize.telling import Rows, interfaces, lldp, run

START = 1_800_000_000_000
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
OPER_DISABLED = "1.3.6.1.2.1.131.0.2"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder: Path = tmp_path_factory.mktemp("shipped")
    config = folder / "config.yaml"
    config.write_text(f"version: 1\ndata_dir: {folder / 'data'}\n")
    return judged(config)


class Stage:
    """A core with three elements and the shipped rules."""

    def __init__(self, shipped: Judged, *links: Link) -> None:
        self.shipped = shipped
        self.core = self.fresh()
        self.at = START
        elements = tuple(Element(f"r{n}", (f"192.0.2.{n}",), credential="c") for n in (1, 2, 3))
        self.step(Tick(START))
        self.step(InventoryChange(START, "loaded", added=elements, links=links))
        self.step(rules_change(shipped, START))
        for element in ("r1", "r2", "r3"):
            self.poll(element, interfaces())

    def fresh(self) -> Core:
        names, rulebook = self.shipped.names, self.shipped.compiled.rulebook
        return Core(partial(compile_change, view=names, rulebook=rulebook), names)

    def step(self, observation: Observation) -> list[Output]:
        return self.core.step(observation)

    def tick(self) -> list[Output]:
        self.at += 1_000
        return self.step(Tick(self.at))

    def wait(self, seconds: int) -> list[Output]:
        return [one for _ in range(seconds) for one in self.tick()]

    def poll(self, element: str, tables: dict[str, Rows]) -> list[Output]:
        return self.step(run(element, self.at, tables))

    def trap(self, element: str, oid: str, *varbinds: Varbind) -> list[Output]:
        address = self.core.inventory.elements[element].addresses[0]
        return self.step(Trap(self.at, "default", address, 162, "l", "v2c", "c", element, "source", oid, varbinds))

    def port_down(self, element: str, index: int) -> list[Output]:
        outputs = self.trap(
            element,
            LINK_DOWN,
            (f"1.3.6.1.2.1.2.2.1.1.{index}", ber.INTEGER, index),
            (f"1.3.6.1.2.1.2.2.1.7.{index}", ber.INTEGER, 1),
            (f"1.3.6.1.2.1.2.2.1.8.{index}", ber.INTEGER, 2),
        )
        return outputs + self.wait(4)

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        self.core = self.fresh()
        self.core.load(state)

    def visible(self) -> list[tuple[str, str]]:
        active = (alarm for alarm in self.core.book.alarms() if alarm.state == "active" and not alarm.hidden_by)
        return sorted((alarm.object, alarm.type) for alarm in active)


def changes(outputs: list[Output]) -> list[tuple[str, str, str]]:
    told = (one for one in outputs if isinstance(one, AlarmChange))
    return [(one.kind, one.after.object, one.after.clear_reason) for one in told]


def without(rows: Rows, index: str) -> Rows:
    return {known: row for known, row in rows.items() if known != index}


def test_alarms_of_a_removed_interface_clear(shipped: Judged):
    stage = Stage(shipped)
    stage.port_down("r1", 3)
    fewer = without(interfaces()["ifTable"], "3")
    assert changes(stage.poll("r1", {"ifTable": fewer})) == []
    outputs = stage.poll("r1", {"ifTable": fewer})
    assert ("cleared", "r1/if:ge3", "object_removed") in changes(outputs)
    assert [one.kind for one in outputs if isinstance(one, InventoryChange)] == ["removed"]


def test_alarms_of_a_renamed_interface_clear(shipped: Judged):
    stage = Stage(shipped)
    stage.port_down("r1", 3)
    rows = interfaces()["ifTable"]
    rows["3"] = rows["3"] | {"ifName": b"uplink"}
    assert ("cleared", "r1/if:ge3", "renamed") in changes(stage.poll("r1", {"ifTable": rows}))


def test_other_hardware_raises_its_alarm(shipped: Judged):
    stage = Stage(shipped)
    rows = interfaces()["ifTable"]
    rows["3"] = rows["3"] | {"ifPhysAddress": b"\2\2\2\2\2\2"}
    stage.poll("r1", {"ifTable": rows})
    assert stage.visible() == [("r1/if:ge3", "hardware-changed")]


def test_alarms_of_an_element_that_left_clear(shipped: Judged):
    stage = Stage(shipped)
    stage.port_down("r1", 3)
    outputs = stage.step(InventoryChange(stage.at, "loaded", removed=("r1",)))
    assert ("cleared", "r1/if:ge3", "object_removed") in changes(outputs)


def unknown_sender(stage: Stage, address: str) -> str:
    """Let a sender that the inventory does not have tell of a port that is down; return its root."""
    root = f"addr:default:{address}"
    port = (("1.3.6.1.2.1.2.2.1.1.1", ber.INTEGER, 1), ("1.3.6.1.2.1.2.2.1.7.1", ber.INTEGER, 1))
    stage.step(Trap(stage.at, "default", address, 162, "l", "v2c", "c", root, "unknown", LINK_DOWN, port))
    stage.wait(4)
    return root


def test_alarms_of_an_adopted_sender_clear(shipped: Judged):
    stage = Stage(shipped)
    unknown_sender(stage, "192.0.2.9")
    assert [object_ for object_, _ in stage.visible()] == ["addr:default:192.0.2.9/if:#1"]
    outputs = stage.step(InventoryChange(stage.at, "loaded", added=(Element("r9", ("192.0.2.9",)),)))
    assert ("cleared", "addr:default:192.0.2.9/if:#1", "adopted") in changes(outputs)
    [adopted] = [one for one in outputs if isinstance(one, InventoryChange)]
    assert (adopted.kind, adopted.old, adopted.new) == ("adopted", "addr:default:192.0.2.9", "r9")


def test_the_address_of_a_name_is_learned_adopts_its_sender_and_survives_a_restart(shipped: Judged):
    stage = Stage(shipped)
    stage.step(InventoryChange(stage.at, "loaded", added=(Element("r9", ("r9.example.net",)),)))
    root = unknown_sender(stage, "192.0.2.9")
    resolved = InventoryChange(stage.at, "resolved", old="r9.example.net", new="r9", addresses=("192.0.2.9",))
    outputs = stage.step(resolved)
    assert ("cleared", f"{root}/if:#1", "adopted") in changes(outputs)
    assert stage.core.found.names == {"r9": {"r9.example.net": "192.0.2.9"}}
    before = stage.core.digest()
    stage.restart()
    assert stage.core.found.names == {"r9": {"r9.example.net": "192.0.2.9"}}
    assert stage.core.digest() == before
    stage.step(InventoryChange(stage.at, "loaded", changed=(Element("r9", ("192.0.2.19",)),)))
    assert stage.core.found.names == {}


def test_neighbors_know_an_element_by_the_address_of_its_name(shipped: Judged):
    stage = Stage(shipped)
    stage.step(InventoryChange(stage.at, "loaded", added=(Element("r9", ("r9.example.net",)),)))
    told = lldp("r1", {1: ("r8", 2)})
    # A chassis may be named by its address (IEEE 802.1AB, networkAddress): the family and its octets.
    told["lldpRemTable"]["0.1.1"] |= {"lldpRemChassisIdSubtype": 5, "lldpRemChassisId": bytes([1, 192, 0, 2, 9])}
    stage.poll("r1", told | interfaces())
    stage.tick()
    assert list(stage.core.found.links) == []
    stage.step(InventoryChange(stage.at, "resolved", old="r9.example.net", new="r9", addresses=("192.0.2.9",)))
    stage.tick()
    [link] = stage.core.found.links.values()
    assert (link.a, link.b) == ("r1/if:ge1", "r9")


def test_the_address_of_a_name_that_left_the_inventory_means_nothing(shipped: Judged):
    stage = Stage(shipped)
    for element, name in (("r9", "r9.example.net"), ("r1", "r1.example.net")):
        stage.step(InventoryChange(stage.at, "resolved", old=name, new=element, addresses=("192.0.2.9",)))
    assert stage.core.found.names == {}


def linked(stage: Stage) -> None:
    stage.poll("r1", lldp("r1", {1: ("r2", 2)}) | interfaces())
    stage.poll("r2", lldp("r2", {2: ("r1", 1), 3: ("r3", 3)}) | interfaces())
    stage.poll("r3", lldp("r3", {3: ("r2", 3)}) | interfaces())
    stage.tick()


@pytest.mark.parametrize("restarted", [False, True])
def test_both_ends_of_a_found_link_are_one_alarm(shipped: Judged, restarted: bool):
    stage = Stage(shipped)
    linked(stage)
    if restarted:
        stage.restart()
    stage.port_down("r1", 1)
    stage.port_down("r2", 2)
    [link] = [one.id for one in stage.core.found.links.values() if one.a == "r1/if:ge1"]
    assert stage.visible() == [(f"link:{link}", "link-alarm")]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_failed_card_hides_its_ports_and_their_far_ends(shipped: Judged, restarted: bool):
    stage = Stage(shipped)
    linked(stage)
    parts: dict[str, Any] = {
        "10": {"entPhysicalName": b"Card 1", "entPhysicalClass": 9, "entPhysicalContainedIn": 0},
        "11": {"entPhysicalName": b"Port 1", "entPhysicalClass": 10, "entPhysicalContainedIn": 10},
    }
    physical = run("r1", stage.at, {"entPhysicalTable": parts})
    [block] = physical.blocks
    aliases = {"11.0": {"entAliasMappingIdentifier": "1.3.6.1.2.1.2.2.1.1.1"}}
    alias = run("r1", stage.at, {"entAliasMappingTable": aliases}).blocks
    blocks = (msgspec.structs.replace(block, profile="entity"), *alias)
    stage.step(msgspec.structs.replace(physical, blocks=blocks))
    if restarted:
        stage.restart()
    stage.port_down("r1", 1)
    stage.port_down("r2", 2)
    stage.trap(
        "r1",
        OPER_DISABLED,
        ("1.3.6.1.2.1.131.1.1.1.2.10", ber.INTEGER, 4),
        ("1.3.6.1.2.1.131.1.1.1.3.10", ber.INTEGER, 2),
    )
    stage.tick()
    assert stage.visible() == [("r1/entity:Card 1", "entity-oper")]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_dead_element_hides_the_ports_that_look_at_it(shipped: Judged, restarted: bool):
    stage = Stage(shipped, Link("up", "r1/if:ge8", "r2/if:ge8", "uplink"))
    linked(stage)
    stage.port_down("r1", 8)
    stage.port_down("r3", 3)
    assert stage.visible() == [("r1/if:ge8", "link-alarm"), ("r3/if:ge3", "link-alarm")]
    if restarted:
        stage.restart()
    for _ in range(3):
        stage.step(PollFailed(stage.at, "r2", "", "900s", stage.at, "snmp", "timeout", 3, 6_000))
        stage.wait(10)
    assert stage.visible() == [("r2", "node-unreachable")]
    [cause] = [alarm for alarm in stage.core.book.alarms() if alarm.type == "node-unreachable"]
    assert cause.root_cause
    assert len(cause.children) == 2
    stage.poll("r2", interfaces())
    stage.wait(12)
    assert stage.visible() == [("r1/if:ge8", "link-alarm"), ("r3/if:ge3", "link-alarm")]


def test_an_element_behind_a_found_link_is_unreachable(shipped: Judged):
    uplink = Link("up", "r1/if:ge8", "r2/if:ge8", "uplink")
    stage = Stage(shipped, uplink)
    linked(stage)
    graph = stage.core.engine._topology._graph
    assert (graph.uppermost(), graph.beside("r2").onward) == (["r1"], ("r1", "r3"))


def test_a_session_is_hidden_by_the_port_in_whose_network_its_neighbor_is(shipped: Judged):
    stage = Stage(shipped)
    address = {"192.0.2.1": {"ipAdEntIfIndex": 1, "ipAdEntNetMask": "255.255.255.252"}}
    stage.poll("r1", {"ipAddrTable": address})
    peer = ("1.3.6.1.2.1.15.3.1.7.192.0.2.2", ber.IP_ADDRESS, "192.0.2.2")
    stage.trap("r1", "1.3.6.1.2.1.15.0.2", peer)
    stage.wait(12)
    assert stage.visible() == [("r1/bgp:192.0.2.2", "bgp-peer")]
    stage.port_down("r1", 1)
    assert stage.visible() == [("r1/if:ge1", "link-alarm")]
    stage.restart()
    stage.trap("r1", "1.3.6.1.6.3.1.1.5.4", ("1.3.6.1.2.1.2.2.1.1.1", ber.INTEGER, 1))
    stage.wait(12)
    assert stage.visible() == [("r1/bgp:192.0.2.2", "bgp-peer")]


def test_a_contradiction_of_a_configured_link_is_an_alarm_until_the_neighbors_agree(shipped: Judged):
    stage = Stage(shipped, Link("l1", "r1/if:ge1", "r3/if:ge7"))
    stage.poll("r2", lldp("r2", {}) | interfaces())
    stage.poll("r1", lldp("r1", {1: ("r2", 2)}) | interfaces())
    stage.wait(61)
    assert stage.visible() == [("link:l1", "link-mismatch")]
    stage.poll("r3", lldp("r3", {}) | interfaces())
    outputs = stage.poll("r1", lldp("r1", {1: ("r3", 7)}) | interfaces())
    assert ("cleared", "link:l1", "condition_gone") in changes(outputs)


def test_the_alarm_of_a_mismatch_goes_with_its_link(shipped: Judged):
    stage = Stage(shipped, Link("l1", "r1/if:ge1", "r3/if:ge7"))
    stage.poll("r2", lldp("r2", {}) | interfaces())
    stage.poll("r1", lldp("r1", {1: ("r2", 2)}) | interfaces())
    stage.wait(61)
    outputs = stage.step(InventoryChange(stage.at, "loaded"))
    assert ("cleared", "link:l1", "object_removed") in changes(outputs)


def test_a_changed_table_is_wished_for(shipped: Judged):
    stage = Stage(shipped)
    for ticks, wished in ((5, []), (6, ["lldpRemTable"])):
        outputs = stage.poll("r1", {"get": {"0": {"lldpStatsRemTablesLastChangeTime": ticks}}})
        assert [one.what for one in outputs if isinstance(one, PollRequest)] == wished


def test_what_was_found_survives_a_restart_with_the_same_digest(shipped: Judged):
    stage = Stage(shipped)
    linked(stage)
    before = stage.core.digest()
    stage.restart()
    assert stage.core.digest() == before
    stage.poll("r1", lldp("r1", {}) | interfaces())
    assert stage.core.dump()


def described(*texts: str) -> dict[str, Rows]:
    rows = interfaces()["ifTable"]
    for row, text in zip(rows.values(), texts, strict=False):
        row["ifAlias"] = text.encode()
    return {"ifTable": rows}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_member_that_is_followed_by_its_description(shipped: Judged, restarted: bool):
    stage = Stage(shipped)
    service = Service("svc-1", members=(Member("", match=Match("r1", alias="CUST 1")),))
    stage.step(InventoryChange(stage.at, "loaded", services=(service,)))
    stage.poll("r1", described("other", "CUST 1"))
    if restarted:
        stage.restart()
    [member] = stage.core.members.services["svc-1"].members
    assert (member.object, stage.core.inventory.services["svc-1"]) == ("r1/if:ge2", service)
    stage.poll("r1", described("other", ""))
    stage.wait(301)
    assert stage.visible() == [("r1", "member-mismatch")]
    stage.poll("r1", described("CUST 1", ""))
    assert stage.visible() == []
    [member] = stage.core.members.services["svc-1"].members
    assert member.object == "r1/if:ge1"


PROBE = """\
version: 1
rules:
  - {id: probe, raise: {trap: SNMPv2-MIB::warmStart}, clear: {trap: SNMPv2-MIB::coldStart}, severity: minor,
     probable_cause: coolingFanFailure, text: probe, enrich: {service: service.id}}
"""


@pytest.mark.parametrize("restarted", [False, True])
def test_rules_know_the_service_of_a_member_that_is_followed(shipped: Judged, restarted: bool):
    files = shipped.loaded.files
    more = msgspec.structs.replace(files, rules=(*files.rules, parse(PROBE.encode(), "probe.yaml").document))
    loaded = msgspec.structs.replace(shipped.loaded, files=more)
    stage = Stage(judge(loaded, memory=shipped.memory))
    service = Service("svc-1", members=(Member("", match=Match("r1", alias="CUST 1")),))
    stage.step(InventoryChange(stage.at, "loaded", services=(service,)))
    stage.poll("r1", described("other", "CUST 1"))
    if restarted:
        stage.restart()
    raised = (one.after for one in stage.trap("r1", WARM_START) if isinstance(one, AlarmChange))
    assert [alarm.tags for alarm in raised if alarm.type == "probe"] == [{"service": "svc-1"}]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_port_that_only_the_inventory_has(shipped: Judged, restarted: bool):
    stage = Stage(shipped, Link("l1", "r1/if:ge77", "r2/if:ge1"))
    stage.at += PENDING_MS
    if restarted:
        stage.restart()
    stage.tick()
    assert stage.visible() == [("r1/if:ge77", "object-pending")]
    rows = interfaces()["ifTable"]
    stage.poll("r1", {"ifTable": rows | {"77": {"ifName": b"ge77", "ifPhysAddress": b"\2x"}}})
    assert stage.visible() == []
