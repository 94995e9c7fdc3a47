"""Which links count: found one by one or all at once, in whatever order, they are the same."""

from random import Random

import msgspec

from netmon.correlate.connections import Connections
from netmon.correlate.graph import Graph
from netmon.domain.found import FoundLink
from netmon.domain.inventory import Element, Inventory, Link

ELEMENTS = {f"r{n}": Element(f"r{n}", (f"192.0.2.{n}",)) for n in range(1, 7)}
CARD = Link("card", "r1/entity:Card", "r1/if:p1", "uplink")
UPLINK = Link("up", "r1/if:p2", "r2/if:p2", "uplink")
INVENTORY = Inventory(elements=ELEMENTS, links={link.id: link for link in (CARD, UPLINK)})


def test_a_found_link_at_a_port_of_the_inventory_does_not_count() -> None:
    connections = Connections(INVENTORY, [FoundLink("one", "r1/if:p2", "r3/if:p1", "confirmed")])
    assert connections.all() == (UPLINK,)


def test_a_stale_link_counts_until_its_port_has_another() -> None:
    stale, live = FoundLink("one", "r3/if:p1", "r4/if:p1", "stale"), FoundLink("two", "r3/if:p1", "r5/if:p1")
    connections = Connections(INVENTORY, [stale])
    change = connections.change([live])
    assert ([link.id for link in change.gone], [link.id for link in change.new]) == (["one"], ["two"])
    change = connections.change([FoundLink("two", "", "")])
    assert ([link.id for link in change.gone], [link.id for link in change.new]) == (["two"], ["one"])


def test_another_status_of_a_link_that_counts_is_no_change() -> None:
    connections = Connections(INVENTORY, [FoundLink("one", "r3/if:p1", "r4/if:p1", "claimed")])
    assert not connections.change([FoundLink("one", "r3/if:p1", "r4/if:p1", "confirmed")])


def test_step_by_step_links_and_graph_are_those_of_all_at_once() -> None:
    random = Random(7)
    found: dict[str, FoundLink] = {}
    connections = Connections(INVENTORY)
    graph = Graph(ELEMENTS, connections.all())
    for number in range(600):
        id_ = f"l{number % 40}"
        if id_ in found and random.random() < 0.3:
            del found[id_]
            changed = FoundLink(id_, "", "")
        else:
            one, other = sorted(ELEMENTS)[number % 6], sorted(ELEMENTS)[number % 5]
            status = random.choice(("stale", "claimed", "confirmed"))
            known = found.get(id_, FoundLink(id_, f"{one}/if:p{random.randint(1, 4)}", f"{other}/if:p5"))
            changed = found[id_] = msgspec.structs.replace(known, status=status)
        change = connections.change([changed])
        graph.change(gone=change.gone, new=change.new)
        fresh = Connections(INVENTORY, found.values())
        assert sorted(connections.all(), key=repr) == sorted(fresh.all(), key=repr)
        again = Graph(ELEMENTS, fresh.all())
        assert graph.uppermost() == again.uppermost()
        assert [graph.beside(element) for element in ELEMENTS] == [again.beside(element) for element in ELEMENTS]
