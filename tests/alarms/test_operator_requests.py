"""Each row of the operator table of specs/alarms.md 2."""

from typing import Any

import msgspec
import pytest

from netmon.alarms.book import Book
from netmon.alarms.states import OPERATOR
from netmon.domain.alarm import AlarmChange, Content, Edge, is_sent
from netmon.domain.observation import OperatorRequest
from tests.alarms.book_feed import NODE, Feed, kinds

T0 = 1_000_000
KEY = ("r1", "usage-feed-integrity", "feed-a")


def raised(*, clearable: bool = False) -> tuple[Book, str]:
    book = Book()
    content = Content("critical", "gap", "informationMissing", "integrityViolation", clearable=clearable)
    [change] = book.apply([Edge(KEY, True, (T0, 1), 1, "r", "v", "r1", 0, content)], now=T0, seq=1)
    return book, change.alarm_id


def ask(book: Book, action: str, *ids: str, **more: Any) -> tuple[list[AlarmChange], list[dict[str, Any]]]:
    request = OperatorRequest(T0 + 500, "q", "ann", action, ids, **more)
    changes, answer = book.request(request, 2)
    return changes, msgspec.json.decode(answer)["results"]


REACH = {"none": [], "ack": ["acknowledge"], "closed": ["close"]}
KINDS = {"acknowledge": "acknowledged", "unacknowledge": "unacknowledged", "close": "closed"}


@pytest.mark.parametrize("state", ["none", "ack", "closed"])
@pytest.mark.parametrize("action", ["acknowledge", "unacknowledge", "close"])
def test_row(state: str, action: str) -> None:
    book, id_ = raised()
    for step in REACH[state]:
        ask(book, step, id_)
    changes, [result] = ask(book, action, id_, system="noc")
    if state in OPERATOR[action]:
        assert result["result"] == "done"
        [change] = changes
        assert change.kind == KINDS[action]
        after = change.after
        assert {"none": not after.ack and not after.closed, "ack": after.ack, "closed": after.closed}[
            OPERATOR[action][state]
        ]
        assert result["version"] == change.seq
    else:
        assert result["result"] == "unchanged"
        assert changes == []


def test_acknowledgment_says_who_and_when_with_the_comment() -> None:
    book, id_ = raised()
    [change], _ = ask(book, "acknowledge", id_, comment="on it", system="noc")
    alarm = change.after
    assert (alarm.ack_user, alarm.ack_at, alarm.ack_system) == ("ann", T0 + 500, "noc")
    assert [(c.user, c.text, c.at) for c in alarm.comments] == [("ann", "on it", T0 + 500)]
    assert change.before == {"ack": False, "ack_user": "", "ack_at": None, "ack_system": "", "comments": ()}
    assert alarm.state == "active"


@pytest.mark.parametrize("state", ["none", "ack", "closed"])
def test_assign_and_comment_fit_every_state(state: str) -> None:
    book, id_ = raised()
    for step in REACH[state]:
        ask(book, step, id_)
    [assigned], _ = ask(book, "assign", id_, owner="bob")
    assert (assigned.kind, assigned.after.owner) == ("assigned", "bob")
    assert ask(book, "assign", id_, owner="bob") == ([], [{"id": id_, "result": "unchanged", "version": assigned.seq}])
    [commented], _ = ask(book, "comment", id_, comment="x" * 2000)
    assert commented.kind == "commented"


@pytest.mark.parametrize(
    ("action", "comment", "reason"),
    [("comment", "", "missingAttribute"), ("comment", "x" * 2001, "badValue"), ("sing", "", "badValue")],
)
def test_faulty_request_is_refused(action: str, comment: str, reason: str) -> None:
    book, id_ = raised()
    changes, [result] = ask(book, action, id_, comment=comment)
    assert changes == []
    assert (result["result"], result["reason"], result["status"]) == ("refused", reason, 400)


def test_clear_is_refused_where_nobody_has_looked() -> None:
    book, id_ = raised()
    changes, [result] = ask(book, "clear", id_)
    assert changes == []
    assert (result["result"], result["status"], result["reason"]) == ("refused", 409, "conditionObserved")
    assert result["evidence"] == "r raised it last at 1970-01-01 00:16:40 UTC, and no poll has looked at r1 since"


