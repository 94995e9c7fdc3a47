"""Links between elements, from what they tell of their neighbors (specs/snmp.md 5.4)."""

import msgspec

from netmon.app.element_links import links_of
from netmon.correlate.connections import Connections
from netmon.domain.inventory import Link
from netmon.normalize.found import Found
from netmon.normalize.neighborhood import STALE_MS
from tests.normalize.telling import Network, interfaces, lldp, mac

A1, B2 = "r1/if:ge1", "r2/if:ge2"


def test_one_end_claims_and_both_confirm():
    network = Network()
    network.neighbors("r2", 1_000, {})
    [claimed] = network.neighbors("r1", 2_000, {1: ("r2", 2)})
    assert (claimed.kind, network.links()) == ("links", {(A1, B2): "claimed"})
    [confirmed] = network.neighbors("r2", 3_000, {2: ("r1", 1)})
    assert [link.status for link in confirmed.found] == ["confirmed"]
    assert network.links() == {(A1, B2): "confirmed"}


def test_the_order_in_which_elements_are_met_makes_no_difference():
    network = Network()
    network.neighbors("r1", 1_000, {1: ("r2", 2)})
    assert network.links() == {}
    network.neighbors("r2", 2_000, {2: ("r1", 1)})
    assert network.links() == {(A1, B2): "confirmed"}


def test_the_same_again_is_no_change():
    network = Network()
    network.neighbors("r1", 1_000, {1: ("r2", 2)})
    network.neighbors("r2", 2_000, {2: ("r1", 1)})
    assert network.neighbors("r2", 3_000, {2: ("r1", 1)}) == []


def test_two_links_between_two_elements():
    network = Network()
    network.neighbors("r1", 1_000, {1: ("r2", 2), 3: ("r2", 4)})
    network.neighbors("r2", 2_000, {2: ("r1", 1), 4: ("r1", 3)})
    assert network.links() == {(A1, B2): "confirmed", ("r1/if:ge3", "r2/if:ge4"): "confirmed"}


def test_a_neighbor_outside_the_inventory_is_a_stranger():
    network = Network(1)
    [change] = network.neighbors("r1", 1_000, {1: ("r9", 5)})
    [stranger] = change.strangers
    assert (change.kind, change.new, stranger.port, stranger.name, stranger.far_port) == (
        "strangers", "r1", A1, "r9", "ge5",
    )  # fmt: skip


def test_a_neighbor_is_known_by_its_address_where_its_chassis_is_not():
    network = Network()
    tables = lldp("r1", {1: ("r9", 2)}) | interfaces()
    tables["lldpRemManAddrTable"] = {"0.1.1.1.4.192.0.2.2": {"lldpRemManAddrIfSubtype": 2}}
    network.tell("r2", 1_000, interfaces())
    network.tell("r1", 2_000, tables)
    assert network.links() == {(A1, "r2"): "claimed"}


def test_a_name_that_two_elements_have_proves_nothing():
    network = Network()
    for element, at in (("r2", 1_000), ("r3", 2_000)):
        tables = lldp(element, {}) | interfaces()
        tables["get"]["0"]["lldpLocSysName"] = b"twin"
        network.tell(element, at, tables)
    tables = lldp("r1", {1: ("r9", 2)}) | interfaces()
    tables["lldpRemTable"]["0.1.1"]["lldpRemSysName"] = b"twin"
    network.tell("r1", 3_000, tables)
    assert network.links() == {}


def test_a_port_by_its_address_and_by_its_description():
    network = Network()
    network.neighbors("r2", 1_000, {})
    tables = lldp("r1", {1: ("r2", 2), 3: ("r2", 4)}) | interfaces()
    tables["lldpRemTable"]["0.1.1"] |= {"lldpRemPortIdSubtype": 3, "lldpRemPortId": b"\x025"}
    tables["lldpRemTable"]["0.3.1"] |= {"lldpRemPortIdSubtype": 7, "lldpRemPortId": b"x", "lldpRemPortDesc": b"ge4"}
    network.tell("r1", 2_000, tables)
    assert network.links() == {(A1, "r2/if:ge5"): "claimed", ("r1/if:ge3", "r2/if:ge4"): "claimed"}


def test_a_vanished_link_stays_stale_for_seven_days():
    network = Network()
    network.neighbors("r1", 1_000, {1: ("r2", 2)})
    network.neighbors("r2", 2_000, {2: ("r1", 1)})
    network.neighbors("r1", 3_000, {})
    assert network.links() == {(A1, B2): "claimed"}
    network.neighbors("r2", 4_000, {})
    assert network.link(A1, B2).status == "stale"
    assert list(network.found.tick(4_000 + STALE_MS - 1)) == []
    [gone] = network.found.tick(4_000 + STALE_MS)
    assert (gone.kind, gone.found[0].a, network.links()) == ("links", "", {})


