"""A storm of one source at a running netmon: it is counted to the last trap, and takes nothing from the others."""

import asyncio
import contextlib
import json
import socket
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import Tick, Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME
from netmon.snmp.message import INFORM, V2_TRAP, V2C, Message, decode, encode
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, until

pytestmark = [pytest.mark.wire, pytest.mark.slow, pytest.mark.alone]

LOUD, QUIET = "127.0.0.99", [f"127.0.0.{number}" for number in range(2, 22)]
DOWN, UP = "1.3.6.1.4.1.32473.2.0.1", "1.3.6.1.4.1.32473.2.0.2"
STORM, CLEARS, EACH = 20_000, 400, 5
SLICE = 250
RESEND_S = 2
LIMITS = {"source": {"rate": "1/s", "burst": 500}, "trap": {"rate": "1/s", "burst": 100}}
RULE = {
    "id": "port",
    "raise": [{"trap": DOWN}],
    "clear": [{"trap": UP}],
    "severity": "major",
    "probable_cause": "lossOfSignal",
    "text": "{element.name} lost a port",
}


def told(number: int, oid: str, *, pdu_type: int = V2_TRAP) -> bytes:
    varbinds = ((SYS_UPTIME, 0x43, number), (SNMP_TRAP_OID, 6, oid), ("1.3.6.1.2.1.2.2.1.1.1", 2, number))
    return encode(Message(V2C, b"public", pdu_type, 0x01000000 + number, 0, 0, varbinds))


def sender(source: str, port: int) -> socket.socket:
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.bind((source, 0))
    out.setblocking(False)
    out.connect(("127.0.0.1", port))
    return out


async def rage(out: socket.socket, daemon: Daemon) -> None:
    """Send the storm, among it what only clears; never more at once than the smallest receive buffer holds."""
    for first in range(0, STORM, SLICE):
        for number in range(first, first + SLICE):
            out.send(told(number, UP if number % (STORM // CLEARS) == 0 else DOWN))
        await until(partial(has_read, daemon, first + SLICE), what="the storm to be read")


def has_read(daemon: Daemon, count: int) -> bool:
    return daemon.metric('netmon_source_received_total{source="traps"}') >= count


async def inform(out: socket.socket, number: int) -> int:
    """Send an inform until it is answered, as snmpinform does; return how often it was sent."""
    loop = asyncio.get_running_loop()
    for tries in range(1, 60):
        out.send(told(number, DOWN, pdu_type=INFORM))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESEND_S):
                # What was sent again is answered again: that may come while the next one waits.
                while decode(await loop.sock_recv(out, 65_535)).request_id != 0x01000000 + number:
                    pass
            return tries
    pytest.fail(f"inform {number} was never answered")


async def speak(source: str, port: int) -> int:
    """Send the informs of a quiet source, one after the other."""
    with sender(source, port) as out:
        return sum([await inform(out, number) for number in range(EACH)])


async def test_a_storm_of_one_source_is_counted_and_costs_the_others_nothing(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    traps = {"listen": [f"127.0.0.1:{port}"], "communities": [{"credential": "lab"}], "limits": LIMITS}
    rules = tmp_path / "rules.yaml"
    rules.write_text(json.dumps({"version": 1, "rules": [RULE]}))
    async with netmon(tmp_path, elements=[], traps=traps, rules=[str(rules)]) as daemon:
        with sender(LOUD, port) as loud:
            speaking = [asyncio.ensure_future(speak(source, port)) for source in QUIET]
            await rage(loud, daemon)
            informs = sum(await asyncio.gather(*speaking))
        await until(lambda: books(daemon)["waiting"] == 0, what="everything to be committed")
        accounts = books(daemon)
        await daemon.stop()
        log = [one for _, one in daemon.observations()]
    taken = Counter((one.source, one.trap_oid) for one in log if isinstance(one, Trap))
    lost = Counter[tuple[str, str, str]]()
    for row in (row for one in log if isinstance(one, Tick) for row in one.shed):
        lost[row.source, row.trap_oid, row.reason] += row.count
    # The quiet sources: each inform is an observation, once; an answer that came late made a repeat.
    assert {source: taken[source, DOWN] for source in QUIET} == dict.fromkeys(QUIET, EACH)
    assert accounts["duplicates"] == informs - len(QUIET) * EACH
    # The loud one: what only clears is kept, of the rest so many as it may send, all others are counted.
    assert taken[LOUD, UP] == CLEARS
    assert taken[LOUD, DOWN] >= 100
    assert lost == {(LOUD, DOWN, "storm_trap"): STORM - CLEARS - taken[LOUD, DOWN]}
    assert accounts["read"] == STORM + informs
    assert accounts["shed"] == lost.total()
    assert (accounts["missing"], accounts["kernel_drops"], accounts["queue_full"], accounts["rejected"]) == (0, 0, 0, 0)


def books(daemon: Daemon) -> dict[str, Any]:
    return dict(json.loads(daemon.netmon("traps", "rejected", "--json"))["books"])
