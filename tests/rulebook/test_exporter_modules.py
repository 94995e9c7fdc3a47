"""Reading ``snmp.yml``: what is right is kept key by key, what is wrong is told with its place."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.config.yaml import parse
from netmon.normalize.exporter.series import Rendering
from netmon.rulebook.exporter_modules import Modules, read_modules
from netmon.rulebook.exporter_profile import profile_of

WHOLE = """\
auths:
  public_v2: {community: public, version: 2}
modules:
  acme:
    walk: [1.3.6.1.4.1.32473.5.1]
    get: [1.3.6.1.2.1.1.3.0]
    max_repetitions: 10
    retries: 1
    timeout: 1m0.5s
    allow_nonincreasing_oids: true
    use_unconnected_udp_socket: true
    filters:
    - oid: 1.3.6.1.4.1.32473.5.1.1.2
      targets: [1.3.6.1.4.1.32473.5.1.1.3]
      values: [ge, "xe.*"]
    metrics:
    - name: acmePortVolts
      oid: 1.3.6.1.4.1.32473.5.1.1.3
      type: DisplayString
      help: "Volts: as text"
      scale: 0.1
      offset: -1
      display_hint: 255a
      datetime_pattern: "%Y"
      indexes:
      - labelname: acmeSlot
        type: EnumAsInfo
        enum_values: {1: upper, -1: lower}
      - labelname: acmePort
        type: OctetString
        fixed_size: 2
        implied: true
      lookups:
      - labels: [acmeSlot, acmePort]
        labelname: acmeName
        oid: 1.3.6.1.4.1.32473.5.1.1.2
        type: DisplayString
        display_hint: 255a
        enum_values: {1: x}
      - labels: []
        labelname: acmePort
      regex_extracts:
        Level:
        - regex: (.*) V
        - {regex: off, value: "0"}
      enum_values: {1: up, 2: down}
