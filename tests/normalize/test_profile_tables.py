"""Tables of profiles as samples: rows, labels from elsewhere, rates of any counter."""

from typing import Any

import msgspec
import pytest

from netmon.domain.observation import Block
from netmon.domain.sample import SampleBlock
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Samples
from netmon.rulebook.profile_values import Column, Derived, IndexPart, Join, Pick, Profile, Table
from tests.normalize.blocks import block, result

COUNTER32, COUNTER64 = 0x41, 0x46
STATE = Column("sensorState", "1.3.1", "state")
NAME = Column("sensorName", "1.3.2", "text")
LOOKUP = Table("lookup", (Column("ifName", "1.3.9", "text"),), lookup=True)


def made(*tables: Table) -> Samples:
    samples = Samples(Identity())
    samples.configure([Profile("if-mib", tables)])
    return samples


def read(samples: Samples, *blocks: Block, at: int = 60_000) -> list[SampleBlock]:
    return [one for one in samples.read(1, result(at, *blocks)).blocks if one.table != "poll"]


def labels(table: Table, rows: dict[str, dict[str, Any]], *others: Block) -> list[dict[str, str]]:
    blocks = read(made(table, LOOKUP), *others, block(60_000, rows, table=table.name))
    [found] = [one for one in blocks if one.table == table.name]
    return [dict(pairs) for pairs in found.labels]


def test_only_rows_that_are_wanted_are_samples():
    table = Table("t", (STATE, NAME), where=(("sensorState", (1, 2)),), rows=(("sensorName", "^CUST:"),))
    rows: dict[str, dict[str, Any]] = {
        "1": {"sensorState": 1, "sensorName": b"CUST: a"},
        "2": {"sensorState": 3, "sensorName": b"CUST: b"},
        "3": {"sensorState": 2, "sensorName": b"ours"},
        "4": {"sensorName": b"CUST: d"},
        "5": {"sensorState": 2, "sensorName": b"CUST: e"},
    }
    [found, *_] = read(made(table), block(60_000, rows, table="t"))
    assert found.index == ("1", "5")
    assert found.columns[1] == ("CUST: a", "CUST: e")
    assert [one.table for one in read(made(table), block(60_000, {"3": rows["3"]}, table="t"))] != ["t"]


def test_labels_by_position_and_object_of_the_index():
    index = (IndexPart("a", "Integer32", "Integer32"), IndexPart("peer", "InetAddress", "OctetString"))
    table = Table("t", (NAME,), labels=(("a", "index:a"), ("peer", "index:peer"), ("n", "index.2")), index=index)
    [found] = labels(table, {"7.4.192.0.2.9": {"sensorName": b"x"}})
    assert found == {"a": "7", "peer": "192.0.2.9", "n": "4"}
    assert labels(table, {"7.9.1": {"sensorName": b"x"}}) == [{"a": "", "peer": "", "n": "9"}]


def test_a_label_from_another_table():
    names = block(60_000, {"12": {"ifName": b"xe-0/0/1"}}, table="lookup")
    table = Table("t", (NAME, STATE), more_labels=(Join("ifName", "ifName", "sensorState"),))
    rows: dict[str, dict[str, Any]] = {"1": {"sensorState": 12}, "2": {"sensorState": 13}, "3": {"sensorName": b"x"}}
    assert labels(table, rows, names) == [{"ifName": "xe-0/0/1"}, {"ifName": ""}, {"ifName": ""}]


def test_the_interface_of_the_port_around_a_sensor():
    table = Table("t", (NAME,), more_labels=(Join("ifName", "ifName", "port"),))
    blocks = (
        block(60_000, {"12": {"ifName": b"xe-0/0/1"}}, table="lookup"),
        block(60_000, {"30": {"entPhysicalContainedIn": 20}, "20": {"entPhysicalContainedIn": 10}}, table="lookup"),
        block(60_000, {"10.0": {"entAliasMappingIdentifier": "1.3.6.1.2.1.2.2.1.1.12"}}, table="lookup"),
    )
    found = labels(table, {"30": {"sensorName": b"rx"}, "40": {"sensorName": b"fan"}}, *blocks)
    assert found == [{"ifName": "xe-0/0/1"}, {"ifName": ""}]


def test_labels_out_of_text():
    picks = (
        Pick("way", "sensorName", find=(("rx", "(?i)receive"), ("tx", "(?i)transmit"))),
        Pick("lane", "sensorName", extract="lane ([0-9]+)"),
    )
    rows = {"1": {"sensorName": b"Receive power lane 3"}, "2": {"sensorName": b"Temperature"}}
    assert labels(Table("t", (NAME,), more_labels=picks), rows) == [{"way": "rx", "lane": "3"}, {"way": "", "lane": ""}]


def test_a_lookup_gives_no_samples():
    found = read(made(LOOKUP), block(60_000, {"1": {"ifName": b"a"}}, table="lookup"))
    assert [one.table for one in found if one.table == "lookup"] == []


def test_a_limit_is_of_the_sensor_that_a_piece_of_its_index_means_and_reads_the_scale_of_that():
    sensors = Table(
        "entPhysicalTable", (Column("entPhysicalName", "1.3.5", "text"),), object="entity:{entPhysicalName}"
    )
    limits = Table(
        "limits",
        (Column("limit", "1.3.6", "gauge"),),
        object="entity:{index.1}",
        labels=(("number", "index.2"),),
        joined=(Join("scale", "ifName", "index.1"),),
        derive=(Derived("netmon_limit_celsius_high_alarm", "celsius", "scaled(limit, scale)"),),
    )
    samples = made(sensors, limits, LOOKUP)
    scales = block(60_000, {"7": {"ifName": -1}}, table="lookup")
    rows: dict[str, dict[str, Any]] = {"7.1": {"limit": 900}, "7.2": {"limit": 850}, "8.1": {"limit": 1}}
    held = read(samples, scales, block(60_000, rows, table="limits"))
    assert [one.table for one in held] == ["netmon_element"]
    names = {"7": {"entPhysicalName": b"Module"}, "8": {"entPhysicalName": b"Fan"}}
    found = read(samples, block(60_000, names, table="entPhysicalTable"), scales, at=61_000)
    [derived] = [one for one in found if one.table == "limits_derived"]
    assert derived.objects == ("r1/entity:Module", "r1/entity:Module", "r1/entity:Fan")
    assert derived.columns == ((90.0, 85.0, None),)
    assert derived.labels == ((("number", "1"),), (("number", "2"),), (("number", "1"),))


