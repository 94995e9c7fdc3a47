"""A metered port that nothing can be billed of is an alarm of netmon: which, why, by which rule, and while it is so."""

import msgspec
import pytest

from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import InventoryChange, PollResult, RulesChange, Tick
from netmon.domain.usage import Assignment, UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.normalize.blocks import block, result

START = 1_800_000_000_000
MINUTE = 60_000
PORT = Assignment("r1|ifName:xe-9", "r1", "r1/if:xe-9", "xe-9", "ifName", "main", "ports", service="svc-1")
POLLED = Element("r1", ("192.0.2.1",), credential="ro")


class Told:
    """A core that meters one port, as rules and inventory say at the moment."""

    def __init__(self, *assignments: Assignment, element: Element = POLLED) -> None:
        self.assignments, self.at, self.octets = assignments, START, 0
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

    def poll(self, *errors: tuple[str, str], octets: int = 1_000, **cells: int) -> None:
        """A minute later the port was read and had taken in so many octets more, or it was not read for this reason."""
        self.at += MINUTE
        self.octets += octets
        row = {"ifName": b"xe-9", "ifHighSpeed": 1000, "ifHCInOctets": self.octets, "ifHCOutOctets": 7} | cells
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
    why = "octets cannot be billed: r1 has no port named xe-9; metered by ports for svc-1"
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


def test_octets_that_no_line_can_carry_are_told_and_until_a_quarter_of_an_hour_later() -> None:
    told = Told(PORT)
    told.poll()
    told.poll(octets=10**12)
    (alarm,) = told.active()
    why = "1,000,000,000,000 octets inward within 60 s are more than 1,000,000,000 bit/s carry (implausible_rate)"
    assert alarm.text == f"r1|ifName:xe-9: octets cannot be billed: {why}; metered by ports for svc-1"
    for _ in range(14):
        told.poll()
        assert len(told.active()) == 1
    told.restart()
    told.poll()
    assert told.active() == []


@pytest.mark.parametrize(
    ("cells", "told_as"),
    [
        ({"ifHCInOctets": 1}, "64-bit counters went back within 60 s (counter_regress)"),
        (
            {"ifHCInOctets": None},
            "32-bit counters at 1 Gb/s wrap in 34.4 s, polled every 60 s: no interval can be billed. Poll every 30 s",
        ),
    ],
)
def test_other_counters_that_cannot_be_right(cells: dict[str, int], told_as: str) -> None:
    low = {"ifInOctets": 1, "ifOutOctets": 1}
    told = Told(PORT)
    told.poll(octets=10**6, **(low | cells if None in cells.values() else low))
    told.poll(**(low | cells))
    (alarm,) = told.active()
    assert told_as in alarm.text


def test_an_agent_that_restarted_is_no_doubt() -> None:
    told = Told(PORT)
    told.poll()
    told.poll(ifCounterDiscontinuityTime=55)
    assert told.active() == []
