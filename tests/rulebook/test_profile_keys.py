"""Each key of a metric profile (specs/snmp.md 6.1), and what is told where it is wrong."""

import pytest

from netmon.config.yaml import parse
from netmon.mib.names import MibView
from netmon.rulebook.profile import compile_profiles
from netmon.rulebook.profile_values import Column, IndexPart, Join, Pick, Profile
from tests.mibs import shipped_names

NUMBERS = "1.3.6.1.4.1.32473.7"


@pytest.fixture(scope="module")
def mibs() -> MibView:
    return shipped_names()


def compiled(mibs: MibView, text: str) -> Profile:
    found = compile_profiles([parse(f"version: 1\nprofile: a\n{text}".encode(), "a.yaml").document], mibs)
    assert found.problems == ()
    return found.profiles[0]


def problems(mibs: MibView, text: str) -> list[str]:
    parsed = parse(f"version: 1\nprofile: a\n{text}".encode(), "a.yaml")
    assert parsed.problems == ()
    return [str(problem) for problem in compile_profiles([parsed.document], mibs).problems]


def column(mibs: MibView, entry: str) -> Column:
    return compiled(mibs, f"get: [{entry}]\n").tables[0].columns[0]


def test_match_takes_sysdescr_and_what_it_is_not_for(mibs: MibView) -> None:
    found = compiled(mibs, 'match: {sysdescr: "(?i)olt", not: ["1.3.6.1.4.1.32473.9.*"]}\n')
    assert (found.sysdescr, found.excluded) == ("(?i)olt", ("1.3.6.1.4.1.32473.9.*",))


def test_offset_and_invalid_values(mibs: MibView) -> None:
    entry = f"{{object: {NUMBERS}, name: t, kind: gauge, scale: 0.1, offset: -273.15, invalid: [-1, n/a]}}"
    assert column(mibs, entry) == Column("t", NUMBERS, "gauge", scale=0.1, offset=-273.15, invalid=(-1, "n/a"))


def test_kinds_of_dates_bits_and_octets_come_from_the_mib(mibs: MibView) -> None:
    table = compiled(
        mibs,
        "tables: [{table: ENTITY-STATE-MIB::entStateTable, columns: [entStateLastChanged, entStateAlarm]},"
        " {table: ifTable, columns: [ifPhysAddress]}]\n",
    )
    dates, alarms = table.tables[0].columns
    assert (dates.kind, dates.unit) == ("time", "seconds")
    assert alarms.kind == "bits"
    assert (2, "critical") in alarms.enum
    assert table.tables[1].columns[0].hint == "1x:"


def test_words_of_a_state_without_a_mib(mibs: MibView) -> None:
    assert column(mibs, f"{{object: {NUMBERS}, name: s, kind: state, values: {{up: 1, down: 2}}}}").enum == (
        (1, "up"),
        (2, "down"),
    )


def test_rows_are_chosen_by_words_and_by_text(mibs: MibView) -> None:
    [table] = compiled(
        mibs,
        "tables: [{table: ifTable, columns: [ifAdminStatus, ifDescr], where: {ifAdminStatus: [up, 3]}, "
        'rows: {ifDescr: "^CUST:"}}]\n',
    ).tables
    assert (table.where, table.rows) == ((("ifAdminStatus", (1, 3)),), (("ifDescr", "^CUST:"),))


def test_labels_come_from_columns_indexes_other_tables_and_patterns(mibs: MibView) -> None:
    table, lookup = compiled(
        mibs,
        f"""tables:
  - table: {NUMBERS}
    labels:
      part: index.2
      name: column
      ifName: {{from: IF-MIB::ifName, by: index.1}}
      way: {{column: name, find: {{rx: "(?i)receive", tx: transmit}}}}
      lane: {{column: name, extract: "lane ([0-9]+)"}}
    columns: [{{object: {NUMBERS}.1.1, name: name}}]
""",
    ).tables
    assert table.labels == (("part", "index.2"), ("name", "name"))
    assert table.more_labels == (
        Join("ifName", "ifName", "index.1"),
        Pick("way", "name", find=(("rx", "(?i)receive"), ("tx", "transmit"))),
        Pick("lane", "name", extract="lane ([0-9]+)"),
    )
    assert (lookup.lookup, lookup.columns) == (True, (Column("ifName", "1.3.6.1.2.1.31.1.1.1.1", "text"),))


def test_a_label_may_be_one_object_of_the_index(mibs: MibView) -> None:
    [table] = compiled(
        mibs, "tables: [{table: ifStackTable, labels: {ifStackLowerLayer: index}, columns: [ifStackStatus]}]\n"
    ).tables
    assert table.labels == (("ifStackLowerLayer", "index:ifStackLowerLayer"),)
    assert table.index[1] == IndexPart("ifStackLowerLayer", "InterfaceIndexOrZero", "Integer32")


