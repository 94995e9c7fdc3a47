"""Each row of the table of specs/rules.md 2.4, and each resource row of specs/alarms.md 2."""

import pytest

from netmon.alarms.book import Book
from netmon.alarms.ledger import DEFAULT_LIMIT
from netmon.alarms.states import CONDITION
from netmon.domain.alarm import AlarmChange, Content, Edge, Severity, alarm_id
from netmon.domain.observation import OperatorRequest

KEY = ("r1/if:xe-0/0/1", "link-alarm", "")
T0 = 1_000_000_000


def content(severity: Severity = "major", text: str = "down") -> Content:
    return Content(severity, text, "lossOfSignal", "communicationsAlarm", "interface")


def on(at: int, *, seq: int | None = None, hold: int = 0, after: int = 0, severity: Severity = "major", text="down"):
    seq = at if seq is None else seq
    order = (T0 + at, seq)
    return Edge(KEY, True, order, seq, "link-down", "r", "r1", 0, content(severity, text), hold, after)


def off(at: int, *, seq: int | None = None, hold: int = 0, reason: str = ""):
    seq = at if seq is None else seq
    return Edge(KEY, False, (T0 + at, seq), seq, "link-down", "r", "r1", 0, for_ms=hold, reason=reason)


class Log:
    """A book and all it said."""

    def __init__(self) -> None:
        self.book = Book()
        self.changes: list[AlarmChange] = []

    def feed(self, *edges: Edge) -> list[str]:
        """Apply edges one by one, in this order; return the kinds of the changes."""
        told: list[AlarmChange] = []
        for edge in edges:
            told += self.book.apply([edge], now=edge.order[0], seq=edge.seq)
        self.changes += told
        return [change.kind for change in told]

    def tick(self, at: int) -> list[str]:
        told = self.book.tick(T0 + at, at)
        self.changes += told
        return [change.kind for change in told]

    def state(self) -> str:
        standing = self.book.standing(KEY)
        if standing is None:
            return "none"
        return "active" if standing.active else "pending" if standing.pending else "cleared"

    def count(self) -> int:
        return self.changes[-1].after.count


BEFORE = {
    "none": [],
    "pending": [on(100, hold=3000)],
    "active": [on(100)],
    "cleared": [on(100), off(200)],
}

ROWS = [
    # state before, edge, state after, kinds of changes, outcome
    ("none", on(300), "active", ["raised"], "raised"),
    ("none", on(300, hold=3000), "pending", [], "pending"),
    ("none", off(300), "none", [], "clear_only"),
    ("pending", on(300, hold=3000), "pending", [], "repeated"),
    ("pending", on(300), "active", ["raised"], "raised"),
    ("pending", off(300), "none", [], "held_off"),
    ("pending", off(50), "pending", [], "clear_only"),
    ("active", on(300), "active", [], "repeated"),
    ("active", on(50), "active", [], "repeated"),
    ("active", on(300, severity="critical"), "active", ["severity"], "repeated"),
    ("active", on(300, severity="minor"), "active", ["severity"], "repeated"),
    ("active", on(300, text="still down"), "active", ["updated"], "repeated"),
    ("active", on(50, text="older words"), "active", [], "repeated"),
    ("active", off(300), "cleared", ["cleared"], "cleared"),
    ("active", off(100), "cleared", ["cleared"], "cleared"),  # equal order is a clear
    ("active", off(50), "active", [], "clear_only"),
    ("cleared", on(300), "active", ["raised"], "raised"),
    ("cleared", on(300, hold=3000), "pending", [], "pending"),
    ("cleared", on(150), "cleared", [], "repeated"),
    ("cleared", on(200), "cleared", [], "repeated"),  # equal order is a clear
    ("cleared", off(300), "cleared", [], "clear_only"),
    ("cleared", off(50), "cleared", [], "clear_only"),
]


@pytest.mark.parametrize(("before", "edge", "after", "kinds", "outcome"), ROWS)
def test_row(before: str, edge: Edge, after: str, kinds: list[str], outcome: str) -> None:
    log = Log()
    log.feed(*BEFORE[before])
    assert log.state() == before
    counted = dict(log.book.outcomes)
    assert log.feed(edge) == kinds
    assert log.state() == after
    counted[outcome] = counted.get(outcome, 0) + 1
    assert log.book.outcomes == counted


