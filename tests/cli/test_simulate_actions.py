"""Every action of a script, as a manager and a receiver of traps see it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from netmon.cli.simulate.script_actions import ScriptAction
from netmon.cli.simulate.simulation import Simulation
from netmon.domain.oid import Oid
from netmon.snmp import ber, message
from netmon.snmp.client import Client, Target
from netmon.snmp.errors import SnmpError, SnmpTimeout
from netmon.snmp.message import Message, decode, inform_response
from tests.cli.scenarios import COLD_START, LINK_DOWN, LINK_UP, scenario
from tests.patience import PATIENCE_S
from tests.snmp.test_snmp_client import clock_ms
from tests.snmp.walking import by_pages

INDEX, DESCR, STATUS = "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8"
HC_IN, NAME, DISCONTINUITY = "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.31.1.1.1.19"
UPTIME, SYS_NAME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"
BOOTS, ENGINE_TIME = "1.3.6.1.6.3.10.2.1.2.0", "1.3.6.1.6.3.10.2.1.3.0"


class Lab:
    """An agent ``r1`` with three ports at work, a client that asks it, and a socket for its traps."""

    def __init__(self, simulation: Simulation, client: Client, receiver: socket.socket) -> None:
        self.simulation = simulation
        self.client = client
        self.receiver = receiver
        self.script: asyncio.Task[None] | None = None

    def target(self, **settings: Any) -> Target:
        host, port = self.simulation.addresses()["r1"]
        return Target(host, port, **({"timeout_ms": 5_000, "retries": 0} | settings))

    async def values(self, *oids: Oid) -> list[Any]:
        return [value for _, _, value in (await self.client.get(self.target(), oids)).varbinds]

    async def silence(self, oid: Oid = SYS_NAME) -> None:
        with pytest.raises(SnmpTimeout):
            await self.client.get(self.target(timeout_ms=50), [oid])

    async def error(self, oid: Oid = SYS_NAME) -> SnmpError:
        with pytest.raises(SnmpError) as failed:
            await self.client.get(self.target(), [oid])
        return failed.value

    async def told(self, number: int) -> list[Message]:
        """Return the next traps and informs, without answering them."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_S):
            return [decode(await loop.sock_recv(self.receiver, 65_535)) for _ in range(number)]

    async def played(self) -> None:
        """Return when the script is over."""
        assert self.script is not None
        await asyncio.wait_for(asyncio.shield(self.script), PATIENCE_S)

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not enough():
                await asyncio.sleep(0)


Laboratory = Callable[..., contextlib.AbstractAsyncContextManager[Lab]]


@pytest.fixture
def lab(tmp_path: Path) -> Laboratory:
    """Return a laboratory in which actions happen at once, or when they say."""

    @contextlib.asynccontextmanager
    async def made(*script: str, model: str = "interfaces: 3", more: str = "") -> AsyncIterator[Lab]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.setblocking(False)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            receiver.bind(("127.0.0.1", 0))
            to = f"127.0.0.1:{receiver.getsockname()[1]}"
            lines = [line if "at:" in line else f"at: 0s, {line}" for line in script]
            text = "\n".join(
                (
                    "agents:",
                    f'  - {{id: r1, listen: "127.0.1.7:0", model: {{{model}}}, trap_to: "{to}"{more}}}',
                    "script:",
                    *[f"  - {{agent: r1, {line}}}" for line in lines],
                )
            )
            found = scenario(tmp_path, text)
            assert [str(problem) for problem in found.problems] == []
            async with Client(clock_ms) as client:
                simulation = Simulation(found, lambda _: None)
                assert simulation.open() == ()
                one = Lab(simulation, client, receiver)
                one.script = asyncio.create_task(simulation.play())
                try:
                    yield one
                finally:
                    one.script.cancel()
                    simulation.close()

    return made


