"""Members of services that are followed by the description of a port (specs/snmp.md 5.6)."""

import msgspec

from netmon.domain.inventory import Element, Inventory, Match, Member, Service
from netmon.domain.observation import InventoryChange
from netmon.normalize.identity import Identity
from netmon.normalize.members import NOTHING, Members
from tests.normalize.telling import block

BY_TEXT = Member("", match=Match("r1", alias="CUST 4711"))
BY_PATTERN = Member("", match=Match("r1", pattern=r"CUST 48\d\d( .*)?"))


class Polled:
    def __init__(self, *members: Member) -> None:
        self.identity = Identity()
        self.described: dict[str, str] = {}
        self.members = self.fresh()
        self.at = 0
        assert self.use(*members) == []

    def fresh(self) -> Members:
        return Members(self.identity, lambda path: self.described.get(path, ""))

    def use(self, *members: Member) -> list[tuple[str, ...]]:
        elements = {"r1": Element("r1", ("192.0.2.1",), credential="c")}
        services = {f"svc-{n}": Service(f"svc-{n}", members=(member,)) for n, member in enumerate(members)}
        self.inventory = Inventory(elements=elements, services=services)
        return [told(one) for one in self.members.load(self.inventory, self.at)]

    def poll(self, **descriptions: str) -> list[tuple[str, ...]]:
        """Let r1 tell the description of each of its ports."""
        self.at += 60_000
        rows = {
            str(index): {"ifName": name.encode(), "ifAlias": text.encode()}
            for index, (name, text) in enumerate(descriptions.items(), 1)
        }
        read = block(self.at, "ifXTable", rows)
        self.identity.learn("r1", "if", [read], complete=True)
        self.described = {f"r1/if:{name}": text for name, text in descriptions.items()}
        return [told(one) for one in self.members.look("r1", [read], self.at)]

    def objects(self) -> list[str]:
        return [member.object for service in self.members.services.values() for member in service.members]


def told(change: InventoryChange) -> tuple[str, ...]:
    if change.kind == "members":
        return "members", *(member.object for service in change.services for member in service.members)
    return change.kind, change.old, change.words, change.new


def test_the_port_with_the_description_is_the_member():
    polled = Polled(BY_TEXT, BY_PATTERN)
    assert polled.objects() == ["", ""]
    assert polled.poll(ge1="CUST 4711", ge2="CUST 4801 Berlin", ge3="") == [("members", "r1/if:ge1", "r1/if:ge2")]
    assert polled.objects() == ["r1/if:ge1", "r1/if:ge2"]
    assert polled.poll(ge1="CUST 4711", ge2="CUST 4801 Berlin", ge3="") == []


def test_it_follows_the_description_to_another_port():
    polled = Polled(BY_TEXT)
    polled.poll(ge1="CUST 4711", ge2="free")
    assert polled.poll(ge1="free", ge2="CUST 4711") == [("members", "r1/if:ge2")]


def test_no_port_and_two_ports_are_told():
    polled = Polled(BY_TEXT)
    assert polled.poll(ge1="other") == [("member_mismatch", "svc-0", "CUST 4711", NOTHING)]
    assert polled.poll(ge1="CUST 4711", ge2="CUST 4711") == [
        ("member_mismatch", "svc-0", "CUST 4711", "r1/if:ge1, r1/if:ge2")
    ]
    assert polled.objects() == [""]
    assert polled.poll(ge1="CUST 4711", ge2="") == [
        ("member_mismatch", "svc-0", "CUST 4711", ""),
        ("members", "r1/if:ge1"),
    ]


def test_many_ports_are_counted():
    polled = Polled(BY_TEXT)
    [change] = polled.poll(**{f"ge{n}": "CUST 4711" for n in range(1, 6)})
    assert change[3] == "r1/if:ge1, r1/if:ge2, r1/if:ge3 and 2 more"


def test_nothing_is_told_before_descriptions_were_read():
    polled = Polled(BY_TEXT)
    read = block(1, "ifTable", {"1": {"ifName": b"ge1"}})
    polled.identity.learn("r1", "if", [read], complete=True)
    assert list(polled.members.look("r1", [read], 1)) == []


def test_a_port_that_is_gone_is_no_member():
    polled = Polled(BY_TEXT)
    polled.poll(ge1="CUST 4711", ge2="free")
    polled.identity.learn("r1", "if", [block(1, "ifXTable", {"2": {"ifName": b"ge2"}})], complete=True)
    read = block(2, "ifXTable", {"2": {"ifAlias": b"free"}})
    changes = [told(one) for one in polled.members.look("r1", [read], 2)]
    assert changes == [("member_mismatch", "svc-0", "CUST 4711", NOTHING), ("members", "")]


def test_a_new_inventory_is_resolved_at_once_and_forgets_what_it_does_not_ask():
    polled = Polled(BY_TEXT)
    polled.poll(ge1="free", ge2="CUST 4801")
    changes = polled.use(BY_PATTERN)
    assert changes == [("member_mismatch", "svc-0", "CUST 4711", ""), ("members", "r1/if:ge2")]
    assert polled.use(BY_PATTERN) == []
    assert polled.objects() == ["r1/if:ge2"]


def test_a_snapshot_knows_the_ports_and_what_was_told():
    polled = Polled(BY_TEXT, BY_PATTERN)
    polled.poll(ge1="CUST 4711")
    again = polled.fresh()
    again.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(polled.members.dump())), polled.inventory)
    assert (again.dump(), again.services) == (polled.members.dump(), polled.members.services)
    assert [told(one) for one in again.load(polled.inventory, polled.at)] == []
