"""Links and parts of an element as the engine tells of them."""

from netmon.app.element_links import found_of, links_of, with_parts
from netmon.domain.element import LinkState, ObjectState
from netmon.domain.inventory import Link
from tests.normalize.telling import Network, Rows, block

PARTS: Rows = {
    "1": {
        "entPhysicalName": b"Chassis",
        "entPhysicalClass": 3,
        "entPhysicalSerialNum": b"EX9",
        "entPhysicalDescr": b"Box",
    },
    "2": {
        "entPhysicalName": b"PSU 0",
        "entPhysicalClass": 6,
        "entPhysicalContainedIn": 1,
        "entPhysicalModelName": b"P",
    },
}


def linked() -> Network:
    network = Network(links=(Link("l1", "r2/if:ge2", "r1/if:ge1", "uplink"), Link("l2", "r1/if:ge7", "r3/if:ge7")))
    network.neighbors("r1", 1_000, {1: ("r2", 2), 3: ("r3", 3), 7: ("r2", 7), 8: ("r9", 4)})
    network.neighbors("r2", 2_000, {2: ("r1", 1), 7: ("r1", 7)})
    network.neighbors("r3", 3_000, {})
    return network


def test_links_from_the_point_of_an_element():
    network = linked()
    links = found_of("r1", network.found, network.inventory).links
    assert {(one.a, one.b, one.status, one.configured, one.mismatch) for one in links} == {
        ("r1/if:ge1", "r2/if:ge2", "confirmed", True, ""),
        ("r1/if:ge7", "r3/if:ge7", "configured", True, "r1/if:ge7 - r2/if:ge7"),
        ("r1/if:ge7", "r2/if:ge7", "confirmed", False, ""),
        ("r1/if:ge3", "r3/if:ge3", "claimed", False, ""),
        ("r1/if:ge8", "r9 ge4", "stranger", False, ""),
    }


def test_all_links_once():
    network = linked()
    found = list(network.found.links.values())
    assert len(list(links_of(found, network.found.mismatches.by_link, network.inventory.links.values()))) == 4


def test_parts_are_objects_with_their_serial_numbers():
    network = linked()
    network.identity.learn("r1", "entity", [block(0, "entPhysicalTable", PARTS)], complete=True)
    stack: Rows = {"8.1": {"ifStackStatus": 1}}
    network.tell("r1", 4_000, {"entPhysicalTable": PARTS, "ifStackTable": stack})
    found = found_of("r1", network.found, network.inventory)
    port, bundle = ObjectState("r1/if:ge1", "if", "ge1"), ObjectState("r1/if:ge8", "if", "ge8")
    known = {one.object: one for one in with_parts([port, bundle, ObjectState("r1/psu:PSU 0", "psu", "PSU 0")], found)}
    assert list(known) == ["r1/if:ge1", "r1/if:ge8", "r1/psu:PSU 0", "r1/entity:Chassis"]
    assert (known["r1/if:ge1"].neighbor, known["r1/if:ge8"].neighbor) == ("r2/if:ge2", "r9 ge4")
    assert known["r1/if:ge8"].over == ("r1/if:ge1",)
    assert (known["r1/psu:PSU 0"].inside, known["r1/psu:PSU 0"].model) == ("r1/entity:Chassis", "P")
    chassis = known["r1/entity:Chassis"]
    assert (chassis.kind, chassis.name, chassis.serial, chassis.description) == ("entity", "Chassis", "EX9", "Box")


def test_an_element_of_which_nothing_was_found():
    network = Network(1)
    found = found_of("r1", network.found, network.inventory)
    assert (found.parts, found.links, found.addresses) == ((), (), ())
    assert LinkState("l", "a", "b", "stale").configured is False