def test_clear_of_a_clearable_alarm_and_its_next_occurrence() -> None:
    book, id_ = raised(clearable=True)
    [change], [result] = ask(book, "clear", id_, comment="repaired")
    assert (change.kind, change.after.clear_reason, change.after.clear_user) == ("cleared", "operator", "ann")
    assert result["result"] == "done"
    assert ask(book, "clear", id_)[1][0]["result"] == "unchanged"
    content = Content("critical", "gap", "informationMissing", "integrityViolation")
    [again] = book.apply([Edge(KEY, True, (T0 + 1, 3), 3, "r", "v", "r1", 0, content)], now=T0, seq=3)
    assert again.kind == "raised"
    assert [c.text for c in again.after.comments] == ["repaired"]
    [late], _ = ask(book, "acknowledge", id_)  # the occurrence before, cleared but not purged
    assert late.after.state == "cleared"


def test_unknown_and_pending_alarms_are_gone() -> None:
    book, id_ = raised()
    _, results = ask(book, "acknowledge", "2af48ea4-01bf-59aa-895a-11bae7a2983b", id_, id_)
    assert [result["result"] for result in results] == ["gone", "done"]


def test_the_same_request_twice_has_one_effect() -> None:
    book, id_ = raised()
    assert len(ask(book, "close", id_)[0]) == 1
    assert ask(book, "close", id_)[0] == []


def test_shelved_until_its_time_is_over() -> None:
    book, id_ = raised()
    until = T0 + 3_600_000
    [change], [result] = ask(book, "shelve", id_, until=until, comment="known")
    alarm = change.after
    assert (change.kind, result["result"], alarm.shelved_by, alarm.shelved_until) == ("shelved", "done", "ann", until)
    assert (alarm.hidden_by, alarm.state, alarm.comments[-1].text) == (("shelf:ann",), "active", "known")
    assert ask(book, "shelve", id_, until=until)[1] == [{"id": id_, "result": "unchanged", "version": change.seq}]
    copy = Book()
    copy.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(book.dump())))
    for one in (book, copy):
        assert one.tick(until - 1, 3) == []
        [back] = one.tick(until, 4)
        assert (back.kind, back.after.hidden_by, back.after.shelved_until) == ("unshelved", (), None)
        assert one.tick(until + 1, 5) == []


def test_unshelved_by_hand_and_shelved_anew() -> None:
    book, id_ = raised()
    assert ask(book, "unshelve", id_)[1][0]["result"] == "unchanged"
    ask(book, "shelve", id_, until=T0 + 2_000)
    [longer], _ = ask(book, "shelve", id_, until=T0 + 9_000)
    assert longer.after.shelved_until == T0 + 9_000
    assert book.tick(T0 + 3_000, 3) == [], "the first time is over, the second is not"
    [back], _ = ask(book, "unshelve", id_)
    assert (back.kind, back.after.hidden_by, back.after.shelved_by) == ("unshelved", (), "")
    assert book.tick(T0 + 10_000, 4) == []


@pytest.mark.parametrize("until", [0, T0 + 500, T0 + 501 + 7 * 86_400_000])
def test_shelf_has_an_end_within_seven_days(until: int) -> None:
    book, id_ = raised()
    changes, [result] = ask(book, "shelve", id_, until=until)
    assert (changes, result["reason"], result["status"]) == ([], "badValue", 400)


@pytest.mark.parametrize("action", ["assign", "clear"])
def test_what_overwrites_is_refused_when_the_alarm_changed_since_it_was_seen(action: str) -> None:
    book, id_ = raised(clearable=True)
    seen = ask(book, "acknowledge", id_)[0][0].seq
    [newer], _ = ask(book, "comment", id_, comment="careful")
    changes, [result] = ask(book, action, id_, owner="bob", seen=(seen,))
    assert (changes, result["result"], result["reason"], result["status"]) == ([], "refused", "changed", 409)
    assert ask(book, action, id_, owner="bob", seen=(newer.seq,))[1][0]["result"] == "done"
    assert ask(book, "unacknowledge", id_, seen=(seen,))[1][0]["result"] == "done", "this overwrites nothing"


DAY_MS = 86_400_000


def family() -> tuple[Feed, str, str, str]:
    """Return a parent and two children."""
    feed = Feed()
    feed.on("r1/if:a")
    feed.on("r1/if:b")
    feed.on("r1", "node-unreachable", hides=NODE, at=1)
    ids = [feed.alarm("r1", "node-unreachable"), feed.alarm("r1/if:a"), feed.alarm("r1/if:b")]
    return feed, ids[0].alarm_id, ids[1].alarm_id, ids[2].alarm_id


