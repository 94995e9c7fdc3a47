"""Visible iff active and nothing hides it (specs/rules.md 7)."""

import pytest

from netmon.alarms.family import TOLD_AT_ONCE
from netmon.alarms.shade import MOST_CHILDREN
from netmon.domain.alarm import is_sent
from netmon.domain.manner import Hides
from tests.alarms.book_feed import NODE, PARTS, Feed, kinds


def sent(changes):
    return kinds([change for change in changes if is_sent(change)])


def test_a_late_cause_hides_what_was_shown_and_its_end_shows_it_again():
    feed = Feed()
    feed.on("r1/if:a/vlan:7")
    changes = feed.on("r1/if:a", hides=PARTS, at=1)
    assert kinds(changes) == [("raised", "r1/if:a"), ("hidden", "r1/if:a/vlan:7"), ("updated", "r1/if:a")]
    cause, child = feed.alarm("r1/if:a"), feed.alarm("r1/if:a/vlan:7")
    assert child.hidden_by == ("alarm:r1/if:a|link-alarm|",)
    assert child.parents == (cause.alarm_id,)
    assert cause.children == (child.alarm_id,)
    assert child.count == 1
    assert sent(changes) == [("raised", "r1/if:a"), ("hidden", "r1/if:a/vlan:7"), ("updated", "r1/if:a")]
    changes = feed.off("r1/if:a", at=5)
    assert kinds(changes) == [("cleared", "r1/if:a"), ("shown", "r1/if:a/vlan:7")]
    assert feed.alarm("r1/if:a/vlan:7").parents == ()


def test_what_is_raised_below_a_cause_is_never_shown_nor_its_clear_sent():
    feed = Feed()
    feed.on("r1/if:a", hides=PARTS)
    changes = feed.on("r1/if:a/vlan:7", at=1)
    assert changes[0].kind == "raised"
    assert changes[0].after.hidden_by
    assert not changes[0].after.ever_shown
    assert sent(changes) == [("updated", "r1/if:a")]
    assert sent(feed.off("r1/if:a/vlan:7", at=2)) == [("updated", "r1/if:a")]


def test_a_clear_while_hidden_sends_nothing_more():
    feed = Feed()
    feed.on("r1/if:a/vlan:7")
    feed.on("r1/if:a", hides=PARTS, at=1)
    changes = feed.off("r1/if:a/vlan:7", at=2)
    assert kinds(changes)[0] == ("cleared", "r1/if:a/vlan:7")
    assert sent(changes) == [("updated", "r1/if:a")]


def test_two_causes_one_ends():
    feed = Feed()
    feed.on("r1/if:a/vlan:7")
    feed.on("r1/if:a", hides=PARTS, at=1)
    changes = feed.on("r1", "node-unreachable", hides=NODE, at=2)
    assert ("parent_set", "r1/if:a/vlan:7") in kinds(changes)
    assert ("hidden", "r1/if:a") in kinds(changes)
    feed.off("r1/if:a", at=3)
    child = feed.alarm("r1/if:a/vlan:7")
    assert child.hidden_by == ("alarm:r1|node-unreachable|",)
    feed.off("r1", "node-unreachable", at=4)
    assert feed.alarm("r1/if:a/vlan:7").hidden_by, "what it hid settles first"
    assert ("shown", "r1/if:a/vlan:7") in kinds(feed.tick(14))


def test_types_limit_what_is_hidden_and_no_alarm_hides_its_own_object():
    feed = Feed()
    feed.on("p/pon:1/onu:1", "onu-los")
    feed.on("p/pon:1/onu:1", "temperature")
    feed.on("p/pon:1", "pon-los")
    feed.on("p/pon:1", "onu-power-area", hides=Hides(parts=True, types=("onu-los", "pon-los")))
    assert [a.type for a in feed.book.alarms() if a.hidden_by] == ["onu-los"]


def test_a_sibling_with_the_same_beginning_of_its_name_is_not_a_part():
    feed = Feed()
    feed.on("r1/if:xe-0/0/10")
    feed.on("r1/if:xe-0/0/1", hides=PARTS)
    assert not feed.alarm("r1/if:xe-0/0/10").hidden_by


def test_the_cause_raised_again_while_it_settles_goes_on_hiding():
    feed = Feed()
    feed.on("r1/if:a")
    feed.on("r1", "node-unreachable", hides=NODE, at=1)
    feed.off("r1", "node-unreachable", at=5)
    changes = feed.on("r1", "node-unreachable", hides=NODE, at=8)
    assert ("parent_set", "r1/if:a") in kinds(changes)
    feed.tick(20)
    assert feed.alarm("r1/if:a").parents == (feed.alarm("r1", "node-unreachable").alarm_id,)


