"""Where traps come from and whose they are, sent by net-snmp; and what netmon seals, read by its receiver."""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME
from netmon.domain.request import RejectionsWanted
from netmon.snmp import ber, secured
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.message import V2_TRAP, V2C, Message, encode
from netmon.snmp.user import User
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.traps.config import ProxyConfig, TrapsConfig
from netmon.sources.traps.listen import Traps
from netmon.telemetry.metrics import Metrics
from tests.sources.taking import Taking
from tests.wire.peers import free_port, program, running, until
from tests.wire.test_usm_snmpd import AUTH, PASSWORD, PRIV, PRIVATE, made
from tests.wire.test_usm_traps import EVERY, LINK_DOWN, OURS, SENDER, receiving, send

pytestmark = pytest.mark.wire

USER = made("sha256", "aes128")
TRAP_ADDRESS = "1.3.6.1.6.3.18.1.3.0"
ELEMENTS = (Element("edge", ("192.0.2.7",)), Element("here", ("127.0.0.1", "::1")), Element("far", ("192.0.2.8",)))


@contextlib.asynccontextmanager
async def listening(**more: object) -> AsyncIterator[tuple[Traps, Taking]]:
    config = TrapsConfig(listen=("127.0.0.1:0", "[::1]:0"), **more)  # type: ignore[arg-type]
    taking = Taking(at_once=True)
    traps = Traps(config, intake=taking, clock=Clock(), metrics=Metrics())
    credentials = {"ro": Credential("ro", community=b"public"), "v3": Credential("v3", version="v3", user=USER)}
    traps.load(config, credentials=credentials, elements=ELEMENTS)
    traps.take_version3(OwnEngine(OURS, 7, -5_000_000_000))
    traps.open()
    task = asyncio.ensure_future(traps.run())
    try:
        yield traps, taking
    finally:
        task.cancel()
        await asyncio.wait([task])
        traps.close()
    assert traps.books().missing == 0


async def tell(folder: Path, *words: str, tool: str = "snmptrap") -> int:
    surroundings = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder)}
    done = await asyncio.to_thread(subprocess.run, [program(tool), *words], capture_output=True, env=surroundings)
    return done.returncode


async def first(taking: Taking) -> Trap:
    [trap] = await taking.count(1)
    assert isinstance(trap, Trap)
    return trap


@pytest.mark.parametrize("tool", ["snmptrap", "snmpinform"])
async def test_version_3_over_ipv6(tmp_path: Path, tool: str) -> None:
    words = ("-v3", "-u", USER.name.decode(), "-l", "authPriv", "-a", AUTH["sha256"], "-A", PASSWORD)
    engine = ("-e", f"0x{SENDER}") if tool == "snmptrap" else ("-r", "60", "-t", "1")
    async with listening() as (traps, taking):
        to = f"udp6:{traps.addresses[1]}"
        assert await tell(tmp_path, *words, "-x", "AES", "-X", PRIVATE, *engine, to, "", LINK_DOWN, tool=tool) == 0
        trap = await first(taking)
    assert (trap.source, trap.element, trap.version, trap.level) == ("::1", "here", "v3", "authPriv")


async def test_an_ipv4_address_inside_ipv6_is_that_ipv4_address() -> None:
    async with listening() as (traps, taking):
        host, _, port = traps.addresses[0].rpartition(":")
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as out:
            varbinds = ((SYS_UPTIME, 0x43, 1), (SNMP_TRAP_OID, 6, LINK_DOWN))
            out.sendto(encode(Message(V2C, b"public", V2_TRAP, 1, 0, 0, varbinds)), (f"::ffff:{host}", int(port)))
        trap = await first(taking)
    assert (trap.source, trap.element, trap.element_by) == ("127.0.0.1", "here", "source")


V1 = ("-v1", "-c", "public")
V2 = ("-v2c", "-c", "public")
PROXY = ProxyConfig("127.0.0.0/8")


@pytest.mark.parametrize(
    ("proxies", "version", "words", "found"),
    [
        ((PROXY,), V1, ("1.3.6.1.4.1.9", "192.0.2.7", "6", "17", "1"), ("edge", "proxy")),
        ((PROXY,), V2, ("", LINK_DOWN, TRAP_ADDRESS, "a", "192.0.2.8"), ("far", "proxy")),
        ((PROXY,), V2, ("", LINK_DOWN, TRAP_ADDRESS, "a", "192.0.2.99"), ("addr:default:192.0.2.99", "proxy")),
        ((PROXY,), V2, ("", LINK_DOWN), ("here", "source")),
        ((), V1, ("1.3.6.1.4.1.9", "192.0.2.7", "6", "17", "1"), ("here", "source")),
    ],
    ids=["agent-addr", "snmpTrapAddress", "unknown behind it", "itself", "not trusted"],
)
async def test_behind_a_proxy(
    tmp_path: Path, proxies: tuple[ProxyConfig, ...], version: tuple[str, ...], words: tuple[str, ...],
    found: tuple[str, str],
) -> None:  # fmt: skip
    async with listening(proxies=proxies) as (traps, taking):
        assert await tell(tmp_path, *version, traps.addresses[0], *words) == 0
        trap = await first(taking)
    assert (trap.element, trap.element_by) == found