def test_every_row_of_the_table_has_a_case() -> None:
    cases = {(before, edge.on) for before, edge, *_ in ROWS}
    assert cases == {(state, on_) for state in CONDITION for on_ in (True, False)}
    assert [len(row) for row in CONDITION.values()] == [4, 5, 5, 4]


def test_raise_older_than_its_tombstone_is_history_only() -> None:
    log = Log()
    log.feed(off(200))
    assert log.feed(on(100)) == ["edge"]
    alarm = log.changes[-1].after
    assert (alarm.state, alarm.severity, alarm.last_severity, alarm.count) == ("cleared", "cleared", "major", 1)
    assert (alarm.raised, alarm.cleared) == (T0 + 100, T0 + 200)
    assert log.state() == "cleared"


def test_raise_newer_than_its_tombstone_is_an_alarm() -> None:
    log = Log()
    log.feed(off(200))
    assert log.feed(on(300)) == ["raised"]
    assert log.changes[-1].after.last_clear == (T0 + 200, 200)


def test_late_raise_that_its_hold_would_have_kept_off_leaves_nothing() -> None:
    log = Log()
    log.feed(off(2000))
    assert log.feed(on(100, hold=3000)) == []
    assert log.state() == "none"
    log = Log()
    log.feed(off(4000))
    assert log.feed(on(100, hold=3000)) == ["edge"]


def test_tombstone_lives_for_a_minute() -> None:
    log = Log()
    log.feed(off(200))
    log.tick(60_199)
    log.feed(on(100))
    assert log.state() == "cleared"
    log = Log()
    log.feed(off(200))
    log.tick(60_200)
    log.feed(on(100))
    assert log.state() == "active"


def test_hold_counts_from_the_first_raise() -> None:
    log = Log()
    log.feed(on(100, hold=3000), on(2000, hold=3000), on(3000, hold=3000))
    assert log.tick(3099) == []
    assert log.tick(3100) == ["raised"]
    alarm = log.changes[-1].after
    assert (alarm.count, alarm.raised, alarm.reported) == (3, T0 + 100, T0 + 3100)
    assert alarm.cause_seq == 3100
    assert alarm.alarm_id == alarm_id(KEY, 3100)


def test_earliest_of_several_holds_raises() -> None:
    log = Log()
    log.feed(on(100, hold=9000), on(1000, hold=2000))
    assert log.tick(2999) == []
    assert log.tick(3000) == ["raised"]


def test_withdrawn_hold_leaves_a_tombstone_and_an_older_raise_does_not_start_one() -> None:
    log = Log()
    log.feed(on(100, hold=3000), off(2000), on(1000, hold=3000))
    assert log.state() == "none"
    assert log.tick(10_000) == []


def test_auto_clear_counts_from_the_last_raise() -> None:
    log = Log()
    log.feed(on(100, after=5000), on(4000, after=5000))
    assert log.tick(8999) == []
    assert log.tick(9000) == ["cleared"]
    alarm = log.changes[-1].after
    assert (alarm.clear_reason, alarm.cleared, alarm.count) == ("timeout", T0 + 9000, 2)
    assert alarm.last_severity == "major"


def test_raise_after_a_timeout_is_never_lost() -> None:
    log = Log()
    log.feed(on(100, after=5000))
    log.tick(6000)
    assert log.feed(on(5050, seq=7000, after=5000)) == ["raised"]


def test_clear_that_must_last() -> None:
    log = Log()
    log.feed(on(100), off(1000, hold=2000))
    assert log.state() == "active"
    assert log.tick(2999) == []
    assert log.tick(3000) == ["cleared"]
    assert log.changes[-1].after.cleared == T0 + 1000


def test_raise_cancels_a_clear_that_waits() -> None:
    log = Log()
    log.feed(on(100), off(1000, hold=2000), on(1500))
    assert log.tick(60_000) == ["updated"]
    assert log.state() == "active"


def test_late_raise_between_two_clears_that_wait_restarts_the_wait() -> None:
    log = Log()
    log.feed(on(100), off(1000, hold=2000), off(2000, hold=2000), on(1500))
    assert log.tick(3999) == []
    assert log.tick(4000) == ["cleared"]


