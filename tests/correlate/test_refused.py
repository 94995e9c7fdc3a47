"""Sources whose messages are refused: an alarm of each that goes on with it, bounded whoever forges (alarms.md 3)."""

import pytest

from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element
from netmon.domain.observation import InventoryChange, RulesChange, ShedRow, Tick
from netmon.domain.rejection import UNAUTHORIZED
from netmon.mib.names import MibView
from netmon.rulebook.causes import CAUSES
from netmon.sources.traps.reasons import SENTENCES
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.correlate.test_own import MINUTE, START, compile_nothing

QUARTER = 15 * MINUTE
Changes = list[tuple[str, str, str]]


class Refusing:
    """A core without a rule that is told what the receiver refused."""

    def __init__(self) -> None:
        self.core = Core(compile_nothing, MibView(()))
        self.at = START
        self.core.step(InventoryChange(START, "loaded", added=(Element("r7", ("192.0.2.7",)),)))
        self.core.step(RulesChange(START, b"", "none"))

    def tick(self, *rows: ShedRow, after: int = 1_000) -> Changes:
        """Return (kind, qualifier, severity) of each change."""
        self.at += after
        outputs = self.core.step(Tick(self.at, shed=rows))
        changes = [one for one in outputs if isinstance(one, AlarmChange)]
        assert {change.after.type for change in changes} <= {"snmp-auth"}
        return [(one.kind, one.after.qualifier, one.after.severity) for one in changes]

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        self.core = Core(compile_nothing, MibView(()))
        self.core.load(state)


@pytest.fixture
def at() -> Refusing:
    return Refusing()


def refused(source: str, count: int = 1, *, reason: str = "bad_community", realm: str = "default") -> ShedRow:
    return ShedRow(realm, source, reason, "", count)


def test_the_third_message_is_an_alarm_that_a_quarter_of_an_hour_of_rest_ends(at: Refusing) -> None:
    assert at.tick(refused("192.0.2.7", reason="wrong_digest")) == []
    assert at.tick(refused("192.0.2.7", reason="wrong_digest"), after=QUARTER - 1) == []
    assert at.tick(refused("192.0.2.7", reason="wrong_digest"), after=QUARTER - 1) == [
        ("raised", "192.0.2.7", "warning")
    ]
    (alarm,) = at.core.book.alarms()
    assert alarm.object == "netmon"
    assert alarm.text == "Traps and informs of 192.0.2.7 are refused: wrong_digest, by r7"
    assert (alarm.probable_cause, alarm.event_type) == ("authenticationFailure", "securityService")
    assert at.tick(after=QUARTER - 1) == []
    assert at.tick(after=1) == [("cleared", "192.0.2.7", "cleared")]


def test_what_rests_begins_anew(at: Refusing) -> None:
    at.tick(refused("192.0.2.7", 2))
    assert at.tick(refused("192.0.2.7", 2), after=QUARTER) == []


def test_many_in_a_minute_are_minor_until_the_rest(at: Refusing) -> None:
    assert at.tick(refused("192.0.2.7", 59)) == [("raised", "192.0.2.7", "warning")]
    assert at.tick(refused("192.0.2.7", 59), after=MINUTE) == []
    [(_, qualifier, severity)] = at.tick(refused("192.0.2.7"))
    assert (qualifier, severity) == ("192.0.2.7", "minor")
    assert at.tick(refused("192.0.2.7"), after=10 * MINUTE) == []


def test_only_those_that_may_not_send_and_each_realm_apart(at: Refusing) -> None:
    others = sorted(set(SENTENCES) - UNAUTHORIZED)
    assert at.tick(*(refused("192.0.2.7", 100, reason=reason) for reason in others)) == []
    told = at.tick(refused("192.0.2.7", 3), refused("192.0.2.7", 3, realm="lab"))
    assert told == [("raised", "192.0.2.7", "warning"), ("raised", "lab/192.0.2.7", "warning")]
    assert set(SENTENCES) > UNAUTHORIZED


def test_forged_addresses_fill_no_list_of_alarms(at: Refusing) -> None:
    for block in range(40):
        at.tick(*(refused(f"10.0.{block}.{number}", 3) for number in range(250)))
    active = [alarm for alarm in at.core.book.alarms() if alarm.state == "active"]
    assert len(active) == 101
    assert ("*", "Traps and informs of * are refused: bad_community, all other senders together") in [
        (alarm.qualifier, alarm.text) for alarm in active
    ]
    ended = at.tick(after=QUARTER)
    assert len(ended) == 101
    assert at.tick(refused("10.0.0.1", 3)) == [("raised", "10.0.0.1", "warning")]


def test_a_restart_changes_nothing(at: Refusing) -> None:
    at.tick(refused("192.0.2.7", 2), refused("192.0.2.8", 3))
    before = at.core.digest()
    at.restart()
    assert at.core.digest() == before
    assert at.tick(refused("192.0.2.7")) == [("raised", "192.0.2.7", "warning")]
    assert at.tick(after=QUARTER - 1_000) == [("cleared", "192.0.2.8", "cleared")]


def test_its_cause_is_of_the_table() -> None:
    assert "authenticationFailure" in CAUSES
