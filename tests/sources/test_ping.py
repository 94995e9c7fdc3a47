"""Pings on loopback: what an answer and a loss tell, and what each of them starts in the poller."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import PollResult
from netmon.sources import ping
from netmon.sources.clock import Clock
from netmon.sources.ping import Ping
from netmon.sources.poller.lane import Lane
from netmon.sources.poller.schedule import PingConfig
from netmon.sources.realm import RealmConfig, Realms
from netmon.telemetry.metrics import Metrics
from tests.patience import PATIENCE_S
from tests.sources.taking import HandClock, Taking

CONFIG = PingConfig()


class Pinging:
    """A Ping whose clock is moved by hand; its sockets are real."""

    def __init__(
        self, *elements: Element, config: PingConfig = CONFIG, realms: Realms | None = None, at_once: bool = True
    ) -> None:
        self.hands = HandClock()
        self.taking = Taking(at_once=at_once)
        self.metrics = Metrics()
        clock = Clock(self.hands.wall_ns, self.hands.monotonic_ns)
        self.ping = Ping(config, intake=self.taking, clock=clock, metrics=self.metrics, realms=realms)
        self.ping.load(elements, config)
        self.told: list[tuple[str, str]] = []
        self.ping.lost = lambda element: self.told.append(("lost", element))
        self.ping.answered = lambda element: self.told.append(("answered", element))

    def deaf(self) -> None:
        """Let no answer be read any more."""
        for sock in self.ping._sockets.values():
            asyncio.get_running_loop().remove_reader(sock.sock)

    def move(self, ms: int) -> None:
        self.hands.move(ms)
        self.ping._wake.set()

    async def after(self, ms: int) -> list[PollResult]:
        """Move the clock and return the results that this brings."""
        seen = len(self.taking.observations)
        self.move(ms)
        await self.taking.until(lambda: len(self.taking.observations) > seen)
        return [one for one in self.taking.observations[seen:] if isinstance(one, PollResult)]

    async def unanswered(self) -> list[PollResult]:
        """Let the next slot begin, deaf, and its time for an answer end; return the results that this brings."""
        self.move(10_000)
        while not self.ping._runs:
            await asyncio.sleep(0)
        return await self.after(1_000)


@contextlib.asynccontextmanager
async def pinging(
    *elements: Element, config: PingConfig = CONFIG, realms: Realms | None = None, at_once: bool = True
) -> AsyncIterator[Pinging]:
    one = Pinging(*elements, config=config, realms=realms, at_once=at_once)
    running = asyncio.ensure_future(one.ping.run())
    await asyncio.sleep(0)
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.wait([running])


@pytest.mark.parametrize("address", ["127.0.0.7", "::1"])
async def test_an_element_that_is_there_answers(address: str) -> None:
    async with pinging(Element("r1", (address,), credential="ro")) as one:
        (result,) = await one.after(10_000)
    assert (result.element, result.protocol, result.group) == ("r1", "icmp", "ping")
    assert result.icmp is not None
    assert result.icmp[:2] == (1, 1)
    assert 0 < result.icmp[2] == result.icmp[3] == result.icmp[4]
    assert one.told == [("answered", "r1")]


async def test_several_requests_are_one_result() -> None:
    async with pinging(Element("r1", ("127.0.0.1",), credential="ro"), config=PingConfig(count=3)) as one:
        (result,) = await one.after(10_000)
    assert result.icmp is not None
    assert result.icmp[:2] == (3, 3)
    assert result.icmp[2] <= result.icmp[3] <= result.icmp[4]


async def test_each_realm_pings_from_its_own_address_and_device() -> None:
    realms = {"cust-a": RealmConfig(bind="127.0.0.2"), "cust-b": RealmConfig(bind="::1", device="lo")}
    of_a, of_b = Element("a1", ("127.0.0.9",), realm="cust-a"), Element("b1", ("::1",), realm="cust-b")
    async with pinging(of_a, of_b, realms=realms) as one:
        doors = {door: sock.sock.getsockname()[0] for door, sock in one.ping._sockets.items()}
        one.move(20_000)
        await one.taking.until(lambda: len(one.taking.observations) == 2)
    assert {door: address for door, address in doors.items() if door[0] != "default"} == {
        ("cust-a", 4): "127.0.0.2",
        ("cust-b", 6): "::1",
    }
    assert sorted(one.told) == [("answered", "a1"), ("answered", "b1")]


async def test_an_element_whose_family_its_realm_does_not_bind_is_not_asked_elsewhere() -> None:
    async with pinging(
        Element("a1", ("::1",), realm="cust-a"), realms={"cust-a": RealmConfig(bind="127.0.0.1")}
    ) as one:
        one.move(10_000)
        while not one.ping._runs:
            await asyncio.sleep(0)
        (lost,) = await one.after(1_000)
    assert lost.icmp == (1, 0, 0, 0, 0)


async def test_no_answer_in_time_is_a_loss() -> None:
    async with pinging(Element("r1", ("127.0.0.1",), credential="ro")) as one:
        await one.after(10_000)
        one.deaf()
        one.move(10_000)
        while not one.ping._runs:
            await asyncio.sleep(0)
        (lost,) = await one.after(1_000)
    assert lost.icmp == (1, 0, 0, 0, 0)
    assert one.told == [("answered", "r1"), ("lost", "r1")]


async def test_while_the_store_takes_nothing_no_more_is_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping, "_MOST_UNCOMMITTED", 2)
    async with pinging(Element("r1", ("127.0.0.1",), credential="ro"), at_once=False) as one:
        dropped = one.metrics.source_dropped.labels("ping", "uncommitted")._value
        one.deaf()
        for _ in range(2):
            await one.unanswered()
        one.move(10_000)
        async with asyncio.timeout(PATIENCE_S):
            while not dropped.get():
                await asyncio.sleep(0)
        assert (len(one.taking.observations), one.ping._runs) == (2, {})
        one.taking.commit()
        assert len(await one.unanswered()) == 1


async def test_the_ping_of_a_probe_starts_no_probes() -> None:
    """Where ICMP is filtered and SNMP answers, each probe would else start the next one, for ever."""
    async with pinging(Element("r1", ("127.0.0.1",), credential="ro")) as one:
        one.deaf()
        one.ping.now("r1")
        while not one.ping._runs:
            await asyncio.sleep(0)
        (of_probe,) = await one.after(1_000)
        assert one.told == []
        (of_slot,) = await one.unanswered()
    assert of_probe.icmp == of_slot.icmp == (1, 0, 0, 0, 0)
    assert one.told == [("lost", "r1")]


async def test_a_slot_that_comes_while_a_probe_pings_is_no_lost_slot() -> None:
    async with pinging(Element("r1", ("127.0.0.1",), credential="ro")) as one:
        one.deaf()
        slot = one.ping._agenda.next_due()
        assert slot is not None
        one.move(slot - 500 - one.hands.wall_ns() // 1_000_000)
        one.ping.now("r1")
        while not one.ping._runs:
            await asyncio.sleep(0)
        one.move(500)
        while one.ping._agenda.next_due() == slot:
            await asyncio.sleep(0)
        await one.after(500)
    assert one.told == [("lost", "r1")]


async def test_an_element_without_snmp_is_asked_twice_more_after_a_loss() -> None:
    async with pinging(Element("r1", ("127.0.0.1",))) as one:
        one.deaf()
        losses: list[PollResult] = []
        one.move(10_000)
        while len(losses) < 3:
            while not one.ping._runs:
                one.move(250)
                await asyncio.sleep(0)
            losses += await one.after(1_000)
    assert [lost.icmp for lost in losses] == [(1, 0, 0, 0, 0)] * 3
    assert losses[2].at - losses[0].at < 8_000


async def test_elements_that_are_gone_or_must_not_be_pinged_are_not() -> None:
    silent = Element("r2", ("127.0.0.2",), credential="ro", ping=False)
    async with pinging(Element("r1", ("127.0.0.1",), credential="ro"), silent) as one:
        assert {result.element for result in await one.after(10_000)} == {"r1"}
        one.ping.load([silent], CONFIG)
        one.ping.now("r1")
        one.ping.load([Element("r3", ("127.0.0.3",), credential="ro")], CONFIG)
        assert {result.element for result in await one.after(20_000)} == {"r3"}


def test_a_lost_ping_starts_three_probes_at_once() -> None:
    lane = Lane("r1", interval_ms=60_000)
    assert lane.ping_lost(1_000) == [1_000, 3_000, 5_000]
    assert lane.ping_lost(2_000) == []
    for due in (1_000, 3_000, 5_000):
        assert lane.wants(due)
        assert not lane.slow
        after = lane.failed(due + 2_000)
    assert lane.slow
    assert len(after) == 1


def test_a_failed_run_starts_two_probes_and_a_lost_ping_hurries_them() -> None:
    lane = Lane("r1", interval_ms=60_000)
    assert lane.failed(10_000) == [15_000, 25_000]
    assert lane.ping_lost(12_000) == [12_000, 14_000, 16_000]
    assert not lane.wants(15_000)
    assert lane.wants(12_000)


def test_an_answered_ping_gives_a_silent_agent_more_time() -> None:
    lane = Lane("r1", interval_ms=60_000)
    lane.ping_lost(1_000)
    assert lane.wants(1_000)
    lane.failed(2_000)
    assert lane.ping_answered(2_500) == [7_500, 17_500]
    assert not lane.wants(3_000)
    assert lane.ping_answered(2_600) == []
