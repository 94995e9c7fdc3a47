from pathlib import Path

import pytest

from netmon.config.yaml import parse, read
from netmon.domain.decode import decode
from netmon.domain.place import Document
from netmon.mib.names import MibView
from netmon.rulebook.derive import compile_derived
from netmon.rulebook.profile import Profiles, ProfileTest, compile_profiles
from netmon.rulebook.profile_values import Column, Profile, Table
from netmon.rulebook.scope import Scope
from tests.mibs import standard_names

METRICS = Path(__file__).parents[2] / "rules" / "metrics"


@pytest.fixture(scope="module")
def mibs() -> MibView:
    return standard_names()


def document(text: str, name: str = "a.yaml") -> Document:
    found = parse(text.encode(), name)
    assert found.problems == ()
    return found.document


def compiled(mibs: MibView, *texts: str) -> Profiles:
    return compile_profiles([document(text, f"{at}.yaml") for at, text in enumerate(texts)], mibs)


def only(mibs: MibView, *texts: str) -> Profile:
    result = compiled(mibs, *texts)
    assert result.problems == ()
    return result.profiles[-1]


def problems(mibs: MibView, *texts: str) -> list[str]:
    return [str(problem) for problem in compiled(mibs, *texts).problems]


def test_the_built_in_profiles(mibs: MibView) -> None:
    files = [read(METRICS / "system.yaml"), read(METRICS / "if-mib.yaml")]
    result = compile_profiles([file.document for file in files], mibs)
    assert result.problems == ()
    system, interfaces = result.profiles
    assert [column.name for column in system.tables[0].columns][:3] == ["sysUpTime", "sysDescr", "sysObjectID"]
    assert interfaces.has == ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1")
    table = interfaces.tables[1]
    assert (table.name, table.object, table.prefer[0]) == ("ifTable", "if:{ifName}", ("ifHCInOctets", "ifInOctets"))
    columns = {column.name: column for column in table.columns}
    assert {"ifIndex", "ifDescr", "ifType", "ifSpeed", "ifPhysAddress", "ifName", "ifAlias"} <= columns.keys()
    assert columns["ifHCInOctets"] == Column("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", "counter", "octets")
    assert columns["ifAdminStatus"].enum == ((1, "up"), (2, "down"), (3, "testing"))


