"""Requests that are closed: late answers to them can be judged, but they hold no memory."""

import asyncio
import gc
import weakref

import pytest

from netmon.snmp import message
from netmon.snmp.exchange import Attempt, Exchange, Exchanges, Reply, Target
from netmon.snmp.message import Message
from netmon.snmp.template import HIGHEST_ID, LOWEST_ID, template

NAME = "1.3.6.1.2.1.1.5.0"
PEER = ("192.0.2.1", 161)
REQUEST_ID = 0x00800001
KEPT_NS = 120_000_000_000
ANSWER = Message(message.V2C, b"public", message.RESPONSE, REQUEST_ID, 0, 0, ())


def closed_at_zero() -> tuple[Exchanges, "weakref.ref[asyncio.Future[Reply]]"]:
    """Return exchanges of which one was answered and closed, and a look at its future."""
    future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    request = template(message.V2C, b"public", pdu_type=message.GET, oids=(NAME,), non_repeaters=0, max_repetitions=0)
    exchange = Exchange(
        Target("192.0.2.1", name="r1"), (NAME,), pdu_type=message.GET, most=0, template=request, future=future
    )
    exchange.peer = PEER
    exchanges = Exchanges()
    exchanges.add(exchange, Attempt(REQUEST_ID, sent_ms=0, sent_ns=-5))
    exchange.finish(ANSWER, received_ms=0, now_ns=0)
    exchanges.close(exchange, 0)
    return exchanges, weakref.ref(future)


async def test_of_a_closed_request_neither_varbinds_nor_answer_are_kept():
    exchanges, future = closed_at_zero()
    gc.collect()
    assert future() is None
    assert exchanges.closed(REQUEST_ID, 0) is not None


async def test_a_late_answer_is_judged_for_two_minutes():
    exchanges, _ = closed_at_zero()
    closed = exchanges.closed(REQUEST_ID, KEPT_NS - 1)
    assert closed is not None
    assert (closed.target.name, closed.sent_ns) == ("r1", -5)
    assert closed.may_answer(ANSWER, PEER)
    assert not closed.may_answer(ANSWER, ("192.0.2.2", 161))
    assert not closed.may_answer(None, PEER), "it was not asked in version 3"
    assert exchanges.closed(REQUEST_ID, KEPT_NS) is None


async def test_an_id_is_of_four_octets_and_no_other_request_has_or_had_it_of_late(monkeypatch: pytest.MonkeyPatch):
    exchanges, _ = closed_at_zero()
    exchange = Exchange(
        Target("192.0.2.1"),
        (NAME,),
        pdu_type=message.GET,
        most=0,
        template=template(message.V2C, b"", pdu_type=message.GET, oids=(NAME,), non_repeaters=0, max_repetitions=0),
        future=asyncio.get_running_loop().create_future(),
    )
    exchanges.add(exchange, Attempt(REQUEST_ID + 1, sent_ms=0, sent_ns=0))
    drawn = iter([LOWEST_ID - 1, REQUEST_ID, REQUEST_ID + 1, HIGHEST_ID, REQUEST_ID])
    monkeypatch.setattr("os.urandom", lambda count: next(drawn).to_bytes(count, "big"))
    assert exchanges.new_id() == HIGHEST_ID
    exchanges.forget(KEPT_NS)
    assert exchanges.new_id() == REQUEST_ID, "it was closed two minutes ago"


@pytest.mark.slow
def test_the_templates_used_last_are_kept():
    def made(number: int) -> int:
        hits = template.cache_info().hits
        oids = (f"1.3.6.1.4.1.32473.{number}",)
        template(message.V2C, b"x", pdu_type=message.GET, oids=oids, non_repeaters=0, max_repetitions=0)
        return template.cache_info().hits - hits

    for number in range(10_000):
        made(number)
        assert not number % 100 or made(0) == 1
    made(10_000)
    assert template.cache_info().currsize == 10_000
    assert (made(0), made(1)) == (1, 0)
