"""Answers as they leave a real socket: late, and from elsewhere."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from netmon.cli.simulate.endpoint import Endpoint
from netmon.snmp import ber
from netmon.snmp.client import Client, Target
from netmon.snmp.errors import SnmpTimeout
from netmon.snmp.faults import Delay, ForeignReply, Reorder
from netmon.snmp.responder import Responder
from tests.snmp.snmp_examples import router
from tests.snmp.test_snmp_client import clock_ms

NAME = "1.3.6.1.2.1.1.5.0"


@contextlib.contextmanager
def endpoint(address: str = "127.0.0.1") -> Iterator[tuple[Endpoint, Responder]]:
    responder = Responder([router()])
    made = Endpoint(responder, (address, 0))
    made.start()
    try:
        yield made, responder
    finally:
        made.stop()


def target(at: Endpoint, *, timeout_ms: int = 50, reply_from: tuple[str, ...] = ()) -> Target:
    return Target(*at.address, timeout_ms=timeout_ms, retries=0, reply_from=reply_from)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_reply_from_elsewhere_is_foreign(address: str):
    async with Client(clock_ms) as client:
        with endpoint(address) as (at, responder):
            responder.agents[b"public"].faults.begin(ForeignReply())
            with pytest.raises(SnmpTimeout):
                await client.get(target(at), [NAME])
            assert client.counters["foreign"] == 1


async def test_the_other_address_has_the_same_port_so_that_it_may_be_known():
    async with Client(clock_ms) as client:
        with endpoint() as (at, responder):
            responder.agents[b"public"].faults.begin(ForeignReply("127.0.0.9"))
            known = target(at, timeout_ms=5_000, reply_from=("127.0.0.9",))
            assert (await client.get(known, [NAME])).varbinds[0][2] == b"r1"


async def test_a_taken_port_elsewhere_is_replaced_by_a_free_one():
    with endpoint() as (at, responder), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.9", at.address[1]))
        responder.agents[b"public"].faults.begin(ForeignReply("127.0.0.9"))
        async with Client(clock_ms) as client:
            with pytest.raises(SnmpTimeout):
                await client.get(target(at, reply_from=("127.0.0.9",)), [NAME])
            assert client.counters["foreign"] == 1


async def test_a_late_answer_comes_after_the_next_one():
    async with Client(clock_ms) as client:
        with endpoint() as (at, responder):
            faults = responder.agents[b"public"].faults
            faults.begin(Delay(by_ms=300))
            late = asyncio.ensure_future(client.get(target(at, timeout_ms=5_000), [NAME]))
            while at.asked < 1:
                await asyncio.sleep(0)
            faults.end(Delay(by_ms=300))
            await client.get(target(at, timeout_ms=5_000), [NAME])
            assert not late.done()
            assert (await late).varbinds[0][2] == b"r1"


async def test_what_is_late_does_not_come_after_the_end():
    async with Client(clock_ms) as client:
        with endpoint() as (at, responder):
            responder.agents[b"public"].faults.begin(Delay(by_ms=60_000))
            with pytest.raises(SnmpTimeout):
                await client.get(target(at), [NAME])
            assert at.asked == 1
        assert not at._waiting


async def test_two_answers_that_swap_are_both_taken():
    async with Client(clock_ms) as client:
        with endpoint() as (at, responder):
            responder.agents[b"public"].faults.begin(Reorder())
            answers = await asyncio.gather(
                client.get(target(at, timeout_ms=5_000), [NAME]),
                client.get(target(at, timeout_ms=5_000), ["1.3.6.1.2.1.1.1.0"]),
            )
    assert [answer.varbinds[0][2] for answer in answers] == [b"r1", b"a made-up router"]


async def test_what_is_no_request_is_not_answered():
    with endpoint() as (at, _), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"\x30\x00", at.address)
        async with Client(clock_ms) as client:
            answer = await client.get(target(at, timeout_ms=5_000), [NAME])
        assert (at.asked, answer.varbinds[0][1]) == (2, ber.OCTET_STRING)
