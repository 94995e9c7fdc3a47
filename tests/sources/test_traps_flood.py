"""More than can be read: what was sent is what was read and what the kernel dropped, and the books balance."""

import asyncio
import socket

import pytest

from netmon.domain.duration import Rate, Size
from netmon.domain.request import RejectionsWanted
from netmon.snmp.asking import _discovery
from netmon.snmp.engines import OwnEngine
from netmon.snmp.message import INFORM
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.limits import LimitConfig, LimitsConfig
from tests.patience import PATIENCE_S
from tests.sources.taking import Taking
from tests.sources.test_traps_listen import receiving
from tests.sources.test_traps_storms import v2c

ROUNDS, BURST = 8, 400
SMALL = LimitsConfig(source=LimitConfig(Rate("1000/s"), 3_000), trap=LimitConfig(Rate("1000/s"), 2_000))


def datagram(number: int) -> bytes:
    match number % 5:
        case 0:
            return v2c(number // 500, pdu_type=INFORM)
        case 1:
            return b"GET / HTTP/1.1"
        case 2:
            return v2c(number)[:-7]
        case 3:
            return _discovery(number + 1)
    return v2c(number)


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:0"])
async def test_what_was_sent_is_what_was_read_and_what_the_kernel_dropped(listen: str) -> None:
    config = TrapsConfig(listen=(listen,), receive_buffer=Size("32KiB"), limits=SMALL)
    taking, sent = Taking(most_open=5), 0
    async with receiving(taking, config, most_waiting=10) as traps:
        traps.take_version3(OwnEngine(b"\x80\x00\x00\x00\x01one", 1, 0))
        [address] = traps.addresses
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as out:
            out.connect((host.strip("[]"), int(port)))
            for round_ in range(ROUNDS):
                # The loop does not turn meanwhile, so nobody reads: the small buffer overflows.
                for number in range(BURST):
                    out.send(datagram(round_ * BURST + number))
                    sent += 1
                await asyncio.sleep(0)
                if round_ % 2:
                    taking.commit()
        traps.health()
        dropped = {row.name: row.value for row in traps.health() if row.part == "kernel_drops"}
        assert list(dropped) == [address]
        assert 0 < dropped[address] < sent
        async with asyncio.timeout(PATIENCE_S):
            while traps.books().read + dropped[address] < sent or len(traps._reading):
                await asyncio.sleep(0)
        books = traps.rejections(RejectionsWanted()).books
        rows = traps.shed()
        metrics = traps._metrics.render().decode()
    assert books.read + dropped[address] == sent
    assert books.read == books.queued + books.duplicates + books.discoveries + books.rejected + books.shed
    assert books.queued == books.committed + books.queue_full + books.waiting
    assert books.missing == 0
    assert min(books.duplicates, books.discoveries, books.rejected, books.queue_full, books.committed) > 0
    assert sum(row.count for row in rows) == books.rejected + books.shed + books.queue_full
    assert f'netmon_traps_kernel_drops_total{{listener="{address}"}} {float(dropped[address])}' in metrics
    assert f'netmon_source_received_total{{source="traps"}} {float(books.read)}' in metrics
