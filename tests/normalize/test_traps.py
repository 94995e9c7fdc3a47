"""Events of traps: fields by symbol."""

from collections.abc import Mapping
from typing import Any

from netmon.domain.observation import Trap
from netmon.domain.oid import BAD_VALUE, Varbind
from netmon.mib.names import MibView
from netmon.mib.node import Index, Module, Node, Syntax
from netmon.normalize.traps import TrapNames


def trap(*varbinds: Varbind, at: int = 1) -> Trap:
    return Trap(at, "default", "192.0.2.1", 162, "l", "v2c", "c", "r1", "address", "1.3.6.1.6.3.1.1.5.3", varbinds)


def test_equal_varbinds_have_equal_fields_and_nothing_else_in_common() -> None:
    names = TrapNames(MibView({}))
    first = names.event(1, trap(("1.3.9.1", 2, 7), at=10))
    again = names.event(2, trap(("1.3.9.1", 2, 7), at=20))
    other = names.event(3, trap(("1.3.9.1", 2, 8), at=20))
    assert first.fields == again.fields
    assert (first.seq, first.time, again.seq, again.time) == (1, 10, 2, 20)
    assert (again.varbinds, other.fields) == ((("1.3.9.1", 2, 7),), {"1.3.9.1": 8})


def test_values_that_compare_equal_but_are_of_other_types_are_kept_apart() -> None:
    names = TrapNames(MibView({}))
    integer = names.event(1, trap(("1.3.9.1", 2, 1)))
    octets = names.event(2, trap(("1.3.9.1", 4, b"1")))
    bad = names.event(3, trap(("1.3.9.1", 2 | BAD_VALUE, b"1")))
    assert (integer.fields, octets.fields, bad.fields) == ({"1.3.9.1": 1}, {"1.3.9.1": "1"}, {})


def test_a_large_trap_keeps_its_varbinds_and_is_not_to_be_remembered() -> None:
    names = TrapNames(MibView({}))
    small = names.event(1, trap(("1.3.9.1", 4, b"x" * 256)))
    large = names.event(2, trap(("1.3.9.1", 4, b"x" * 257)))
    assert (small.is_memorable, large.is_memorable) == (True, False)
    assert large.varbinds == (("1.3.9.1", 4, b"x" * 257),)


def test_an_address_in_octets_is_an_address_be_its_octets_letters_or_not() -> None:
    address = Syntax("InetAddress", "OctetString")
    nodes = (
        Node("M", "t", "1.3.9"),
        Node("M", "row", "1.3.9.1", "row", indexes=(Index("M::peer"),)),
        Node("M", "peer", "1.3.9.1.1", "column", type=address),
        Node("M", "port", "1.3.9.1.2", "column", type=Syntax("OctetString", "OctetString")),
    )
    names = TrapNames(MibView((Module("M", "key", nodes),)))

    def fields(octets: bytes) -> Mapping[str, Any]:
        return names.event(1, trap(("1.3.9.1.1.0", 4, octets))).fields

    assert fields(bytes((192, 0, 2, 7))) == {"peer": "192.0.2.7"}
    assert fields(b"2345") == {"peer": "50.51.52.53"}
    assert fields(bytes.fromhex("20010db8000000000000000000000007")) == {"peer": "2001:db8::7"}
    assert fields(bytes.fromhex("fe80000000000000000000000000000700000003")) == {"peer": "fe80::7%3"}
    assert fields(b"host.example.net") == {"peer": "host.example.net"}
    assert fields(b"\xc0\x00\x02") == {"peer": "0xc00002"}
    of_row = names.event(1, trap(("1.3.9.1.2.4.192.0.2.7", 4, b"2345"))).fields
    assert of_row == {"port": "2345", "peer": "192.0.2.7"}
