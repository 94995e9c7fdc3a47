"""A reload with a memory comes out as a start without one: the same rule set, the same hash, the same problems."""

import re
from types import FunctionType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.config import yaml
from netmon.domain.place import Document
from netmon.mib.names import MibView
from netmon.mib.node import Module, Node
from netmon.rulebook.compile import Compiled, compile_rules
from netmon.rulebook.memory import Memory
from netmon.rulebook.profile import Profiles, compile_profiles
from tests.mibs import standard_names

REST = "severity: major, probable_cause: lossOfSignal, text: gone"

RULES = (
    f"  - {{id: r-1, raise: {{trap: linkDown}}, clear: {{trap: linkUp}}, {REST}}}",
    f"  - {{id: r-1, raise: {{trap: linkDown}}, clear: {{trap: linkUp}}, reopen: 1h, {REST}}}",
    f"  - {{id: r-2, raise: {{trap: linkDown}}, clear: {{trap: linkUp}}, type: r-1, limit: 7, {REST}}}",
    f"  - {{id: r-3, raise: {{trap: linkDown, when: vb.ifAdminStatus == down}}, clear: {{trap: linkUp}}, {REST}}}",
    f"  - {{id: r-4, raise: {{trap: linkDown, when: vb.ifAdminStatus == down}}, clear: {{after: 1h}}, {REST}}}",
    f"  - {{id: r-5, raise: {{trap: linkDown}}, {REST}}}",  # a warning: no way to clear
    f"  - {{id: r-6, raise: {{trap: linkDwn}}, clear: {{trap: linkUp}}, {REST}}}",
    f"  - {{id: r-7, raise: {{event: it-fails}}, clear: {{after: 1h}}, {REST}}}",
    f"  - {{id: r-8, raise: {{trap: linkDown}}, clear: {{after: 1h}}, actions: [{{do: mqtt}}], {REST}}}",
    f"  - {{id: r-9, raise: {{alarm: r-1}}, {REST}}}",
    f"  - {{id: r-9, enabled: false, raise: {{trap: linkDown}}, clear: {{trap: linkUp}}, {REST}}}",
    "  - {id: r-10, raise: {trap: linkDown}, clear: {trap: linkUp}, probable_cause: lossOfSignal, text: gone,\n"
    "     severity: {critical: vb.ifAdminStatus == up, minor: vb.ifAdminStatus == down, else: major}}",
    "  - {id: r-10, raise: {trap: linkDown}, clear: {trap: linkUp}, probable_cause: lossOfSignal, text: gone,\n"
    "     severity: {minor: vb.ifAdminStatus == down, critical: vb.ifAdminStatus == up, else: major}}",
    f"  - {{id: r-11, raise: {{metric: ifInOctets, when: value > 5, for: 1m}}, {REST}}}",
    f"  - {{id: r-11, raise: {{metric: ifInOctets, when: value > 5.0, for: 1m}}, {REST}}}",
    f"  - {{id: r-12, raise: {{trap: linkDown, when: false}}, clear: {{trap: linkUp}}, {REST}}}",
    f"  - {{id: r-12, raise: {{trap: linkDown, when: 'false'}}, clear: {{trap: linkUp}}, {REST}}}",
    f"  - {{id: r-13, raise: {{trap: linkDown}}, clear: {{after: 1h}}, where: vb.ifAdminStatus == down, {REST}}}",
)
EVENTS = "events:\n  - {event: it-fails, trap: linkDown}\n"


class Turn(msgspec.Struct, frozen=True):
    """What a reload finds."""

    files: tuple[tuple[int, ...], ...]
    """Rules of each file, by their number."""
    events: bool
    outputs: frozenset[str] | None
    renumbered: bool
    """Whether the MIB says otherwise what up and down are."""
    lines: int
    """Empty lines on top: every place moves."""


turns = st.builds(
    Turn,
    st.lists(st.lists(st.integers(0, len(RULES) - 1), max_size=5).map(tuple), min_size=1, max_size=2).map(tuple),
    st.booleans(),
    st.sampled_from([None, frozenset(), frozenset({"mqtt"})]),
    st.booleans(),
    st.integers(0, 1),
)


START = Turn(((3, 7, 8, 11),), True, frozenset({"mqtt"}), False, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"events": False},
        {"outputs": frozenset()},
        {"renumbered": True},
        {"lines": 1},
        {"files": ((3, 7, 8, 12),)},  # the order of severities
        {"files": ((3, 0), (1, 2))},
        {"files": ((3, 6, 5),)},
    ],
)
def test_what_differs_is_compiled_again(names: MibView, change: dict[str, Any]):
    after = msgspec.structs.replace(START, **change)
    check(names, [START, after, after, START])
    assert told(compiled(START, names)) != told(compiled(after, names))


def test_one_text_stands_for_something_else_where_other_names_are_known(names: MibView):
    both = compiled(Turn(((3, 17),), False, None, False, 0), names)
    assert [problem.place.line for problem in both.problems] == [4]
    assert "where" in both.problems[0].message


@pytest.mark.slow
@given(st.lists(turns, min_size=2, max_size=4))
def test_rules_come_out_as_from_an_empty_memory(names: MibView, sequence: list[Turn]):
    check(names, sequence)


def check(names: MibView, sequence: list[Turn]) -> None:
    """Reload with one memory; each time it is as without one."""
    memory = Memory()
    for turn in sequence:
        again = compiled(turn, names, memory=memory)
        memory.turn()
        assert told(again) == told(compiled(turn, names))


