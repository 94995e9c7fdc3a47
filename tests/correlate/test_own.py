"""netmon's own alarms: each from the report that means it, through the core, and gone when it is over."""

import pytest

from netmon.correlate.own import OWN_ALARMS
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Inventory
from netmon.domain.observation import HealthRow, OperatorRequest, RulesChange, Tick
from netmon.domain.usage import UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.causes import CAUSES
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode

START = 1_800_000_000_000
MINUTE = 60_000


def compile_nothing(change: RulesChange, inventory: Inventory) -> Ruleset:
    return Ruleset(Rulebook(hash=change.hash, kinds=()), (), UsageSettings(), MibView(()))


class Told:
    """A core without a rule that is told how netmon is."""

    def __init__(self) -> None:
        self.core = Core(compile_nothing, MibView(()))
        self.at = START

    def tick(self, *rows: HealthRow, after: int = 1_000) -> list[tuple[str, str, str]]:
        self.at += after
        outputs = self.core.step(Tick(self.at, health=rows))
        return [(one.kind, one.after.type, one.after.qualifier) for one in outputs if isinstance(one, AlarmChange)]

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        self.core = Core(compile_nothing, MibView(()))
        self.core.load(state)


@pytest.fixture
def told() -> Told:
    return Told()


def test_dropped_by_the_kernel_until_five_minutes_without(told: Told) -> None:
    assert told.tick(HealthRow("traps", "kernel_drops", 0)) == []
    assert told.tick(HealthRow("traps", "kernel_drops", 7)) == [("raised", "kernel-drops", "traps")]
    told.tick(HealthRow("traps", "kernel_drops", 9), after=4 * MINUTE)
    (alarm,) = told.core.book.alarms()
    assert (alarm.severity, alarm.count, alarm.object) == ("major", 2, "netmon")
    assert told.tick(after=4 * MINUTE) == []
    assert told.tick(after=MINUTE) == [("cleared", "kernel-drops", "traps")]
    assert told.tick(HealthRow("traps", "kernel_drops", 9), after=MINUTE) == []
    assert told.tick(HealthRow("traps", "kernel_drops", 10)) == [("raised", "kernel-drops", "traps")]


def test_a_count_that_began_anew_is_no_drop(told: Told) -> None:
    told.tick(HealthRow("traps", "kernel_drops", 50))
    told.tick(after=6 * MINUTE)
    told.restart()
    assert told.tick(HealthRow("traps", "kernel_drops", 0)) == []
    assert told.tick(HealthRow("traps", "kernel_drops", 1)) == [("raised", "kernel-drops", "traps")]


def test_drops_of_the_first_second_after_a_restart_are_no_less_an_alarm(told: Told) -> None:
    """Each life reports first that nothing was dropped, then fewer than the life before had counted."""
    told.tick(HealthRow("traps", "kernel_drops", 50))
    told.restart()
    assert told.tick(HealthRow("traps", "kernel_drops", 0), after=MINUTE) == []
    assert told.tick(HealthRow("traps", "kernel_drops", 30)) == [("updated", "kernel-drops", "traps")]
    assert told.tick(after=5 * MINUTE - 2_000) == []
    assert told.tick(after=MINUTE) == [("cleared", "kernel-drops", "traps")]


def test_books_that_do_not_balance_stay_an_alarm_until_an_operator_clears_it(told: Told) -> None:
    assert told.tick(HealthRow("traps", "unaccounted", 0)) == []
    assert told.tick(HealthRow("traps", "unaccounted", 3)) == [("raised", "observation-loss", "traps")]
    assert told.tick(HealthRow("traps", "unaccounted", 0)) == []
    (alarm,) = told.core.book.alarms()
    assert (alarm.severity, alarm.state, alarm.clearable) == ("critical", "active", True)
    told.core.step(OperatorRequest(told.at, "1", "ann", "clear", (alarm.alarm_id,), comment="seen"))
    assert told.core.book.alarms()[0].state == "cleared"
    assert told.tick(HealthRow("traps", "unaccounted", 2)) == [("raised", "observation-loss", "traps")]


def test_a_feed_whose_folder_holds_another_file_is_an_alarm_until_an_operator_has_seen_it(told: Told) -> None:
    assert told.tick(HealthRow("main", "feed_integrity", 0)) == []
    row = HealthRow("main", "feed_integrity", 1, "f.jsonl in out has last_rec_seq 17, not 3")
    assert told.tick(row) == [("raised", "usage-feed-integrity", "main")]
    (alarm,) = told.core.book.alarms()
    assert (alarm.severity, alarm.event_type, alarm.clearable) == ("critical", "integrityViolation", True)
    assert alarm.text.endswith(": f.jsonl in out has last_rec_seq 17, not 3")
    assert told.tick(HealthRow("main", "feed_integrity", 0)) == []
    assert told.core.book.alarms()[0].state == "active"


