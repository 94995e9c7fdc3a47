"""What is learned of an agent: which rows it has, how much it can answer; and that this outlives a restart."""

import asyncio
from itertools import pairwise

import pytest

from netmon.domain.observation import PollResult
from netmon.domain.oid import Varbind
from netmon.domain.output import PollRequest
from netmon.rulebook.profile_values import Column, Profile, Table
from netmon.snmp import faults, message
from netmon.snmp.ber import INTEGER
from netmon.sources.poller.adapt import RequestSize
from netmon.sources.poller.limits import BULK, NEXT, LeftOut, Limits, Manner
from netmon.sources.poller.room import Room
from netmon.sources.poller.rows import by_get
from netmon.sources.poller.schedule import PollingConfig
from tests.patience import PATIENCE_S
from tests.sources.answering import answering, router
from tests.sources.test_poller_guards import PROFILE, VALUE, by_pdu, cells, load, run, table
from tests.sources.test_poller_poll import Polling, polling

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("wanted", "total", "get"), [(20, 20, True), (21, 21, False), (21, 63, False), (21, 64, True), (20, 10_000, True)]
)
def test_few_rows_are_asked_for_and_many_walked(wanted: int, total: int, get: bool):
    assert by_get(wanted, total=total) == get


async def test_a_small_table_is_walked_once_then_asked_for_by_its_rows():
    async with answering(table(5)) as agent, polling() as at:
        load(at, agent)
        noted = by_pdu(agent)
        walked = await run(at)
        assert message.GET_BULK in {kind for kind, _ in noted}
        noted.clear()
        asked = await run(at)
        assert noted == [(message.GET, 1), (message.GET, 16)]
        assert cells(asked, "value") == cells(walked, "value") == {str(row): 1_000 + row for row in range(1, 6)}
        assert (asked.complete, asked.errors) == (True, ())
        noted.clear()
        await run(at, 900_000)
        assert message.GET_BULK in {kind for kind, _ in noted}, "it is verified every 15 minutes"


async def test_a_row_that_is_gone_has_the_table_walked_in_the_same_run():
    async with answering(table(5)) as agent, polling() as at:
        load(at, agent)
        await run(at)
        agent.use([row for row in table(6) if not row[0].endswith(".2")])
        result = await run(at)
        assert list(cells(result, "value")) == ["1", "3", "4", "5", "6"]
        assert result.complete


async def test_a_new_row_is_found_when_the_agent_or_somebody_else_says_so():
    columns = (Column("ifNumber", "1.3.6.1.2.1.2.1", "gauge"),)
    profile = Profile("test", (Table("interfaces", columns, scalars=True), *PROFILE.tables))

    def rows(number: int, *, told: int) -> list[Varbind]:
        return [*table(number), ("1.3.6.1.2.1.2.1.0", INTEGER, told)]

    async with answering(rows(3, told=3)) as agent, polling() as at:
        at.load(agent.element(), profiles=[profile])
        assert len(cells(await run(at), "value")) == 3
        agent.use(rows(4, told=3))
        assert len(cells(await run(at), "value")) == 3
        agent.use(rows(4, told=4))
        assert len(cells(await run(at), "value")) == 4
        agent.use(rows(5, told=4))
        at.poller.request(PollRequest("r1", "", "unresolved_index", 0))
        assert len(cells(await run(at, 0), "value")) == 5


async def test_an_agent_of_version_1_that_lacks_many_scalars():
    scalars = tuple(Column(f"s{number}", f"1.3.6.1.4.1.99999.9.{number}", "gauge") for number in range(30))
    have = [(f"{column.oid}.0", INTEGER, 7) for column in scalars[:15]]
    async with answering(router() + have) as agent, polling() as at:
        profile = Profile("s", (Table("scalars", scalars, scalars=True),))
        at.load(agent.element(credential="old"), profiles=[profile])
        result = await run(at)
        found = [name for block in result.blocks for name in block.columns]
        assert found == [f"s{number}" for number in range(15)]
        assert (result.errors, result.complete) == ((), True)


