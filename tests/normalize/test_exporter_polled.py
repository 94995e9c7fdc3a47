"""Modules of snmp_exporter as profiles: a recorded agent is polled by one and gives samples."""

from typing import Any

import msgspec
import pytest

from netmon.cli.profile_tests import run_profile_tests
from netmon.config.yaml import parse
from netmon.domain.inventory import Element
from netmon.domain.observation import Block, PollResult
from netmon.mib.names import MibView
from netmon.normalize.exporter.samples import ModuleSamples
from netmon.normalize.identity import Identity
from netmon.rulebook.exporter_modules import read_modules
from netmon.rulebook.exporter_profile import SCALARS, profile_of, recorded
from netmon.rulebook.profile_values import Profile
from netmon.sources.poller.plan import Facts, choose

ACME = "1.3.6.1.4.1.32473.5"
RECORDING = f"""\
1.3.6.1.2.1.1.3.0|67|4242
1.3.6.1.2.1.2.2.1.2.7|4|Port 7
1.3.6.1.2.1.2.2.1.8.7|2|2
1.3.6.1.2.1.2.2.1.8.8|2|1
1.3.6.1.2.1.31.1.1.1.1.7|4|ge7
1.3.6.1.2.1.31.1.1.1.6.7|70|18446744073709551615
1.3.6.1.2.1.31.1.1.1.6.8|70|8
{ACME}.1.1.2.1.5|4|upper
{ACME}.1.1.2.2.5|4|
{ACME}.1.1.3.1.5|2|215
{ACME}.1.1.3.2.5|2|0
{ACME}.1.1.4.1.5|4x|80
{ACME}.1.1.4.2.5|2|1
{ACME}.2.0|4|12.5 V
{ACME}.3.0|2|9
"""

MODULE = f"""
acme:
  walk: [1.3.6.1.2.1.2, 1.3.6.1.2.1.31.1.1, {ACME}]
  get: [1.3.6.1.2.1.1.3.0]
  metrics:
  - {{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: not recorded}}
  - name: ifHCInOctets
    oid: 1.3.6.1.2.1.31.1.1.1.6
    type: counter
    indexes: [{{labelname: ifIndex, type: gauge}}]
    lookups:
    - {{labels: [ifIndex], labelname: ifName, oid: 1.3.6.1.2.1.31.1.1.1.1, type: DisplayString}}
  - name: ifOperStatus
    oid: 1.3.6.1.2.1.2.2.1.8
    type: EnumAsStateSet
    indexes: [{{labelname: ifIndex, type: gauge}}]
    enum_values: {{1: up, 2: down, 3: up}}
  - name: acmeName
    oid: {ACME}.1.1.2
    type: DisplayString
    indexes: [{{labelname: acmeSlot, type: gauge}}, {{labelname: acmePort, type: gauge}}]
  - name: acmeVolts
    oid: {ACME}.1.1.3
    type: gauge
    scale: 0.1
    indexes: [{{labelname: acmeSlot, type: gauge}}, {{labelname: acmePort, type: gauge}}]
  - name: acmeFlags
    oid: {ACME}.1.1.4
    type: Bits
    enum_values: {{0: alarm, 1: test}}
    indexes: [{{labelname: acmeSlot, type: gauge}}, {{labelname: acmePort, type: gauge}}]
  - name: acmeSupply
    oid: {ACME}.2
    type: DisplayString
    regex_extracts: {{Volts: [{{regex: '(.*) V'}}]}}
  - {{name: acmeMode, oid: {ACME}.3, type: EnumAsInfo, enum_values: {{9: standby}}}}
"""


def profile(module: str) -> Profile:
    text = "modules:\n" + "\n".join(f"  {line}" for line in module.strip("\n").split("\n"))
    read = parse(text.encode(), "snmp.yml")
    assert read.problems == ()
    found = read_modules(read.document)
    assert found.problems == ()
    ((name, one),) = found.modules.items()
    return profile_of(name, one)


def differences(polled: Profile, samples: str, *, recording: str = RECORDING) -> list[str]:
    """Poll the recording by a profile and return what is not as expected."""
    lines = "\n".join(f"      {line}" for line in recording.strip("\n").split("\n"))
    case = f"  - name: case\n    recording: |\n{lines}\n    samples:\n{samples}"
    text = f"version: 1\nprofile: {polled.name}\ncases:\n{case}"
    tested = run_profile_tests([parse(text.encode(), "a.test.yaml").document], [polled], MibView(()))
    assert tested.problems == ()
    return [line for one in tested.tested for line in one.differences]


def test_every_kind_of_series_becomes_samples() -> None:
    expected = """
      - {values: {sysUpTime: 4242, acmeSupplyVolts: 12.5}}
      - {object: "if:ge7", labels: {ifIndex: "7", ifName: ge7}, values: {ifHCInOctets: 18446744073709551615}}
      - {object: "if:#8", labels: {ifIndex: "8", ifName: ""}, values: {ifHCInOctets: 8}}
      - {object: "row:acmePort.1.5", labels: {acmeSlot: "1", acmePort: "5"}, values: {acmeVolts: 21.5}}
      - {object: "row:acmePort.2.5", labels: {acmeSlot: "2", acmePort: "5"}, values: {acmeVolts: 0.0}}
      - {object: "row:acmePort.1.5", labels: {acmeName: upper}, values: {acmeName: 1}}
      - {object: "row:acmePort.2.5", labels: {acmeName: ""}, values: {acmeName: 1}}
      - {object: "row:acmePort.1.5", labels: {acmeFlags: alarm}, values: {acmeFlags: 1}}
      - {object: "row:acmePort.1.5", labels: {acmeFlags: test}, values: {acmeFlags: 0}}
      - {labels: {acmeMode: standby}, values: {acmeMode_info: 1}}
"""
    assert differences(profile(MODULE), expected) == []


