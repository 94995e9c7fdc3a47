"""A metered port that nothing can be billed of is an alarm of netmon: which, why, by which rule, and while it is so."""

import msgspec
import pytest

from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import InventoryChange, PollResult, RulesChange, Tick
from netmon.domain.usage import Assignment, UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook
from netmon.step import Core, Ruleset
from netmon.storage.snapshot import decode, encode
from tests.normalize.blocks import block, result

START = 1_800_000_000_000
MINUTE = 60_000
PORT = Assignment("r1|ifName:xe-9", "r1", "r1/if:xe-9", "xe-9", "ifName", "main", "ports", service="svc-1")
POLLED = Element("r1", ("192.0.2.1",), credential="ro")


class Told:
    """A core that meters one port, as rules and inventory say at the moment."""

    def __init__(self, *assignments: Assignment, element: Element = POLLED) -> None:
        self.assignments, self.at = assignments, START
        self.core = Core(self._compiled, MibView(()))
        self.core.step(Tick(self.at))
        self.core.step(_loaded(self.at, element))
        self.reload(*assignments)

    def _compiled(self, change: RulesChange, inventory: Inventory) -> Ruleset:
        return Ruleset(Rulebook("", ()), self.assignments, UsageSettings(), MibView(()))

    def reload(self, *assignments: Assignment) -> None:
        self.assignments = assignments
        self.core.step(RulesChange(self.at, b"", "h"))

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        self.core = Core(self._compiled, MibView(()))
        self.core.load(state)

    def poll(self, *errors: tuple[str, str]) -> None:
        """A minute later the port was read, or was not for this reason."""
        self.at += MINUTE
        row = {"ifName": b"xe-9", "ifHighSpeed": 1000, "ifHCInOctets": self.at, "ifHCOutOctets": self.at}
        read = block(self.at, {"7": row}, uptime_cs=self.at // 10 % 2**32, table="usage")
        run: PollResult = result(self.at, *(() if errors else (read,)))
        self.core.step(Tick(self.at))
        self.core.step(msgspec.structs.replace(run, errors=errors))

    def active(self) -> list[Alarm]:
        return [alarm for alarm in self.core.book.alarms() if alarm.state == "active"]


def _loaded(at: int, element: Element) -> InventoryChange:
    return InventoryChange(
        at=at, kind="loaded", added=(element,), changed=(), removed=(), sites=(), links=(), groups=(), services=(),
        hash="",
    )  # fmt: skip


def test_a_port_that_does_not_exist_is_an_alarm_until_it_does() -> None:
    told = Told(PORT)
    assert told.active() == []
    told.poll(("usage:xe-9", "series_missing"))
    (alarm,) = told.active()
    assert (alarm.object, alarm.type, alarm.qualifier) == ("netmon", "usage-series-unbillable", "r1|ifName:xe-9")
    assert (alarm.severity, alarm.probable_cause) == ("major", "thresholdCrossed")
    why = "no interval can be billed: r1 has no port named xe-9 (metered by ports for svc-1)"
    assert alarm.text == f"r1|ifName:xe-9: {why}"
    for _ in range(3):
        told.poll(("usage:xe-9", "series_missing"))
    assert [one.alarm_id for one in told.active()] == [alarm.alarm_id]
    told.poll()
    assert told.active() == []


def test_that_its_name_is_there_twice_is_told_anew() -> None:
    told = Told(PORT)
    told.poll(("usage:xe-9", "series_missing"))
    told.poll(("usage:xe-9", "series_ambiguous"))
    (alarm,) = told.active()
    assert "r1 has several ports named xe-9" in alarm.text


@pytest.mark.parametrize("reason", ["timeout", "error_status", "no_such_object", "budget"])
def test_a_port_that_is_there_but_was_not_read_is_none(reason: str) -> None:
    told = Told(PORT)
    told.poll(("usage:xe-9", reason))
    assert told.active() == []
    told.poll(("usage:xe-9", "series_missing"))
    told.poll(("usage:xe-9", reason))
    assert len(told.active()) == 1


def test_it_ends_with_the_rule_and_outlives_a_restart_and_a_reload() -> None:
    told = Told(PORT)
    told.poll(("usage:xe-9", "series_missing"))
    told.restart()
    told.reload(PORT)
    assert len(told.active()) == 1
    told.reload()
    assert told.active() == []


def test_nobody_is_told_of_a_port_whose_member_has_ended() -> None:
    told = Told(msgspec.structs.replace(PORT, valid_to=START + 2 * MINUTE))
    told.poll(("usage:xe-9", "series_missing"))
    assert len(told.active()) == 1
    told.poll(("usage:xe-9", "series_missing"))
    assert told.active() == []


def test_an_element_without_a_credential_is_told_at_once() -> None:
    told = Told(PORT, element=Element("r1", ("192.0.2.1",)))
    (alarm,) = told.active()
    assert "r1 has no credential in the inventory, so it is not polled" in alarm.text
    told.restart()
    change = _loaded(told.at, POLLED)
    told.core.step(msgspec.structs.replace(change, added=(), changed=(POLLED,)))
    assert told.active() == []


def test_two_cores_that_were_told_the_same_agree_after_a_restart_of_one() -> None:
    one, other = Told(PORT), Told(PORT)
    for told in (one, other):
        told.poll(("usage:xe-9", "series_missing"))
    other.restart()
    for told in (one, other):
        told.poll(("usage:xe-9", "series_missing"))
        told.poll()
    assert one.core.digest() == other.core.digest()