@pytest.mark.parametrize(
    ("accept", "found", "flags"),
    [
        (True, ("edge", "agent-addr"), ("v1_mapped", "agent_addr_untrusted")),
        (False, ("addr:default:127.0.0.3", "unknown"), ("v1_mapped",)),
    ],
)
async def test_a_router_that_sends_from_another_address(
    tmp_path: Path, accept: bool, found: tuple[str, str], flags: tuple[str, ...]
) -> None:
    async with listening(accept_agent_addr=accept) as (traps, taking):
        source = ("--clientaddr=127.0.0.3", "-v1", "-c", "public")
        assert await tell(tmp_path, *source, traps.addresses[0], "1.3.6.1.4.1.9", "192.0.2.7", "2", "0", "1") == 0
        trap = await first(taking)
    assert ((trap.element, trap.element_by), trap.flags) == (found, flags)


async def test_an_inform_to_another_engine_is_reported_and_comes_to_nothing(tmp_path: Path) -> None:
    async with receiving(USER) as receiver:
        code = await asyncio.to_thread(
            send, tmp_path, receiver.port, USER, inform=True, more=("-e", "0x80000000010203040506")
        )
        reasons = await receiver.rejected()
        assert (code != 0, set(reasons), receiver.taking.observations) == (True, {"unknown_engine"}, [])


async def test_an_inform_out_of_the_window_is_told_the_time_and_sent_again(tmp_path: Path) -> None:
    async with receiving(USER) as receiver:
        code = await asyncio.to_thread(
            send, tmp_path, receiver.port, USER, inform=True, more=("-e", f"0x{OURS.hex()}", "-Z", "3,5")
        )
        assert code == 0
        await receiver.got(1)
        reasons = {one.reason for one in receiver.traps.rejections(RejectionsWanted()).last}
    assert reasons == {"not_in_time_window"}


def sealed(user: User, number: int) -> bytes:
    engine_id = bytes.fromhex(SENDER)
    varbinds = [
        write_varbind((SYS_UPTIME, ber.TIME_TICKS, 1)),
        write_varbind((SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, LINK_DOWN)),
        write_varbind(("1.3.6.1.4.1.32473.1", ber.INTEGER, number)),
    ]
    scoped = secured.scoped_pdu(engine_id, b"vrf-a", ber.tlv(V2_TRAP, write_pdu(number, 0, 0, varbinds)))
    keys = user.keys(engine_id)
    return secured.seal(secured.Envelope(number, engine_id, 1, 100, user.name), scoped, keys, salt=number)


async def test_snmptrapd_takes_what_netmon_seals_by_every_pair(tmp_path: Path) -> None:
    port, log, config = free_port(socket.SOCK_DGRAM), tmp_path / "log", tmp_path / "conf"
    users = [
        f"createUser -e 0x{SENDER} {one.name.decode()} {AUTH[one.auth]} {PASSWORD}"  # type: ignore[index]
        + (f" {PRIV[one.priv]} {PRIVATE}" if one.priv else "")
        for one in EVERY
    ]
    config.write_text("\n".join(["disableAuthorization yes", *users, ""]))
    command = (program("snmptrapd"), "-f", "-On", "-Lf", str(log), "-n", "-C", "-c", str(config),
               "-x", str(tmp_path / "agentx"), "-p", str(tmp_path / "pid"), f"udp:127.0.0.1:{port}")  # fmt: skip
    surroundings = {"SNMP_PERSISTENT_DIR": str(tmp_path), "MIBS": "", "PATH": "/usr/sbin:/usr/bin:/bin"}

    def logged() -> list[int]:
        text = log.read_text(errors="replace") if log.exists() else ""
        return [int(number) for number in re.findall(r"\.1\.3\.6\.1\.4\.1\.32473\.1 = INTEGER: (\d+)", text)]

    with running(*command, log=tmp_path / "out", env=surroundings), socket.socket(type=socket.SOCK_DGRAM) as out:
        await until(lambda: log.exists() and "NET-SNMP" in log.read_text(), what="snmptrapd to listen")
        out.connect(("127.0.0.1", port))
        for number, user in enumerate(EVERY, 1):
            out.send(sealed(user, number))
        await until(lambda: len(logged()) == len(EVERY), what="every pair to be logged")
    assert logged() == list(range(1, len(EVERY) + 1))