def test_states_of_a_port() -> None:
    expected = """
      - {object: "if:#7", labels: {ifIndex: "7", ifOperStatus: down}, values: {ifOperStatus: 1}}
      - {object: "if:#7", labels: {ifIndex: "7", ifOperStatus: up}, values: {ifOperStatus: 0}}
      - {object: "if:#8", labels: {ifIndex: "8", ifOperStatus: up}, values: {ifOperStatus: 1}}
"""
    assert differences(profile(MODULE), expected) == []


def test_filters_hold_for_polls_too() -> None:
    filtered = MODULE.replace(
        "  metrics:",
        f"  filters:\n  - {{oid: 1.3.6.1.2.1.31.1.1.1.1, targets: [1.3.6.1.2.1.31.1.1.1.6], values: [ge]}}\n"
        f"  - {{oid: {ACME}.1.1.2, targets: [{ACME}.1.1.3], values: [upper]}}\n  metrics:",
    )
    expected = """
      - {object: "if:ge7", values: {ifHCInOctets: 18446744073709551615}}
      - {object: "row:acmePort.1.5", values: {acmeVolts: 21.5}}
      - {object: "row:acmePort.2.5", labels: {acmeName: ""}, values: {acmeName: 1}, absent: [acmeVolts]}
      - {object: "if:#8", values: {ifOperStatus: 0}, absent: [ifHCInOctets]}
"""
    assert differences(profile(filtered), expected) == []


def test_single_instances_of_a_column() -> None:
    single = f"""
acme:
  get: [{ACME}.1.1.3.1.5, {ACME}.3.0, {ACME}.1.1.4.1.5]
  metrics:
  - name: acmeVolts
    oid: {ACME}.1.1.3
    type: gauge
    indexes: [{{labelname: acmeSlot, type: gauge}}, {{labelname: acmePort, type: gauge}}]
  - {{name: acmeMode, oid: {ACME}.3.0, type: gauge}}
  - {{name: acmeNotRead, oid: {ACME}.2, type: gauge}}
"""
    made = profile(single)
    assert {column.name for table in made.tables for column in table.columns} == {"acmeVolts", "acmeMode"}
    assert [table.name for table in made.tables if table.scalars] == [SCALARS]
    expected = """
      - {values: {acmeMode: 9}}
      - {object: "row:acmePort.1.5", values: {acmeVolts: 215}}
"""
    assert differences(made, expected) == []
    absent = '      - {object: "row:acmePort.2.5", values: {}}\n'
    assert differences(made, absent) == ["- row:acmePort.2.5: no samples of this object with these labels"]


def test_help_is_not_recorded_and_all_else_is() -> None:
    made = profile(MODULE)
    assert "not recorded" not in made.module
    assert recorded(made.module).metrics[2].enum_values == {1: "up", 2: "down", 3: "up"}
    # As a rule set is encoded.
    assert msgspec.json.decode(msgspec.json.encode(made, order="sorted"), type=Profile) == made


@pytest.mark.parametrize(("profiles", "chosen"), [((), []), (("acme",), ["acme"]), (("other",), [])])
def test_a_module_is_for_elements_only_that_name_it(profiles: tuple[str, ...], chosen: list[str]) -> None:
    element = Element("r1", ("192.0.2.1",), profiles=profiles)
    assert [one.name for one in choose([profile(MODULE)], element, Facts(""))] == chosen


def result(*blocks: Block) -> PollResult:
    return PollResult(0, "r1", "", "60s", 0, 0, True, True, "snmp", "run", blocks)


def block(oid: str, tag: int, **cells: Any) -> Block:
    index = tuple(name.removeprefix("_").replace("_", ".") for name in cells)
    return Block(1_000, 0, 2_000, 1, None, "acme", "t", (oid,), (oid,), (tag,), index, (tuple(cells.values()),))


def test_what_gives_no_series_is_counted_by_reason() -> None:
    samples = ModuleSamples(recorded(profile(MODULE).module))
    wrong = block(f"{ACME}.1.1.4", 2, _2_5=1)
    twice = block("1.3.6.1.2.1.2.2.1.8", 2, _8=1)
    found, dropped = samples.read(1, result(wrong, twice), [wrong, twice], Identity())
    assert dict(dropped) == {"wrong_type": 1, "duplicate_series": 1}
    assert [(one.names, one.index, one.columns) for one in found] == [
        (("ifOperStatus",), ("8/up", "8/down"), ((1, 0),))
    ]
    assert samples.read(2, result(), [], Identity()) == ([], {})


def test_a_long_index_makes_no_long_object() -> None:
    module = profile(
        f"acme:\n  walk: [{ACME}]\n  metrics:\n"
        f"  - {{name: m, oid: {ACME}.1, type: gauge, indexes: [{{labelname: a, type: OctetString}}]}}"
    ).module
    long = block(f"{ACME}.1", 2, **{"_" + "_".join(["100"] + ["4294967295"] * 100): 1})
    ((made,), _) = ModuleSamples(recorded(module)).read(1, result(long), [long], Identity())
    assert len(made.objects[0]) < 255
