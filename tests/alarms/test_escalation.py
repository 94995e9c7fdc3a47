"""Escalation: up only, not while acknowledged where the rule says so, not by hidden time (specs/rules.md 6.12)."""

from netmon.domain.alarm import AlarmChange
from netmon.domain.manner import Escalation
from tests.alarms.book_feed import Feed

STEPS = (Escalation(600_000, "major", unless_ack=True), Escalation(1_800_000, "critical"))


def severities(changes: list[AlarmChange]) -> list[str]:
    return [change.after.severity for change in changes if change.kind == "severity"]


def feed(severity: str = "minor") -> Feed:
    one = Feed()
    one.on("r1", severity=severity, escalate=STEPS)
    return one


def test_exactly_at_its_time_and_only_upwards() -> None:
    one = feed()
    assert severities(one.tick(599)) == []
    assert severities(one.tick(600)) == ["major"]
    assert severities(one.on("r1", at=700, severity="minor", escalate=STEPS)) == []
    assert one.alarm("r1").severity == "major"
    assert severities(one.on("r1", at=701, severity="critical", escalate=STEPS)) == ["critical"]
    assert severities(one.tick(1_800)) == []
    assert severities(one.on("r1", at=1_900, severity="minor", escalate=STEPS)) == []


def test_a_step_that_is_no_rise_changes_nothing() -> None:
    one = feed("critical")
    assert severities(one.tick(5_000)) == []
    assert one.alarm("r1").original_severity == "critical"


def test_not_while_acknowledged_but_when_that_is_taken_back() -> None:
    one = feed()
    one.ask("acknowledge", one.alarm("r1").alarm_id, at=10)
    assert severities(one.tick(900)) == []
    one.ask("unacknowledge", one.alarm("r1").alarm_id, at=901)
    assert severities(one.tick(902)) == ["major"]
    one.ask("acknowledge", one.alarm("r1").alarm_id, at=903)
    assert severities(one.tick(1_800)) == ["critical"]
    assert not one.alarm("r1").ack


def test_time_on_the_shelf_does_not_count() -> None:
    one = feed()
    one.tick(100)
    one.ask("shelve", one.alarm("r1").alarm_id, at=100, until=one.now + 400_000)
    assert severities(one.tick(699)) == []
    assert one.alarm("r1").hidden_by == ()
    one.restart()
    times = [at for at in range(700, 2_400) if severities(one.tick(at))]
    shelved_s = 699 - 100
    assert times == [600 + shelved_s, 1_800 + shelved_s]


def test_a_new_occurrence_begins_below() -> None:
    one = feed()
    one.tick(600)
    one.off("r1", at=700)
    one.on("r1", at=800, escalate=STEPS, severity="minor")
    assert severities(one.tick(1_399)) == []
    assert severities(one.tick(1_400)) == ["major"]
