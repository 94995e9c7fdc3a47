import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from netmon.domain.oid import SYS_UPTIME
from netmon.snmp import ber, message
from netmon.snmp.client import Client, Late, Reply, Target
from netmon.snmp.errors import SnmpError, SnmpTimeout, SnmpUnreachable
from netmon.snmp.message import decode, encode_response
from netmon.snmp.recording import parse_snmpwalk
from netmon.snmp.responder import Responder
from tests.patience import PATIENCE_S
from tests.snmp.snmp_examples import router
from tests.snmp.walking import by_pages

IF_DESCR = "1.3.6.1.2.1.2.2.1.2"
IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
NAME = "1.3.6.1.2.1.1.5.0"

Answer = Callable[[bytes], list[bytes]]


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


@contextlib.contextmanager
def serving(answer: Answer, *, address: str = "127.0.0.1") -> Iterator[int]:
    """Answer datagrams at a free port, in the running loop."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind((address, 0))

    def readable() -> None:
        datagram, peer = sock.recvfrom(65_535)
        for octets in answer(datagram):
            sock.sendto(octets, peer)

    loop = asyncio.get_running_loop()
    loop.add_reader(sock, readable)
    try:
        yield sock.getsockname()[1]
    finally:
        loop.remove_reader(sock)
        sock.close()


def agent(*, ports: int = 4, skip: int = 0, max_size: int = message.MAX_DATAGRAM) -> Answer:
    """Return a responder that ignores its first requests."""
    responder = Responder([router(ports=ports)], max_size=max_size)
    requests = itertools.count()

    def answer(datagram: bytes) -> list[bytes]:
        response = responder.answer(datagram, 1000)
        return [response] if response is not None and next(requests) >= skip else []

    return answer


async def test_get_brings_values_times_and_exceptions():
    with serving(agent()) as port:
        async with Client(clock_ms) as client:
            began = clock_ms()
            reply = await client.get(Target("127.0.0.1", port), [NAME, f"{IF_DESCR}.99"])
            ended = clock_ms()
    assert reply.varbinds == ((NAME, ber.OCTET_STRING, b"r1"), (f"{IF_DESCR}.99", ber.NO_SUCH_INSTANCE, None))
    assert began <= reply.sent_ms <= reply.at_ms <= reply.received_ms <= ended
    assert (reply.attempts, reply.rtt_us > 0) == (1, True)
    assert (client.counters["sent"], client.counters["received"], client.open_requests) == (1, 1, 0)


async def test_ipv6_has_its_own_socket():
    with serving(agent(), address="::1") as port:
        async with Client(clock_ms) as client:
            assert (await client.get(Target("::1", port), [NAME])).varbinds[0][2] == b"r1"


async def test_walk_joins_columns_over_many_pages():
    with serving(agent(ports=250)) as port:
        async with Client(clock_ms) as client:
            walk = await by_pages(client, Target("127.0.0.1", port), [IF_DESCR, IF_OPER_STATUS], max_repetitions=25)
    assert walk.complete
    assert list(walk.rows) == [str(index) for index in range(1, 251)]
    assert walk.rows["7"] == ((f"{IF_DESCR}.7", 4, b"xe-0/0/6"), (f"{IF_OPER_STATUS}.7", 2, 1))
    assert {page.uptime_cs for page in walk.pages} == {100}
    assert len(walk.pages) == 11
    assert walk.row_page["26"] == 1


async def test_walk_of_answers_that_are_cut_short():
    with serving(agent(ports=60, max_size=484)) as port:
        async with Client(clock_ms) as client:
            walk = await by_pages(client, Target("127.0.0.1", port), [IF_DESCR, IF_OPER_STATUS], max_repetitions=100)
    assert (walk.complete, len(walk.rows)) == (True, 60)
    assert all(None not in cells for cells in walk.rows.values())


async def test_walk_of_v1_uses_get_next_and_ends_at_the_end_of_the_mib():
    engine_time = "1.3.6.1.6.3.10.2.1.3"
    with serving(agent()) as port:
        async with Client(clock_ms) as client:
            target = Target("127.0.0.1", port, version=message.V1)
            walk = await by_pages(client, target, [IF_DESCR, engine_time])
    assert walk.complete
    assert list(walk.rows) == ["1", "0", "2", "3", "4"]


async def test_each_attempt_has_its_own_id_and_any_may_be_answered():
    requests: list[bytes] = []
    responder = Responder([router()])

    def answer(datagram: bytes) -> list[bytes]:
        requests.append(datagram)
        first = responder.answer(requests[0], 0)
        return [first] if first is not None and len(requests) == 2 else []

    with serving(answer) as port:
        async with Client(clock_ms) as client:
            reply = await client.get(Target("127.0.0.1", port, timeout_ms=100), [NAME])
    ids = [decode(datagram).request_id for datagram in requests]
    assert ids[0] != ids[1]
    assert all(0x00800000 <= request_id <= 0x7FFFFFFF for request_id in ids)
    assert reply.attempts == 2
    assert reply.rtt_us >= 100_000


async def test_timeout_doubles_with_each_retry_and_then_fails():
    with serving(lambda _: []) as port:
        async with Client(clock_ms) as client:
            with pytest.raises(SnmpTimeout) as failed:
                await client.get(Target("127.0.0.1", port, timeout_ms=50, retries=2), [NAME])
    assert failed.value.attempts == 3
    assert failed.value.elapsed_ms >= 50 + 100 + 200
    assert (client.counters["timeouts"], client.counters["sent"]) == (3, 3)


async def test_late_answer_is_counted_and_told_but_brings_no_data():
    told: list[Late] = []
    heard = asyncio.Event()
    held: list[bytes] = []
    responder = Responder([router()])

    def on_late(late: Late) -> None:
        told.append(late)
        heard.set()

    def answer(datagram: bytes) -> list[bytes]:
        response = responder.answer(datagram, 0)
        assert response is not None
        held.append(response)
        return held if len(held) == 2 else []

    with serving(answer) as port:
        async with Client(clock_ms, on_late=on_late) as client:
            target = Target("127.0.0.1", port, timeout_ms=50, retries=0)
            with pytest.raises(SnmpTimeout):
                await client.get(target, [NAME])
            assert (await client.get(Target("127.0.0.1", port), [NAME])).attempts == 1
            await asyncio.wait_for(heard.wait(), PATIENCE_S)
    assert told[0].target == target
    assert told[0].rtt_us >= 50_000
    assert client.counters["late"] == 1


async def test_a_late_answer_from_elsewhere_teaches_nothing():
    told: list[Late] = []
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client = Client(clock_ms, bind=("127.0.0.1",), on_late=told.append)
    responder = Responder([router()])
    held: list[bytes] = []

    def answer(datagram: bytes) -> list[bytes]:
        response = responder.answer(datagram, 0)
        assert response is not None
        held.append(response)
        if len(held) < 2:
            return []
        (sock,) = client._sockets._of.values()
        other.sendto(held[0], sock.getsockname())
        return [response]

    with serving(answer) as port, contextlib.closing(other):
        other.bind(("127.0.0.2", port))
        async with client:
            with pytest.raises(SnmpTimeout):
                await client.get(Target("127.0.0.1", port, timeout_ms=50, retries=0), [NAME])
            await client.get(Target("127.0.0.1", port), [NAME])
    assert told == []
    assert (client.counters["foreign"], client.counters["late"]) == (1, 0)


async def test_an_earlier_attempt_is_answered_and_its_own_send_time_counts():
    """The first answer comes after the second attempt went out; it ends the request, and the second one is late."""
    held: list[bytes] = []
    came: list[int] = []
    told: list[Late] = []
    heard = asyncio.Event()
    responder = Responder([router()])

    def answer(datagram: bytes) -> list[bytes]:
        came.append(clock_ms())
        response = responder.answer(datagram, 0)
        assert response is not None
        held.append(response)
        return held if len(held) == 2 else []

    def on_late(late: Late) -> None:
        told.append(late)
        heard.set()

    with serving(answer) as port:
        async with Client(clock_ms, on_late=on_late) as client:
            reply = await client.get(Target("127.0.0.1", port, timeout_ms=100, retries=1), [NAME])
            await asyncio.wait_for(heard.wait(), PATIENCE_S)
    assert reply.attempts == 2
    assert reply.rtt_us >= 100_000
    assert reply.sent_ms <= came[0] < came[1] <= reply.received_ms
    assert told[0].rtt_us < reply.rtt_us
    assert client.counters["timeouts"] == 1


@pytest.mark.parametrize(
    ("counter", "change"),
    [
        ("foreign", lambda m: message.encode_response(replaced(m, community=b"other"), m.varbinds)),
        ("foreign", lambda m: message.encode_response(replaced(m, version=message.V1), m.varbinds)),
        ("unexpected", lambda m: message.encode_response(replaced(m, request_id=m.request_id ^ 1), m.varbinds)),
        ("unexpected", lambda m: message.encode(replaced(m, pdu_type=message.GET))),
        ("mismatched", lambda m: encode_response(m, m.varbinds * 2)),
        ("mismatched", lambda m: encode_response(m, [(IF_DESCR, ber.NULL, None)])),
        ("undecodable", lambda m: b"\x30\x05"),
    ],
)
async def test_answer_to_something_else_is_counted_and_not_taken(counter, change):
    with serving(lambda datagram: [change(decode(datagram))]) as port:
        async with Client(clock_ms) as client:
            with pytest.raises(SnmpTimeout):
                await client.get(Target("127.0.0.1", port, timeout_ms=50, retries=0), [NAME])
    assert client.counters[counter] == 1


def replaced(original: message.Message, **fields: object) -> message.Message:
    named = {name: getattr(original, name) for name in original.__struct_fields__}
    return message.Message(**(named | fields))


async def test_answer_from_another_address_is_foreign_unless_it_is_known():
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    responder = Responder([router()])
    client = Client(clock_ms, bind=("127.0.0.1",))

    def answer(datagram: bytes) -> list[bytes]:
        response = responder.answer(datagram, 0)
        assert response is not None
        (sock,) = client._sockets._of.values()
        other.sendto(response, sock.getsockname())
        return []

    with serving(answer) as port, contextlib.closing(other):
        other.bind(("127.0.0.2", port))
        async with client:
            target = Target("127.0.0.1", port, timeout_ms=50, retries=0)
            with pytest.raises(SnmpTimeout):
                await client.get(target, [NAME])
            assert client.counters["foreign"] == 1
            known = Target("127.0.0.1", port, timeout_ms=500, retries=0, reply_from=("127.0.0.2",))
            assert (await client.get(known, [NAME])).varbinds[0][2] == b"r1"


async def test_error_status_is_an_error_with_its_index():
    with serving(lambda datagram: [encode_response(decode(datagram), (), error_status=5, error_index=1)]) as port:
        async with Client(clock_ms) as client:
            with pytest.raises(SnmpError) as failed:
                await client.get(Target("127.0.0.1", port), [NAME])
    assert (failed.value.status, failed.value.index) == (5, 1)


async def test_closed_port_is_unreachable_once_the_attempts_are_over():
    with serving(lambda _: []) as port:
        pass
    async with Client(clock_ms) as client:
        with pytest.raises(SnmpUnreachable, match="refused") as failed:
            await client.get(Target("127.0.0.1", port, timeout_ms=50, retries=1), [NAME])
        with serving(agent()) as living:
            assert await client.get(Target("127.0.0.1", living), [NAME])
    assert failed.value.attempts == 2


@pytest.mark.parametrize("address", ["no-address", "999.1.1.1", ""])
async def test_address_that_is_none_is_unreachable_at_once(address):
    async with Client(clock_ms) as client:
        with pytest.raises(SnmpUnreachable):
            await client.get(Target(address), [NAME])


async def test_get_many_keeps_the_order_and_failures_are_values():
    responder = Responder([router(ports=40)])

    def answer(datagram: bytes) -> list[bytes]:
        request = decode(datagram)
        if request.varbinds[0][0] == SYS_UPTIME:
            return [encode_response(request, request.varbinds, error_status=5, error_index=1)]
        response = responder.answer(datagram, 0)
        return [response] if response is not None else []

    lists = [[f"{IF_DESCR}.{index}"] for index in range(1, 20)]
    lists[7] = [SYS_UPTIME]
    with serving(answer) as port:
        async with Client(clock_ms) as client:
            answers = await client.get_many(Target("127.0.0.1", port), lists, in_flight=4)
    assert isinstance(answers.pop(7), SnmpError)
    lists.pop(7)
    assert [a.varbinds[0][0] for a in answers if isinstance(a, Reply)] == [oids[0] for oids in lists]


async def test_cancelled_request_is_closed():
    with serving(lambda _: []) as port:
        async with Client(clock_ms) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get(Target("127.0.0.1", port), [NAME]), 0.02)
            many = client.get_many(Target("127.0.0.1", port), [[NAME]] * 3, in_flight=2)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(many, 0.02)
            assert client.open_requests == 0


async def test_stop_ends_what_is_open():
    with serving(lambda _: []) as port:
        client = Client(clock_ms)
        client.start()
        waiting = asyncio.ensure_future(client.get(Target("127.0.0.1", port), [NAME]))
        await asyncio.wait({waiting}, timeout=0.01)
        client.stop()
        with pytest.raises(SnmpUnreachable):
            await waiting


async def test_two_hundred_requests_at_once():
    with serving(agent()) as port:
        async with Client(clock_ms) as client:
            target = Target("127.0.0.1", port, timeout_ms=5000)
            replies = await asyncio.gather(*[client.get(target, [NAME]) for _ in range(200)])
    assert len(replies) == 200
    assert client.counters["received"] == 200


@pytest.mark.wire
@pytest.mark.parametrize("version", [message.V1, message.V2C])
async def test_net_snmp_agent_is_read(tmp_path, version):
    with serving(lambda _: []) as port:
        pass
    config = tmp_path / "snmpd.conf"
    config.write_text("rocommunity public\nsysName r1\nsysServices 6\n")
    snmpd = await asyncio.create_subprocess_exec(
        "snmpd", "-f", "-Lo", "-C", "-c", str(config), "-I", "-ifTable", f"udp:127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={"SNMP_PERSISTENT_DIR": str(tmp_path), "PATH": "/usr/sbin:/usr/bin"},
    )  # fmt: skip
    try:
        async with Client(clock_ms) as client:
            target = Target("127.0.0.1", port, version=version, timeout_ms=200, retries=4)
            assert (await client.get(target, [NAME])).varbinds == ((NAME, ber.OCTET_STRING, b"r1"),)
            walk = await by_pages(client, target, ["1.3.6.1.2.1.1.9.1.2", "1.3.6.1.2.1.1.9.1.3"])
    finally:
        snmpd.terminate()
        await snmpd.wait()
    assert walk.complete
    assert len(walk.rows) > 3
    assert all(None not in cells for cells in walk.rows.values())
    assert all(page.uptime_cs is not None for page in walk.pages)


@pytest.mark.wire
@pytest.mark.parametrize(("tool", "version"), [("snmpbulkwalk", "-v2c"), ("snmpwalk", "-v1")])
async def test_net_snmp_tools_read_our_responder(tool, version):
    with serving(agent(ports=30)) as port:
        walk = await asyncio.create_subprocess_exec(
            tool, version, "-c", "public", "-On", "-Cc", "-m", "", f"127.0.0.1:{port}", "1.3",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await walk.communicate()
    served = router(ports=30)
    expected = [served.row(place, 1000) for place in range(len(served))]
    if version == "-v1":
        expected = [row for row in expected if row[1] != ber.COUNTER64]
    shown = {oid: value for oid, _, value in parse_snmpwalk(output).rows}
    assert shown == {oid: value for oid, _, value in expected}
