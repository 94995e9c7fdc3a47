"""Invariants of hiding and damping, for any inputs (specs/rules.md section 15: I9, I10, I11, I12)."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.alarms.book import Book
from netmon.domain.alarm import AlarmChange, AlarmKey, Content, Edge, key_text
from netmon.domain.manner import Flap, Hides, Manner
from netmon.domain.observation import OperatorRequest
from tests.examples import examples

pytestmark = pytest.mark.slow

T0 = 1_700_000_000_000
SETTLE_MS = 10_000

FLAP = Flap(1000, 2500, 750, 60_000, 300_000)
MANNERS: dict[str, Manner | None] = {
    "node": Manner(Hides(parts=True, downstream=True, settle_ms=SETTLE_MS)),
    "link": Manner(Hides(parts=True)),
    "area": Manner(Hides(parts=True, types=("plain",))),
    "plain": None,
    "flap": Manner(flap=FLAP),
    "both": Manner(Hides(parts=True), FLAP),
}
OBJECTS = ["r1", "r1/if:a", "r1/if:a/vlan:1", "r1/if:ab", "r2", "r2/if:a", "r3"]
BEHIND: list[dict[str, tuple[str, ...]]] = [{}, {"r1": ("r2", "r3")}, {"r1": ("r2",), "r3": ()}, {"r2": ("r3",)}]

TELL = ("hidden", "shown", "flapping", "steady", "parent_set", "parent_unset")

thorough = examples(400)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.sampled_from(OBJECTS), st.sampled_from(list(MANNERS)), st.integers(0, 3)),
        st.tuples(st.just("off"), st.sampled_from(OBJECTS), st.sampled_from(list(MANNERS)), st.integers(0, 3)),
        st.tuples(st.just("behind"), st.sampled_from(BEHIND)),
        st.tuples(st.just("silent"), st.sampled_from(["r1", "r2"]), st.booleans()),
        st.tuples(st.just("tick"), st.sampled_from([1, 5, 11, 70, 400, 90_000])),
        st.tuples(
            st.just("ask"), st.sampled_from(["acknowledge", "unacknowledge", "shelve", "unshelve", "group", "ungroup"])
        ),
    ),
    max_size=30,
)


class Walk:
    """A book fed with steps."""

    def __init__(self, *, hides: bool = True) -> None:
        self.book = Book()
        self.now, self.seq = T0, 0
        self.ids: list[str] = []
        self.hides = hides
        self.behind: dict[str, tuple[str, ...]] = {}
        self.ended: dict[AlarmKey, int] = {}

    def take(self, step: tuple[Any, ...]) -> list[AlarmChange]:
        self.seq += 1
        changes = self._take(*step)
        self.ids += [change.alarm_id for change in changes if change.kind == "raised"]
        for change in changes:
            if change.kind == "cleared":
                alarm = change.after
                self.ended[alarm.object, alarm.type, alarm.qualifier] = self.now
        return changes

    def _take(self, what: str, *more: Any) -> list[AlarmChange]:
        match what:
            case "on" | "off":
                return self._edge(what == "on", *more)
            case "behind":
                self.behind = more[0] if self.hides else {}
                return self.book.apply([], now=self.now, seq=self.seq, behind=self.behind)
            case "silent":
                return self.book.apply([], now=self.now, seq=self.seq, silent={more[0]: more[1]})
            case "tick":
                self.now += more[0] * 1000
                return self.book.tick(self.now, self.seq)
        until = self.now + 60_000 if more[0] == "shelve" else 0
        parent = self.ids[-3:][0] if more[0] == "group" and self.ids else ""
        request = OperatorRequest(self.now, "q", "ann", more[0], tuple(self.ids[-2:]), until=until, parent=parent)
        return self.book.request(request, self.seq)[0]

    def _edge(self, on: bool, object_: str, type_: str, ago: int) -> list[AlarmChange]:
        manner = MANNERS[type_]
        if manner is not None and not self.hides:
            manner = Manner(None, manner.flap)
        content = Content("major", "down", "lossOfSignal", "communicationsAlarm") if on else None
        order = (self.now - ago * 1000, self.seq)
        edge = Edge(
            (object_, type_, ""), on, order, self.seq, type_, "v", object_.partition("/")[0], 0, content, manner=manner
        )
        return self.book.apply([edge], now=self.now, seq=self.seq)

    def active(self) -> dict[AlarmKey, Any]:
        return {(a.object, a.type, a.qualifier): a for a in self.book.alarms() if a.state == "active"}

    def reasons(self, key: AlarmKey) -> set[str]:
        """Return by which alarms a key must be hidden, found by looking at all of them."""
        causes = set(self.active()) | {
            k for k, at in self.ended.items() if k[1] == "node" and self.now - at < SETTLE_MS
        }
        return {f"alarm:{key_text(cause)}" for cause in causes if self._covers(cause, key)}

    def _covers(self, cause: AlarmKey, key: AlarmKey) -> bool:
        manner = MANNERS[cause[1]]
        if manner is None or manner.hides is None or (manner.hides.types and key[1] not in manner.hides.types):
            return False
        behind = self.behind.get(cause[0], ()) if manner.hides.downstream else ()
        return key[0].startswith(f"{cause[0]}/") or key[0].partition("/")[0] in behind


@thorough
@given(steps)
def test_i9_hidden_by_exactly_what_contains_it_or_what_it_lies_behind(feed: list[tuple[Any, ...]]) -> None:
    walk = Walk()
    for step in feed:
        walk.take(step)
        for key, alarm in walk.active().items():
            by_alarms = {reason for reason in alarm.hidden_by if reason.startswith("alarm:")}
            assert by_alarms == walk.reasons(key), key
            assert (alarm.shelved_by != "") == (f"shelf:{alarm.shelved_by}" in alarm.hidden_by)
            assert alarm.ever_shown or alarm.hidden_by


@thorough
@given(steps)
def test_i9_hiding_changes_no_count_and_no_condition(feed: list[tuple[Any, ...]]) -> None:
    with_, without = Walk(), Walk(hides=False)
    for step in feed:
        with_.take(step)
        without.take(step)
        for object_ in OBJECTS:
            for type_ in MANNERS:
                assert with_.book.standing((object_, type_, "")) == without.book.standing((object_, type_, ""))
    with_.take(("tick", 11))
    without.take(("tick", 11))
    counts = [{key: (a.count, a.raised) for key, a in walk.active().items()} for walk in (with_, without)]
    assert counts[0] == counts[1]


@thorough
@given(steps)
def test_i10_parents_are_acyclic_and_know_their_children(feed: list[tuple[Any, ...]]) -> None:
    walk = Walk()
    for step in feed:
        walk.take(step)
        parents = {alarm.alarm_id: alarm.parents for alarm in walk.active().values()}
        for child in parents:
            seen, waiting = set(), list(parents[child])
            while waiting:
                above = waiting.pop()
                assert above != child
                if above not in seen:
                    seen.add(above)
                    waiting += parents.get(above, ())
        for alarm in walk.active().values():
            children = sorted(child for child, above in parents.items() if alarm.alarm_id in above)
            assert list(alarm.children) == children


@thorough
@given(steps)
def test_acknowledged_parents_have_acknowledged_children_only(feed: list[tuple[Any, ...]]) -> None:
    walk = Walk()
    for step in feed:
        walk.take(step)
        active = {alarm.alarm_id: alarm for alarm in walk.active().values()}
        for alarm in active.values():
            if alarm.ack:
                assert all(active[child].ack for child in alarm.children)


@thorough
@given(steps)
def test_raised_and_cleared_alternate_also_for_what_flaps(feed: list[tuple[Any, ...]]) -> None:
    walk, open_ = Walk(), dict[str, bool]()
    for step in feed:
        for change in walk.take(step):
            assert change.after.version == change.seq
            if change.kind == "raised":
                assert change.alarm_id not in open_
                open_[change.alarm_id] = True
            elif change.kind == "cleared":
                assert open_[change.alarm_id]
                open_[change.alarm_id] = False
            elif change.kind in TELL or (change.kind == "edge" and change.after.state == "active"):
                assert open_[change.alarm_id]


@thorough
@given(steps)
def test_i12_a_snapshot_at_any_point_goes_on_the_same(feed: list[tuple[Any, ...]]) -> None:
    whole, broken = Walk(), Walk()
    for step in feed:
        items = msgspec.msgpack.decode(msgspec.msgpack.encode(broken.book.dump()))
        broken.book = Book()
        broken.book.load_state(items)
        assert whole.take(step) == broken.take(step)
        assert msgspec.msgpack.encode(whole.book.dump()) == msgspec.msgpack.encode(broken.book.dump())


@thorough
@given(st.lists(st.integers(1, 100), min_size=1, max_size=40))
def test_i11_damping_ends_within_max_hold_after_the_last_edge(pauses: list[int]) -> None:
    walk = Walk()
    on = False
    for pause in pauses:
        walk.take(("tick", pause))
        on = not on
        walk.take(("on" if on else "off", "r1", "flap", 0))
    last = walk.now
    changes = walk.take(("tick", FLAP.max_hold_ms // 1000))
    alarm = walk.book.alarms()[-1]
    assert walk.now - last == FLAP.max_hold_ms
    assert "flapping" not in alarm.flags
    assert (alarm.state == "active") == on
    assert [change.kind for change in changes].count("steady") <= 1
