"""Version 3 with pysnmp on the other side: it sends to netmon's receiver, and answers netmon's requests."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context, ntforg
from pysnmp.proto.rfc1902 import Integer32, ObjectIdentifier, ObjectName, OctetString, TimeTicks

from netmon.domain.request import RejectionsWanted
from netmon.snmp import message, usm
from netmon.snmp.client import Client, Target
from netmon.snmp.user import User
from tests.patience import PATIENCE_S
from tests.snmp.test_snmp_client import clock_ms
from tests.snmp.walking import by_pages
from tests.wire.peers import free_port
from tests.wire.test_usm_traps import LINK_DOWN, OURS, Receiver, receiving

pytestmark = [pytest.mark.wire, pytest.mark.slow]

PASSWORD, PRIVATE = "authpassword1", "privpassword1"
SYS_DESCR = "1.3.6.1.2.1.1.1.0"
THEIRS = bytes.fromhex("80004fb805636c6f75644dab22cc")

AUTH: dict[usm.AuthProtocol, Any] = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
PRIV: dict[str, tuple[usm.PrivProtocol, Any]] = {
    "des": ("des", config.USM_PRIV_CBC56_DES),
    "aes128": ("aes128", config.USM_PRIV_CFB128_AES),
    "aes192": ("aes192", config.USM_PRIV_CFB192_AES_BLUMENTHAL),
    "aes256": ("aes256", config.USM_PRIV_CFB256_AES_BLUMENTHAL),
    "aes192-cisco": ("aes192", config.USM_PRIV_CFB192_AES),
    "aes256-cisco": ("aes256", config.USM_PRIV_CFB256_AES),
}
WHAT = (
    (ObjectName("1.3.6.1.2.1.1.3.0"), TimeTicks(4711)),
    (ObjectName("1.3.6.1.6.3.1.1.4.1.0"), ObjectIdentifier(LINK_DOWN)),
    (ObjectName("1.3.6.1.2.1.2.2.1.1.3"), Integer32(3)),
)


class Pair(msgspec.Struct, frozen=True):
    """A user as each side has it."""

    ours: User
    auth: Any
    priv: Any = config.USM_PRIV_NONE
    password: str = PASSWORD
    private: str = PRIVATE
    name: str = ""
    level: str = ""

    def known_to(self, snmp: engine.SnmpEngine) -> tuple[str, str]:
        """Let pysnmp know the user; return its name and level."""
        name, level = self.name or self.ours.name.decode(), self.level or self.ours.level
        words = () if level == "authNoPriv" else (self.priv, self.private)
        config.add_v3_user(snmp, name, self.auth, self.password, *words)
        return name, level


def pair(auth: usm.AuthProtocol, priv: str = "") -> Pair:
    name, master = f"{auth}-{priv or 'none'}".encode(), usm.master_key(auth, PASSWORD.encode())
    if not priv:
        return Pair(User(name, auth, master), AUTH[auth])
    cipher, theirs = PRIV[priv]
    return Pair(User(name, auth, master, cipher, usm.master_key(auth, PRIVATE.encode())), AUTH[auth], theirs)


@pytest.fixture(autouse=True)
def no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pysnmp keep its boots in a folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


EVERY = [pair(auth, priv) for auth in AUTH for priv in ("", *PRIV)]
ONE = pair("sha256", "aes128")


class Sender:
    """pysnmp as a sender of notifications."""

    def __init__(self, port: int) -> None:
        self.snmp = engine.SnmpEngine(OctetString(THEIRS))
        self._port = port
        config.add_transport(self.snmp, udp.DOMAIN_NAME, udp.UdpTransport().open_client_mode())
        config.add_context(self.snmp, "")

    async def send(self, user: Pair, kind: str) -> str:
        """Send a linkDown; return what an inform came to: empty when it was answered."""
        snmp = self.snmp
        name, level = user.known_to(snmp)
        config.add_target_parameters(snmp, f"p-{name}", name, level)
        config.add_target_address(
            snmp, f"a-{name}", udp.DOMAIN_NAME, ("127.0.0.1", self._port), f"p-{name}", 200, 2, tagList=f"tag-{name}"
        )
        config.add_notification_target(snmp, f"n-{name}", f"p-{name}", f"tag-{name}", kind)
        config.add_vacm_user(snmp, 3, name, level, (), (), (1, 3, 6), b"vrf-a")
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def told(*answer: Any) -> None:
            done.set_result(str(answer[2] or answer[3] or ""))

        out = ntforg.NotificationOriginator()
        out.send_varbinds(snmp, f"n-{name}", None, "vrf-a", WHAT, told if kind == "inform" else None)
        return await asyncio.wait_for(done, PATIENCE_S) if kind == "inform" else ""


@contextlib.asynccontextmanager
async def sending(*users: User) -> AsyncIterator[tuple[Receiver, Sender]]:
    async with receiving(*users) as receiver:
        sender = Sender(receiver.port)
        try:
            yield receiver, sender
        finally:
            sender.snmp.close_dispatcher()


@pytest.mark.parametrize("kind", ["trap", "inform"])
async def test_every_pair_of_protocols_is_taken(kind: str) -> None:
    async with sending(*(one.ours for one in EVERY)) as (receiver, sender):
        told = [await sender.send(one, kind) for one in EVERY]
        traps = await receiver.got(len(EVERY))
    assert told == [""] * len(EVERY)
    assert [(trap.security_name, trap.level) for trap in traps] == [
        (one.ours.name.decode(), one.ours.level) for one in EVERY
    ]
    assert {(trap.trap_oid, trap.context, trap.element) for trap in traps} == {(LINK_DOWN, "vrf-a", "r1")}
    assert {trap.varbinds for trap in traps} == {(("1.3.6.1.2.1.2.2.1.1.3", 2, 3),)}
    assert {trap.engine_id for trap in traps} == {(OURS if kind == "inform" else THEIRS).hex()}


@pytest.mark.parametrize(
    ("user", "reason", "report"),
    [
        (replace(ONE, name="stranger"), "unknown_user", "Unknown USM user"),
        (replace(ONE, password="another password"), "wrong_digest", "Wrong SNMP PDU digest"),
        (replace(ONE, private="another password"), "decryption_failed", "Ciphering services"),
        (replace(ONE, level="authNoPriv"), "unsupported_security_level", "Unsupported SNMP security level"),
    ],
    ids=["user", "digest", "privacy", "level"],
)
@pytest.mark.parametrize("kind", ["trap", "inform"])
async def test_what_is_wrong_is_told_by_a_report_and_counted(user: Pair, reason: str, report: str, kind: str) -> None:
    async with sending(ONE.ours) as (receiver, sender):
        told = await sender.send(user, kind)
        await receiver.rejected()
        assert {one.reason for one in receiver.traps.rejections(RejectionsWanted()).last} == {reason}
        assert receiver.taking.observations == []
    assert told.startswith(report if kind == "inform" else "")
    assert bool(told) is (kind == "inform")


@contextlib.asynccontextmanager
async def agent(*pairs: Pair) -> AsyncIterator[int]:
    """Run an agent made with pysnmp on this loop; yield its port."""
    port, snmp = free_port(socket.SOCK_DGRAM), engine.SnmpEngine()
    config.add_transport(snmp, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(("127.0.0.1", port)))
    for one in pairs:
        config.add_vacm_user(snmp, 3, *one.known_to(snmp), (1, 3, 6))
    around = context.SnmpContext(snmp)
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
        responder(snmp, around)
    try:
        yield port
    finally:
        snmp.close_dispatcher()


async def test_an_agent_of_pysnmp_is_polled_by_every_pair() -> None:
    async with agent(*EVERY) as port, Client(clock_ms) as client:
        for one in EVERY:
            target = Target("127.0.0.1", port, version=message.V3, user=one.ours, timeout_ms=8_000)
            [(oid, _, value)] = (await client.get(target, [SYS_DESCR])).varbinds
            assert (oid, b"PySNMP" in value) == (SYS_DESCR, True), one.ours
            walk = await by_pages(client, target, ["1.3.6.1.2.1.1.9.1.2"], max_repetitions=5)
            assert walk.complete, one.ours
    assert client.counters["undecodable"] == client.counters["unexpected"] == 0
