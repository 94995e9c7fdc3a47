import asyncio

import pytest

from netmon.domain.observation import OperatorRequest
from netmon.sources.clock import Clock
from netmon.sources.operator import Closed, Kept, Operator
from netmon.telemetry.metrics import Metrics
from tests.patience import PATIENCE_S
from tests.sources.taking import HandClock, Taking


async def _nothing(_: str) -> bytes | None:
    return None


def _operator(taking: Taking, kept: Kept = _nothing) -> Operator:
    hands = HandClock(at_ms=42_000)
    return Operator(taking, clock=Clock(hands.wall_ns, hands.monotonic_ns), metrics=Metrics(), kept=kept)


def _request(request_id: str = "q1") -> OperatorRequest:
    return OperatorRequest(0, request_id, "ann", "acknowledge", ("a1",))


async def _settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_answer_comes_after_the_commit():
    taking = Taking()
    asking = asyncio.ensure_future(_operator(taking).ask(_request()))
    await _settle()
    assert not asking.done()
    taking.answer(b'{"done": 1}')
    assert await asyncio.wait_for(asking, PATIENCE_S) == b'{"done": 1}'
    assert taking.asked[0].at == 42_000


async def test_a_request_without_an_id_gets_one():
    taking = Taking()
    asking = asyncio.ensure_future(_operator(taking).ask(_request("")))
    await _settle()
    assert len(taking.asked[0].request_id) == 36
    taking.answer(b"{}")
    await asyncio.wait_for(asking, PATIENCE_S)


async def test_a_repeated_request_is_asked_once_and_answered_twice():
    taking = Taking()
    operator = _operator(taking)
    both = [asyncio.ensure_future(operator.ask(_request())) for _ in range(2)]
    await _settle()
    assert len(taking.asked) == 1
    both[0].cancel()
    await _settle()
    taking.answer(b"{}")
    assert await asyncio.wait_for(both[1], PATIENCE_S) == b"{}"


async def test_a_request_id_that_was_answered_has_no_second_effect():
    taking = Taking()

    async def kept(request_id: str) -> bytes | None:
        return b'{"kept": 1}' if request_id == "q1" else None

    assert await _operator(taking, kept).ask(_request()) == b'{"kept": 1}'
    assert not taking.asked


async def test_a_request_id_asked_twice_while_its_answer_is_looked_for_is_asked_once():
    taking = Taking()
    looked = asyncio.Event()

    async def kept(_: str) -> bytes | None:
        await looked.wait()
        return None

    operator = _operator(taking, kept)
    both = [asyncio.ensure_future(operator.ask(_request())) for _ in range(2)]
    await _settle()
    looked.set()
    await _settle()
    assert len(taking.asked) == 1
    taking.answer(b"{}")
    assert await asyncio.gather(*both) == [b"{}", b"{}"]


async def test_who_asks_beside_a_caller_that_goes_away_is_told_to_ask_again():
    taking = Taking()

    async def kept(_: str) -> bytes | None:
        await asyncio.Event().wait()
        return None

    operator = _operator(taking, kept)
    both = [asyncio.ensure_future(operator.ask(_request())) for _ in range(2)]
    await _settle()
    both[0].cancel()
    with pytest.raises(Closed):
        await asyncio.wait_for(both[1], PATIENCE_S)


async def test_who_waits_is_told_when_the_engine_stops():
    taking = Taking()
    operator = _operator(taking)
    running = asyncio.ensure_future(operator.run())
    asking = asyncio.ensure_future(operator.ask(_request()))
    await _settle()
    running.cancel()
    with pytest.raises(Closed):
        await asyncio.wait_for(asking, PATIENCE_S)
    with pytest.raises(Closed):
        await operator.ask(_request())
