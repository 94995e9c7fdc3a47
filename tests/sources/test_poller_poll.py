import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Block, Observation, PollFailed, PollResult
from netmon.domain.oid import Varbind
from netmon.domain.output import PollRequest
from netmon.domain.usage import Assignment
from netmon.rulebook.profile_values import Profile
from netmon.snmp.faults import NonIncreasing
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.sources.realm import Realms
from netmon.telemetry.metrics import Metrics
from tests.patience import PATIENCE_S
from tests.sources.answering import IF, IF_MIB, IFX, SYSTEM, answering, router
from tests.sources.taking import HandClock, Taking

CREDENTIALS = {"ro": Credential("ro", community=b"public"), "old": Credential("old", version="v1", community=b"public")}
PORTS = ("ge-0/0/0", "ge-0/0/1", "lo0")


class Polling:
    """A poller whose clock is moved by hand; its sockets and agents are real."""

    def __init__(self, config: PollingConfig, realms: Realms | None = None) -> None:
        self.hands = HandClock()
        self.clock = Clock(self.hands.wall_ns, self.hands.monotonic_ns)
        self.taking = Taking(at_once=True)
        self.metrics = Metrics()
        self.poller = Poller(config, intake=self.taking, clock=self.clock, metrics=self.metrics, realms=realms)

    def load(
        self,
        *elements: Element,
        profiles: Iterable[Profile] = (SYSTEM, IF_MIB),
        billed: Iterable[str] = (),
        config: PollingConfig | None = None,
    ) -> None:
        self.poller.load(
            elements, credentials=CREDENTIALS, profiles=profiles, assignments=_assigned(billed), config=config
        )

    async def after(self, ms: int, *, more: int = 1) -> list[Observation]:
        """Move the clock and return the observations that this brings."""
        seen = len(self.taking.observations)
        self.hands.move(ms)
        self.poller.wake()
        await self.taking.count(seen + more)
        return self.taking.observations[seen:]


@contextlib.asynccontextmanager
async def polling(config: PollingConfig | None = None, realms: Realms | None = None) -> AsyncIterator[Polling]:
    one = Polling(config or PollingConfig(), realms)
    running = asyncio.ensure_future(one.poller.run())
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.wait([running])


def _assigned(names: Iterable[str]) -> list[Assignment]:
    return [Assignment(f"r1|{name}", "r1", f"r1/if:{name}", name, "ifName", "main", "rule") for name in names]


def _result(observation: Observation) -> PollResult:
    assert isinstance(observation, PollResult)
    return observation


def _failed(observation: Observation) -> PollFailed:
    assert isinstance(observation, PollFailed)
    return observation


def _column(block: Block, name: str) -> dict[str, Any]:
    return dict(zip(block.index, block.cells[block.columns.index(name)], strict=True))


async def test_a_run_brings_scalars_and_tables_as_blocks():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element())
        [observation] = await at.after(60_000)
        result = _result(observation)
        assert (result.element, result.group, result.part, result.last, result.complete) == ("r1", "60s", 0, True, True)
        assert (result.run, result.interval_ms, result.errors) == (at.clock.run, 60_000, ())
        system, interfaces = result.blocks
        assert (system.profile, system.table, system.index) == ("system", "system", ("0",))
        assert _column(system, "sysName") == {"0": b"r1"}
        assert system.uptime_cs is not None
        assert _column(interfaces, "ifName") == {"1": b"ge-0/0/0", "2": b"ge-0/0/1", "3": b"lo0"}
        assert interfaces.tags == (0x04, 0x02, 0x46)
        assert interfaces.oids == (f"{IFX}.1", f"{IF}.8", f"{IFX}.6")
        assert interfaces.mono_ms == at.clock.mono_ms(interfaces.t)


