"""Interfaces that the inventory names and polls do not show (specs/snmp.md 5.6)."""

import msgspec

from netmon.domain.inventory import Element, Group, Inventory, Link, Member, Service
from netmon.domain.observation import InventoryChange
from netmon.normalize.identity import Identity
from netmon.normalize.pending import PENDING_MS, Pending
from tests.normalize.telling import block

LINKS = (Link("l1", "r1/if:ge1", "r2/if:ge9"),)


def inventory(*links: Link, **more: object) -> Inventory:
    elements = {f"r{n}": Element(f"r{n}", (f"192.0.2.{n}",), credential="c" if n < 3 else "") for n in (1, 2, 3)}
    base = Inventory(elements=elements, links={link.id: link for link in links})
    return msgspec.structs.replace(base, **more)


class Named:
    def __init__(self, of: Inventory) -> None:
        self.identity = Identity()
        self.pending = Pending(self.identity)
        assert self.load(of, 0) == []

    def load(self, of: Inventory, now: int) -> list[tuple[str, str]]:
        return told(self.pending.load(of, now))

    def poll(self, element: str, *names: str, now: int = 1) -> list[tuple[str, str]]:
        rows = {str(index): {"ifName": name.encode()} for index, name in enumerate(names, 1)}
        self.identity.learn(element, "if", [block(now, "ifXTable", rows)], complete=True)
        return told(self.pending.look(element, now))

    def tick(self, now: int) -> list[tuple[str, str]]:
        return told(self.pending.tick(now))


def told(changes: object) -> list[tuple[str, str]]:
    assert hasattr(changes, "__iter__")
    found: list[InventoryChange] = list(changes)
    assert {change.kind for change in found} <= {"pending"}
    return [(change.old, change.new) for change in found]


def test_what_no_poll_shows_for_a_day_is_told_once():
    named = Named(inventory(*LINKS))
    assert named.poll("r1", "ge1", "ge2") == []
    assert named.tick(PENDING_MS - 1) == []
    assert named.tick(PENDING_MS) == [("r2/if:ge9", "link l1")]
    assert named.tick(2 * PENDING_MS) == []


def test_it_is_over_when_a_poll_shows_it():
    named = Named(inventory(*LINKS))
    named.tick(PENDING_MS)
    assert named.poll("r2", "ge8", now=PENDING_MS + 1) == []
    assert named.poll("r2", "ge9", now=PENDING_MS + 2) == [("r2/if:ge9", "")]


def test_it_is_over_when_the_inventory_names_it_no_more():
    named = Named(inventory(*LINKS))
    named.tick(PENDING_MS)
    assert named.load(inventory(), PENDING_MS + 1) == [("r1/if:ge1", ""), ("r2/if:ge9", "")]
    assert named.pending.dump() == []


def test_a_reload_does_not_begin_the_day_anew():
    named = Named(inventory(*LINKS))
    named.load(inventory(*LINKS, Link("l2", "r1/if:ge5", "r2")), 1_000)
    assert named.tick(PENDING_MS) == [("r1/if:ge1", "link l1"), ("r2/if:ge9", "link l1")]
    assert named.tick(PENDING_MS + 1_000) == [("r1/if:ge5", "link l2")]


def test_one_that_goes_away_is_pending_from_then_on():
    named = Named(inventory(*LINKS))
    named.poll("r2", "ge9")
    named.poll("r1", "ge1")
    named.poll("r2", "ge8", now=5_000)
    assert named.tick(PENDING_MS + 4_999) == []
    assert named.tick(PENDING_MS + 5_000) == [("r2/if:ge9", "link l1")]


def test_groups_and_services_name_ports_as_well_and_elements_without_polls_none():
    groups = {"g1": Group("g1", ("r1/if:a", "l1"))}
    services = {"s1": Service("s1", members=(Member("r1/if:b"), Member("r3/if:c")), depends_on=("g1", "r1/if:d"))}
    named = Named(inventory(groups=groups, services=services))
    assert named.tick(PENDING_MS) == [("r1/if:a", "group g1"), ("r1/if:b", "service s1"), ("r1/if:d", "service s1")]


def test_names_are_compared_as_paths():
    named = Named(inventory(Link("l1", "r1/if:a%25b", "r2")))
    named.poll("r1", "a%b")
    assert named.tick(PENDING_MS) == []


def test_a_snapshot_counts_on():
    named = Named(inventory(*LINKS, Link("l2", "r1/if:ge5", "r2")))
    named.poll("r1", "ge5")
    named.tick(PENDING_MS)
    named.poll("r1", "ge1", now=PENDING_MS + 1)
    again = Pending(named.identity)
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(named.pending.dump()))
    again.load_state(state, inventory(*LINKS, Link("l2", "r1/if:ge5", "r2")))
    assert again.dump() == named.pending.dump()
    assert told(again.tick(2 * PENDING_MS + 1)) == [("r1/if:ge5", "link l2")]