def test_a_stale_link_that_comes_back_lives():
    network = Network()
    network.neighbors("r2", 500, {})
    for at, neighbors in ((1_000, {1: ("r2", 2)}), (2_000, {}), (3_000, {1: ("r2", 2)})):
        network.neighbors("r1", at, neighbors)
    assert network.links() == {(A1, B2): "claimed"}
    assert list(network.found.tick(3_000 + 2 * STALE_MS)) == []


def test_rows_read_by_get_take_nothing_away():
    network = Network()
    network.neighbors("r2", 500, {})
    network.neighbors("r1", 1_000, {1: ("r2", 2), 3: ("r2", 4)})
    network.tell("r1", 2_000, {"lldpRemTable": lldp("r1", {3: ("r2", 5)})["lldpRemTable"]}, whole=False)
    assert network.links() == {
        (A1, B2): "claimed", ("r1/if:ge3", "r2/if:ge4"): "stale", ("r1/if:ge3", "r2/if:ge5"): "claimed",
    }  # fmt: skip


def test_a_configured_link_is_kept_and_the_contradiction_told():
    network = Network(links=(Link("l1", A1, "r3/if:ge7"),))
    network.neighbors("r2", 500, {})
    changes = network.neighbors("r1", 1_000, {1: ("r2", 2)})
    told = [(change.old, change.new) for change in changes if change.kind == "link_mismatch"]
    assert told == [("l1", f"{A1} - {B2}")]
    network.neighbors("r3", 2_000, {})
    changes = network.neighbors("r1", 3_000, {1: ("r3", 7)})
    assert [(change.old, change.new) for change in changes if change.kind == "link_mismatch"] == [("l1", "")]


def test_a_link_of_another_port_contradicts_nothing():
    network = Network(links=(Link("l1", A1, B2),))
    network.neighbors("r2", 500, {})
    changes = network.neighbors("r1", 1_000, {1: ("r2", 2), 3: ("r2", 4)})
    assert [change.kind for change in changes] == ["links"]


def test_neighbors_contradict_no_link_within_an_element():
    network = Network(links=(Link("card", "r1/entity:Card 1", A1, "uplink"),))
    network.neighbors("r2", 500, {})
    changes = network.neighbors("r1", 1_000, {1: ("r2", 2)})
    assert [change.kind for change in changes] == ["links"]
    inventory, found = network.inventory, list(network.found.links.values())
    assert [(link.a, link.b) for link in Connections(inventory, found).all()] == [(A1, B2)]
    assert [(link.a, link.b) for link in links_of(found, {}, inventory.links.values())] == [(A1, B2)]


def test_links_of_an_element_that_left_are_gone():
    network = Network()
    network.neighbors("r1", 1_000, {1: ("r2", 2)})
    network.neighbors("r2", 2_000, {2: ("r1", 1)})
    rest = msgspec.structs.replace(network.inventory, elements={"r1": network.inventory.elements["r1"]})
    [change] = network.found.load(rest, 3_000)
    assert ([link.a for link in change.found], network.links()) == ([""], {})
    assert [one.name for one in network.found.neighborhood.strangers["r1"]] == ["r2"]


def test_a_snapshot_knows_everything_again():
    network = Network()
    network.neighbors("r1", 1_000, {1: ("r2", 2), 5: ("r9", 1)})
    network.neighbors("r2", 2_000, {2: ("r1", 1), 3: ("r3", 3)})
    network.neighbors("r3", 3_000, {})
    network.neighbors("r2", 4_000, {2: ("r1", 1)})
    items = msgspec.msgpack.decode(msgspec.msgpack.encode(network.found.dump()))
    again = Found(network.identity)
    again.load_state(items, network.inventory)
    assert again.dump() == network.found.dump()
    assert again.neighborhood.strangers["r1"] == network.found.neighborhood.strangers["r1"]
    network.found = again
    assert network.neighbors("r2", 5_000, {2: ("r1", 1)}) == []
    network.neighbors("r1", 6_000, {})
    network.neighbors("r2", 7_000, {})
    assert set(network.links().values()) == {"stale"}


def test_chassis_ids_are_octets():
    network = Network(2)
    network.neighbors("r1", 1_000, {})
    assert network.found.neighborhood.told("r1").chassis == (4, mac("r1"))
