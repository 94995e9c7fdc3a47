"""What many sample blocks have in common is kept once."""

import msgspec

from netmon.normalize.identity import Identity
from netmon.normalize.samples import Samples
from tests.normalize.blocks import PROFILE, block, result


def test_elements_share_labels_that_are_equal():
    made = Samples(Identity())
    made.configure([PROFILE])
    rows = {"7": {"ifName": b"xe-0/0/1", "ifHCInOctets": 1, "ifHCOutOctets": 2}}
    polls = (msgspec.structs.replace(result(60_000, block(60_000, rows)), element=one) for one in ("r1", "r2"))
    (first,), (other,) = (made.read(seq, poll).blocks[0].labels for seq, poll in enumerate(polls, 1))
    assert first == (("ifIndex", "7"), ("ifName", "xe-0/0/1"))
    assert all(one is two for one, two in zip(first, other, strict=True))


def test_blocks_of_one_table_share_what_is_told_of_their_columns():
    made = Samples(Identity())
    made.configure([PROFILE])
    rows = {"7": {"ifName": b"xe-0/0/1", "ifHCInOctets": 1, "ifHCOutOctets": 2}}
    first, later = (made.read(seq, result(at, block(at, rows))).blocks for seq, at in ((1, 60_000), (2, 120_000)))
    assert [one.table for one in first] == ["ifTable", "ifTable_derived", "netmon_element"]
    for field in ("names", "kinds", "units", "oids"):
        for before, now in zip(first[:2], later[:2], strict=True):
            assert getattr(now, field) is getattr(before, field)