async def test_slots_come_every_interval_and_a_request_soon():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element())
        slots = [_result((await at.after(60_000))[0]).slot for _ in range(3)]
        assert [slots[1] - slots[0], slots[2] - slots[1]] == [60_000, 60_000]
        at.poller.request(PollRequest("r1", "if:lo0", "linkUp", 0))
        at.poller.request(PollRequest("r1", "if:ge-0/0/0", "linkUp", 0))
        at.poller.request(PollRequest("nobody", "", "linkUp", 0))
        at.poller.request(PollRequest("r1", "", "linkUp", at.clock.now_ms() - 1))
        [extra] = await at.after(0)
        assert (_result(extra).slot, _result(extra).group) == (at.clock.now_ms(), "60s")
        agent.before_answer = lambda: at.poller.request(PollRequest("r1", "", "linkUp", 0))
        at.poller.request(PollRequest("r1", "", "linkUp", 0))
        # What is wished for while a run is under way may have come too late for it.
        [during, again] = await at.after(0, more=2)
        assert {_result(during).slot, _result(again).slot} == {at.clock.now_ms()}


async def test_a_long_table_is_cut_into_observations_of_a_thousand_cells():
    names = [f"port-{number}" for number in range(700)]
    async with answering(router(*names)) as agent, polling() as at:
        at.load(agent.element())
        parts = [_result(part) for part in await at.after(60_000, more=4)]
        assert [(part.part, part.last) for part in parts] == [(0, False), (1, False), (2, False), (3, True)]
        for part in parts:
            assert sum(len(block.index) * len(block.columns) for block in part.blocks) <= 1_000
        found = [index for part in parts for block in part.blocks if block.table == "ifTable" for index in block.index]
        assert found == [str(number) for number in range(1, 701)]


async def test_answers_that_do_not_fit_are_asked_for_in_smaller_pieces():
    async with answering(router(*(f"port-{n}" for n in range(40))), max_size=600) as agent, polling() as at:
        at.load(agent.element())
        [observation] = await at.after(60_000)
        assert _result(observation).complete
        assert len(_column(_result(observation).blocks[1], "ifName")) == 40


async def test_an_agent_of_version_1():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(credential="old"), billed=["lo0"])
        first, second = await at.after(60_000, more=2)
        usage, plain = sorted((_result(first), _result(second)), key=lambda result: result.group, reverse=True)
        assert _column(plain.blocks[1], "ifOperStatus") == {"1": 1, "2": 1, "3": 1}
        assert "ifHCInOctets" not in plain.blocks[1].columns
        [block] = usage.blocks
        assert block.columns[1:3] == ("ifInOctets", "ifOutOctets")
        assert block.tags[1:3] == (0x41, 0x41)
        assert isinstance(_column(block, "ifInOctets")["3"], int)


async def test_profiles_go_by_what_the_element_has():
    async with answering(router()) as agent, polling() as at:
        at.load(agent.element())
        [observation] = await at.after(60_000)
        assert [block.table for block in _result(observation).blocks] == ["system"]
        agent.use(router(*PORTS, uptime_cs=0))
        await at.after(60_000)
        at.load(agent.element())
        [observation] = await at.after(60_000)
        assert [block.table for block in _result(observation).blocks] == ["system", "ifTable"]


BILLED_COLUMNS = ("ifName", "ifHCInOctets", "ifHCOutOctets", "ifCounterDiscontinuityTime", "ifHighSpeed", "ifSpeed")


async def _usage(at: Polling, *, ms: int = 60_000) -> PollResult:
    seen = len(at.taking.observations)
    at.hands.move(ms)
    at.poller.wake()
    await at.taking.until(lambda: any(_is_usage(one) for one in at.taking.observations[seen:]))
    return next(_result(one) for one in at.taking.observations[seen:] if _is_usage(one))


def _is_usage(observation: Observation) -> bool:
    return isinstance(observation, PollResult) and observation.group.startswith("usage")


async def test_each_billed_interface_is_one_block_of_one_request():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(), profiles=(), billed=["lo0", "ge-0/0/0"])
        result = await _usage(at)
        assert (result.group, result.interval_ms, result.errors) == ("usage-60s", 60_000, ())
        assert result.slot % 60_000 < 1_000
        assert [(block.profile, block.table, block.index) for block in result.blocks] == [
            ("usage", "usage", ("1",)),
            ("usage", "usage", ("3",)),
        ]
        for block in result.blocks:
            assert block.columns == BILLED_COLUMNS
            assert block.tags == (0x04, 0x46, 0x46, 0x43, 0x42, 0x42)
            assert block.uptime_cs is not None


