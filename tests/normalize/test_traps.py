"""Events of traps: fields by symbol."""

from netmon.domain.observation import Trap
from netmon.domain.oid import BAD_VALUE, Varbind
from netmon.mib.names import MibView
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