async def test_link_down_is_told_as_often_as_it_says_and_ends_after_its_time(lab: Laboratory):
    async with lab("do: link_down, if: xe-0/0/1, traps: 2, for: 20ms") as at:
        *down, up = await at.told(3)
        assert (await at.values(f"{STATUS}.2")) == [1]
    assert [trap.varbinds[1][2] for trap in (*down, up)] == [LINK_DOWN, LINK_DOWN, LINK_UP]
    assert down[0].varbinds[2:] == (
        (f"{INDEX}.2", ber.INTEGER, 2),
        ("1.3.6.1.2.1.2.2.1.7.2", ber.INTEGER, 1),
        (f"{STATUS}.2", ber.INTEGER, 2),
        (f"{NAME}.2", ber.OCTET_STRING, b"xe-0/0/1"),
        (f"{DESCR}.2", ber.OCTET_STRING, b"xe-0/0/1"),
    )


async def test_link_up_and_a_lost_trap(lab: Laboratory):
    lines = ('do: link_down, if: "xe-0/0/*", traps: 0', "do: link_up, if: xe-0/0/2")
    async with lab(*lines) as at:
        [trap] = await at.told(1)
        assert (await at.values(*[f"{STATUS}.{index}" for index in (1, 2, 3)])) == [2, 2, 1]
    assert (trap.varbinds[1][2], trap.varbinds[2][2]) == (LINK_UP, 3)


async def test_an_action_happens_as_often_as_it_says(lab: Laboratory):
    async with lab("do: link_down, if: xe-0/0/0, times: 3, every: 20ms") as at:
        await at.played()
        assert len(await at.told(3)) == 3


async def test_reboot_is_silence(lab: Laboratory):
    async with lab("do: reboot, down: 60s") as at:
        await at.silence()


async def test_reboot_is_a_new_beginning(lab: Laboratory):
    async with lab("do: reboot, down: 10ms, renumber: true, boots: 5") as at:
        [cold] = await at.told(1)
        uptime, boots, name = await at.values(UPTIME, BOOTS, f"{NAME}.2")
    assert cold.varbinds[0] == (UPTIME, ber.TIME_TICKS, 0)
    assert cold.varbinds[1][2] == COLD_START
    assert (uptime < 360_000, boots, name) == (True, 6, b"xe-0/0/0")


async def test_renumber(lab: Laboratory):
    async with lab("do: renumber, by: 100") as at:
        assert await at.values(f"{NAME}.101", f"{INDEX}.103") == [b"xe-0/0/0", 103]


async def test_counters_wrap_when_they_are_told_to(lab: Laboratory):
    async with lab("at: 60s, do: wrap, if: xe-0/0/0", model="interfaces: 2, rate_bps: 8e6") as at:
        before, other = await at.values(f"{HC_IN}.1", f"{HC_IN}.2")
    assert before == 2**64 - 60_000_000 + other


async def test_a_discontinuity_is_told_or_is_not(lab: Laboratory):
    lines = ("do: discontinuity, if: xe-0/0/0", "do: discontinuity, if: xe-0/0/1, told: false")
    async with lab(*lines, model="interfaces: 2, start: 5000000, uptime: 1h") as at:
        await at.played()
        first, told, second, untold = await at.values(
            f"{HC_IN}.1", f"{DISCONTINUITY}.1", f"{HC_IN}.2", f"{DISCONTINUITY}.2"
        )
    assert (first, second, untold) == (0, 0, 0)
    assert told >= 360_000


async def test_a_silent_agent_answers_nothing(lab: Laboratory):
    async with lab("do: silent_agent, for: 60s") as at:
        await at.silence()


async def test_an_engine_is_reset_and_its_clock_jumps(lab: Laboratory):
    async with lab("do: engine_reset, boots: 3", "do: clock_skew, ahead: 2h", more=", boots: 9") as at:
        await at.played()
        boots, seconds = await at.values(BOOTS, ENGINE_TIME)
        assert (boots, 7_200 <= seconds < 7_300) == (3, True)
    async with lab("do: engine_reset, replaced: true", "do: clock_skew, behind: 2h") as at:
        await at.played()
        boots, seconds = await at.values(BOOTS, ENGINE_TIME)
        assert (boots, seconds < 100) == (1, True)