def test_little_room_for_a_feed_is_a_warning_first_and_then_major(told: Told) -> None:
    assert told.tick(HealthRow("main", "feed_storage", 0)) == []
    assert told.tick(HealthRow("main", "feed_storage", 1, "71 % of the disk are used")) == [
        ("raised", "usage-feed-storage", "main")
    ]
    (alarm,) = told.core.book.alarms()
    assert (alarm.severity, alarm.text) == (
        "warning",
        "There is no room for the usage feed main: 71 % of the disk are used",
    )
    told.tick(HealthRow("main", "feed_storage", 4, "its folder takes nothing: Read-only file system"))
    (alarm,) = told.core.book.alarms()
    assert (alarm.severity, alarm.text.rpartition(": ")[2]) == ("major", "Read-only file system")
    assert told.tick(HealthRow("main", "feed_storage", 0)) == [("cleared", "usage-feed-storage", "main")]


def test_files_that_nobody_acknowledges_until_somebody_does(told: Told) -> None:
    row = HealthRow("main", "feed_uncollected", 1, "9 files wait")
    assert told.tick(row) == [("raised", "usage-feed-not-collected", "main")]
    (alarm,) = told.core.book.alarms()
    assert (alarm.severity, alarm.probable_cause) == ("major", "informationMissing")
    assert told.tick(HealthRow("main", "feed_uncollected", 0)) == [("cleared", "usage-feed-not-collected", "main")]


@pytest.mark.parametrize("offset", [3_600_000, -1_500])
def test_a_step_of_the_clock_either_way(told: Told, offset: int) -> None:
    assert told.tick(HealthRow("clock", "offset_ms", 900)) == []
    assert told.tick(HealthRow("clock", "offset_ms", offset)) == [("raised", "clock-step", "clock")]
    assert told.tick(HealthRow("clock", "offset_ms", 700)) == []
    assert told.tick(HealthRow("clock", "offset_ms", 400)) == [("cleared", "clock-step", "clock")]


def test_a_clock_that_went_back_until_it_has_passed_what_it_told_before(told: Told) -> None:
    assert told.tick(HealthRow("engine-time", "behind_ms", 0)) == []
    assert told.tick(HealthRow("engine-time", "behind_ms", 2_500)) == [("raised", "clock-step", "engine-time")]
    (alarm,) = told.core.book.alarms()
    assert alarm.severity == "critical"
    assert told.tick(HealthRow("engine-time", "behind_ms", 1_500)) == []
    assert told.tick(HealthRow("engine-time", "behind_ms", 0)) == [("cleared", "clock-step", "engine-time")]


def test_late_polls(told: Told) -> None:
    assert told.tick(HealthRow("poller", "late_permille", 100)) == []
    assert told.tick(HealthRow("poller", "late_permille", 110)) == []
    for _ in range(59):
        assert told.tick() == []
    assert told.tick() == [("raised", "self-overload", "poller")]
    assert told.tick(HealthRow("poller", "late_permille", 50)) == [("cleared", "self-overload", "poller")]


def test_polls_that_were_late_for_a_moment_are_no_alarm(told: Told) -> None:
    told.tick(HealthRow("poller", "late_permille", 500))
    assert told.tick(HealthRow("poller", "late_permille", 0), after=20_000) == []
    assert told.tick(after=2 * MINUTE) == []


def test_a_recovery_that_came_out_otherwise(told: Told) -> None:
    assert told.tick(HealthRow("recovery", "mismatch", 2)) == [("raised", "state-mismatch", "recovery")]


def test_what_is_on_survives_a_restart_and_rules_without_it(told: Told) -> None:
    told.tick(HealthRow("traps", "kernel_drops", 7), HealthRow("clock", "offset_ms", 5_000))
    told.restart()
    told.core.step(RulesChange(told.at, b"", "other"))
    assert told.tick(after=10 * MINUTE) == [("cleared", "kernel-drops", "traps")]
    assert told.tick(HealthRow("clock", "offset_ms", 0)) == [("cleared", "clock-step", "clock")]


def test_every_own_alarm_has_a_cause_of_the_table_and_says_what_to_do() -> None:
    assert {own.probable_cause for own in OWN_ALARMS} <= set(CAUSES)
    assert all(own.repair and own.text for own in OWN_ALARMS)
    assert len({own.part for own in OWN_ALARMS}) == len(OWN_ALARMS)


def test_series_beyond_the_limit_until_none_is_refused(told: Told) -> None:
    assert told.tick(HealthRow("r1", "series_full", 1, "1,000,000")) == [("raised", "series-limit", "r1")]
    told.restart()
    assert told.tick() == []
    assert told.tick(HealthRow("r1", "series_full", 0, "1,000,000")) == [("cleared", "series-limit", "r1")]
