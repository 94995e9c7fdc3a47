import json

import pytest

from netmon.outputs.alarm_filter import AlarmFilter
from netmon.outputs.retained import Retained, newest, topic
from tests.storage.batches import AT, alarm, change

HOUR = 3_600_000


def confirmed(retained, messages):
    """Take messages as a broker does; return what it has for each alarm by topic."""
    told = list(messages)
    for message in told:
        retained.confirm(message)
    return {message.topic: json.loads(message.payload) if message.payload else None for message in told}


def told(retained, *changes, now=AT):
    return confirmed(retained, retained.changed(newest(changes), now=now))


def everything():
    return Retained(AlarmFilter().test(), HOUR)


def test_a_raise_is_a_state_and_a_clear_goes_after_its_time():
    retained, up = everything(), alarm(1)
    cleared = alarm(1, version=2, state="cleared", severity="cleared", last_severity="major", cleared=AT + 5)
    assert told(retained, change(1, up))[topic(up)]["severity"] == "major"
    state = told(retained, change(2, cleared, "cleared"), now=AT + 10)[topic(up)]
    assert (state["state"], state["last_severity"], state["change"], state["seq"]) == ("cleared", "major", "cleared", 2)
    assert retained.next_due() == AT + 5 + HOUR
    assert confirmed(retained, retained.due(AT + 4 + HOUR)) == {}
    assert confirmed(retained, retained.due(AT + 5 + HOUR)) == {topic(up): None}
    assert retained.next_due() is None


def test_only_the_newest_change_of_an_alarm_is_told_and_damped_edges_are_not():
    retained = everything()
    raised, updated = alarm(1), alarm(1, version=2, count=2)
    edge = alarm(1, version=3, cause_seq=9)
    [state] = told(retained, change(1, raised), change(2, updated, "updated"), change(3, edge, "edge")).values()
    assert (state["version"], state["count"], state["change"]) == (2, 2, "updated")


@pytest.mark.parametrize("reason", ["alarm:r1|node-unreachable|", "maint:m1", "shelf:ann"])
def test_what_becomes_hidden_is_removed_once_and_comes_back_when_shown(reason):
    retained, up = everything(), alarm(1)
    told(retained, change(1, up))
    hidden = alarm(1, version=2, hidden_by=(reason,))
    assert told(retained, change(2, hidden, "hidden")) == {topic(up): None}
    assert told(retained, change(3, alarm(1, version=3, count=2, hidden_by=(reason,)), "updated")) == {}
    assert told(retained, change(4, alarm(1, version=4), "shown"))[topic(up)]["change"] == "shown"


def test_what_was_never_shown_is_never_told():
    retained = everything()
    hidden = alarm(1, hidden_by=("maint:m1",), ever_shown=False)
    assert told(retained, change(1, hidden)) == {}
    cleared = alarm(1, version=2, state="cleared", severity="cleared", cleared=AT, ever_shown=False)
    assert told(retained, change(2, cleared, "cleared")) == {}
    assert told(retained, change(3, cleared, "purged")) == {}


def test_what_was_never_shown_is_not_told_by_a_snapshot_after_its_clear_either():
    """It was cleared on a shelf, then taken off it: nothing hides it any more, and still nobody has ever seen it."""
    retained = everything()
    cleared = alarm(1, version=3, state="cleared", severity="cleared", cleared=AT, ever_shown=False)
    assert confirmed(retained, retained.snapshot([cleared], now=AT, since=0)) == {}
    assert (
        told(retained, change(4, alarm(1, version=4, state="cleared", cleared=AT, ever_shown=False), "commented")) == {}
    )


def test_a_purge_removes_at_once():
    retained, up = everything(), alarm(1)
    told(retained, change(1, up))
    cleared = alarm(1, version=2, state="cleared", severity="cleared", cleared=AT)
    assert told(retained, change(2, cleared, "cleared"), change(3, cleared, "purged")) == {topic(up): None}
    assert confirmed(retained, retained.due(AT + HOUR)) == {}


def test_what_leaves_the_filter_is_removed_and_a_clear_passes_where_its_alarm_did():
    retained, up = Retained(AlarmFilter("severity in [critical, major]").test(), HOUR), alarm(1)
    told(retained, change(1, up), change(2, alarm(2, severity="minor", version=2)))
    cleared = alarm(1, version=3, state="cleared", severity="cleared", last_severity="major", cleared=AT)
    assert told(retained, change(3, cleared, "cleared"))[topic(up)]["state"] == "cleared"
    told(retained, change(4, alarm(3, version=4)))
    assert told(retained, change(5, alarm(3, version=5, severity="minor"), "severity")) == {topic(alarm(3)): None}


def test_a_snapshot_tells_all_and_removes_what_changed_unseen():
    up = alarm(1, version=3)
    hidden_before = alarm(2, version=4, hidden_by=("maint:m1",))
    hidden_since = alarm(3, version=9, hidden_by=("maint:m1",))
    old_clear = alarm(4, version=2, state="cleared", severity="cleared", cleared=AT - HOUR)
    retained = everything()
    stand = [up, hidden_before, hidden_since, old_clear]
    told = confirmed(retained, retained.snapshot(stand, now=AT, since=5))
    assert told.pop(topic(up))["change"] == "snapshot"
    assert told == {topic(hidden_since): None, topic(old_clear): None}
    again = confirmed(retained, retained.snapshot(stand, now=AT, since=9))
    assert set(again) == {topic(up)}, "after a reconnect the broker needs the states only"


def test_what_the_broker_never_confirmed_is_told_again():
    retained, up = everything(), alarm(1)
    told(retained, change(1, up))
    lost = list(retained.changed([change(2, alarm(1, version=2, hidden_by=("maint:m",)), "hidden")], now=AT))
    assert len(lost) == 1
    stand = [alarm(1, version=2, hidden_by=("maint:m",))]
    assert confirmed(retained, retained.snapshot(stand, now=AT, since=2)) == {topic(up): None}


def test_a_topic_has_one_level_per_name():
    assert topic(alarm(1, element="pop/1+#%\n\x7f\x85é")).split("/")[3] == "pop%2F1%2B%23%25%0A%7F%C2%85é"