@pytest.mark.parametrize(
    ("line", "counter"),
    [
        ("do: loss", "timeouts"),
        ("do: truncate", "undecodable"),
        ("do: foreign_reply", "foreign"),
        ("do: delay, by: 60s", "timeouts"),
        ("do: delay, by: 60s, jitter: 1s, percent: 100", "timeouts"),
        ("do: reorder", "timeouts"),
    ],
)
async def test_answers_that_are_lost_cut_late_or_from_elsewhere(lab: Laboratory, line: str, counter: str):
    async with lab(line) as at:
        await at.silence()
        assert at.client.counters[counter] == 1
        assert at.simulation.counts()[line.split()[1].rstrip(",")] == 1


async def test_answers_twice(lab: Laboratory):
    async with lab("do: duplicate") as at:
        assert await at.values(SYS_NAME) == [b"r1"]
        await at.until(lambda: at.client.counters["late"] == 1)


async def test_a_misbehavior_ends_after_its_time(lab: Laboratory):
    async with lab("do: gen_err, for: 1ms", "at: 20ms, do: renumber") as at:
        await at.played()
        assert await at.values(SYS_NAME) == [b"r1"]


@pytest.mark.parametrize(
    ("line", "status"),
    [(f"do: gen_err, oid: {SYS_NAME}", message.GEN_ERR), ("do: too_big, above: 20", message.TOO_BIG)],
)
async def test_errors(lab: Laboratory, line: str, status: int):
    async with lab(line) as at:
        assert (await at.error()).status == status


async def test_walks_that_never_end_or_do_not_grow_and_values_of_another_type(lab: Laboratory):
    async with lab("do: endless_walk, oid: IF-MIB::ifDescr") as at:
        walk = await by_pages(at.client, at.target(), [DESCR, STATUS], max_repetitions=20, max_rows=50)
        assert (walk.stops, len(walk.rows)) == (("row_limit", "done"), 50)
    async with lab(f"do: non_increasing, oid: {DESCR}") as at:
        walk = await by_pages(at.client, at.target(), [DESCR, STATUS])
        assert walk.stops == ("oid_not_increasing", "done")
    async with lab("do: wrong_type, oid: IF-MIB::ifDescr") as at:
        assert await at.values(f"{DESCR}.1", SYS_NAME) == [0, b"r1"]


async def test_a_storm_sends_all_it_says_each_with_its_own_id(lab: Laboratory):
    async with lab('do: storm, rate: 2000/s, for: 250ms, oid: IF-MIB::linkDown, if: "*"') as at:
        traps = await at.told(500)
        await at.until(lambda: at.simulation.counts()["traps"] == 500)
    assert len({trap.request_id for trap in traps}) == 500
    assert {trap.varbinds[1][2] for trap in traps} == {LINK_DOWN}
    assert [trap.varbinds[2][2] for trap in traps[:6]] == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("version", ["v1", "v2c"])
async def test_a_trap_carries_what_it_says_in_the_version_it_says(lab: Laboratory, version: str):
    line = f"do: trap, oid: 1.3.6.1.4.1.32473.9.0.4, if: xe-0/0/1, objects: [{SYS_NAME}, 1.3.9]"
    async with lab(line, more=f", trap_version: {version}, community: c") as at:
        [trap] = await at.told(1)
    assert trap.community == b"c"
    assert trap.varbinds[-1] == (SYS_NAME, ber.OCTET_STRING, b"r1")
    assert (f"{INDEX}.2", ber.INTEGER, 2) in trap.varbinds
    if version == "v1":
        assert trap.v1_trap is not None
        assert (trap.v1_trap.agent_addr, trap.v1_trap.trap_oid()) == ("127.0.1.7", "1.3.6.1.4.1.32473.9.0.4")
    else:
        assert trap.varbinds[1][2] == "1.3.6.1.4.1.32473.9.0.4"


async def test_an_inform_is_repeated_until_it_is_answered(lab: Laboratory):
    async with lab("do: inform, oid: IF-MIB::linkUp, timeout: 50ms, retries: 100") as at:
        loop = asyncio.get_running_loop()
        first, _ = await loop.sock_recvfrom(at.receiver, 65_535)
        second, peer = await loop.sock_recvfrom(at.receiver, 65_535)
        assert first == second
        assert (decode(first).pdu_type, decode(first).varbinds[1][2]) == (message.INFORM, LINK_UP)
        assert peer == at.simulation.addresses()["r1"]
        at.receiver.sendto(inform_response(second), peer)
        await at.until(lambda: at.simulation.counts()["informs answered"] == 1)


