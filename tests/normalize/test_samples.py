"""Poll results as sample blocks, with the rates that the counters prove."""

import msgspec
import pytest

from netmon.domain.usage import Assignment, UsageSettings
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Read, Samples
from tests.normalize.blocks import PROFILE, block, result

GIGABIT = {"ifName": b"xe-0/0/1", "ifHighSpeed": 1000}
BILLED = Assignment("r1|ifName:xe-0/0/1", "r1", "r1/if:xe-0/0/1", "xe-0/0/1", "ifName", "main", "rule")


def samples() -> Samples:
    made = Samples(Identity())
    made.configure([PROFILE])
    made.meter([BILLED], UsageSettings())
    return made


def octets(inward: int, outward: int, **more: object) -> dict[str, dict[str, object]]:
    return {"7": {**GIGABIT, "ifHCInOctets": inward, "ifHCOutOctets": outward, **more}}


def rates(read: Read) -> dict[str, float | None]:
    [derived] = [made for made in read.blocks if made.table == "ifTable_derived"]
    return {name: column[0] for name, column in zip(derived.names, derived.columns, strict=True)}


def test_row_has_its_object_labels_and_oid():
    [sampled, _, _] = samples().read(1, result(60_000, block(60_000, octets(1, 2)))).blocks
    assert sampled.objects == ("r1/if:xe-0/0/1",)
    assert sampled.labels == ((("ifIndex", "7"), ("ifName", "xe-0/0/1")),)
    column = sampled.names.index("ifHCInOctets")
    assert (sampled.columns[column][0], sampled.kinds[column]) == (1, "counter")
    assert f"{sampled.oids[column]}.{sampled.index[0]}" == "1.3.6.1.2.1.31.1.1.1.6.7"
    assert (sampled.time, sampled.sent) == (60_000, 59_998)


def test_rate_and_utilization_of_two_polls():
    made = samples()
    assert rates(made.read(1, result(60_000, block(60_000, octets(0, 0)))))["netmon_if_in_bits_per_second"] is None
    found = rates(made.read(2, result(120_000, block(120_000, octets(750_000_000, 75_000_000)))))
    assert found == {
        "netmon_if_in_bits_per_second": 100_000_000.0,
        "netmon_if_out_bits_per_second": 10_000_000.0,
        "netmon_if_in_utilization_percent": 10.0,
        "netmon_if_out_utilization_percent": 1.0,
    }


@pytest.mark.parametrize(
    ("second", "uptime_cs"),
    [
        (octets(10, 10), 100),
        (octets(900_000_000_000_000, 0), 12_000),
        (octets(5, 5, ifCounterDiscontinuityTime=9), 12_000),
    ],
    ids=["restart", "implausible", "discontinuity"],
)
def test_no_rate_where_continuity_is_in_doubt(second, uptime_cs):
    made = samples()
    made.read(1, result(60_000, block(60_000, octets(0, 0), uptime_cs=6_000)))
    found = rates(made.read(2, result(120_000, block(120_000, second, uptime_cs=uptime_cs))))
    assert set(found.values()) == {None}


def test_parts_of_a_run_are_read_with_the_last():
    made = samples()
    first = made.read(1, result(1000, block(1000, {"7": {"ifHCInOctets": 5}}), part=0, last=False))
    assert (first.blocks, first.renamed) == ([], [])
    read = made.read(2, result(1001, block(1001, {"7": {"ifName": b"xe-0/0/1"}}), part=1))
    assert {made.objects for made in read.blocks} == {("r1/if:xe-0/0/1",), ("r1",)}


def test_newly_named_part_says_what_it_was_called():
    read = samples().read(1, result(1000, block(1000, octets(1, 2))))
    assert read.renamed == [("r1/if:#7", "r1/if:xe-0/0/1")]


def test_billed_interface_gives_judged_pairs():
    made = samples()
    for at, value in ((60_000, 1_000), (120_000, 4_000)):
        read = made.read(1, result(at, block(at, octets(value, 2 * value), table="usage"), group="usage"))
    assert [(pair.series, pair.ok, pair.d_in, pair.d_out) for pair in read.pairs] == [
        (BILLED.series, True, 3_000, 6_000)
    ]
    assert [made.table for made in read.blocks] == ["netmon_element"]


