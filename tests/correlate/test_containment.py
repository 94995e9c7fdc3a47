"""What fails with a part, from the links of the inventory."""

from netmon.correlate.containment import contained
from netmon.domain.inventory import Inventory, Link

CARD = "r1/entity:Card 3"


def inventory(*links: Link) -> Inventory:
    return Inventory(links={link.id: link for link in links})


def test_a_card_holds_its_ports_and_the_far_ends_of_their_links():
    found = contained(
        inventory(
            Link("c1", CARD, "r1/if:xe-3/0/0", "uplink"),
            Link("c2", CARD, "r1/if:xe-3/0/1", "uplink"),
            Link("l1", "r1/if:xe-3/0/0", "r2/if:xe-0/1/1", "uplink"),
            Link("l2", "r3/if:et-0", "r1/if:xe-3/0/1", "peer"),
            Link("l3", "r1/if:xe-0/0/0", "r4/if:a", "uplink"),
        )
    )
    assert found == {CARD: ("r1/if:xe-3/0/0", "r1/if:xe-3/0/1", "r2/if:xe-0/1/1", "r3/if:et-0")}


def test_parts_in_parts_and_even_in_a_circle():
    found = contained(
        inventory(
            Link("c1", "r1/entity:Shelf", CARD, "uplink"),
            Link("c2", CARD, "r1/if:a", "uplink"),
            Link("c3", "r1/if:a", "r1/entity:Shelf", "uplink"),
        )
    )
    assert found["r1/entity:Shelf"] == (CARD, "r1/if:a")
    assert found[CARD] == ("r1/entity:Shelf", "r1/if:a")


def test_links_between_elements_alone_hold_nothing():
    assert (
        contained(inventory(Link("l", "r1/if:a", "r2/if:b", "uplink"), Link("p", "r1/if:c", "r1/if:d", "peer"))) == {}
    )