async def test_an_inform_that_nobody_answers_is_given_up(lab: Laboratory):
    async with lab("do: inform, oid: IF-MIB::linkUp, timeout: 20ms, retries: 2") as at:
        assert len({trap.request_id for trap in await at.told(3)}) == 1
        await at.until(lambda: at.simulation.counts()["informs without an answer"] == 1)
        assert at.simulation.counts()["informs repeated"] == 2


async def test_informs_of_agents_at_one_address_are_told_apart(tmp_path: Path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as free:
        receiver.setblocking(False)
        receiver.bind(("127.0.0.1", 0))
        free.bind(("127.0.1.7", 0))
        port, to = free.getsockname()[1], receiver.getsockname()[1]
        free.close()
        agents = [
            f'  - {{id: {id_}, listen: "127.0.1.7:{port}", model: {{}}, trap_to: "127.0.0.1:{to}"}}'
            for id_ in ("a", "b")
        ]
        inform = f'script: [{{at: 0s, agent: "*", do: inform, oid: {COLD_START}, timeout: 60s}}]'
        simulation = Simulation(scenario(tmp_path, "\n".join(("agents:", *agents, inform))), lambda _: None)
        assert simulation.open() == ()
        try:
            await simulation.play()
            loop = asyncio.get_running_loop()
            informs = [await loop.sock_recvfrom(receiver, 65_535) for _ in range(2)]
            answered: list[bytes] = []
            for datagram, peer in reversed(informs):
                receiver.sendto(inform_response(datagram), peer)
                async with asyncio.timeout(PATIENCE_S):
                    while simulation.counts()["informs answered"] == len(answered):
                        await asyncio.sleep(0)
                answered.append(decode(datagram).community)
            assert {id_: served.counts["informs answered"] for id_, served in simulation._served.items()} == {
                "a": 1,
                "b": 1,
            }
        finally:
            simulation.close()
    assert answered == [b"b", b"a"]


async def test_an_address_that_is_taken_is_a_problem_with_its_place(tmp_path: Path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.1.8", 0))
        port = taken.getsockname()[1]
        agents = [f'  - {{id: r{at}, listen: "127.0.1.{at}:{port}", model: {{}}}}' for at in (8, 9)]
        simulation = Simulation(scenario(tmp_path, "\n".join(("agents:", *agents))), lambda _: None)
        [problem] = simulation.open()
        simulation.close()
    assert (problem.place.line, problem.place.column) == (2, 22)
    assert problem.message == f"agents[0].listen: 127.0.1.8:{port} cannot be had: address already in use"


async def test_two_runs_with_one_seed_are_equal(tmp_path: Path):
    text = 'agents: [{id: r1, listen: "127.0.1.7:0", model: {interfaces: 2, rate_bps: 1e6, shape: SHAPE, period: 10s}}]'
    for shape in ("wave", "burst"):
        one, same, other = (
            scenario(tmp_path, text.replace("SHAPE", shape), seed=seed).agents[0].agent for seed in (7, 7, 8)
        )
        rows = [[agent.instance(f"{HC_IN}.1", now) for now in range(0, 60_000, 777)] for agent in (one, same, other)]
        assert rows[0] == rows[1]
        assert (rows[0] == rows[2]) is (shape == "burst")
        # Read once or often, it is the same.
        again = scenario(tmp_path, text.replace("SHAPE", shape), seed=7).agents[0].agent
        assert again.instance(f"{HC_IN}.1", 59_829) == rows[0][-1]


NAMED = (
    "link_down link_up reboot renumber wrap discontinuity delay loss duplicate reorder too_big gen_err non_increasing "
    "endless_walk truncate wrong_type foreign_reply silent_agent engine_reset clock_skew storm inform"
)
"""The actions of specs/snmp.md 8.1."""


def test_every_action_is_there_and_a_test_plays_it():
    known = {str(kind.__struct_config__.tag) for kind in get_args(ScriptAction)}
    assert known == {*NAMED.split(), "trap"}
    played = Path(__file__).read_text()
    assert not [name for name in known if f"do: {name}" not in played]
    assert all(issubclass(kind, msgspec.Struct) for kind in get_args(ScriptAction))