async def test_an_agent_of_version_1_is_walked_around_an_error():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.GenErr(f"{VALUE}.17"))
        load(at, agent, credential="old")
        result = await run(at)
        assert cells(result, "value").keys() == {str(row) for row in range(1, 41)} - {"17"}
        assert (f"{VALUE}.17", "agent_error") in result.errors


async def test_what_was_learned_outlives_a_restart():
    async with answering(table()) as agent:
        agent.agent.faults.begin(faults.TooBig(300))
        agent.agent.faults.begin(faults.GenErr(f"{VALUE}.17"))
        async with polling() as at:
            load(at, agent)
            for _ in range(3):
                await run(at)
            before = at.poller.state("r1")
            kept = {key: row for key, row in at.poller.learned(10).items() if row is not None}
            assert at.poller.learned(10) == {}
        hits = agent.agent.faults.hits.copy()
        async with polling() as at:
            at.poller.restore(kept)
            load(at, agent)
            after = at.poller.state("r1")
            assert before is not None
            assert after is not None
            for what in ("varbinds", "get_varbinds", "manner", "left_out", "timeout_ms"):
                assert getattr(after, what) == getattr(before, what), what
            assert len(cells(await run(at), "value")) == 39
            assert agent.agent.faults.hits == hits


async def test_what_an_earlier_release_kept_is_learned_again():
    async with answering(table()) as agent, polling() as at:
        at.poller.restore({"r1": b"\x95\xc0\x93\x32\xcb\x00\x00\x00\x00\x00\x00\x00\x00\xc0\xc4\x00\x00\x00"})
        load(at, agent)
        assert (await run(at)).complete


def test_a_get_is_halved_at_once_and_doubled_after_an_hour():
    size = RequestSize()
    size.too_big(50, now_ms=0)
    assert size.varbinds == 25
    size.too_big(10, now_ms=0)
    assert size.varbinds == 5
    for _ in range(10):
        size.clean(5, now_ms=HOUR_MS - 1)
    assert size.varbinds == 5
    for _ in range(10):
        size.clean(5, now_ms=HOUR_MS)
        size.clean(2, now_ms=HOUR_MS)
    assert size.varbinds == 10
    for _ in range(3):
        size.too_big(size.varbinds, now_ms=0)
    assert size.varbinds == 2


def test_the_manner_of_walks_is_tried_again_every_day():
    manner = Manner()
    assert manner.now(0) == BULK
    manner.learn(NEXT, now_ms=1_000)
    assert (manner.now(86_400_999), manner.now(86_401_000)) == (NEXT, BULK)


def test_only_so_many_oids_are_left_out():
    left_out = LeftOut()
    for number in range(1_001):
        left_out.add(f"1.3.{number}", "agent_error", now_ms=0)
    assert left_out.reason("1.3.0", 0) == ""
    assert left_out.reason("1.3.1000", HOUR_MS - 1) == "agent_error"
    assert left_out.reason("1.3.1000", HOUR_MS) == ""


def test_nothing_new_is_no_write():
    limits = Limits(timeout_ms=2_000, max_response=1_400)
    mark = limits.mark()
    limits.round_trip.measured(1_000)
    limits.response.seen([("1.3.6.1", INTEGER, 1)])
    assert Limits(timeout_ms=2_000, max_response=1_400).mark() == mark
    limits.request.too_big(50, now_ms=0)
    assert limits.mark() != mark


def test_rooms_lie_within_each_other():
    process = Room(5)
    first, second = Room(4, process), Room(4, process)
    first.take()
    with first.more() as more:
        assert (more, first.free, second.free) == (3, 0, 1)
        second.take()
        assert (process.free, second.free) == (0, 0)
    assert (first.open, process.open, process.free) == (1, 2, 3)
    second.clear()
    assert (second.open, process.open) == (0, 1)
    process.limit = 0
    assert first.free == 0


class Counting:
    """Holds answers back, and notes how many requests were open at most."""

    def __init__(self, at: Polling) -> None:
        self.most = 0
        self._at = at

    def look(self) -> None:
        running = {row.part: row.value for row in self._at.poller.health()}["running"]
        self.most = max(self.most, running)


