"""A raise that clears every alarm at or below its object (specs/rules.md 6.1)."""

from netmon.domain.manner import Clears
from netmon.rulebook.kinds import Rulebook, StateRule
from tests.alarms.book_feed import Feed, kinds
from tests.correlate.by_hand import rule

ALL = Clears()


def test_all_at_or_below_is_cleared_and_nothing_beside() -> None:
    feed = Feed()
    for object_ in ("r1", "r1/if:a", "r1/if:a/vlan:1", "r10/if:a", "r2"):
        feed.on(object_)
    changes = feed.on("r1", "agent-restart", at=5, clears=ALL)
    cleared = [object_ for kind, object_ in kinds(changes) if kind == "cleared"]
    assert cleared == ["r1", "r1/if:a", "r1/if:a/vlan:1"]
    assert feed.alarm("r1", "agent-restart").state == "active"


def test_a_second_raise_clears_again() -> None:
    feed = Feed()
    feed.on("r1", "agent-restart", clears=ALL)
    feed.on("r1/if:a", at=5)
    assert ("cleared", "r1/if:a") in kinds(feed.on("r1", "agent-restart", at=9, clears=ALL))


def test_what_was_raised_later_stays_whatever_came_first() -> None:
    feed = Feed()
    feed.on("r1/if:a", at=9)
    assert kinds(feed.on("r1", "agent-restart", at=5, clears=ALL)) == [("raised", "r1")]


def test_types_and_polled_alarms_are_left_alone() -> None:
    feed = Feed()
    polled = StateRule(rule("of-polls", type="link-alarm"), (), ())
    feed.book.rules_loaded(Rulebook("h", (polled,)), now=feed.now, seq=0)
    feed.on("r1/if:a")
    feed.on("r1/fan:1", "fan")
    feed.on("r1/psu:1", "psu")
    changes = feed.on("r1", "agent-restart", at=5, clears=Clears(("link-alarm", "fan"), unless_polled=True))
    assert [one for one in kinds(changes) if one[0] == "cleared"] == [("cleared", "r1/fan:1")]
