"""Agents that misbehave: each way has its reason, and nothing wrong becomes a sample (specs/snmp.md 4.3 to 4.5)."""

import asyncio
from typing import Any

import pytest

from netmon.domain.observation import PollFailed, PollResult
from netmon.domain.oid import Varbind
from netmon.domain.output import PollRequest
from netmon.rulebook.profile_values import Column, Profile, Table
from netmon.snmp import faults, message
from netmon.snmp.ber import INTEGER, OCTET_STRING
from netmon.sources.poller.schedule import PollingConfig
from tests.patience import PATIENCE_S
from tests.sources.answering import Answering, answering, router
from tests.sources.test_poller_poll import Polling, polling

ENTRY = "1.3.6.1.4.1.99999.7.1"
NAME, VALUE, OTHER = (f"{ENTRY}.{number}" for number in (1, 2, 3))
COLUMNS = (Column("name", NAME, "text"), Column("value", VALUE, "gauge"), Column("other", OTHER, "gauge"))
PROFILE = Profile("test", (Table("testTable", COLUMNS),))
ROWS = 40
VALUES = {str(row): 1_000 + row for row in range(1, ROWS + 1)}


def table(rows: int = ROWS) -> list[Varbind]:
    """Return a table whose values tell which row they belong to."""
    return router() + [
        varbind
        for row in range(1, rows + 1)
        for varbind in (
            (f"{NAME}.{row}", OCTET_STRING, b"row %d" % row),
            (f"{VALUE}.{row}", INTEGER, 1_000 + row),
            (f"{OTHER}.{row}", INTEGER, 2_000 + row),
        )
    ]


async def run(at: Polling, ms: int = 60_000) -> PollResult:
    """Return the result of the next run; what it reads fits one observation."""
    [result] = await at.after(ms)
    assert isinstance(result, PollResult), result
    assert result.last
    return result


def cells(result: PollResult, column: str) -> dict[str, Any]:
    """Return the samples of a column by index."""
    blocks = [block for block in result.blocks if column in block.columns]
    found = [pair for one in blocks for pair in zip(one.index, one.cells[one.columns.index(column)], strict=True)]
    assert len(found) == len(dict(found)), "no row comes twice"
    return {index: value for index, value in found if value is not None}


def is_true(result: PollResult) -> None:
    """Check that each sample is the one that the agent has of its row."""
    for column, base in (("value", 1_000), ("other", 2_000)):
        assert {index: base + int(index) for index in cells(result, column)} == cells(result, column)


def dropped(at: Polling, reason: str) -> float:
    at.poller.health()
    labels = {"source": "poller", "reason": reason}
    return at.metrics.registry.get_sample_value("netmon_source_dropped_total", labels) or 0


def cells_dropped(at: Polling, reason: str) -> float:
    return at.metrics.registry.get_sample_value("netmon_poll_cells_dropped_total", {"reason": reason}) or 0


def load(at: Polling, agent: Answering, *, allow: bool = False, **more: object) -> None:
    profile = Profile("test", (Table("testTable", COLUMNS, allow_nonincreasing=allow),))
    settings = {"timeout_ms": 2_000, "retries": 2} | more
    at.load(agent.element("r1", **settings), profiles=[profile])


async def test_rows_out_of_order_end_their_column_and_keep_what_came_before():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.NonIncreasing(VALUE))
        load(at, agent)
        result = await run(at)
        assert ("testTable", "oid_not_increasing") in result.errors
        assert not result.complete
        is_true(result)
        assert len(cells(result, "value")) >= ROWS // 2 - 1
        assert len(cells(result, "other")) == ROWS


async def test_a_table_that_may_be_out_of_order_is_read_whole():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.NonIncreasing())
        load(at, agent, allow=True)
        result = await run(at)
        assert (result.complete, cells(result, "value")) == (True, VALUES)
        is_true(result)


async def test_a_table_that_never_ends_is_cut_at_its_limit():
    async with answering(table()) as agent, polling(PollingConfig(max_rows=60)) as at:
        agent.agent.faults.begin(faults.EndlessWalk(ENTRY))
        load(at, agent)
        result = await run(at)
        assert result.errors == (("testTable", "row_limit"),)
        assert not result.complete
        assert list(cells(result, "value")) == [str(row) for row in range(1, 61)]


async def test_a_table_that_never_ends_is_cut_when_the_time_of_the_run_is_over():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.EndlessWalk(ENTRY))
        agent.before_answer = lambda: at.hands.move(6_000)
        load(at, agent)
        result = await run(at)
        assert (result.errors, result.complete) == ((("testTable", "budget"),), False)
        assert 48_000 <= result.elapsed_ms < 60_000


