"""Windows that open and close over alarms, a few alarms per Tick: no crash and no order changes what comes of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.alarms import visits
from netmon.correlate import rounds
from netmon.domain.inventory import Link
from tests.correlate.worked import RULE, WINDOW, Worked
from tests.examples import examples

WHERE = {
    "element.id == 'r1'": {"r1"},
    "element.id in ['r1', 'r3'] and object.kind == 'if'": {"r1", "r3"},
    "true": {"r1", "r2", "r3", "link:l1"},
    "startswith(object.path, 'r2/')": {"r2"},
}
LINK = ("r1", "r2")
"""Ends of the link."""
ELEMENTS = st.sampled_from(["r1", "r2", "r3"])
STEPS = st.one_of(
    st.tuples(st.just("down"), ELEMENTS, st.integers(1, 3)),
    st.tuples(st.just("up"), ELEMENTS, st.integers(1, 3)),
    st.tuples(st.just("plan"), st.sampled_from(sorted(WHERE)), st.just(0), st.integers(5, 60), st.just(False)),
    st.tuples(st.just("plan"), st.sampled_from(sorted(WHERE)), st.integers(0, 20), st.integers(1, 60), st.booleans()),
    st.tuples(st.just("end"), st.integers(0, 3)),
    st.tuples(st.just("load"), st.booleans()),
    st.tuples(st.just("tick"), st.sampled_from([0, 0, 1, 1, 1, 5, 20, 200])),
    st.tuples(st.just("tick"), st.just(0)),
)
Step = tuple[Any, ...]


@pytest.fixture(autouse=True, scope="module")
def few() -> Iterator[None]:
    """Let a Tick look at two alarms, at two objects, and ask for one element, so that all is cut often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visits, "MOST", 2)
        patch.setattr(visits, "PAGE", 2)
        patch.setattr(rounds, "MOST_ASKED", 1)
        yield


class Fed:
    """A core that takes drawn steps, and what should come of them by now."""

    def __init__(self) -> None:
        self.work = Worked(RULE, Link("l1", "r1/if:p1", "r2/if:p1"), elements=3)
        self.work.core.identity.load_state([(one, "if", "1", "p1") for one in LINK])
        # Enough alarms that every window is cut.
        for element in ("r1", "r2", "r3"):
            for port in range(1, 6):
                self.work.down(0, element, port)
        self.at = 0
        self.windows: list[str] = []
        self.plans: dict[str, tuple[str, int, int, bool]] = {}

    def take(self, step: Step) -> Any:
        match step:
            case ("down" | "up" as kind, element, port):
                return self.work.down(self.at, element, port, up=kind == "up")
            case ("plan", where, begins, lasts, marks):
                return self.plan(where, self.at + begins, self.at + begins + lasts, marks)
            case ("end", number):
                return self.end(number)
            case ("load", with_window):
                return self.work.use(RULE + WINDOW if with_window else RULE)
            case ("tick", seconds):
                self.at += seconds
                return self.work.tick(self.at)
        raise AssertionError(step)

    def plan(self, where: str, since: int, until: int, marks: bool) -> Any:
        until = max(until, self.at + 1)
        replies = self.work.plan(self.at, where, since=since, until=until, mode="mark" if marks else "hide")
        if replies[0].result == "done":
            self.windows.append(replies[0].id)
            self.plans[replies[0].id] = (where, since, until, marks)
        return replies

    def end(self, number: int) -> Any:
        if not self.windows:
            return None
        id_ = self.windows[number % len(self.windows)]
        where, since, until, marks = self.plans[id_]
        self.plans[id_] = (where, since, min(until, self.at), marks)
        return self.work.end(self.at, id_)

    def settle(self) -> None:
        """Let time pass until nothing is left over; the last Tick is a second later than all before."""
        self.work.use(RULE)
        self.at += 1
        self.work.tick(self.at)
        for _ in range(1_000):
            if not self.work.core.left_over:
                return
            self.work.tick(self.at)
        raise AssertionError("there is always something left over")

    def standing(self) -> dict[str, tuple[tuple[str, ...], bool]]:
        """Return by what work each active alarm is hidden, and whether it is marked."""
        return {
            alarm.object: (
                tuple(reason for reason in alarm.hidden_by if reason.startswith("maint:")),
                "planned" in alarm.flags,
            )
            for alarm in self.work.active()
        }

    def demanded(self) -> dict[str, tuple[tuple[str, ...], bool]]:
        """Return the same as the windows say that are open now."""
        found = {}
        is_open = {id_: plan for id_, plan in self.plans.items() if plan[1] <= self.at < plan[2]}
        for alarm in self.work.active():
            roots = {alarm.object.partition("/")[0]} | (set(LINK) if alarm.object.startswith("link:") else set())
            covering = {id_: plan for id_, plan in is_open.items() if WHERE[plan[0]] & roots}
            hiding = tuple(sorted(f"maint:{id_}" for id_, plan in covering.items() if not plan[3]))
            found[alarm.object] = (hiding, bool(covering))
        return found


@examples(400)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=40))
@pytest.mark.slow
def test_a_crash_at_any_point_changes_nothing(feed: list[tuple[Step, bool]]) -> None:
    whole, cut = Fed(), Fed()
    for step, crashes in feed:
        if crashes:
            cut.work.restart()
        assert cut.take(step) == whole.take(step)
        assert cut.work.core.digest() == whole.work.core.digest()


@examples(400)
@given(st.lists(STEPS, max_size=40))
@pytest.mark.slow
def test_in_the_end_every_alarm_stands_as_the_open_windows_say(feed: list[Step]) -> None:
    fed = Fed()
    for step in feed:
        fed.take(step)
    fed.settle()
    assert fed.standing() == fed.demanded()


@examples(200)
@given(st.lists(STEPS, max_size=20), st.data())
@pytest.mark.slow
def test_the_order_of_traps_and_requests_between_two_ticks_changes_nothing(
    feed: list[Step], data: st.DataObject
) -> None:
    seconds = [step for step in feed if step[0] in ("down", "plan")]
    one, other = Fed(), Fed()
    for step in seconds:
        one.take(step)
    for step in data.draw(st.permutations(seconds)):
        other.take(step)
    for fed in (one, other):
        fed.at += 30
        fed.settle()

    def told(fed: Fed) -> dict[str, tuple[list[Any], bool]]:
        plans = {f"maint:{id_}": plan for id_, plan in fed.plans.items()}
        return {
            object_: (sorted(plans[one] for one in hiding), marked)
            for object_, (hiding, marked) in fed.standing().items()
        }

    assert told(one) == told(other)