"""


def read(text: str) -> Modules:
    found = parse(text.encode(), "snmp.yml")
    assert found.problems == ()
    return read_modules(found.document)


def told(metric: str) -> list[str]:
    """Return the problems of a module with one metric, whose keys begin in line 5."""
    head = "modules:\n  acme:\n    metrics:\n    - name: m\n"
    return [str(one) for one in read(f"{head}{metric}").problems]


def test_the_account_has_every_key_with_its_value() -> None:
    found = read(WHOLE)
    assert found.problems == ()
    module = found.modules["acme"]
    source = parse(WHOLE.encode(), "snmp.yml").document.data["modules"]["acme"]
    del source["metrics"][0]["lookups"][1]["labels"]
    assert msgspec.json.decode(msgspec.json.encode(module)) == source
    assert module.timeout_ms == 60_500


def test_what_is_not_said_is_as_the_exporter_has_it() -> None:
    module = read("modules: {acme: {metrics: [{name: m, oid: 1.3.6.1, type: gauge}]}}").modules["acme"]
    assert (module.max_repetitions, module.retries, module.timeout_ms) == (25, 3, 5_000)
    assert not module.allow_nonincreasing_oids


@pytest.mark.parametrize("text", ["", "auths: {}", "version: 0\nmodules: {}", "modules:"])
def test_a_file_without_modules(text: str) -> None:
    assert read(text) == Modules({}, ())


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("      oid: 1.3.6.1", "snmp.yml:4:7: modules.acme.metrics[0].type: missing"),
        (
            "      oid: 1.3.6.1\n      type: gague",
            "6:13: modules.acme.metrics[0].type: unknown value 'gague' (did you mean",
        ),
        ("      oid: ifDescr\n      type: gauge", "5:12: modules.acme.metrics[0].oid: 'ifDescr' does not match"),
        (f"      oid: 1.3.{'9' * 11}\n      type: gauge", "does not match"),
        (f"      oid: 1{'.3' * 128}\n      type: gauge", "does not match"),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      regexp: {}",
            "7:7: modules.acme.metrics[0]: unknown key 'regexp'",
        ),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      scale: .nan",
            "7:14: modules.acme.metrics[0].scale: must be finite",
        ),
        ("      oid: 1.3.6.1\n      type: gauge\n      offset: .inf", "offset: must be finite"),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      enum_values: {up: 1}",
            "7:25: modules.acme.metrics[0].enum_values.up: expected a whole number, not 'up'",
        ),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      indexes: [{labelname: if-index, type: gauge}]",
            "indexes[0].labelname: 'if-index' does not match",
        ),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      indexes: [{labelname: a, type: gauge, fixed_size: 129}]",
            "indexes[0].fixed_size: 129 is above 128",
        ),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      indexes: [{labelname: port, type: gauge}]\n"
            "      lookups: [{labels: [prot], labelname: b, oid: 1.3.6, type: gauge}]",
            '8:27: modules.acme.metrics[0].lookups[0].labels[0]: "prot" is no index and no lookup before this one'
            ' (did you mean "port"?)',
        ),
        (
            "      oid: 1.3.6.1\n      type: gauge\n      indexes: [{labelname: port, type: gauge}]\n"
            "      lookups: [{labels: [port], labelname: b}]",
            "lookups[0]: a lookup by labels needs an oid",
        ),
        ("      oid: 1.3.6.1\n      type: gauge\n      lookups: [{labels: []}]", "lookups[0].labelname: missing"),
        (
            "      oid: 1.3.6.1\n      type: DisplayString\n      regex_extracts: {'': [{regex: '(a+)+'}]}",
            "7:37: modules.acme.metrics[0].regex_extracts.[0].regex: a repeat over a group that holds a repeat",
        ),
        (
            "      oid: 1.3.6.1\n      type: DisplayString\n      regex_extracts: {'': [{regex: '(a*)(a*)(a*)(a*)b'}]}",
            "more than 2 unbounded",
        ),
        (
            "      oid: 1.3.6.1\n      type: DisplayString\n      regex_extracts: {'': [{regex: '(?P<x>a)'}]}",
            "only '(' and '(?:' may open a group",
        ),
        (
            "      oid: 1.3.6.1\n      type: DisplayString\n      regex_extracts: {'': [{regex: '(a)', value: $2}]}",
            "value: $2 is no group of the regular expression, which has 1",
        ),
        (
            "      oid: 1.3.6.1\n      type: DisplayString\n      regex_extracts: {'': [{regex: '(a)', value: $1x}]}",
            "value: $1x is no group of the regular expression, which has 1",
        ),
        ("      oid: 1.3.6.1\n      type: ParseDateAndTime", "datetime_pattern: missing"),
        (
            "      oid: 1.3.6.1\n      type: ParseDateAndTime\n      datetime_pattern: '%Q'",
            "'%Q' is no pattern of a date",
        ),
    ],
)
def test_each_mistake_has_its_place(metric: str, message: str) -> None:
    (problem,) = told(metric)
    assert message in problem


def test_several_mistakes_come_in_one_pass() -> None:
    text = WHOLE.replace("type: EnumAsInfo", "type: Enum").replace("retries: 1", "retries: -1")
    found = read(text.replace('"xe.*"', '"(x*)*"').replace("implied: true", "implied: perhaps"))
    assert [problem.place.line for problem in found.problems] == [8, 15, 27, 32, 34]
    assert all(str(problem).startswith("snmp.yml:") for problem in found.problems)


def test_an_empty_module() -> None:
    found = read("modules:\n  acme:\n")
    assert found.problems == ()
    assert found.modules["acme"].metrics == ()


def test_one_bad_module_spoils_no_other() -> None:
    good = "\n  other:\n    metrics: [{name: m, oid: 1.3.6.1, type: gauge}]\n"
    found = read(WHOLE.replace("type: DisplayString", "type: Text", 1).rstrip("\n") + good)
    assert len(found.problems) == 1
    assert set(found.modules) == {"other"}


@pytest.mark.parametrize(
    "text",
    ["[]", "modules: []", "modules: {acme: 7}", "modules: {acme: {metrics: {}}}", "modules: {acme: {walk: [1.3, {}]}}"],
)
def test_other_shapes_are_problems_and_nothing_else(text: str) -> None:
    assert read(text).problems


_ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "1.3.6.1", "gauge", "InetAddress", "$9", "(a+)+", "%Q", "{}", "5s", "\x00"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["1", "oid", "labels", "name"]), st.none(), max_size=2),
)


def _places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _places(value, (*path, key))


@given(st.data())
def test_anything_in_any_place_is_read_or_a_problem(data: st.DataObject) -> None:
    source = parse(WHOLE.encode(), "snmp.yml").document
    places = list(_places(source.data))
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places[1:]))
        parent = source.data
        with suppress(KeyError, IndexError, TypeError):
            for part in path:
                parent = parent[part]
            parent[last] = data.draw(_ANY)
    found = read_modules(source)
    for name, module in found.modules.items() if not found.problems else ():
        # What was found right can be used.
        list(Rendering(module, wrap=True).series({"1.3.6.1.4.1.32473.5.1.1.3.1.65.66": (4, b"1 V")}))
        profile_of(name, module)
    assert all(str(problem).startswith("snmp.yml:") for problem in found.problems)


def test_a_file_of_an_older_exporter_is_named_as_one() -> None:
    (problem,) = read("if_mib:\n  walk: [1.3.6.1.2.1.2]\n").problems
    assert str(problem).startswith("snmp.yml:1:1: no file of snmp_exporter 0.23 or newer")
