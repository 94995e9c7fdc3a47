import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import PollFailed, PollResult
from netmon.domain.output import PollRequest
from netmon.domain.usage import Assignment
from netmon.snmp import usm
from netmon.snmp.user import User
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.telemetry.metrics import Metrics
from tests.patience import PATIENCE_S
from tests.sources.answering import IF_MIB, SYSTEM
from tests.sources.taking import HandClock, Taking

pytestmark = pytest.mark.wire

_KEY = usm.master_key("sha256", b"authpassword1")
CREDENTIALS = {
    "ro": Credential("ro", community=b"netmon"),
    "v3": Credential("v3", version="v3", user=User(b"netmon", "sha256", _KEY, "aes128", _KEY)),
    "wrong": Credential("wrong", version="v3", user=User(b"netmon", "sha256", bytes(32), "aes128", _KEY)),
}


@contextlib.asynccontextmanager
async def snmpd(folder: Path) -> AsyncIterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    config = folder / "snmpd.conf"
    user = "createUser netmon SHA-256 authpassword1 AES authpassword1\nrouser netmon priv\n"
    config.write_text(f"rocommunity netmon 127.0.0.1\nsysName wired\n{user}")
    made = await asyncio.create_subprocess_exec(
        *("snmpd", "-f", "-Lo", "-C", "-c", str(config), "-p", str(folder / "pid"), f"udp:127.0.0.1:{port}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"SNMP_PERSISTENT_DIR": str(folder), "MIBS": "", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    assert made.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while b"NET-SNMP version" not in await made.stdout.readline():
                pass
        yield port
    finally:
        made.kill()
        await made.communicate()


@pytest.mark.parametrize("credential", ["ro", "v3"])
async def test_snmpd_is_polled_for_series_and_for_billing(tmp_path: Path, credential: str):
    hands = HandClock()
    taking = Taking(at_once=True)
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    poller = Poller(PollingConfig(), intake=taking, clock=clock, metrics=Metrics())
    async with snmpd(tmp_path) as port:
        element = Element("r1", ("127.0.0.1",), credential=credential, port=port, timeout_ms=200, retries=1)
        billed = [Assignment("r1|ifName:lo", "r1", "r1/if:lo", "lo", "ifName", "main", "rule")]
        poller.load([element], credentials=CREDENTIALS, profiles=(SYSTEM, IF_MIB), assignments=billed)
        running = asyncio.ensure_future(poller.run())
        try:
            hands.move(60_000)
            poller.wake()
            await taking.count(2)
            results = {one.group: one for one in taking.observations if isinstance(one, PollResult)}
            system, interfaces = results["60s"].blocks
            assert system.cells[system.columns.index("sysName")] == (b"wired",)
            assert b"lo" in interfaces.cells[interfaces.columns.index("ifName")]
            assert results["60s"].complete
            [usage] = results["usage-60s"].blocks
            proved = {block.boots is not None for block in (system, interfaces, usage)}
            assert proved == {credential == "v3"}
            assert usage.cells[0] == (b"lo",)
            assert usage.tags[1:3] == (0x46, 0x46)
            assert all(isinstance(usage.cells[place][0], int) for place in (1, 2, 3))
        except BaseException:
            running.cancel()
            raise
    try:
        # snmpd is gone now.
        poller.request(PollRequest("r1", "", "test", 0))
        failed = (await taking.count(3))[2]
        assert isinstance(failed, PollFailed)
        assert failed.reason == "refused"
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_what_snmpd_reports_is_why_the_poll_failed(tmp_path: Path):
    hands, taking = HandClock(), Taking(at_once=True)
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    poller = Poller(PollingConfig(), intake=taking, clock=clock, metrics=Metrics())
    async with snmpd(tmp_path) as port:
        poller.load(
            [Element("r1", ("127.0.0.1",), credential="wrong", port=port, timeout_ms=100, retries=0)],
            credentials=CREDENTIALS,
            profiles=(SYSTEM, IF_MIB),
        )
        running = asyncio.ensure_future(poller.run())
        try:
            hands.move(60_000)
            poller.wake()
            failed = (await taking.count(1))[0]
        finally:
            running.cancel()
            await asyncio.wait([running])
    assert isinstance(failed, PollFailed)
    assert failed.reason == "wrong_digest"
