"""Parts, layers and addresses that polls show (specs/snmp.md 5.4)."""

from netmon.domain.found import Layer
from netmon.normalize.addresses import addresses_of
from tests.normalize.telling import Network, Rows, block, interfaces

PARTS: Rows = {
    "1": {
        "entPhysicalName": b"Chassis",
        "entPhysicalClass": 3,
        "entPhysicalContainedIn": 0,
        "entPhysicalDescr": b"Box ",
    },
    "10": {
        "entPhysicalName": b"Card 1",
        "entPhysicalClass": 9,
        "entPhysicalContainedIn": 1,
        "entPhysicalSerialNum": b"EX1",
        "entPhysicalModelName": b"M-9",
    },
    "11": {"entPhysicalName": b"Port 1", "entPhysicalClass": 10, "entPhysicalContainedIn": 10},
}
ALIASES: Rows = {"11.0": {"entAliasMappingIdentifier": "1.3.6.1.2.1.2.2.1.1.3"}}


def network_with_parts(rows: Rows = PARTS) -> Network:
    network = Network(1)
    network.identity.learn("r1", "entity", [block(0, "entPhysicalTable", rows)], complete=True)
    return network


def test_parts_know_what_contains_them_and_which_interface_they_are():
    network = network_with_parts()
    [change] = network.tell("r1", 1_000, {"entPhysicalTable": PARTS, "entAliasMappingTable": ALIASES})
    chassis, card, port = sorted(change.parts, key=lambda part: int(part.index))
    assert (change.kind, change.new) == ("parts", "r1")
    assert (chassis.object, chassis.inside, chassis.description) == ("r1/entity:Chassis", "", "Box")
    assert (card.object, card.inside, card.serial, card.model) == ("r1/entity:Card 1", chassis.object, "EX1", "M-9")
    assert (port.inside, port.port) == (card.object, "r1/if:ge3")


def test_the_interface_of_a_port_may_be_named_later():
    network = network_with_parts()
    tables = {"entPhysicalTable": PARTS, "entAliasMappingTable": ALIASES}
    network.identity.forget("r1")
    network.identity.learn("r1", "entity", [block(0, "entPhysicalTable", PARTS)], complete=True)
    result = network.tell("r1", 1_000, tables)
    assert [part.port for part in result[0].parts if part.port] == ["r1/if:ge3"]
    assert network.tell("r1", 2_000, interfaces()) == []


def test_a_part_that_is_gone_is_gone_from_a_whole_reading_only():
    network = network_with_parts()
    network.tell("r1", 1_000, {"entPhysicalTable": PARTS})
    fewer = {index: row for index, row in PARTS.items() if index != "11"}
    assert network.tell("r1", 2_000, {"entPhysicalTable": fewer}, whole=False) == []
    [change] = network.tell("r1", 3_000, {"entPhysicalTable": fewer})
    assert [part.index for part in change.parts] == ["10", "1"]


def test_sub_interfaces_and_members_of_a_bundle():
    network = Network(1)
    stack: Rows = {index: {"ifStackStatus": 1} for index in ("0.1", "2.1", "1.0", "8.5", "8.6", "0.8")}
    lag: Rows = {port: {"dot3adAggPortAttachedAggID": bundle} for port, bundle in (("5", 8), ("6", 8), ("7", 0))}
    [change] = network.tell("r1", 1_000, {"ifStackTable": stack, "dot3adAggPortTable": lag})
    assert change.layers == (
        Layer("r1/if:ge2", "r1/if:ge1"),
        Layer("r1/if:ge8", "r1/if:ge5", bundle=True),
        Layer("r1/if:ge8", "r1/if:ge6", bundle=True),
    )


def test_addresses_of_both_tables_without_those_that_nobody_else_sees():
    old: Rows = {"192.0.2.7": {}, "127.0.0.1": {}}
    new: Rows = {
        "1.4.192.0.2.7": {},
        "1.4.198.51.100.1": {},
        "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1": {},
        "2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1": {},
        "4.20.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.3": {},
        "1.9": {},
    }
    assert addresses_of(old, new) == ("192.0.2.7", "198.51.100.1", "2001:db8::1")


def test_addresses_are_told_when_they_change():
    network = Network(1)
    table: Rows = {"192.0.2.1": {"ipAdEntIfIndex": 1}, "198.51.100.9": {"ipAdEntIfIndex": 2}}
    [change] = network.tell("r1", 1_000, {"ipAddrTable": table})
    assert (change.kind, change.addresses) == ("addresses", ("192.0.2.1", "198.51.100.9"))
    assert network.tell("r1", 2_000, {"ipAddrTable": table}) == []