@pytest.mark.parametrize("fault", [faults.TooBig(300), pytest.param(faults.Loss(above=400), marks=pytest.mark.slow)])
async def test_answers_become_small_enough_within_ten_polls(fault: faults.Fault):
    scalars = tuple(Column(f"s{number}", f"{ENTRY[:-1]}9.{number}", "gauge") for number in range(60))
    rows = table() + [(f"{column.oid}.0", INTEGER, 5) for column in scalars]
    async with answering(rows) as agent, polling(PollingConfig(max_response=65_507)) as at:
        agent.agent.faults.begin(fault)
        profile = Profile("test", (Table("scalars", scalars, scalars=True), *PROFILE.tables))
        at.load(agent.element(timeout_ms=50), profiles=[profile])
        results = [await run(at) for _ in range(10)]
        is_true(results[-1])
        assert (results[-1].complete, results[-1].errors) == (True, ())
        assert cells(results[-1], "value") == VALUES
        assert sum(len(block.columns) for block in results[-1].blocks if block.table == "scalars") == 60
        hits = sum(agent.agent.faults.hits.values())
        assert hits > 0
        at.poller.request(PollRequest("r1", "", "operator", 0))
        assert (await run(at, 0)).complete
        assert sum(agent.agent.faults.hits.values()) == hits
        told = at.poller.state("r1")
        assert told is not None
        assert told.varbinds < 50
        assert told.get_varbinds < 50


async def test_an_error_in_the_middle_costs_one_cell():
    bad = f"{VALUE}.17"
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.GenErr(bad))
        load(at, agent)
        result = await run(at)
        is_true(result)
        assert (bad, "agent_error") in result.errors
        assert not result.complete
        assert cells(result, "value") == {index: value for index, value in VALUES.items() if index != "17"}
        assert len(cells(result, "other")) == ROWS
        hits = agent.agent.faults.hits["gen_err"]
        assert cells(await run(at), "value").keys() == cells(result, "value").keys()
        assert agent.agent.faults.hits["gen_err"] == hits, "for an hour it is not asked for"
        told = at.poller.state("r1")
        assert told is not None
        assert bad in told.left_out
        assert told.manner == "", "it is the row, not GETBULK"
        await run(at, 3_600_000)
        assert agent.agent.faults.hits["gen_err"] > hits


async def test_an_error_among_scalars_costs_one_scalar():
    names = ("sysDescr", "sysObjectID", "sysName", "sysLocation")
    arcs = (1, 2, 5, 6)
    scalars = tuple(Column(name, f"1.3.6.1.2.1.1.{arc}", "text") for name, arc in zip(names, arcs, strict=True))
    async with answering(router()) as agent, polling() as at:
        agent.agent.faults.begin(faults.GenErr("1.3.6.1.2.1.1.5.0"))
        at.load(agent.element(), profiles=[Profile("s", (Table("system", scalars, scalars=True),))])
        for _ in range(2):
            result = await run(at)
            assert result.errors == (("1.3.6.1.2.1.1.5.0", "agent_error"),)
            found = [name for block in result.blocks for name in block.columns]
            assert "sysName" not in found
            assert {"sysDescr", "sysObjectID"} <= set(found)


async def test_answers_after_their_time_are_late_and_no_data():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.Delay(by_ms=120))
        load(at, agent, timeout_ms=50, retries=0)
        [failed] = await at.after(60_000)
        assert isinstance(failed, PollFailed)
        assert failed.reason == "timeout"
        async with asyncio.timeout(PATIENCE_S):
            while not dropped(at, "late"):
                await asyncio.sleep(0)
        told = at.poller.state("r1")
        assert told is not None
        assert told.late >= 1
        assert told.timeout_ms > 100


async def test_answers_that_come_twice_count_once():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.Duplicate())
        load(at, agent)
        result = await run(at)
        assert (result.complete, cells(result, "value")) == (True, VALUES)
        is_true(result)
        assert dropped(at, "late") > 0


@pytest.mark.parametrize(("fault", "reason"), [(faults.ForeignReply(), "foreign"), (faults.Truncate(), "undecodable")])
async def test_answers_that_cannot_be_taken(fault: faults.Fault, reason: str):
    async with answering(table()) as agent, polling() as at:
        load(at, agent, timeout_ms=150, retries=0)
        await run(at)
        agent.agent.faults.begin(fault)
        [failed] = await at.after(60_000)
        assert isinstance(failed, PollFailed)
        assert failed.reason == "timeout"
        assert dropped(at, reason) > 0