def test_snapshot_between_two_parts_and_two_polls_changes_nothing():
    one, other = samples(), samples()
    one.read(1, result(60_000, block(60_000, octets(0, 0))))
    one.read(2, result(120_000, block(120_000, octets(750_000_000, 0)), last=False))
    other._identity.load_state(one._identity.dump())
    other.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(one.dump())))
    end = result(120_001, part=1)
    assert other.read(3, end).blocks == one.read(3, end).blocks


def cells(read: Read, name: str) -> tuple[object, ...]:
    sampled = next(made for made in read.blocks if made.table == "ifTable")
    return sampled.columns[sampled.names.index(name)]


def test_a_number_written_as_text_is_a_number():
    rows = {str(row): {"ifHighSpeed": text} for row, text in enumerate((b"1000", b" -2.5\x00", b"fast", b"", 7), 1)}
    assert cells(samples().read(1, result(60_000, block(60_000, rows))), "ifHighSpeed") == (1000, -2.5, None, None, 7)


def test_text_keeps_its_lines_but_a_label_is_one_line():
    read = samples().read(1, result(60_000, block(60_000, {"7": {"ifName": b"a\r\nb\x01\x00"}})))
    assert cells(read, "ifName") == ("a\r\nb",)
    assert read.blocks[0].labels[0] == (("ifIndex", "7"), ("ifName", "a  b"))


def test_an_agent_that_sends_nonsense_has_no_rate():
    made = samples()
    nonsense = {"ifHCInOctets": 1, "ifHCOutOctets": 1, "ifHighSpeed": b"fast", "ifCounterDiscontinuityTime": b"x"}
    for seq in (1, 2):
        read = made.read(seq, result(seq * 60_000, block(seq * 60_000, {"1.7": nonsense, "8": nonsense})))
    [derived] = [made for made in read.blocks if made.table == "ifTable_derived"]
    assert derived.columns == ((None, 0.0), (None, 0.0), (None, None), (None, None))


def test_only_the_best_column_of_one_meaning_is_a_sample():
    table = msgspec.structs.replace(PROFILE.tables[0], prefer=(("ifHCInOctets", "ifHCOutOctets", "ifHighSpeed"),))
    made = Samples(Identity())
    made.configure([msgspec.structs.replace(PROFILE, tables=(table,))])
    rows = {
        "1": {"ifHCInOctets": 1, "ifHCOutOctets": 2, "ifHighSpeed": 3},
        "2": {"ifHCOutOctets": 2, "ifHighSpeed": 3},
        "3": {"ifHighSpeed": 3},
    }
    read = made.read(1, result(60_000, block(60_000, rows)))
    found = [cells(read, name) for name in table.prefer[0]]
    assert found == [(1, None, None), (None, 2, None), (None, None, 3)]


def test_what_a_further_context_tells_is_of_other_objects_and_series():
    """The same rows in two contexts: names, labels and rates of one never meet those of the other."""
    made = samples()
    for seq, (at, count) in enumerate(((60_000, 0), (120_000, 7_500_000))):
        main = made.read(2 * seq, result(at, block(at, octets(count, 0))))
        other = result(at + 50, block(at + 50, octets(10 * count + 1, 0, ifName=b"other")))
        apart = made.read(2 * seq + 1, msgspec.structs.replace(other, context="vrf-a"))
    assert main.blocks[0].objects == ("r1/if:xe-0/0/1",)
    assert apart.blocks[0].objects == ("r1/if:vrf-a/other",)
    assert apart.blocks[0].labels == ((("context", "vrf-a"), ("ifIndex", "7"), ("ifName", "other")),)
    assert {made.context for made in apart.blocks} == {"vrf-a"}
    assert rates(main)["netmon_if_in_bits_per_second"] == 1_000_000.0
    assert rates(apart)["netmon_if_in_bits_per_second"] == 10_000_000.0
    assert [made.table for made in apart.blocks] == ["ifTable", "ifTable_derived"]


def test_a_context_goes_with_its_element_and_with_nobody_else():
    made = samples()
    for element in ("r1", "r10"):
        for context in ("", "vrf-a"):
            told = result(60_000, block(60_000, octets(1, 1)))
            made.read(1, msgspec.structs.replace(told, element=element, context=context))
    made._identity.forget("r1")
    made.forget("r1")
    assert {item[0] for item in made._identity.dump()} == {"r10", "r10@vrf-a"}
    assert {item[1] for item in made.dump() if item[0] == "rate"} == {"r10|7", "r10@vrf-a|7"}