def test_clear_reason_of_the_rule() -> None:
    log = Log()
    log.feed(on(100), off(200, reason="admin_down"))
    assert log.changes[-1].after.clear_reason == "admin_down"
    assert log.changes[-1].because == "link-down clear[0]"


def test_severity_rise_undoes_acknowledgment_and_closing_and_a_fall_does_not() -> None:
    log = Log()
    log.feed(on(100, severity="minor"))
    id_ = log.changes[-1].alarm_id
    log.book.request(OperatorRequest(T0 + 150, "q1", "ann", "acknowledge", (id_,)), 150)
    log.book.request(OperatorRequest(T0 + 160, "q2", "ann", "close", (id_,)), 160)
    log.book.request(OperatorRequest(T0 + 170, "q3", "ann", "assign", (id_,), owner="bob"), 170)
    log.feed(on(200, severity="warning"))
    assert log.changes[-1].after.ack
    assert log.changes[-1].after.closed
    log.feed(on(300, severity="major"))
    alarm = log.changes[-1].after
    assert (alarm.ack, alarm.ack_user, alarm.ack_at, alarm.closed) == (False, "", None, False)
    assert (alarm.original_severity, alarm.owner) == ("minor", "bob")
    assert log.changes[-1].before["severity"] == "warning"


def test_new_occurrence_within_reopen_goes_on_without_the_acknowledgment() -> None:
    log = Log()
    log.feed(on(100), on(150))
    first = log.changes[-1].alarm_id
    log.book.request(OperatorRequest(T0, "q1", "ann", "acknowledge", (first,), comment="mine"), 160)
    log.book.request(OperatorRequest(T0, "q2", "ann", "assign", (first,), owner="bob"), 161)
    log.feed(off(200), on(300))
    alarm = log.changes[-1].after
    assert alarm.alarm_id != first
    assert alarm.previous_id == first
    assert (alarm.count, alarm.chain_start, alarm.owner, alarm.ack) == (3, T0 + 100, "bob", False)
    assert [comment.text for comment in alarm.comments] == ["mine"]


def test_new_occurrence_after_reopen_starts_anew() -> None:
    log = Log()
    log.feed(on(100), off(200), on(200 + 86_400_001))
    alarm = log.changes[-1].after
    assert (alarm.previous_id, alarm.count, alarm.chain_start) == ("", 1, alarm.raised)


def test_one_observation_counts_once_though_two_rules_raise() -> None:
    log = Log()
    log.feed(on(100), on(200, seq=5), on(200, seq=5), off(300))
    assert log.count() == 2


def test_repeats_are_told_every_ten_seconds() -> None:
    log = Log()
    log.feed(on(0), *(on(1000 * n) for n in range(1, 10)))
    assert log.tick(9_999) == []
    assert log.tick(10_000) == ["updated"]
    assert log.changes[-1].after.count == 10
    log.feed(on(10_500))
    assert log.tick(19_999) == []
    assert log.tick(20_000) == ["updated"]


def test_at_most_forty_counts_are_told_in_one_tick() -> None:
    book = Book()
    keys = [(f"r{n:03}", "t", "") for n in range(100)]
    say = content()
    for seq in (1, 2):
        edges = [Edge(key, True, (T0 + seq, seq), seq, "rule", "r", key[0], 0, say) for key in keys]
        book.apply(edges, now=T0 + seq, seq=seq)
    told = [book.tick(T0 + 20_000 + n, 3 + n) for n in range(4)]
    assert [len(changes) for changes in told] == [40, 40, 20, 0]
    assert [change.after.object for change in told[0]] == [key[0] for key in keys[:40]]


def test_limit_of_a_rule_keeps_what_is_there() -> None:
    book = Book()
    say = content()
    for n in range(DEFAULT_LIMIT + 5):
        book.apply([Edge((f"r{n}", "t", ""), True, (T0, n), n, "rule", "r", "r", 0, say)], now=T0, seq=n)
    assert book.outcomes == {"raised": DEFAULT_LIMIT, "limit": 5}
    book.apply([Edge(("r0", "t", ""), False, (T0 + 1, 99_998), 99_998, "rule", "r", "r", 0)], now=T0, seq=99_998)
    more = Edge(("new", "t", ""), True, (T0 + 2, 99_999), 99_999, "rule", "r", "r", 0, say)
    assert [change.kind for change in book.apply([more], now=T0, seq=99_999)] == ["raised"]