@pytest.mark.parametrize(("per_element", "in_process", "most"), [(1, 500, 1), (4, 500, 4), (4, 3, 3)])
async def test_open_requests_keep_to_both_limits(per_element: int, in_process: int, most: int):
    names = [f"port-{number}" for number in range(60)]
    config = PollingConfig(per_element_in_flight=per_element, max_in_flight=in_process)
    async with answering(router(*names)) as agent, polling(config) as at:
        at.load(agent.element(), profiles=[PROFILE], billed=names)
        counting = Counting(at)
        agent.before_answer = counting.look
        await at.after(60_000, more=2)
        await at.after(60_000, more=2)
        assert counting.most == most


def dropped(at: Polling, reason: str) -> float:
    labels = {"source": "poller", "reason": reason}
    return at.metrics.registry.get_sample_value("netmon_source_dropped_total", labels) or 0


async def test_an_element_has_five_extra_looks_before_it_at_most():
    column = Column("c", VALUE, "gauge")
    tables = tuple(Table(f"t{s}", (column,), every_ms=s * 1_000, object="t:{c}") for s in range(61, 68))
    async with answering(table(3)) as agent, polling() as at:
        at.load(agent.element(), profiles=[Profile("many", tables)])
        await at.after(60_000)
        for _ in range(2):
            at.poller.request(PollRequest("r1", "t:1", "test", 0))
        assert dropped(at, "request_limit") == 4
        found = await at.after(0, more=5)
        assert len({one.group for one in found if isinstance(one, PollResult)}) == 5


async def test_an_extra_look_that_waited_too_long_is_dropped():
    async with answering(table(3)) as agent, polling(PollingConfig(max_in_flight=1)) as at:
        settings = {"timeout_ms": 200, "retries": 0}
        at.load(agent.element("r1", **settings), agent.element("r2", **settings), profiles=[PROFILE])
        await at.after(60_000, more=2)
        agent.silent, asked = True, agent.asked
        at.poller.request(PollRequest("r1", "", "test", 0))
        at.poller.request(PollRequest("r2", "", "test", at.clock.now_ms() + 1_000))
        async with asyncio.timeout(PATIENCE_S):
            while agent.asked == asked:
                await asyncio.sleep(0)
        await at.after(2_000)
        async with asyncio.timeout(PATIENCE_S):
            while not dropped(at, "request_too_late"):
                await asyncio.sleep(0)
        assert at.poller.state("r2").last.reason == ""  # type: ignore[union-attr]  # it is polled


async def test_a_step_of_the_clock_runs_no_slot_twice_and_leaves_none_out():
    async with answering(table(3)) as agent, polling() as at:
        load(at, agent)
        slots = [(await run(at)).slot]
        for step_ms in (3_600_000, -7_200_000, 30_000, -30_000):
            at.hands.wall += step_ms * 1_000_000
            slots.append((await run(at)).slot)
        assert [later - earlier for earlier, later in pairwise(slots)][1:] == [60_000] * 3
        assert len(at.taking.observations) == len(slots)


async def test_billed_runs_go_first_then_states_then_the_rest_then_what_is_new():
    def profile(name: str, kind: str) -> Profile:
        return Profile(name, (Table("t", (Column("c", VALUE, kind),)),))

    async with answering(router("lo0") + table(3)) as agent, polling(PollingConfig(max_in_flight=1)) as at:
        elements = [
            agent.element("state", profiles=("state",)),
            agent.element("other", profiles=("other",)),
            agent.element("r1", profiles=("none",)),
        ]
        at.load(*elements, profiles=[profile("state", "state"), profile("other", "gauge")], billed=["lo0"])
        await at.after(60_000, more=4)
        new = agent.element("new", profiles=("other",))
        at.load(*elements, new, profiles=[profile("state", "state"), profile("other", "gauge")], billed=["lo0"])
        found = await at.after(120_000, more=5)
        order = [f"{one.element} {one.group}" for one in found if isinstance(one, PollResult)]
        assert order[:2] == ["r1 usage-60s", "state 60s"]
        assert order[-1] == "new 60s"
