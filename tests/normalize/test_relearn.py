"""What became of parts when their names are learned again: the table of specs/snmp.md 5.2."""

import msgspec

from netmon.normalize.identity import Identity
from netmon.normalize.samples import Read, Samples
from tests.normalize.blocks import PROFILE, block, result

ETHERNET, LAG = 6, 161


def row(name: str, mac: bytes = b"\2\0\0\0\0\1", type_: int = ETHERNET) -> dict[str, object]:
    return {"ifName": name.encode(), "ifPhysAddress": mac, "ifType": type_}


class Polled:
    def __init__(self) -> None:
        self.samples = Samples(Identity())
        self.samples.configure([PROFILE])
        self.at = 0

    def walk(self, rows: dict[str, dict[str, object]], *, walked: bool = True) -> Read:
        self.at += 60_000
        of = result(self.at, *([block(self.at, rows)] if rows else []), complete=walked)
        return self.samples.read(1, msgspec.structs.replace(of, walked=("ifTable",) if walked else ()))


def told(read: Read) -> list[tuple[str, str, str]]:
    return [(change.kind, change.old, change.new) for change in read.changes]


def test_renumbered_is_the_same_object():
    polled = Polled()
    polled.walk({"7": row("xe-0")})
    read = polled.walk({"9": row("xe-0")})
    assert (told(read), read.hardware, read.blocks[0].objects) == ([], [], ("r1/if:xe-0",))
    assert told(polled.walk({"9": row("xe-0")})) == []


def test_swapped_names_are_the_same_objects():
    polled = Polled()
    polled.walk({"7": row("a", b"\2\0\0\0\0\1"), "8": row("b", b"\2\0\0\0\0\2")})
    read = polled.walk({"7": row("b", b"\2\0\0\0\0\2"), "8": row("a", b"\2\0\0\0\0\1")})
    assert (told(read), read.hardware) == ([], [])


def test_another_address_or_type_is_other_hardware():
    polled = Polled()
    polled.walk({"7": row("xe-0"), "8": row("xe-1")})
    read = polled.walk({"7": row("xe-0", b"\2\0\0\0\0\7"), "8": row("xe-1", type_=LAG)})
    assert read.hardware == ["r1/if:xe-0", "r1/if:xe-1"]
    assert polled.walk({"7": row("xe-0", b"\2\0\0\0\0\7"), "8": row("xe-1", type_=LAG)}).hardware == []


def test_same_number_and_address_with_another_name_is_renamed():
    polled = Polled()
    polled.walk({"7": row("old")})
    assert told(polled.walk({"7": row("new")})) == [("renamed", "r1/if:old", "r1/if:new")]
    assert told(polled.walk({"7": row("new")})) == []


def test_without_an_address_nothing_proves_a_new_name():
    polled = Polled()
    polled.walk({"7": row("old", b"")})
    assert told(polled.walk({"7": row("new", b"")})) == []
    assert told(polled.walk({"7": row("new", b"")})) == [("removed", "r1/if:old", "")]


def test_missing_in_two_whole_walks_is_removed():
    polled = Polled()
    polled.walk({"7": row("a"), "8": row("b")})
    assert told(polled.walk({"7": row("a")})) == []
    assert told(polled.walk({"7": row("a")})) == [("removed", "r1/if:b", "")]
    assert told(polled.walk({"7": row("a")})) == []


def test_missing_rows_of_a_reading_that_is_not_whole_mean_nothing():
    polled = Polled()
    polled.walk({"7": row("a"), "8": row("b")})
    assert [told(polled.walk({"7": row("a")}, walked=False)) for _ in range(5)] == [[]] * 5
    assert told(polled.walk({"7": row("a")})) == []


def test_one_that_is_back_in_between_is_counted_anew():
    polled = Polled()
    both, one = {"7": row("a"), "8": row("b")}, {"7": row("a")}
    assert [told(polled.walk(rows)) for rows in (both, one, both, one)] == [[]] * 4


def test_a_table_that_is_empty_twice_has_lost_all():
    polled = Polled()
    polled.walk({"7": row("a"), "8": row("b")})
    assert told(polled.walk({})) == []
    assert told(polled.walk({})) == [("removed", "r1/if:a", ""), ("removed", "r1/if:b", "")]


def test_a_snapshot_counts_on():
    polled = Polled()
    polled.walk({"7": row("a"), "8": row("b")})
    polled.walk({"7": row("a")})
    identity = Identity()
    again = Samples(identity)
    again.configure([PROFILE])
    identity.load_state(polled.samples._identity.dump())
    again.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(polled.samples.dump())))
    polled.samples = again
    assert told(polled.walk({"7": row("a")})) == [("removed", "r1/if:b", "")]


def test_two_rows_with_one_name_take_the_next_and_are_not_renamed():
    polled = Polled()
    polled.walk({"7": row("a") | {"ifDescr": b"left"}})
    read = polled.walk({"7": row("a") | {"ifDescr": b"left"}, "8": row("a", b"\2\0\0\0\0\2") | {"ifDescr": b"right"}})
    assert read.blocks[0].objects == ("r1/if:left", "r1/if:right")