def test_blind_gap_moves_a_hold_and_a_long_one_drops_it() -> None:
    log = Log()
    log.tick(1)
    log.feed(on(100, hold=200_000))
    log.tick(1_000)
    log.tick(101_000)  # 100 s without eyes
    assert log.tick(299_000) == []  # Ticks this far apart are a gap too: moved again
    log = Log()
    log.tick(1)
    log.feed(on(100, hold=10_000))
    log.tick(1_000)
    log.tick(41_000)
    assert log.tick(50_100) == []  # due, but nothing is raised by `for` in the first minute
    for at in range(51_000, 101_000, 10_000):
        assert log.tick(at) == []
    assert log.tick(101_000) == ["raised"]
    log = Log()
    log.tick(1)
    log.feed(on(100, hold=10_000))
    log.tick(1_000)
    log.tick(1_000 + 1_800_001)
    assert log.state() == "none"


def test_cleared_alarm_is_purged_after_a_day() -> None:
    log = Log()
    log.feed(on(100), off(200))
    assert log.tick(200 + 86_400_000) == []
    assert log.tick(200 + 86_400_001) == ["purged"]
    assert log.state() == "none"
    assert log.book.alarms() == []


def test_active_alarm_is_never_purged() -> None:
    log = Log()
    log.feed(on(100))
    assert log.tick(10 * 86_400_000) == []
    assert log.state() == "active"


def test_a_chain_outlives_the_purge_where_reopen_is_longer() -> None:
    log = Log()
    week = 7 * 86_400_000
    edge = Edge(KEY, True, (T0, 1), 1, "link-down", "r", "r1", 0, content(), reopen_ms=week)
    log.feed(edge, off(200))
    first = log.changes[0].alarm_id
    assert log.tick(200 + 86_400_001) == ["purged"]
    later = Edge(KEY, True, (T0 + week, 9), 9, "link-down", "r", "r1", 0, content(), reopen_ms=week)
    log.feed(later)
    assert log.changes[-1].after.previous_id == first
    assert log.changes[-1].after.count == 2


def test_superseded_occurrence_is_purged_by_itself() -> None:
    log = Log()
    log.feed(on(100), off(200), on(300))
    assert log.tick(200 + 86_400_001) == ["purged"]
    assert log.state() == "active"


def test_numbers_have_no_gap_and_are_versions() -> None:
    log = Log()
    log.feed(on(100), on(200, severity="critical"), off(300), on(400), off(500))
    assert [change.seq for change in log.changes] == [1, 2, 3, 4, 5]
    assert all(change.after.version == change.seq for change in log.changes)
    assert all(change.cause_seq == change.after.cause_seq for change in log.changes)


def test_the_book_answers_what_is_active() -> None:
    book = Book()
    edge = Edge(("r1", "snmp-auth", "192.0.2.9"), True, (T0, 1), 1, "auth", "r", "r1", 0, content())
    book.apply([edge], now=T0, seq=1)
    assert book.active("r1", "snmp-auth")
    assert not book.active("r1", "other")
    book.apply([Edge(edge.key, False, (T0, 2), 2, "auth", "r", "r1", 0)], now=T0, seq=2)
    assert not book.active("r1", "snmp-auth")


def test_counts_are_told_in_the_order_in_which_they_fell_due() -> None:
    book = Book()
    feed = [
        ("a", 0, "x"),
        ("a", 1_000, "x"),
        ("b", 1_500, "x"),
        ("b", 2_000, "x"),
        ("a", 4_000, "y"),
        ("a", 5_000, "y"),
    ]
    for seq, (object_, at, text) in enumerate(feed):
        edge = Edge((object_, "t", ""), True, (T0 + at, seq), seq, "rule", "r", object_, 0, content(text=text))
        book.apply([edge], now=T0 + at, seq=seq)
    # The timer of a was set for 10 s; its change of text at 4 s put it off to 14 s, after b.
    assert [change.after.object for change in book.tick(T0 + 20_000, 99)] == ["b", "a"]