def test_what_lies_behind_a_root_cause_is_hidden_with_its_parts():
    feed = Feed()
    feed.on("r2/if:a")
    feed.behind({"r1": ("r2",)})
    assert feed.on("r1", "node-unreachable", hides=NODE, at=1)[0].after.root_cause
    [raised, *_] = feed.on("r2", "node-unreachable", hides=NODE, at=1)
    assert raised.after.hidden_by
    assert not raised.after.root_cause
    assert feed.alarm("r2/if:a").hidden_by == ("alarm:r1|node-unreachable|", "alarm:r2|node-unreachable|")
    changes = feed.behind({"r2": ()}, at=20)
    assert ("shown", "r2") in kinds(changes)
    assert feed.alarm("r2", "node-unreachable").root_cause


@pytest.mark.slow
def test_a_parent_takes_ten_thousand_children_and_tells_of_many_later():
    feed = Feed()
    for number in range(MOST_CHILDREN + 1):
        feed.on(f"r1/if:{number}")
    changes = feed.on("r1", "node-unreachable", hides=NODE, at=1)
    assert sum(change.kind == "hidden" for change in changes) == MOST_CHILDREN
    assert MOST_CHILDREN > TOLD_AT_ONCE
    assert feed.alarm("r1", "node-unreachable").children == ()
    feed.tick(11)
    assert len(feed.alarm("r1", "node-unreachable").children) == MOST_CHILDREN


def test_hiding_survives_a_restart():
    feed = Feed()
    feed.on("r1/if:a")
    feed.behind({"r1": ("r2",)})
    feed.on("r1", "node-unreachable", hides=NODE, at=1)
    feed.restart()
    assert feed.on("r2/if:b", at=2)[0].after.hidden_by
    feed.off("r1", "node-unreachable", at=3)
    feed.restart()
    assert ("shown", "r1/if:a") in kinds(feed.tick(13))


def test_a_card_hides_the_ports_on_it_and_is_their_root_cause():
    feed = Feed()
    feed.on("r1/if:xe-3/0/0")
    feed.on("r2/if:xe-0/1/1")
    feed.book.contain({"r1/entity:Card 3": ("r1/if:xe-3/0/0", "r2/if:xe-0/1/1")}, now=feed.now, seq=feed.seq)
    changes = feed.on("r1/entity:Card 3", hides=PARTS, at=1)
    assert kinds(changes)[:3] == [
        ("raised", "r1/entity:Card 3"),
        ("hidden", "r1/if:xe-3/0/0"),
        ("hidden", "r2/if:xe-0/1/1"),
    ]
    assert feed.alarm("r1/entity:Card 3").root_cause
    assert ("shown", "r2/if:xe-0/1/1") in kinds(feed.off("r1/entity:Card 3", at=5))


def test_an_inventory_that_says_otherwise_shows_what_is_not_on_the_card():
    feed = Feed()
    feed.book.contain({"r1/entity:Card 3": ("r1/if:xe-3/0/0",)}, now=feed.now, seq=feed.seq)
    feed.on("r1/entity:Card 3", hides=PARTS)
    feed.on("r1/if:xe-3/0/0", at=1)
    assert feed.alarm("r1/if:xe-3/0/0").hidden_by
    changes = feed.book.contain({}, now=feed.now, seq=feed.seq)
    assert ("shown", "r1/if:xe-3/0/0") in kinds(changes)
    assert not feed.alarm("r1/entity:Card 3").root_cause


def test_alarms_of_an_element_that_does_not_answer_are_stale_and_stay():
    feed = Feed()
    feed.on("r1/if:a")
    feed.on("r1", "node-unreachable", hides=Hides(downstream=True), at=1)
    assert kinds(feed.silent("r1", True, at=1)) == [("stale", "r1/if:a")]
    feed.restart()
    [raised] = feed.on("r1/if:b", at=2)
    assert raised.after.flags == ("stale",)
    assert feed.alarm("r1", "node-unreachable").flags == ()
    assert feed.silent("r1", True, at=3) == []
    assert kinds(feed.silent("r1", False, at=4)) == [("fresh", "r1/if:a"), ("fresh", "r1/if:b")]
    assert feed.alarm("r1/if:a").flags == ()