@pytest.mark.slow
async def test_answers_in_another_order_are_told_apart():
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.Reorder())
        load(at, agent, timeout_ms=50)
        result = await run(at)
        is_true(result)
        assert cells(result, "value") == VALUES


async def test_values_of_another_type_are_no_samples():
    columns = (COLUMNS[0], Column("value", VALUE, "counter"), Column("other", OTHER, "state"))
    async with answering(table()) as agent, polling() as at:
        agent.agent.faults.begin(faults.WrongType(VALUE))
        agent.agent.faults.begin(faults.WrongType(f"{OTHER}.3"))
        at.load(agent.element(), profiles=[Profile("test", (Table("testTable", columns),))])
        result = await run(at)
        assert cells(result, "value") == {}
        assert cells(result, "other").keys() == VALUES.keys() - {"3"}
        assert cells_dropped(at, "wrong_type") == ROWS + 1
        assert result.complete, "all of it was read"
        assert result.errors[0] == (f"{VALUE}.1", "wrong_type")
        assert len(result.errors) == 20


class Choosy:
    """An agent that fails on some requests, and answers the others."""

    def __init__(self, agent: Answering, *, error_status: int | None) -> None:
        self._replies = agent.replies
        self._status = error_status
        self.hits = 0
        agent.replies = self.replies  # type: ignore[method-assign]

    def fails(self, request: message.Message) -> bool:
        raise NotImplementedError

    def replies(self, datagram: bytes, now: int) -> list[faults.Delivery]:
        request = message.decode(datagram)
        if not self.fails(request):
            return self._replies(datagram, now)
        self.hits += 1
        if self._status is None:
            return []
        answer = message.encode_response(request, request.varbinds, error_status=self._status, error_index=1)
        return [faults.Delivery(answer)]


class NoBulk(Choosy):
    """GETBULK of more than ``columns`` columns fails."""

    columns = 0

    def fails(self, request: message.Message) -> bool:
        return request.pdu_type == message.GET_BULK and len(request.varbinds) - 1 > self.columns


class Deaf(Choosy):
    """Whatever would bring one certain instance is not answered."""

    def fails(self, request: message.Message) -> bool:
        oids = [varbind[0] for varbind in request.varbinds]
        if request.pdu_type == message.GET:
            return f"{VALUE}.17" in oids
        page = request.error_index if request.pdu_type == message.GET_BULK else 1
        rows = [
            int(oid.rpartition(".")[2]) if oid != VALUE else 0 for oid in oids if (oid + ".").startswith(VALUE + ".")
        ]
        return any(row < 17 <= row + page for row in rows)


GEN_ERR = 5


@pytest.mark.parametrize("error_status", [GEN_ERR, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("columns", "manner"), [(1, "one column at a time"), (0, "GETNEXT")])
async def test_an_agent_without_a_working_getbulk(error_status: int | None, columns: int, manner: str):
    async with answering(table()) as agent, polling() as at:
        choosy = NoBulk(agent, error_status=error_status)
        choosy.columns = columns
        load(at, agent, timeout_ms=2_000 if error_status else 50)
        result = await run(at)
        assert (result.complete, cells(result, "value")) == (True, VALUES)
        is_true(result)
        told = at.poller.state("r1")
        assert told is not None
        assert told.manner == manner
        hits = choosy.hits
        assert (await run(at)).complete
        assert choosy.hits == hits, "it is not tried again at once"
        assert (await run(at, 86_400_000)).complete
        assert choosy.hits > hits, "but every day"


@pytest.mark.slow
async def test_an_instance_that_is_never_answered_costs_one_cell():
    async with answering(table()) as agent, polling() as at:
        deaf = Deaf(agent, error_status=None)
        load(at, agent, timeout_ms=50)
        result = await run(at)
        is_true(result)
        assert cells(result, "value").keys() == VALUES.keys() - {"17"}
        assert (f"{VALUE}.17", "timeout") in result.errors
        hits = deaf.hits
        await run(at)
        assert deaf.hits == hits
        told = at.poller.state("r1")
        assert told is not None
        assert (told.manner, told.get_varbinds) == ("", 50)


def by_pdu(agent: Answering) -> list[tuple[int, int]]:
    """Return the list in which an agent notes the type and the number of varbinds of every request."""
    noted: list[tuple[int, int]] = []
    answer = agent.replies

    def replies(datagram: bytes, now: int) -> list[faults.Delivery]:
        request = message.decode(datagram)
        noted.append((request.pdu_type, len(request.varbinds)))
        return answer(datagram, now)

    agent.replies = replies  # type: ignore[method-assign]
    return noted
