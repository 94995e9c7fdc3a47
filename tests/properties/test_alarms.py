"""Invariants of the alarm book for any inputs (specs/rules.md section 15)."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from netmon.alarms.book import Book
from netmon.domain.alarm import Alarm, AlarmChange, AlarmKey, Content, Edge
from netmon.domain.observation import OperatorRequest
from netmon.rulebook.kinds import Rulebook
from tests.examples import examples

T0 = 1_700_000_000_000
KEYS: list[AlarmKey] = [("r1/if:a", "link-alarm", ""), ("r1/if:#7", "link-alarm", ""), ("r1", "bgp", "192.0.2.1")]

REQUESTS = ["acknowledge", "close", "assign", "clear", "comment", "shelve", "unshelve"]

thorough = examples(400)

# (key, on, event time in s, hold in s, auto-clear in s, severity)
edges = st.tuples(
    st.sampled_from(KEYS),
    st.booleans(),
    st.integers(0, 40),
    st.sampled_from([0, 0, 3, 10]),
    st.sampled_from([0, 0, 20]),
    st.sampled_from(["minor", "major"]),
)
plain_edges = st.lists(st.tuples(st.sampled_from(KEYS), st.booleans(), st.integers(0, 40)), max_size=25)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edge"), edges),
        st.tuples(st.just("tick"), st.sampled_from([1, 5, 12, 31, 3600, 2 * 86_400])),
        st.tuples(st.just("request"), st.sampled_from(REQUESTS)),
        st.tuples(st.just("resolved"), st.just(("r1/if:#7", "r1/if:a"))),
        st.tuples(st.just("rules"), st.just(0)),
    ),
    max_size=25,
)


def plain(key: AlarmKey, on: bool, at: int, seq: int) -> Edge:
    content = Content("major", "down", "lossOfSignal", "communicationsAlarm") if on else None
    return Edge(key, on, (T0 + at * 1000, seq), seq, "rule", "v", "r1", 0, content)


def applied(book: Book, edge: Edge) -> list[AlarmChange]:
    return book.apply([edge], now=T0, seq=edge.seq)


def going_on(book: Book, *, crash: bool) -> Book:
    """Return a book, or the one that a killed engine makes of its snapshot."""
    if not crash:
        return book
    other = Book()
    other.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(book.dump())))
    return other


class Walk:
    """A book fed with steps; time only goes forward."""

    def __init__(self) -> None:
        self.book = Book()
        self.now = T0
        self.seq = 0
        self.ids: list[str] = []

    def take(self, step: tuple[str, Any]) -> list[Any]:
        self.seq += 1
        kind, value = step
        out: list[Any] = []
        if kind == "edge":
            key, on, at, hold, after, severity = value
            content = Content(severity, f"{severity} at {at // 10}", "indeterminate", "communicationsAlarm")
            order = (self.now - 40_000 + at * 1000, self.seq)
            edge = Edge(key, on, order, self.seq, "rule", "v", "r1", 0, content if on else None, hold * 1000)
            edge = msgspec.structs.replace(edge, after_ms=after * 1000 if on else 0)
            out = self.book.apply([edge], now=self.now, seq=self.seq)
        elif kind == "tick":
            self.now += value * 1000
            out = self.book.tick(self.now, self.seq)
        elif kind == "request":
            request = OperatorRequest(
                self.now, "q", "ann", value, tuple(self.ids[-3:]), "text", self.now + 60_000, "bob"
            )
            changes, answer = self.book.request(request, self.seq)
            out = [*changes, answer]
        elif kind == "resolved":
            out = self.book.resolved(*value, now=self.now, seq=self.seq)
        else:
            out = self.book.rules_loaded(Rulebook("h", ()), now=self.now, seq=self.seq)
        self.ids += [change.alarm_id for change in out if isinstance(change, AlarmChange) and change.kind == "raised"]
        return out


@thorough
@given(plain_edges, st.booleans())
def test_i1_count_is_the_number_of_distinct_raise_events_of_the_chain(
    feed: list[tuple[AlarmKey, bool, int]], crash: bool
) -> None:
    book = Book()
    changes: list[AlarmChange] = []
    for seq, (key, on, at) in enumerate(feed):
        book = going_on(book, crash=crash)
        changes += applied(book, plain(key, on, at, seq))
        changes += applied(book, plain(key, on, at, seq)) if on else []  # by a second rule
    book.tick(T0 + 1, 999)
    changes += book.tick(T0 + 100_000, 1000)
    for key in KEYS:
        raises = sum(key_ == key and on for key_, on, _ in feed)
        last = [c.after for c in changes if (c.after.object, c.after.type, c.after.qualifier) == key]
        assert (last[-1].count if last else 0) == raises


@thorough
@given(plain_edges, st.booleans())
def test_i2_active_iff_the_newest_order_is_a_raise(feed: list[tuple[AlarmKey, bool, int]], crash: bool) -> None:
    book = Book()
    for seq, (key, on, at) in enumerate(feed):
        book = going_on(book, crash=crash)
        applied(book, plain(key, on, at, seq))
    for key in KEYS:
        words = sorted(((at, seq), on) for seq, (key_, on, at) in enumerate(feed) if key_ == key)
        standing = book.standing(key)
        assert (standing is not None and standing.active) == (bool(words) and words[-1][1])


def _registers(book: Book) -> dict[AlarmKey, tuple[Any, ...]]:
    found = {}
    for alarm in book.alarms():
        key = (alarm.object, alarm.type, alarm.qualifier)
        standing = book.standing(key)
        assert standing is not None
        found[key] = (standing.active, standing.last_raise, standing.last_clear, _newest(book, key).count)
    return found


def _newest(book: Book, key: AlarmKey) -> Alarm:
    return [a for a in book.alarms() if (a.object, a.type, a.qualifier) == key][-1]


@thorough
@given(plain_edges.flatmap(lambda feed: st.tuples(st.just(feed), st.permutations(range(len(feed))))), st.booleans())
def test_i3_order_of_arrival_changes_nothing(
    case: tuple[list[tuple[AlarmKey, bool, int]], list[int]], crash: bool
) -> None:
    feed, order = case
    books = []
    for arrival in (range(len(feed)), order):
        book = Book()
        book.tick(T0 + 1, 998)
        for seq in arrival:
            book = going_on(book, crash=crash)
            applied(book, plain(*feed[seq], seq))
        book.tick(T0 + 20_000, 999)
        books.append(_registers(book))
    assert books[0] == books[1]


held_edges = st.lists(st.tuples(st.sampled_from(KEYS), st.booleans(), st.integers(0, 9)), max_size=12)


@thorough
@given(held_edges.flatmap(lambda feed: st.tuples(st.just(feed), st.permutations(range(len(feed))))), st.booleans())
def test_i3_order_of_arrival_within_a_hold_changes_nothing(
    case: tuple[list[tuple[AlarmKey, bool, int]], list[int]], crash: bool
) -> None:
    feed, order = case
    found = []
    for arrival in (range(len(feed)), order):
        book, changes = Book(), list[AlarmChange]()
        book.tick(T0 + 1, 998)
        for seq in arrival:
            book = going_on(book, crash=crash)
            edge = plain(*feed[seq], seq)
            applied(book, msgspec.structs.replace(edge, for_ms=10_000) if edge.on else edge)
        for seconds in range(9, 31):
            book = going_on(book, crash=crash)
            changes += book.tick(T0 + seconds * 1000, 1000 + seconds)
        found.append(([(c.at, c.kind, c.after.object, c.after.type, c.after.count) for c in changes], _registers(book)))
    assert found[0] == found[1]


@thorough
@given(steps)
def test_i5_raised_and_cleared_alternate(feed: list[tuple[str, Any]]) -> None:
    walk = Walk()
    open_: dict[str, bool] = {}
    at_key: dict[AlarmKey, str] = {}
    seqs, ids = [], set()
    for step in feed:
        for change in walk.take(step):
            if not isinstance(change, AlarmChange):
                continue
            seqs.append(change.seq)
            alarm = change.after
            assert alarm.version == change.seq
            key = (alarm.object, alarm.type, alarm.qualifier)
            if change.kind == "raised":
                assert change.alarm_id not in ids
                assert at_key.get(key) is None, "the one before is cleared or has moved"
                ids.add(change.alarm_id)
                open_[change.alarm_id] = True
            elif change.kind == "cleared":
                assert open_[change.alarm_id]
                open_[change.alarm_id] = False
            elif change.kind == "purged":
                assert not open_.get(change.alarm_id), "no active alarm is purged"
            at_key = {k: i for k, i in at_key.items() if i != change.alarm_id}
            if open_.get(change.alarm_id):
                at_key[key] = change.alarm_id
    assert seqs == list(range(1, len(seqs) + 1))
    assert {i for i, is_open in open_.items() if is_open} == {
        a.alarm_id for a in walk.book.alarms() if a.state == "active"
    }


def _restored(walk: Walk) -> Walk:
    other = Walk()
    other.now, other.seq, other.ids = walk.now, walk.seq, list(walk.ids)
    other.book.rules_loaded(Rulebook("h", ()), now=walk.now, seq=walk.seq)
    other.book.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(walk.book.dump())))
    return other


@thorough
@given(steps, st.booleans())
def test_i8_each_edge_has_exactly_one_outcome(feed: list[tuple[str, Any]], crash: bool) -> None:
    walk = Walk()
    for step in feed:
        walk = _restored(walk) if crash else walk
        before = sum(walk.book.outcomes.values())
        walk.take(step)
        assert sum(walk.book.outcomes.values()) == before + (step[0] == "edge")


@thorough
@given(steps)
def test_i12_a_snapshot_at_any_point_goes_on_the_same(feed: list[tuple[str, Any]]) -> None:
    whole, broken = Walk(), Walk()
    whole.book.rules_loaded(Rulebook("h", ()), now=T0, seq=0)
    for step in feed:
        broken = _restored(broken)
        assert whole.take(step) == broken.take(step)
        assert msgspec.msgpack.encode(whole.book.dump()) == msgspec.msgpack.encode(broken.book.dump())
