"""What notifications say by themselves, out of modules made up here."""

import pytest

from netmon.mib.names import MibView
from netmon.mib.node import Module, Node, NodeKind, Syntax
from netmon.mib.telling import Telling, Tellings

ROOT = "1.3.6.1.4.1.99999"
SEVERITY = Syntax("INTEGER", "Integer32", ((1, "cleared"), (2, "warning"), (3, "major"), (4, "critical"), (5, "odd")))
TWO = Syntax("INTEGER", "Integer32", ((1, "up"), (2, "down")))
NUMBER, TEXT = Syntax("Integer32", "Integer32"), Syntax("DisplayString", "OctetString")


def node(symbol: str, number: int, kind: NodeKind = "scalar", **more: object) -> Node:
    return Node("A-MIB", symbol, f"{ROOT}.{number}", kind, **more)  # type: ignore[arg-type]


def notification(symbol: str, number: int, *objects: str) -> Node:
    return node(symbol, number, "notification", objects=tuple(f"A-MIB::{one}" for one in objects))


NODES = (
    node("alarmSeverity", 1, type=SEVERITY),
    node("alarmSlot", 2, type=NUMBER),
    node("alarmText", 3, type=TEXT),
    node("alarmCount", 4, type=NUMBER),
    node("portState", 5, type=TWO),
    notification("someAlarm", 11, "alarmSeverity", "alarmSlot", "alarmText", "alarmCount"),
    notification("fanFailed", 12, "alarmSlot", "alarmText"),
    notification("fanOK", 13, "alarmSlot"),
    notification("cpuUtil", 14),
    notification("cpuUtilClear", 15),
    notification("portDown", 16, "alarmSlot"),
    notification("portUp", 17),
    notification("userLogin", 18),
    notification("portChanged", 19, "portState"),
)


@pytest.fixture
def tellings() -> Tellings:
    return Tellings(MibView([Module("A-MIB", "key", NODES)]))


def told(tellings: Tellings, number: int) -> Telling:
    found = tellings.of([f"{ROOT}.{number}"])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "severity"), [(1, "cleared"), (2, "warning"), (4, "critical"), (5, "indeterminate"), (9, None)]
)
def test_a_severity_is_read_of_the_varbind_that_carries_it(tellings: Tellings, value: int, severity: str | None):
    telling = told(tellings, 11)
    assert telling.severity({"alarmSeverity": value}) == severity
    assert telling.which == ("alarmSlot",)


def test_without_the_varbind_nothing_is_said(tellings: Tellings):
    assert told(tellings, 11).severity({"alarmSlot": 3}) is None


def test_a_pair_is_about_the_same_and_of_the_same_object(tellings: Tellings):
    failed, fine = told(tellings, 12), told(tellings, 13)
    assert (failed.by_name, fine.by_name) == ("indeterminate", "cleared")
    assert failed.subject == fine.subject
    assert failed.which == fine.which == ("alarmSlot",)


def test_a_name_with_clear_behind_it_ends_the_one_without(tellings: Tellings):
    assert (told(tellings, 14).by_name, told(tellings, 15).by_name) == ("indeterminate", "cleared")


@pytest.mark.parametrize("number", [16, 17, 18, 19, 99])
def test_what_has_no_end_or_ends_without_a_word_of_which_says_nothing(tellings: Tellings, number: int):
    assert tellings.of([f"{ROOT}.{number}"]) is None


def test_only_notifications_of_modules_are_kept(tellings: Tellings):
    for _ in range(2):
        assert [tellings.of([f"{ROOT}.{number}"]) for number in (1, 18, *range(1_000, 1_100))] == [None] * 102
        told(tellings, 11)
    assert len(tellings) == 2  # 11 and 18
