"""Version 3 against net-snmp's agent: every pair of protocols, and every way to be refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.snmp import message, usm
from netmon.snmp.client import Client, Target
from netmon.snmp.errors import SnmpError, SnmpRefused, SnmpTimeout
from netmon.snmp.user import User
from tests.snmp.test_snmp_client import clock_ms
from tests.snmp.walking import by_pages
from tests.wire.peers import snmp_get, snmpd

pytestmark = pytest.mark.wire

AUTH: dict[usm.AuthProtocol, str] = {
    "md5": "MD5",
    "sha": "SHA",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}
PRIV: dict[usm.PrivProtocol, str] = {"des": "DES", "aes128": "AES", "aes192": "AES-192", "aes256": "AES-256"}
PASSWORD, PRIVATE = "authpassword1", "privpassword1"
NAME, IF_DESCR, IF_OPER_STATUS = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8"


def made(auth: usm.AuthProtocol, priv: usm.PrivProtocol | None, *, password: str = PASSWORD) -> User:
    name = f"{auth}{priv or ''}".encode()
    master = usm.master_key(auth, password.encode())
    if priv is None:
        return User(name, auth, master)
    return User(name, auth, master, priv, usm.master_key(auth, PRIVATE.encode()))


def users() -> Iterator[str]:
    yield "createUser open\nrouser open noauth\n"
    for auth, theirs in AUTH.items():
        yield f"createUser {auth} {theirs} {PASSWORD}\nrouser {auth} auth\n"
        for priv, cipher in PRIV.items():
            yield f"createUser {auth}{priv} {theirs} {PASSWORD} {cipher} {PRIVATE}\nrouser {auth}{priv} priv\n"


def target(port: int, user: User, *, timeout_ms: int = 20_000, retries: int = 1) -> Target:
    return Target("127.0.0.1", port, version=message.V3, user=user, timeout_ms=timeout_ms, retries=retries)


async def test_every_pair_of_protocols_is_understood(tmp_path: Path) -> None:
    every = [made(auth, priv) for auth in AUTH for priv in (None, *PRIV)]
    async with snmpd(tmp_path, users="".join(users())) as port, Client(clock_ms) as client:
        plain = snmp_get(port, NAME, f"{IF_DESCR}.1")
        for user in [User(b"open"), *every]:
            reply = await client.get(target(port, user), [NAME, f"{IF_DESCR}.1"])
            assert [value.decode() for _, _, value in reply.varbinds] == plain, user
            walk = await by_pages(client, target(port, user), [IF_DESCR, IF_OPER_STATUS], max_repetitions=10)
            assert walk.complete, user
            assert len(walk.rows) >= 1, user
    assert client.counters["timeouts"] == client.counters["foreign"] == client.counters["undecodable"] == 0
    assert client.asking.reports == {"unknown_engine": 1}


async def test_a_restarted_agent_is_asked_on_without_a_failure(tmp_path: Path) -> None:
    user, lines = made("sha256", "aes128"), "".join(users())
    async with Client(clock_ms) as client:
        async with snmpd(tmp_path / "first", users=lines) as port:
            await client.get(target(port, user), [NAME])
        # Another state folder: boots, time and engine id are those of a new device at the same address.
        async with snmpd(tmp_path / "second", users=lines, port=port):
            reply = await client.get(target(port, user), [NAME])
    assert (reply.varbinds[0][2], reply.attempts) == (b"wire-test", 1)
    assert client.counters["timeouts"] == 0


REFUSALS = [
    (made("sha", "aes128", password="wrong password"), "wrong_digest"),
    (User(b"stranger", "sha", usm.master_key("sha", b"authpassword1")), "unknown_user"),
    (User(b"sha", "sha", usm.master_key("sha", b"authpassword1"), "aes128", bytes(20)), "unsupported_security_level"),
]


@pytest.mark.parametrize(("user", "reason"), REFUSALS, ids=[reason for _, reason in REFUSALS])
async def test_what_the_agent_reports_is_told(tmp_path: Path, user: User, reason: str) -> None:
    async with snmpd(tmp_path, users="".join(users())) as port, Client(clock_ms) as client:
        with pytest.raises(SnmpRefused) as refused:
            # Anybody could have sent the Report: it is believed once no better answer has come in all that time.
            await client.get(target(port, user, timeout_ms=1_000), [NAME])
    assert refused.value.reason == reason


async def test_a_user_below_its_level_and_a_wrong_privacy_password(tmp_path: Path) -> None:
    master = usm.master_key("sha", b"authpassword1")
    async with snmpd(tmp_path, users="".join(users())) as port, Client(clock_ms) as client:
        with pytest.raises(SnmpError) as denied:
            await client.get(target(port, User(b"shaaes128", "sha", master)), [NAME])
        wrong = User(b"shaaes128", "sha", master, "aes128", usm.master_key("sha", b"other password"))
        # net-snmp drops what it cannot decrypt without a Report.
        with pytest.raises(SnmpTimeout):
            await client.get(target(port, wrong, timeout_ms=200, retries=0), [NAME])
    assert denied.value.status == 16


async def test_how_the_agent_makes_a_short_key_longer_is_found_though_it_drops_what_it_cannot_decrypt(
    tmp_path: Path,
) -> None:
    lines = f"createUser reeder SHA {PASSWORD} AES-256-C {PRIVATE}\nrouser reeder priv\n"
    master, private = usm.master_key("sha", PASSWORD.encode()), usm.master_key("sha", PRIVATE.encode())
    user = User(b"reeder", "sha", master, "aes256", private)
    async with snmpd(tmp_path, users=lines) as port, Client(clock_ms) as client:
        # What it drops costs one timeout.
        reply = await client.get(target(port, user, timeout_ms=5_000), [NAME])
        again = await client.get(target(port, user), [NAME])
    assert (reply.varbinds[0][2], reply.attempts) == (b"wire-test", 2)
    assert again.attempts == 1
