"""What fails with a part, from the links of the inventory."""

from netmon.correlate.containment import Containment, contained
from netmon.domain.found import FoundLink, Layer, Part
from netmon.domain.inventory import Element, Inventory, Link

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
    assert found[CARD] == ("r1/if:xe-3/0/0", "r1/if:xe-3/0/1", "r2/if:xe-0/1/1", "r3/if:et-0")


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


def test_an_element_takes_the_far_ends_of_its_links_with_it():
    links = Link("l", "r1/if:a", "r2/if:b", "uplink"), Link("p", "r1/if:c", "r1/if:d", "peer")
    assert contained(inventory(*links)) == {"r1": ("r2/if:b",), "r2": ("r1/if:a",)}


def test_a_far_end_whose_port_is_not_known_suffers_nothing():
    assert contained(inventory(Link("l", "r1/if:a", "r2"))) == {"r2": ("r1/if:a",)}


ELEMENTS = Inventory(elements={f"r{n}": Element(f"r{n}", (f"192.0.2.{n}",)) for n in (1, 2, 3)})


def test_a_found_link_that_is_stale_counts_until_its_port_has_another():
    containment = Containment()
    containment.load(ELEMENTS, [FoundLink("one", "r1/if:a", "r2/if:b", "stale")])
    changed = containment.links([FoundLink("two", "r1/if:a", "r3/if:c", "claimed")])
    assert changed == {"r1": ("r3/if:c",), "r2": (), "r3": ("r1/if:a",)}
    changed = containment.links([FoundLink("two", "", "")])
    assert changed == {"r1": ("r2/if:b",), "r2": ("r1/if:a",), "r3": ()}


def test_found_links_are_the_same_one_by_one_and_at_once():
    links = [
        FoundLink("one", "r1/if:a", "r2/if:b", "stale"),
        FoundLink("two", "r1/if:a", "r3/if:c", "confirmed"),
        FoundLink("three", "r2/if:d", "r3"),
    ]
    at_once = Containment().load(ELEMENTS, links)
    one_by_one = Containment()
    carried = one_by_one.load(ELEMENTS, [])
    for link in links:
        carried |= one_by_one.links([link])
    assert at_once == {"r1": ("r3/if:c",), "r3": ("r1/if:a", "r2/if:d")}
    assert {part: inside for part, inside in carried.items() if inside} == at_once


AE, ONE, OTHER = "r1/if:ae0", "r1/if:xe-0", "r1/if:xe-1"
BUNDLE = (Layer(AE, ONE, bundle=True), Layer(AE, OTHER, bundle=True), Layer("r1/if:ae0.7", AE))


def test_a_bundle_carries_its_members_and_none_of_them_the_bundle():
    containment = Containment()
    containment.load(ELEMENTS, [])
    assert containment.element("r1", (), BUNDLE) == {AE: ("r1/if:ae0.7", ONE, OTHER)}


def test_a_bundle_fails_with_the_card_that_has_all_its_members():
    containment = Containment()
    containment.load(ELEMENTS, [])
    parts = [Part(f"r1/entity:port{n}", str(n), inside=CARD, port=port) for n, port in enumerate((ONE, OTHER))]
    assert set(containment.element("r1", parts, BUNDLE)[CARD]) >= {AE, "r1/if:ae0.7", ONE, OTHER}
    assert AE not in containment.element("r1", parts[:1], BUNDLE)[CARD]


def test_a_bundle_of_one_link_and_this_link_do_not_hide_each_other():
    containment = Containment()
    containment.load(ELEMENTS, [])
    assert containment.element("r1", (), BUNDLE[:1]) == {AE: (ONE,)}


def test_a_port_that_many_hang_on_carries_their_ends_and_fails_with_none_of_them():
    links = (
        Link("l1", "r1/if:pon", "r2/if:wan", "uplink"),
        Link("l2", "r1/if:pon", "r3", "uplink"),
        Link("card", CARD, "r1/if:pon", "uplink"),
    )
    assert contained(inventory(*links)) == {"r1/if:pon": ("r2/if:wan",), CARD: ("r1/if:pon", "r2/if:wan")}