def test_a_shelf_hides_until_its_time_and_then_tells_once() -> None:
    feed = Feed()
    [raised_] = feed.on("r1/if:a")
    until = feed.now + 60_000
    [shelved], [result] = feed.ask("shelve", raised_.alarm_id, until=until, comment="known")
    assert (result["result"], shelved.kind) == ("done", "shelved")
    alarm = shelved.after
    assert (alarm.hidden_by, alarm.shelved_until, alarm.shelved_by) == (("shelf:ann",), until, "ann")
    assert is_sent(shelved), "it leaves the outputs"
    assert not any(map(is_sent, feed.on("r1/if:a", at=5, severity="critical")))
    feed.restart()
    assert kinds(feed.tick(59)) == []
    [unshelved] = feed.tick(60)
    assert unshelved.kind == "unshelved"
    assert is_sent(unshelved)
    assert (unshelved.after.hidden_by, unshelved.after.shelved_until) == ((), None)


def test_a_shelf_outlives_the_occurrence_it_was_asked_for() -> None:
    feed = Feed()
    [raised_] = feed.on("r1/if:a")
    feed.ask("shelve", raised_.alarm_id, until=feed.now + 60_000)
    feed.off("r1/if:a", at=5)
    [again] = feed.on("r1/if:a", at=10)
    assert again.after.hidden_by == ("shelf:ann",)
    assert kinds(feed.tick(60)) == [("unshelved", "r1/if:a")]


def test_an_alarm_that_cleared_on_the_shelf_was_never_shown() -> None:
    feed = Feed()
    [raised_] = feed.on("r1/if:a")
    feed.ask("shelve", raised_.alarm_id, until=feed.now + 60_000)
    feed.off("r1/if:a", at=5)
    [again] = feed.on("r1/if:a", at=10)
    assert not again.after.ever_shown
    feed.off("r1/if:a", at=15)
    changes, [result] = feed.ask("unshelve", again.alarm_id)
    assert result["result"] == "done"
    assert (kinds(changes), changes[0].after.ever_shown) == ([("unshelved", "r1/if:a")], False)


def test_acknowledging_a_parent_acknowledges_its_children() -> None:
    feed, parent, *_ = family()
    changes, [result] = feed.ask("acknowledge", parent)
    assert {change.after.object for change in changes if change.kind == "acknowledged"} == {"r1", "r1/if:a", "r1/if:b"}
    assert result["result"] == "done"
    assert all(change.after.ack_user == "ann" for change in changes)


def test_a_parent_whose_children_are_all_acknowledged_is_so_too() -> None:
    feed, _, a, b = family()
    assert kinds(feed.ask("acknowledge", a)[0]) == [("acknowledged", "r1/if:a")]
    assert kinds(feed.ask("acknowledge", b)[0]) == [("acknowledged", "r1/if:b"), ("acknowledged", "r1")]


def test_an_unacknowledged_child_unacknowledges_the_parent_only() -> None:
    feed, parent, a, _ = family()
    feed.ask("acknowledge", parent)
    assert kinds(feed.ask("unacknowledge", a)[0]) == [("unacknowledged", "r1/if:a"), ("unacknowledged", "r1")]
    assert feed.alarm("r1/if:b").ack


def test_a_new_child_unacknowledges_the_parent_only() -> None:
    feed, parent, *_ = family()
    feed.ask("acknowledge", parent)
    changes = feed.on("r1/if:c", at=2)
    assert [one for one in kinds(changes) if one[0] == "unacknowledged"] == [("unacknowledged", "r1")]
    assert feed.alarm("r1/if:a").ack


def test_a_child_that_gets_worse_unacknowledges_the_parent() -> None:
    feed, parent, *_ = family()
    feed.ask("acknowledge", parent)
    feed.on("r1/if:a", at=2, severity="critical")
    assert not feed.alarm("r1", "node-unreachable").ack


def test_the_answer_says_how_many_children_were_acknowledged_with_it() -> None:
    feed, parent, a, _ = family()
    feed.ask("acknowledge", a)
    _, [result] = feed.ask("acknowledge", parent)
    assert (result["result"], result["children"]) == ("done", 1), "the other one was acknowledged before"


def test_children_that_are_asked_for_with_their_parent_are_done_and_counted_once() -> None:
    feed, parent, a, b = family()
    _, results = feed.ask("acknowledge", parent, a)
    assert [(one["result"], one.get("children", 0)) for one in results] == [("done", 1), ("done", 0)]
    _, results = feed.ask("acknowledge", parent, a, b)
    assert [one["result"] for one in results] == ["unchanged"] * 3