async def test_what_is_metered_changes_while_the_element_is_polled():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(), profiles=())
        at.poller.meter(_assigned(["lo0"]))
        assert [block.index for block in (await _usage(at)).blocks] == [("3",)]
        at.poller.meter(_assigned(["ge-0/0/0", ""]))
        assert [block.index for block in (await _usage(at)).blocks] == [("1",)]


async def test_a_renumbered_interface_is_found_in_the_same_run():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(), profiles=(), billed=["lo0"])
        assert (await _usage(at)).blocks[0].index == ("3",)
        agent.use(router("lo0", *PORTS[:2]))
        result = await _usage(at)
        assert result.blocks[0].index == ("1",)
        assert _column(result.blocks[0], "ifName") == {"1": b"lo0"}


@pytest.mark.parametrize(("ports", "reason"), [(("ge-0/0/0",), "series_missing"), (("lo0", "lo0"), "series_ambiguous")])
async def test_an_interface_that_cannot_be_found_is_said_so(ports: tuple[str, ...], reason: str):
    async with answering(router(*ports)) as agent, polling() as at:
        at.load(agent.element(), profiles=(), billed=["lo0"])
        result = await _usage(at)
        assert result.blocks == ()
        assert result.errors == (("usage:lo0", reason),)
        assert not result.complete


async def test_a_name_that_a_cut_walk_did_not_reach_is_not_said_to_be_missing():
    names = [f"port-{number}" for number in range(40)]
    disorder = NonIncreasing(f"{IFX}.1")
    async with answering(router(*names)) as agent, polling() as at:
        agent.agent.faults.begin(disorder)
        at.load(agent.element(), profiles=(), billed=["port-2", "port-39"])
        result = await _usage(at)
        assert [block.index for block in result.blocks] == [("3",)]
        assert result.errors == (("usage:port-39", "oid_not_increasing"),)
        agent.agent.faults.end(disorder)
        assert len((await _usage(at, ms=900_000)).blocks) == 2
        agent.agent.faults.begin(disorder)
        result = await _usage(at, ms=900_000)
        assert (len(result.blocks), result.errors) == (2, ())


async def test_an_interface_without_wide_counters_is_read_narrow():
    async def wide_left_out(rows: list[Varbind]) -> Block:
        async with answering(rows) as agent, polling() as at:
            at.load(agent.element(), profiles=(), billed=["lo0"])
            return (await _usage(at)).blocks[0]

    block = await wide_left_out([row for row in router("lo0") if not row[0].startswith((f"{IFX}.6.", f"{IFX}.10."))])
    assert block.columns[1:3] == ("ifInOctets", "ifOutOctets")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row for row in router("lo0") if not row[0].startswith(f"{IFX}.10.")], "no_such_object"),
        ([*router("lo0"), (f"{IFX}.10.1", 0x41, 7)], "bad_type"),
    ],
)
async def test_half_a_counter_pair_is_no_sample(rows: list[Varbind], reason: str):
    async with answering(rows) as agent, polling() as at:
        at.load(agent.element(), profiles=(), billed=["lo0"])
        result = await _usage(at)
        assert (result.blocks, result.errors) == ((), (("usage:lo0", reason),))


@pytest.mark.slow
async def test_an_element_that_does_not_answer_is_probed_then_left_in_the_slow_lane_until_it_is_back():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(timeout_ms=1_000, retries=0))
        await at.after(60_000)
        agent.silent = True
        [run] = await at.after(60_000)
        assert (_failed(run).group, _failed(run).reason, _failed(run).attempts) == ("60s", "timeout", 1)
        [probe] = await at.after(5_000)
        assert (_failed(probe).group, _failed(probe).slot) == ("probe", at.clock.now_ms())
        [probe] = await at.after(10_000)
        assert _failed(probe).group == "probe"
        asked = agent.asked
        for _ in range(4):
            [probe] = await at.after(30_000)
            assert _failed(probe).group == "probe"
        assert agent.asked == asked + 4
        assert {row.part: row.value for row in at.poller.health()}["slow_lane"] == 1
        agent.silent = False
        [probe] = await at.after(30_000)
        assert (_result(probe).group, _result(probe).blocks) == ("probe", ())
        [run] = await at.after(10_000)
        assert _result(run).group == "60s"
        assert {row.part: row.value for row in at.poller.health()}["slow_lane"] == 0