def compiled(turn: Turn, names: MibView, *, memory: Memory | None = None) -> Compiled:
    documents = [document(turn, at) for at in range(len(turn.files))]
    view = renumbered(names) if turn.renumbered else names
    return compile_rules(documents, view, outputs=turn.outputs, memory=memory)


def renumbered(names: MibView) -> MibView:
    """Return the same objects with other numbers for the states of a port."""
    known = names.symbol("ifAdminStatus")
    syntax = msgspec.structs.replace(known.type, enums=((11, "up"), (12, "down")))
    kept: list[Node] = [names.symbol(name) for name in ("ifEntry", "ifIndex", "ifInOctets", "linkDown", "linkUp")]
    return MibView([Module("IF-MIB", "another key", (*kept, msgspec.structs.replace(known, type=syntax)))])


def document(turn: Turn, at: int) -> Document:
    rules = "\n".join(RULES[number] for number in turn.files[at])
    text = (
        "\n" * turn.lines + "version: 1\n" + (EVENTS if turn.events else "") + (f"rules:\n{rules}\n" if rules else "")
    )
    read = yaml.parse(text.encode(), f"{at}.yaml")
    assert read.problems == ()
    return read.document


def told(compiled: Compiled) -> Any:
    """Return all of it with its functions as what they do."""
    return shape(compiled)


def shape(value: Any) -> Any:
    """Return a value as something that can be compared: of a function its code and all that it reaches."""
    if isinstance(value, msgspec.Struct):
        return type(value).__name__, [shape(getattr(value, field)) for field in value.__struct_fields__]
    if isinstance(value, dict):
        return [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [shape(item) for item in value]
    if not isinstance(value, FunctionType):
        return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
    code, reached = value.__code__, [cell.cell_contents for cell in value.__closure__ or ()]
    if code.co_filename == "<rule>":
        reached += [value.__globals__[name] for name in code.co_names if name in value.__globals__]
    return code.co_qualname, code.co_code, repr(code.co_names), shape(list(code.co_consts)), shape(reached)


def test_what_has_not_changed_is_the_same_object_wherever_it_stands(names: MibView):
    memory = Memory()
    before = compile_rules([document(Turn(((0, 3),), False, None, False, 0), 0)], names, memory=memory)
    memory.turn()
    after = compile_rules([document(Turn(((3, 4),), False, None, False, 1), 0)], names, memory=memory)
    assert before.problems == after.problems == ()
    kept, other = after.rulebook.kinds[:2] if after.rulebook.kinds[0].rule.id == "r-3" else after.rulebook.kinds[1::-1]
    assert kept is next(kind for kind in before.rulebook.kinds if kind.rule.id == "r-3")
    assert other.rule.id == "r-4"
    assert after.places["r-3"].line == 4


def test_what_is_not_asked_for_is_forgotten():
    memory = Memory()
    memory.keep("a", 1)
    memory.keep("b", 2)
    memory.turn()
    assert memory.find("a") == 1
    memory.turn()
    assert (memory.find("a"), memory.find("b")) == (1, None)


PROFILES = (
    "version: 1\nprofile: low\ntables:\n  - {table: ifTable, columns: [ifInOctets, ifOutOctets]}\n",
    "version: 1\nprofile: low\ntables:\n  - {table: ifTable, columns: [ifInOctets]}\n",
    "version: 1\nprofile: low\ntables:\n  - {table: ifTable, columns: [ifInOctts]}\n",
    "version: 1\nprofile: low\nextends: [high]\n",
    "version: 1\nprofile: mid\nextends: [low]\nget: [sysUpTime]\n",
    "version: 1\nprofile: mid\nextends: [lw]\nget: [sysUpTime]\n",
    "version: 1\nprofile: high\nextends: [mid]\nremove: [ifOutOctets]\n",
    "version: 1\nprofile: high\nextends: [mid]\nderive: [{name: all, unit: octets, expr: ifInOctets + ifOutOctets}]\n",
    "version: 1\nprofile: high\nextends: [mid, low]\nmatch: {sysdescr: '('}\n",
    "version: 2\nprofile: mid\n",
)


@given(st.lists(st.lists(st.integers(0, len(PROFILES) - 1), max_size=4), min_size=2, max_size=4), st.integers(0, 1))
def test_profiles_come_out_as_from_an_empty_memory(sequence: list[list[int]], lines: int):
    memory = Memory()
    for turn, numbers in enumerate(sequence):
        above = "\n" * (lines * turn)
        documents = [
            yaml.parse((above + PROFILES[one]).encode(), f"{at}.yaml").document for at, one in enumerate(numbers)
        ]
        again = compile_profiles(documents, standard_names(), memory=memory)
        memory.turn()
        assert again == compile_profiles(documents, standard_names())


@pytest.mark.parametrize("number", [0, 4, 6])
def test_a_profile_is_compiled_again_when_one_below_it_has_changed(number: int):
    memory = Memory()
    files = [yaml.parse(PROFILES[at].encode(), f"{at}.yaml").document for at in (0, 4, 6)]
    before = compile_profiles(files, standard_names(), memory=memory)
    memory.turn()
    files[0] = yaml.parse(PROFILES[0].replace("ifOutOctets", "ifOutOctets, ifInErrors").encode(), "0.yaml").document
    after = compile_profiles(files, standard_names(), memory=memory)
    assert before.problems == after.problems == ()
    at = (0, 4, 6).index(number)
    assert "ifInErrors" in columns(after, at)
    assert "ifInErrors" not in columns(before, at)


def columns(profiles: Profiles, at: int) -> list[str]:
    return [column.name for table in profiles.profiles[at].tables for column in table.columns]