def test_an_object_is_named_by_a_label_and_by_a_piece_of_the_index():
    sensor = Pick("sensor", "sensorName", r"^(.+)\.")
    table = Table("t", (NAME,), object="sensor:{index.1}.{sensor}", more_labels=(sensor,))
    rows = {"1.54": {"sensorName": b"Temperature.Value"}, "2.9": {"sensorName": b"plain"}}
    [found, *_] = read(made(table), block(60_000, rows, table="t"))
    assert found.objects == ("r1/sensor:1.Temperature", "r1/sensor:#2.9")


def test_an_object_is_named_by_an_object_of_the_index():
    index = (IndexPart("peer", "IpAddress", "IpAddress"), IndexPart("n", "Integer32", "Integer32"))
    table = Table("t", (NAME,), object="ospf:{peer}", index=index)
    [found, *_] = read(made(table), block(60_000, {"192.0.2.9.0": {"sensorName": b"x"}}, table="t"))
    assert found.objects == ("r1/ospf:192.0.2.9",)


def grown(samples: Samples, at: int, value: int, *, tag: int = COUNTER64, uptime_cs: int | None = None) -> float | None:
    one = block(at, {"1": {"octets": value}}, table="t", uptime_cs=uptime_cs)
    one = Block(**{name: getattr(one, name) for name in one.__struct_fields__} | {"tags": (tag,)})
    derived = [found for found in read(samples, one, at=at) if found.table == "t_derived"]
    return derived[0].columns[0][0] if derived else None


def counting() -> Samples:
    column = Column("octets", "1.3.5", "counter")
    derive = (Derived("netmon_bits", "bit/s", "rate(octets) * 8", column="octets", rates=("octets",)),)
    return made(Table("t", (column,), derive=derive))


def test_the_rate_of_any_counter():
    samples = counting()
    assert grown(samples, 60_000, 1_000) is None
    assert grown(samples, 120_000, 7_000) == 800
    copy = counting()
    copy.load_state(samples.dump())
    assert grown(samples, 180_000, 7_000) == grown(copy, 180_000, 7_000) == 0


def test_a_rate_is_only_told_where_it_is_proven():
    samples = counting()
    grown(samples, 60_000, 1_000)
    assert grown(samples, 120_000, 900) is None, "a counter of 64 bits went back"
    assert grown(samples, 180_000, 1_000, uptime_cs=100) is None, "the agent restarted"


def test_a_counter_of_32_bits_may_wrap_once():
    samples = counting()
    grown(samples, 60_000, 2**32 - 600, tag=COUNTER32)
    assert grown(samples, 120_000, 600, tag=COUNTER32) == 160
    assert grown(samples, 180_000, 500, tag=COUNTER32) is None, "or the agent forgot it"


def test_64_bit_counters_that_appear_late_are_another_counter():
    samples = counting()
    grown(samples, 60_000, 1_000, tag=COUNTER32)
    assert grown(samples, 120_000, 2**33, tag=COUNTER64) is None
    assert grown(samples, 180_000, 2**33 + 600, tag=COUNTER64) == 80


def test_what_is_derived_of_scalars_reads_all_their_answers():
    columns = (Column("used", "1.3.5", "gauge"), Column("size", "1.3.6", "gauge"))
    derive = (
        Derived("netmon_percent", "percent", "used * 100 / size", when="size > 0", column="used"),
        Derived("netmon_percent", "percent", "used", when="size is missing", column="used"),
    )
    samples = made(Table("get", columns, scalars=True, derive=derive))
    blocks = (block(60_000, {"0": {"used": 5}}, table="get"), block(60_000, {"0": {"size": 50}}, table="get"))
    [percent] = [one for one in read(samples, *blocks) if one.table == "get_derived"]
    assert percent.columns == ((10.0,),)
    assert percent.oids == ("1.3.5",), "the metric tells which column it was read from"
    [percent] = [one for one in read(samples, blocks[0]) if one.table == "get_derived"]
    assert percent.columns == ((5,),)


@pytest.mark.parametrize(
    ("object_", "context", "path"),
    [
        ("ups", "", "r1/ups"),
        ("ups", "rack-a", "r1/ups:rack-a"),
        ("rectifier:A/1", "", "r1/rectifier:A/1"),
        ("if:eth0", "", "r1/if:eth0"),
    ],
)
def test_scalars_of_a_part_and_what_is_derived_of_them_are_the_parts(object_: str, context: str, path: str):
    derive = (Derived("netmon_ups_remaining_seconds", "seconds", "left * 60", column="left"),)
    columns = (Column("left", "1.3.5", "gauge"),)
    samples = made(Table(object_, columns, object=object_, scalars=True, derive=derive))
    run = msgspec.structs.replace(result(60_000, block(60_000, {"0": {"left": 2}}, table=object_)), context=context)
    found = {one.table: one for one in samples.read(1, run).blocks}
    assert found[object_].objects == found[f"{object_}_derived"].objects == (path,)
    assert found[f"{object_}_derived"].columns == ((120,),)