def test_the_port_around_a_part_needs_its_containment(mibs: MibView) -> None:
    tables = compiled(
        mibs,
        "tables: [{table: ENTITY-SENSOR-MIB::entPhySensorTable, columns: [entPhySensorValue], "
        "labels: {ifName: {from: IF-MIB::ifName, by: port}}}]\n",
    ).tables
    assert [column.name for table in tables if table.lookup for column in table.columns] == [
        "ifName",
        "entPhysicalContainedIn",
        "entAliasMappingIdentifier",
    ]


def test_metrics_of_the_profile_belong_to_the_table_of_their_columns(mibs: MibView) -> None:
    scalars, table = compiled(
        mibs,
        """get: [ifNumber.0]
tables: [{table: ifTable, columns: [ifInOctets, ifMtu]}]
derive:
  - {name: netmon_bits, expr: "rate(ifInOctets) * 8", unit: bit/s}
  - {name: netmon_ports, expr: ifNumber}
""",
    ).tables
    assert [one.name for one in scalars.derive] == ["netmon_ports"]
    [bits] = table.derive
    assert (bits.name, bits.column, bits.rates) == ("netmon_bits", "ifInOctets", ("ifInOctets",))


@pytest.mark.parametrize("name", ["ups", "rectifier:A/1"])
def test_scalars_of_a_part_are_a_table_of_its_name(mibs: MibView, name: str) -> None:
    [table] = compiled(mibs, f'object: "{name}"\nget: [ifNumber]\n').tables
    assert (table.name, table.object, table.scalars) == (name, name, True)


def test_scalars_of_a_part_stand_beside_those_that_are_inherited(mibs: MibView) -> None:
    texts = (
        "version: 1\nprofile: below\nobject: ups\nget: [ifNumber, sysUpTime]\n",
        "version: 1\nprofile: a\nextends: [below]\nget: [sysUpTime]\n",
    )
    found = compile_profiles([parse(text.encode(), "a.yaml").document for text in texts], mibs)
    assert found.problems == ()
    tables = {table.name: [column.name for column in table.columns] for table in found.profiles[1].tables}
    assert tables == {"ups": ["ifNumber"], "get": ["sysUpTime"]}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("usp", ' (did you mean "ups"?)'),
        ("rack", ""),
        ("psu:", ' (did you mean "ups"?)'),
        ("if:{ifName}", ""),
        ("rack:a/psu:1", ""),
    ],
)
def test_scalars_are_of_one_part_that_is_named(mibs: MibView, name: str, near: str) -> None:
    assert problems(mibs, f'object: "{name}"\nget: [ifNumber]\n') == [
        f'a.yaml:3:9: "{name}" is no part of an element (write ups, or kind:name without braces){near}'
    ]


def test_an_object_without_scalars_is_of_nothing(mibs: MibView) -> None:
    assert problems(mibs, "object: ups\n") == ["a.yaml:3:9: is of the objects of 'get', and there are none"]


def test_one_name_may_be_derived_in_several_ways_told_apart(mibs: MibView) -> None:
    text = """tables:
  - table: ifTable
    columns: [ifMtu, ifType]
    derive:
      - {name: netmon_mtu, expr: ifMtu, when: ifType == ethernetCsmacd}
      - {name: netmon_mtu, expr: ifMtu - 4%s}
"""
    assert len(compiled(mibs, text % ", when: ifType == gigabitEthernet").tables[0].derive) == 2
    assert problems(mibs, text % "") == ['a.yaml:8:16: "netmon_mtu" stands twice in the table']


WRONG = f"""match: {{sysdescr: "(a", sysobjectid: ["1.3"]}}
get:
  - {{object: {NUMBERS}, name: c, kind: counter, offset: 1}}
tables:
  - table: ifTable
    labels:
      ifDescr: colum
      x: {{from: IF-MIB::ifNam, by: ifIndx}}
      y: {{column: ifDesc, extract: "a(b"}}
    where: {{ifAdminStatu: [up], ifAdminStatus: [ups]}}
    rows: {{ifDescr: "a**"}}
    columns: [ifDescr, ifAdminStatus, ifIndex]
derive:
  - {{name: netmon_a, expr: rate(ifDescr)}}
"""


def test_all_that_is_wrong_is_told_in_one_pass_with_its_place(mibs: MibView) -> None:
    assert problems(mibs, WRONG) == [
        "a.yaml:3:19: no regular expression: a '(' without ')'",
        'a.yaml:5:14: "c" is a counter: only gauges are scaled',
        'a.yaml:9:16: "colum" is none of column, index, index.1 ...',
        'a.yaml:10:17: unknown object "IF-MIB::ifNam" (did you mean "IF-MIB::ifName"?)',
        'a.yaml:10:36: by: "ifIndx" is no column of the table (did you mean "ifIndex"?)',
        'a.yaml:11:19: column "ifDesc" is no column of the table (did you mean "ifDescr"?)',
        "a.yaml:11:36: no regular expression: a '(' without ')'",
        'a.yaml:12:27: column "ifAdminStatu" is no column of the table (did you mean "ifAdminStatus"?)',
        'a.yaml:12:49: "ups" is no value of ifAdminStatus (did you mean "up"?)',
        "a.yaml:13:21: nothing to repeat before '*'",
        "a.yaml:16:28: rate() takes a counter of the table: unknown counter 'ifDescr' (one of c)",
    ]