async def test_a_run_that_still_goes_on_makes_the_next_slot_an_overrun():
    async with answering(router(*PORTS)) as agent, polling() as at:
        agent.silent = True
        at.load(agent.element(timeout_ms=1_000, retries=0))
        at.hands.move(60_000)
        at.poller.wake()
        async with asyncio.timeout(PATIENCE_S):
            while agent.asked == 0:
                await asyncio.sleep(0)
        [overrun] = await at.after(60_000)
        assert (_failed(overrun).reason, _failed(overrun).group) == ("overrun", "60s")
        [timeout] = await at.after(0)
        assert _failed(timeout).reason == "timeout"
        assert _failed(timeout).slot == _failed(overrun).slot - 60_000


async def test_a_dead_port_is_told_apart_from_a_dead_host():
    async with answering(router()) as agent:
        element = agent.element(timeout_ms=50, retries=0)
    async with polling() as at:
        at.load(element)
        [failed] = await at.after(60_000)
        assert _failed(failed).reason == "refused"


async def test_an_element_without_a_usable_credential():
    async with polling() as at:
        at.load(Element("r1", ("127.0.0.1",), credential="lost"), Element("r2", ("127.0.0.1",)))
        [failed] = await at.after(60_000)
        assert (_failed(failed).element, _failed(failed).reason) == ("r1", "no_credential")


async def test_limits_hold_in_the_process_and_per_element():
    config = PollingConfig(max_in_flight=3)
    async with answering(router(*PORTS)) as agent, polling(config) as at:
        most = 0

        def look() -> None:
            nonlocal most
            most = max(most, {row.part: row.value for row in at.poller.health()}["running"])

        agent.before_answer = look
        at.load(*(agent.element(f"e{number}") for number in range(20)))
        results = await at.after(60_000, more=20)
        assert {_result(result).element for result in results} == {f"e{number}" for number in range(20)}
        assert most == 3


async def test_a_reload_keeps_what_did_not_change_and_lets_go_of_the_rest():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element("r1"), agent.element("r2"))
        await at.after(60_000, more=2)
        at.load(agent.element("r2"), agent.element("r3"))
        results = await at.after(60_000, more=2)
        assert {_result(result).element for result in results} == {"r2", "r3"}


async def test_an_address_may_be_a_name():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(msgspec.structs.replace(agent.element(), addresses=("localhost",)))
        [observation] = await at.after(60_000)
        assert _result(observation).complete


async def test_a_stopped_poller_begins_anew():
    async with answering(router(*PORTS)) as agent:
        agent.silent = True
        at = Polling(PollingConfig())
        at.load(agent.element())
        for _ in range(2):
            asked = agent.asked
            running = asyncio.ensure_future(at.poller.run())
            at.hands.move(60_000)
            async with asyncio.timeout(PATIENCE_S):
                while agent.asked == asked:
                    at.poller.wake()
                    await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running])
        assert at.taking.observations == []


async def test_many_billed_interfaces_with_several_requests_open():
    names = [f"port-{number}" for number in range(120)]
    async with answering(router(*names)) as agent, polling(PollingConfig(per_element_in_flight=4)) as at:
        at.load(agent.element(), profiles=(), billed=names)
        result = await _usage(at)
        assert result.complete
        seen = [one for one in at.taking.observations if _is_usage(one)]
        assert sum(len(_result(part).blocks) for part in seen) == 120


@pytest.mark.slow
async def test_an_answer_after_its_time_teaches_patience():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(timeout_ms=1_000, retries=0))
        agent.pause()
        [failed] = await at.after(60_000)
        assert _failed(failed).reason == "timeout"
        agent.start()
        [answered] = await at.after(5_000)
        assert _result(answered).group == "probe"
        async with asyncio.timeout(PATIENCE_S):
            while at.poller.timeout_ms("r1") == 1_000:
                await asyncio.sleep(0)
        assert at.poller.timeout_ms("r1") > 1_500
