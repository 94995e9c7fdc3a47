"""Probes: what there is room for, how long they wait, and how seldom a refusing agent is asked."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import REFUSALS, PollFailed, PollFailure
from netmon.sources.poller.adapt import RoundTrip
from netmon.sources.poller.blocks import Gathered
from netmon.sources.poller.element import Polled
from netmon.sources.poller.lane import Lane
from netmon.sources.poller.probing import Probe, Probing
from netmon.sources.poller.room import Room
from netmon.sources.poller.run import Failed
from netmon.sources.poller.schedule import PollingConfig
from tests.patience import PATIENCE_S
from tests.sources.answering import SYSTEM, answering, router
from tests.sources.test_poller_poll import PORTS, _failed, _result, polling

CONFIG = PollingConfig()


class Desk:
    """A Probing whose probes are answered when told."""

    def __init__(self, *, slow: int) -> None:
        self.planned: list[tuple[int, Probe]] = []
        self.open: list[Coroutine[Any, Any, None]] = []
        self.asked: list[str] = []
        self.pinged: list[str] = []
        self.probing = Probing(
            plan=lambda due, probe: self.planned.append((due, probe)),
            spawn=self.open.append,
            ask=self._ask,
            done=lambda probe, outcome, began: None,
            now_ms=lambda: 0,
            slow=slow,
        )
        self.probing.ping = self.pinged.append

    async def _ask(self, polled: Polled) -> Gathered | Failed:
        self.asked.append(polled.element.id)
        return Gathered()

    def probe(self, id_: str, *, failures: int = 0) -> None:
        """Let a probe of an element be due at 0, which failed so often before."""
        polled = Polled(Element(id_, ("192.0.2.1",)), None, CONFIG, around=Room(1))
        for _ in range(failures):
            polled.lane.failed(-60_000)
        self.probing.due(Probe(polled, polled.lane.ask_now(0)), 0)

    async def answer(self) -> None:
        for one in self.open:
            await one
        self.open.clear()


async def test_the_slow_lane_has_few_places_and_they_are_no_places_of_others() -> None:
    desk = Desk(slow=2)
    for number in range(4):
        desk.probe(f"dead{number}", failures=3)
    desk.probe("new")
    assert (len(desk.open), [due for due, _ in desk.planned]) == (3, [1_000, 1_000])
    await desk.answer()
    assert desk.asked == desk.pinged == ["dead0", "dead1", "new"]
    for due, probe in desk.planned.copy():
        desk.probing.due(probe, due)
    await desk.answer()
    assert desk.asked[3:] == ["dead2", "dead3"]


async def test_no_more_than_a_thousand_probes_are_open() -> None:
    desk = Desk(slow=600)
    for number in range(600):
        desk.probe(f"dead{number}", failures=3)
    for number in range(500):
        desk.probe(f"new{number}")
    assert (len(desk.open), len(desk.planned)) == (1_000, 100)
    desk.probe("dead-too", failures=3)
    assert (len(desk.open), len(desk.planned)) == (1_000, 101)
    await desk.answer()
    desk.probe("one-more")
    assert len(desk.open) == 1
    await desk.answer()


async def test_a_probe_of_an_element_that_is_polled_no_more_is_not_sent() -> None:
    desk = Desk(slow=1)
    polled = Polled(Element("gone", ("192.0.2.1",)), None, CONFIG, around=Room(1))
    due = polled.lane.ask_now(0)
    polled.retire()
    desk.probing.due(Probe(polled, due), 0)
    assert (desk.open, desk.planned) == ([], [])


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_an_agent_that_refuses_us_is_asked_every_300_s_only(reason: PollFailure) -> None:
    lane = Lane("r1", interval_ms=60_000)
    for at in (0, 5_000, 15_000):
        times = lane.failed(at, reason)
    [first] = times
    assert 15_000 < first <= 315_000
    assert lane.wants(first)
    assert lane.failed(first + 100, reason) == [first + 300_000]
    assert lane.wants(first + 300_000)
    [again] = lane.failed(first + 302_000, "timeout")
    assert again <= first + 332_000


def test_a_probe_waits_two_seconds_unless_more_was_learned() -> None:
    trip = RoundTrip(8_000)
    assert (trip.timeout_ms, trip.of_probe_ms) == (8_000, 2_000)
    trip.measured(1_000_000)
    assert trip.of_probe_ms == trip.timeout_ms == 3_000
    short = RoundTrip(500)
    assert short.of_probe_ms == 500


@pytest.mark.slow
async def test_a_dead_element_is_probed_once_per_probe_and_by_one_attempt() -> None:
    async with answering(router(*PORTS)) as agent, polling() as at:
        pinged: list[str] = []
        at.poller.probing.ping = pinged.append
        at.load(agent.element(timeout_ms=1_000, retries=0), profiles=[SYSTEM])
        _result((await at.after(60_000))[0])
        agent.silent, asked = True, agent.asked
        at.poller.ping_lost("r1")
        failed: list[PollFailed] = []
        for ms in (0, 2_000, 2_000):
            failed += [_failed(one) for one in await at.after(ms)]
        async with asyncio.timeout(PATIENCE_S):
            while agent.asked < asked + 3:
                await asyncio.sleep(0)
    assert [(one.group, one.attempts) for one in failed] == [("probe", 1)] * 3
    assert agent.asked == asked + 3
    assert pinged == ["r1"] * 3