@pytest.mark.parametrize("path", sorted(METRICS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_profile_has_cases(path: Path) -> None:
    tests = path if path.name.endswith(".test.yaml") else path.with_suffix(".test.yaml")
    case = decode(ProfileTest, read(tests).document)
    assert case.profile == tests.name.removesuffix(".test.yaml")


def test_kinds_come_from_the_mib(mibs: MibView) -> None:
    text = """version: 1
profile: kinds
get: [sysUpTime.0, sysName, ifNumber.0, {object: 1.3.6.1.4.1.32473.5.0, name: temperature, kind: gauge, scale: 0.1}]
tables:
  - {table: ifTable, every: 5m, columns: [ifOperStatus, ifInOctets, ifHighSpeed, ifDescr]}
"""
    scalars, table = only(mibs, text).tables
    assert scalars == Table(
        name="get",
        columns=(
            Column("sysUpTime", "1.3.6.1.2.1.1.3", "gauge", "seconds", 0.01),
            Column("sysName", "1.3.6.1.2.1.1.5", "text"),
            Column("ifNumber", "1.3.6.1.2.1.2.1", "gauge"),
            Column("temperature", "1.3.6.1.4.1.32473.5", "gauge", scale=0.1),
        ),
        scalars=True,
    )
    assert [column.kind for column in table.columns] == ["state", "counter", "gauge", "text"]
    assert table.every_ms == 300_000


def test_a_profile_in_numbers_needs_no_mib() -> None:
    text = """version: 1
profile: numbers
match: {sysobjectid: ["1.3.6.1.4.1.32473.1.*"], has: [1.3.6.1.4.1.32473.2]}
tables:
  - table: 1.3.6.1.4.1.32473.2
    object: "port:{portName}"
    labels: {portName: column}
    columns:
      - {object: 1.3.6.1.4.1.32473.2.1.1, name: portName}
      - {object: 1.3.6.1.4.1.32473.2.1.2, name: portInOctets, kind: counter}
"""
    profile = only(MibView([]), text)
    assert (profile.sysobjectid, profile.has) == (("1.3.6.1.4.1.32473.1.*",), ("1.3.6.1.4.1.32473.2",))
    assert profile.tables[0].name == "1.3.6.1.4.1.32473.2"
    assert profile.tables[0].labels == (("portName", "portName"),)


LOW = """version: 1
profile: low
get: [sysName, sysDescr]
tables:
  - {table: ifTable, columns: [ifDescr, ifInOctets]}
  - {table: ifStackTable, columns: [ifStackStatus]}
"""


def test_extends_joins_replaces_and_removes(mibs: MibView) -> None:
    high = """version: 1
profile: high
extends: [low]
remove: [ifStackTable, sysDescr]
get: [{object: sysLocation, kind: info}, {object: sysName, kind: info}]
tables: [{table: ifTable, columns: [ifOutOctets]}]
"""
    top = "version: 1\nprofile: top\nextends: [high]\n"
    profile = only(mibs, top, high, LOW)
    assert profile.name == "low"
    found = {profile.name: profile for profile in compiled(mibs, top, high, LOW).profiles}
    assert found["top"].extends == ("high", "low")
    assert found["top"].tables == found["high"].tables
    shape = [(table.name, [(column.name, column.kind) for column in table.columns]) for table in found["high"].tables]
    assert shape == [
        ("get", [("sysName", "info"), ("sysLocation", "info")]),
        ("ifTable", [("ifOutOctets", "counter")]),
    ]


def test_a_metric_moves_to_the_table_of_the_child(mibs: MibView) -> None:
    child = "version: 1\nprofile: child\nextends: [low]\ntables: [{table: ifXTable, columns: [ifName, ifInOctets]}]\n"
    shape = {table.name: [column.name for column in table.columns] for table in only(mibs, LOW, child).tables}
    assert shape["ifTable"] == ["ifDescr"]
    assert shape["ifXTable"] == ["ifName", "ifInOctets"]


def test_all_problems_in_one_pass(mibs: MibView) -> None:
    text = """version: 1
profile: wrong
extends: [lo]
match: {has: [IF-MIB::ifTabel]}
tables:
  - table: IF-MIB::ifTable
    labels: {ifNam: column}
    columns:
      - IF-MIB::ifInOctts
      - {object: IF-MIB::ifOutOctets, scale: 8}
      - {object: sysORDescr}
      - {object: 1.3.6.1.4.1.32473.1}
      - ifDescr
      - {object: ifDescr}
"""
    assert problems(mibs, text, LOW) == [
        '0.yaml:3:11: unknown profile "lo" (did you mean "low"?)',
        '0.yaml:4:15: unknown object "IF-MIB::ifTabel" (did you mean "IF-MIB::ifTable"?)',
        '0.yaml:7:21: label "ifNam" is no column of the table',
        '0.yaml:9:9: unknown object "IF-MIB::ifInOctts" (did you mean "IF-MIB::ifInOctets"?)',
        '0.yaml:10:18: "ifOutOctets" is a counter: only gauges are scaled',
        '0.yaml:11:18: "sysORDescr" has another index than ifTable',
        "0.yaml:12:18: 1.3.6.1.4.1.32473.1 is in no module: give it a 'name'",
        '0.yaml:14:9: "ifDescr" stands twice in the table',
    ]


def test_shape_is_checked(mibs: MibView) -> None:
    text = """version: 1
profile: Bad Name
get: [{object: sysName, prefer: [sysDescr]}, {objekt: sysName}]
tables: [{table: ifTable, every: 5, columns: []}]
"""
    found = problems(mibs, text)
    assert [line.split(":")[1] for line in found] == sorted(line.split(":")[1] for line in found)
    assert any("needs either 'object' or 'prefer'" in line for line in found)
    assert any("5 has no unit" in line for line in found)
    assert any("unknown key 'objekt'" in line for line in found)


def test_cycles_and_doubles(mibs: MibView) -> None:
    one = "version: 1\nprofile: one\nextends: [two]\n"
    two = "version: 1\nprofile: two\nextends: [one]\n"
    assert problems(mibs, one, two) == ["1.yaml:3:11: profile cycle: one -> two -> one"]
    assert problems(mibs, LOW, LOW) == ['1.yaml:2:10: profile "low" is defined twice (first at 0.yaml:2:10)']


def test_a_chain_of_more_than_five_is_refused(mibs: MibView) -> None:
    chain = [f"version: 1\nprofile: p{at}\nextends: [p{at + 1}]\n" for at in range(6)]
    last = "version: 1\nprofile: p6\n"
    assert problems(mibs, *chain, last) == ["5.yaml:3:11: extends more than 5 levels deep"]
    assert problems(mibs, *chain[:5], "version: 1\nprofile: p5\n") == []


def test_one_broken_profile_does_not_hide_the_others(mibs: MibView) -> None:
    result = compiled(mibs, "version: 1\nprofile: bad\nget: [sysNam]\n", LOW)
    assert [profile.name for profile in result.profiles] == ["low"]
    assert len(result.problems) == 1


DERIVING = """
version: 1
profile: a
tables:
  - table: IF-MIB::ifTable
    columns: [IF-MIB::ifOperStatus, IF-MIB::ifMtu]
    derive:
      - {name: netmon_mtu, expr: "%s", when: "%s"}
"""


def test_a_metric_is_derived_from_a_row(mibs: MibView) -> None:
    [table] = only(mibs, DERIVING % ("scaled(ifMtu, -1)", "ifOperStatus == up")).tables
    scope = Scope()
    scope.field = {"ifOperStatus": 1, "ifMtu": 1503}
    [derived] = compile_derived(table, mibs)
    assert derived.when is not None
    assert (derived.when(scope), derived.read(scope)) == (True, 150.3)
    scope.field = {"ifOperStatus": 2, "ifMtu": None}
    assert (derived.when(scope), derived.read(scope)) == (False, None)


@pytest.mark.parametrize(
    ("expr", "when", "problem"),
    [
        ("ifMtus", "true", "0.yaml:8:34: unknown name 'ifMtus' (did you mean 'ifMtu'?)"),
        ("polled(ifMtu)", "true", "0.yaml:8:34: 'polled' is not known of a row"),
        ("ifMtu", "ifOperStatus == upp", "0.yaml:8:49: unknown name 'upp' (did you mean 'up'?)"),
        ("value", "true", "0.yaml:8:34: 'value' is not known of a row"),
    ],
)
def test_a_wrong_expression_is_told_at_its_place(mibs: MibView, expr: str, when: str, problem: str) -> None:
    assert problems(mibs, DERIVING % (expr, when)) == [problem]


def test_a_derived_metric_may_not_take_the_name_of_a_column(mibs: MibView) -> None:
    text = (DERIVING % ("ifMtu", "true")).replace("netmon_mtu", "ifMtu")
    assert problems(mibs, text) == ['0.yaml:8:16: "ifMtu" stands twice in the table']
