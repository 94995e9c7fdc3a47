"""Alarms that come and go (RFC 2439, specs/rules.md 6.8)."""

from netmon.domain.alarm import AlarmChange, is_sent
from netmon.rulebook.kinds import Rulebook
from tests.alarms.book_feed import FLAP, T0, Feed, kinds


def flapped(feed: Feed, times: int, *, every: int = 10) -> list[AlarmChange]:
    changes: list[AlarmChange] = []
    for number in range(times):
        changes += feed.on("r1/if:a", at=number * every, flap=FLAP)
        changes += feed.off("r1/if:a", at=number * every + every // 2)
    return changes


def test_the_fourth_clear_within_a_minute_is_not_told():
    feed = Feed()
    told = [change.kind for change in flapped(feed, 4)]
    assert told == ["raised", "cleared"] * 3 + ["raised", "edge", "flapping"]
    alarm = feed.alarm("r1/if:a")
    assert (alarm.state, alarm.flags) == ("active", ("flapping",))


def test_while_flapping_every_edge_is_kept_and_none_is_sent():
    feed = Feed()
    flapped(feed, 4)
    changes = feed.on("r1/if:a", at=60, flap=FLAP) + feed.off("r1/if:a", at=65) + feed.off("r1/if:a", at=66)
    assert [change.kind for change in changes] == ["edge", "edge"]
    assert not any(map(is_sent, changes))
    edge = changes[-1].after
    assert (edge.count, edge.last_clear, edge.state) == (5, (T0 + 65_000, 10), "active")
    version = feed.alarm("r1/if:a").version
    assert version < edge.version, "an operator who saw the alarm has seen its newest version"


def test_steady_tells_the_true_state_once():
    feed = Feed()
    flapped(feed, 4)
    feed.restart()
    changes = [change for at in range(60, 3700, 20) for change in feed.tick(at)]
    assert [change.kind for change in changes if change.kind != "updated"] == ["steady", "cleared"]
    steady, cleared = changes[-2:]
    assert steady.after.flags == ()
    assert cleared.after.cleared == T0 + 35_000


def test_steady_that_is_still_on_stays_active():
    feed = Feed()
    flapped(feed, 4)
    feed.on("r1/if:a", at=60, flap=FLAP)
    changes = [change for at in range(60, 3700, 20) for change in feed.tick(at)]
    assert [change.kind for change in changes if change.kind != "updated"] == ["steady"]
    assert feed.alarm("r1/if:a").state == "active"


def test_slow_changes_are_all_told():
    feed = Feed()
    told = [change.kind for change in flapped(feed, 10, every=600)]
    assert told == ["raised", "cleared"] * 10


def test_a_flapping_alarm_of_a_removed_rule_clears_and_is_not_flapping_any_more():
    feed = Feed()
    flapped(feed, 4)
    feed.book.rules_loaded(Rulebook("h", ()), now=feed.now, seq=99)
    changes = feed.tick(60 + 300)
    assert ("cleared", "r1/if:a") in kinds(changes)
    assert feed.alarm("r1/if:a").flags == ()
