"""Stable names of interfaces, learned from polls."""

import msgspec

from netmon.normalize.identity import Identity
from netmon.normalize.learning import Learning
from netmon.rulebook.profile_values import Table
from tests.normalize.blocks import block, result


def learned(*rows_of_walks: dict[str, dict[str, bytes]], complete: bool = True) -> Identity:
    identity = Identity()
    for rows in rows_of_walks:
        identity.learn("r1", "if", [block(1000, rows)], complete=complete)
    return identity


def test_ifname_is_the_name():
    identity = learned({"7": {"ifName": b"xe-0/0/1", "ifDescr": b"Uplink"}})
    assert identity.name("r1", "if", "7") == "xe-0/0/1"


def test_unknown_until_it_is_learned():
    assert Identity().name("r1", "if", "7") is None


def test_empty_ifname_falls_back_to_ifdescr_and_then_to_the_index():
    identity = learned({"7": {"ifName": b"  ", "ifDescr": b"Uplink"}, "8": {"ifName": b"", "ifDescr": b""}})
    assert identity.name("r1", "if", "7") == "Uplink"
    assert identity.name("r1", "if", "8") == "#8"


def test_two_rows_with_one_name_both_take_the_next():
    identity = learned({"1": {"ifName": b"ge", "ifDescr": b"left"}, "2": {"ifName": b"ge", "ifDescr": b"right"}})
    assert [identity.name("r1", "if", index) for index in ("1", "2")] == ["left", "right"]


def test_names_may_come_in_another_block_than_the_counters():
    identity = Identity()
    blocks = [block(1, {"7": {"ifDescr": b"Uplink"}}), block(2, {"7": {"ifName": b"xe-0/0/1"}})]
    changed = identity.learn("r1", "if", blocks, complete=True)
    assert changed == [("7", "xe-0/0/1")]


def test_renumbered_interface_keeps_its_name():
    identity = learned({"7": {"ifName": b"xe-0/0/1"}}, {"9": {"ifName": b"xe-0/0/1"}})
    assert identity.name("r1", "if", "9") == "xe-0/0/1"
    assert identity.name("r1", "if", "7") is None


def test_row_missing_from_an_incomplete_walk_keeps_its_name():
    identity = learned({"7": {"ifName": b"a"}, "8": {"ifName": b"b"}}, {"8": {"ifName": b"b"}}, complete=False)
    assert identity.name("r1", "if", "7") == "a"


def test_snapshot_gives_the_same_names():
    identity = learned({"7": {"ifName": b"a"}, "10": {"ifName": b"b"}})
    other = Identity()
    other.load_state(identity.dump())
    assert other.dump() == identity.dump()
    assert other.name("r1", "if", "10") == "b"


def test_a_part_has_the_kind_of_its_class():
    identity = Identity()
    rows = {
        "1": {"entPhysicalName": b"Chassis", "entPhysicalClass": 3},
        "20": {"entPhysicalName": b"PSU 0", "entPhysicalClass": 6},
    }
    identity.learn("r1", "entity", [block(1000, rows)], complete=True)
    again = Identity()
    again.load_state(identity.dump())
    for known in (identity, again):
        assert (known.kind("r1", "entity", "20"), known.name("r1", "entity", "20")) == ("psu", "PSU 0")
        assert (known.kind("r1", "entity", "1"), known.kind("r1", "entity", "99")) == ("entity", "entity")
        assert known.kind("r1", "if", "20") == "if"
    again.forget("r1")
    assert again.kind("r1", "entity", "20") == "entity"


def test_a_table_of_some_parts_takes_no_name_from_the_others():
    identity = Identity()
    chassis, sensor = {"entPhysicalName": b"a", "entPhysicalDescr": b"x"}, {"entPhysicalName": b"b"}
    identity.learn(
        "r1",
        "entity",
        [block(1, {"1": chassis, "2": chassis, "3": {**sensor, "entPhysicalDescr": b"y"}})],
        complete=True,
    )
    learned = identity.learn(
        "r1", "entity", [block(2, {"2": {"entPhysicalName": b"a"}, "4": {"entPhysicalName": b"c"}})], complete=True
    )
    assert learned == [("4", "c")]
    assert [identity.name("r1", "entity", index) for index in "1234"] == ["#1", "#2", "b", "c"]


def test_a_part_that_is_of_another_kind_now_is_renamed():
    learning, table = Learning(Identity()), Table("entPhysicalTable", (), object="entity:{entPhysicalName}")
    told = []
    for at, description in ((1_000, b"Blank"), (2_000, b"SFP+")):
        rows = {"7": {"entPhysicalName": b"P1", "entPhysicalClass": 9, "entPhysicalDescr": description}}
        walk = block(at, rows, table="entPhysicalTable")
        whole = msgspec.structs.replace(result(at, walk), walked=("entPhysicalTable",))
        told.append(learning.take(whole, table, "entity", blocks=[walk]).changes)
    assert told[0] == []
    assert [(one.kind, one.old, one.new) for one in told[1]] == [("renamed", "r1/entity:P1", "r1/optic:P1")]
