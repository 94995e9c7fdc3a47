"""Alarms of an object whose stable name was learned."""

import pytest

from netmon.alarms.book import Book
from netmon.domain.alarm import AlarmChange, Content, Edge
from netmon.rulebook.kinds import Rulebook

OLD, NEW = "r1/if:#17", "r1/if:xe-0/0/1"
SAY = Content("major", "down", "lossOfSignal", "communicationsAlarm", flags=("unstable_identity",))


def edge(object_: str, at: int, *, on: bool = True, hold: int = 0, after: int = 0) -> Edge:
    key = (object_, "link-alarm", "")
    return Edge(key, on, (at, at), at, "link-down", "v", "r1", 0, SAY if on else None, hold, after)


def fed(*edges: Edge) -> tuple[Book, list[AlarmChange]]:
    book, changes = Book(), []
    for one in edges:
        changes += book.apply([one], now=one.order[0], seq=one.seq)
    return book, changes


def test_active_alarm_moves_with_its_id() -> None:
    book, [raised] = fed(edge(OLD, 10, after=1000))
    [moved] = book.resolved(OLD, NEW, now=20, seq=20)
    assert (moved.kind, moved.because, moved.alarm_id) == ("updated", "object_resolved", raised.alarm_id)
    assert (moved.after.object, moved.after.flags) == (NEW, ())
    assert moved.before == {"object": OLD, "flags": ("unstable_identity",)}
    assert book.active(NEW, "link-alarm")
    assert not book.active(OLD, "link-alarm")
    assert [change.kind for change in book.tick(1010, 30)] == ["cleared"]


def test_moved_alarm_is_cleared_at_its_new_place() -> None:
    book, _ = fed(edge(OLD, 10))
    book.resolved(OLD, NEW, now=20, seq=20)
    [cleared] = book.apply([edge(NEW, 30, on=False)], now=30, seq=30)
    assert cleared.kind == "cleared"


def test_where_one_is_active_the_moved_one_is_merged() -> None:
    book, [first, _] = fed(edge(OLD, 10), edge(NEW, 15))
    [merged] = book.resolved(OLD, NEW, now=20, seq=20)
    assert (merged.kind, merged.alarm_id, merged.after.clear_reason) == ("cleared", first.alarm_id, "merged")
    assert book.active(NEW, "link-alarm")


def test_where_it_was_cleared_since_it_clears() -> None:
    book, _ = fed(edge(OLD, 10), edge(NEW, 15, on=False))
    assert [c.kind for c in book.resolved(OLD, NEW, now=20, seq=20)] == ["updated", "cleared"]
    book, _ = fed(edge(NEW, 5), edge(OLD, 10), edge(NEW, 15, on=False))
    assert [c.kind for c in book.resolved(OLD, NEW, now=20, seq=20)] == ["updated", "cleared"]


def test_moved_alarm_answers_a_hold_that_runs_there() -> None:
    book, _ = fed(edge(OLD, 10), edge(NEW, 15, hold=3000))
    [moved] = book.resolved(OLD, NEW, now=20, seq=20)
    assert (moved.kind, moved.after.count) == ("updated", 2)
    assert book.tick(5000, 30) == []


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((), [["raised"], []]),
        ((edge(NEW, 5, hold=3000),), [["raised"], []]),
        ((edge(NEW, 15, on=False),), [[], []]),
        ((edge(NEW, 5),), [[], []]),
    ],
)
def test_hold_goes_on_at_the_stable_path(there: tuple[Edge, ...], expected: list[list[str]]) -> None:
    book, _ = fed(*there, edge(OLD, 10, hold=3000))
    book.tick(100, 99)
    assert book.resolved(OLD, NEW, now=120, seq=120) == []
    kinds = [[c.kind for c in book.tick(at, at)] for at in (3010, 9000)]
    assert kinds == expected


def test_alarms_of_a_removed_rule_clear_after_five_minutes() -> None:
    book, _ = fed(edge(NEW, 10), edge(OLD, 11, hold=900_000))
    assert book.rules_loaded(Rulebook("h", ()), now=20, seq=20) == []
    assert book.tick(300_019, 21) == []
    [cleared] = book.tick(300_020, 22)
    assert (cleared.kind, cleared.after.clear_reason) == ("cleared", "rule_removed")
    assert book.standing((OLD, "link-alarm", "")) is None