def test_a_column_that_is_wrong_is_told_once_and_what_is_derived_is_judged_all_the_same(mibs: MibView) -> None:
    text = f"""get: [{{object: no.oid, name: load}}, {{object: {NUMBERS}.0, name: size, kind: gauge}}]
tables:
  - table: ifTable
    columns: [IF-MIB::ifOutOctetz, IF-MIB::ifOutOctets, IF-MIB::ifInOctetz, ifMtu, ipAdEntBcastAddr]
    derive:
      - {{name: netmon_rate, expr: rate(ifInOctets) + rate(ifInOctetz)}}
      - {{name: netmon_other, expr: ipAdEntBcastAddr + ifMut}}
derive:
  - {{name: netmon_percent, expr: load * 100 / size}}
  - {{name: netmon_load, expr: "load *"}}
"""
    told = problems(mibs, text)
    assert [one.partition(": ")[0] for one in told] == [
        "a.yaml:3:16",
        "a.yaml:6:15",
        "a.yaml:6:57",
        "a.yaml:6:84",
        "a.yaml:9:36",
        "a.yaml:12:31",
    ]
    assert 'unknown object "no"' in told[0]
    assert told[4].endswith("unknown name 'ifMut' (did you mean 'ifMtu'?)")


@pytest.mark.parametrize(
    ("expr", "problem"),
    [
        ("rate(ifDescr)", "rate() takes a counter of the table: unknown counter 'ifDescr'"),
        ("rate(1)", "rate() takes the name of a counter: rate(ifInOctets)"),
        ("ifMtus", "unknown name 'ifMtus' (did you mean 'ifMtu'?)"),
        ("ifMtu + sysUpTime", 'no table has all columns that "netmon_a" names'),
    ],
)
def test_what_is_wrong_with_a_metric_of_the_profile_is_told(mibs: MibView, expr: str, problem: str) -> None:
    text = "get: [sysUpTime.0]\ntables: [{table: ifTable, columns: [ifDescr, ifMtu, ifInOctets]}]\n"
    [told] = problems(mibs, f"{text}derive: [{{name: netmon_a, expr: {expr}}}]\n")
    assert told.startswith(f"a.yaml:5:33: {problem}")


def test_a_label_is_said_in_one_way(mibs: MibView) -> None:
    text = "tables: [{table: ifTable, labels: {a: {from: ifName, column: ifDescr}}, columns: [ifDescr]}]\n"
    assert "needs 'from' and 'by', or 'column' with either 'extract' or 'find'" in problems(mibs, text)[0]


def test_values_of_other_tables_may_be_derived_from(mibs: MibView) -> None:
    table, lookup = compiled(
        mibs,
        f"""tables:
  - table: {NUMBERS}
    object: "entity:{{index.1}}"
    every: 5m
    joined: {{scale: {{from: {NUMBERS}.1.9, by: index.1}}}}
    columns: [{{object: {NUMBERS}.1.4, name: limit, kind: gauge}}]
    derive: [{{name: netmon_limit_celsius_high_alarm, when: scale < 0, expr: "scaled(limit, scale)"}}]
""",
    ).tables
    assert table.object == "entity:{index.1}"
    assert table.joined == (Join("scale", f"{NUMBERS}.1.9", "index.1"),)
    assert table.derive[0].column == "limit"
    assert (lookup.lookup, lookup.every_ms, lookup.columns[0].oid) == (True, 300_000, f"{NUMBERS}.1.9")


def test_what_an_object_and_a_joined_value_name_must_be_there(mibs: MibView) -> None:
    told = problems(
        mibs,
        f"""tables:
  - table: {NUMBERS}
    object: "sensor:{{sensorNmae}} {{index}} {{index.2}} {{part}} {{nothing}}"
    labels: {{part: index.1}}
    joined: {{sensorName: {{from: ifNmae, by: index}}, scale: {{from: ifName, by: nowhere}}}}
    columns: [{{object: {NUMBERS}.1.4, name: sensorName, kind: text}}]
""",
    )
    assert told == [
        'a.yaml:5:13: "{nothing}" is no column, label or object of the index',
        'a.yaml:5:13: "{sensorNmae}" is no column, label or object of the index (did you mean "sensorName"?)',
        'a.yaml:7:26: "sensorName" is a column of the table already',
        'a.yaml:7:33: unknown object "ifNmae" (did you mean "ifName"?)',
        'a.yaml:7:79: by: "nowhere" is no column of the table',
    ]
