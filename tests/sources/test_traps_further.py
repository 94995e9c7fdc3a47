"""Further addresses that elements say they have: traps come from any of them (specs/snmp.md 5.4, 3.5)."""

from netmon.domain.inventory import Element
from netmon.sources.traps.directory import Directory, Resolved

R1 = Element("r1", ("192.0.2.1",))
R2 = Element("r2", ("192.0.2.2",))


def found(resolved: Resolved, *addresses: str, elements: tuple[Element, ...] = (R1, R2)) -> list[str]:
    directory = Directory(resolved.elements(elements))
    return [directory.by_source("default", address)[0] for address in addresses]


def test_a_further_address_is_the_element():
    resolved = Resolved()
    resolved.further("r1", ("192.0.2.1", "198.51.100.1"))
    assert resolved.renewed()
    assert found(resolved, "192.0.2.1", "198.51.100.1") == ["r1", "r1"]


def test_what_the_inventory_gives_to_another_stays_there():
    resolved = Resolved()
    resolved.further("r1", ("192.0.2.2",))
    assert found(resolved, "192.0.2.2") == ["r2"]


def test_an_address_that_two_say_they_have_is_of_neither():
    resolved = Resolved()
    for element in ("r1", "r2"):
        resolved.further(element, ("198.51.100.1",))
    assert found(resolved, "198.51.100.1") == [""]


def test_the_same_in_two_realms_is_of_each():
    resolved = Resolved()
    far = Element("r3", ("192.0.2.1",), realm="lab")
    for element in ("r1", "r3"):
        resolved.further(element, ("198.51.100.1",))
    directory = Directory(resolved.elements((R1, far)))
    assert [directory.by_source(realm, "198.51.100.1")[0] for realm in ("default", "lab")] == ["r1", "r3"]


def test_an_address_that_is_gone_is_nobodys_and_the_same_again_is_no_news():
    resolved = Resolved()
    resolved.further("r1", ("198.51.100.1",))
    assert (resolved.renewed(), resolved.renewed()) == (True, False)
    resolved.further("r1", ("198.51.100.1",))
    assert not resolved.renewed()
    resolved.further("r1", ())
    assert found(resolved, "198.51.100.1") == [""]
