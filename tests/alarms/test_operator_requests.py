"""Each row of the operator table of specs/alarms.md 2."""

from typing import Any

import msgspec
import pytest

from netmon.alarms.book import Book
from netmon.alarms.states import OPERATOR
from netmon.domain.alarm import AlarmChange, Content, Edge
from netmon.domain.observation import OperatorRequest

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


def test_clear_is_refused_while_the_condition_is_observed() -> None:
    book, id_ = raised()
    changes, [result] = ask(book, "clear", id_)
    assert changes == []
    assert (result["result"], result["status"], result["reason"]) == ("refused", 409, "conditionObserved")
    assert "raised by r" in result["evidence"]


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
