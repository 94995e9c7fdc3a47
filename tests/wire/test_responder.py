"""netmon's agents asked by net-snmp and by pysnmp: every version, every pair of protocols, every way to be refused."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netmon.cli.simulate.endpoint import Endpoint
from netmon.domain.oid import Varbind
from netmon.snmp import ber, usm
from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.recording import parse_snmpwalk
from netmon.snmp.reports import ReportReason
from netmon.snmp.responder import Responder
from netmon.snmp.user import User
from tests.wire.peers import program
from tests.wire.pysnmp_manager import ask
from tests.wire.test_usm_snmpd import AUTH, PASSWORD, PRIV, PRIVATE, made

pytestmark = pytest.mark.wire

NAME, DESCR, HC_IN = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.31.1.1.1.6"
EVERY = [made(auth, priv) for auth in AUTH for priv in (None, *PRIV)]
USERS = [User(b"open"), *EVERY]


class Served:
    """Agents behind a socket."""

    def __init__(self, endpoint: Endpoint, responder: Responder) -> None:
        self.endpoint = endpoint
        self.responder = responder

    @property
    def peer(self) -> str:
        """The agent's address as net-snmp writes it."""
        host, port = self.endpoint.address
        return f"udp6:[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def denied(self, reason: ReportReason) -> int:
        return self.responder.authority.denied[reason]


def rows(name: str = "r1") -> list[Varbind]:
    system = system_rows(name, description="made-up", object_id="1.3.6.1.4.1.32473.1", uptime_cs=100)
    return [*system, *interface_rows([f"xe-0/0/{port}" for port in range(30)], start=2**63)]


@contextlib.contextmanager
def serving(*names: str, address: str = "127.0.0.1") -> Iterator[Served]:
    agents = [Agent(rows(name), name=name, community=name.encode()) for name in names or ("public",)]
    responder = Responder(agents, users=USERS)
    # Time stands still, so that two walks see the same.
    endpoint = Endpoint(responder, (address, 0), clock=lambda: 0)
    endpoint.start()
    try:
        yield Served(endpoint, responder)
    finally:
        endpoint.stop()


async def net_snmp(tool: str, folder: Path, *words: str) -> tuple[int, bytes, str]:
    """Run a tool of net-snmp; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        program(tool),
        "-On",
        "-m",
        "",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder)},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out, err.decode()


def as_user(user: User, *, password: str = PASSWORD, private: str = PRIVATE) -> list[str]:
    words = ["-v3", "-u", user.name.decode(), "-l", user.level, "-t", "2", "-r", "2"]
    if user.auth:
        words += ["-a", AUTH[user.auth], "-A", password]
    if user.priv:
        words += ["-x", PRIV[user.priv], "-X", private]
    return words


def shown(output: bytes) -> dict[str, Any]:
    recording = parse_snmpwalk(output)
    assert recording.bad_lines == ()
    return {oid: value for oid, _, value in recording.rows}


def expected(below: str = "1.3", *, v1: bool = False) -> dict[str, Any]:
    agent = Agent(rows())
    found = [agent.row(place, 0) for place in range(len(agent))]
    found = [(oid, tag, b"public" if oid == NAME else value) for oid, tag, value in found]
    return {
        oid: value for oid, tag, value in found if oid.startswith(f"{below}.") and not (v1 and tag == ber.COUNTER64)
    }


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    ("tool", "version"),
    [("snmpwalk", "-v1"), ("snmpwalk", "-v2c"), ("snmpbulkwalk", "-v2c"), ("snmpwalk", "-v3"), ("snmpbulkwalk", "-v3")],
)
async def test_net_snmp_walks_every_row(tmp_path: Path, tool: str, version: str, address: str) -> None:
    credentials = as_user(made("sha256", "aes128")) if version == "-v3" else [version, "-c", "public"]
    with serving(address=address) as at:
        code, out, err = await net_snmp(tool, tmp_path, *credentials, "-Cc", at.peer, "1.3")
    assert code == 0, err
    assert shown(out) == expected(v1=version == "-v1")


@pytest.mark.parametrize("version", ["-v1", "-v2c", "-v3"])
async def test_net_snmp_gets_and_steps(tmp_path: Path, version: str) -> None:
    credentials = as_user(made("sha", "des")) if version == "-v3" else [version, "-c", "public"]
    with serving() as at:
        got = await net_snmp("snmpget", tmp_path, *credentials, at.peer, NAME, f"{DESCR}.7")
        stepped = await net_snmp("snmpgetnext", tmp_path, *credentials, at.peer, f"{DESCR}.6", "1.3.6.1.2.1.1.5")
        missing = await net_snmp("snmpget", tmp_path, *credentials, at.peer, f"{DESCR}.99")
        refused = await net_snmp("snmpset", tmp_path, *credentials, at.peer, NAME, "s", "other")
    assert shown(got[1]) == shown(stepped[1]) == {NAME: b"public", f"{DESCR}.7": b"xe-0/0/6"}
    assert ("noSuchName" in missing[2]) if version == "-v1" else (b"No Such Instance" in missing[1])
    assert refused[0] != 0
    assert ("noSuchName" if version == "-v1" else "notWritable") in refused[2]


async def test_net_snmp_repeats_and_is_cut_to_its_own_size(tmp_path: Path) -> None:
    with serving() as at:
        v2c = ("-v2c", "-c", "public")
        code, out, _ = await net_snmp("snmpbulkget", tmp_path, *v2c, "-Cn1", "-Cr30", at.peer, NAME[:-2], DESCR)
    found = shown(out)
    assert (code, len(found), found[f"{DESCR}.30"]) == (0, 31, b"xe-0/0/29")


@pytest.mark.slow
async def test_net_snmp_in_every_pair_of_protocols(tmp_path: Path) -> None:
    with serving() as at:
        for user in USERS:
            got = await net_snmp("snmpget", tmp_path, *as_user(user), at.peer, NAME)
            assert (got[0], shown(got[1])) == (0, {NAME: b"public"}), (user, got[2])
            walked = await net_snmp("snmpbulkwalk", tmp_path, *as_user(user), at.peer, DESCR)
            assert shown(walked[1]) == expected(DESCR), (user, walked[2])
    assert set(at.responder.authority.denied) == {"unknown_engine"}


@pytest.mark.parametrize(
    ("user", "secrets", "reason", "says"),
    [
        (made("sha256", "aes128"), {"password": "another password"}, "wrong_digest", "Authentication failure"),
        (made("sha256", "aes128"), {"private": "another password"}, "decryption_failed", "Decryption error"),
        (User(b"stranger", "sha256", b"x"), {}, "unknown_user", "Unknown user name"),
        (User(b"sha256aes128", "sha256", b"x"), {}, "unsupported_security_level", "Unsupported security level"),
        (User(b"sha256aes128"), {}, "unsupported_security_level", "Unsupported security level"),
    ],
    ids=["password", "privacy", "user", "lower level", "no level"],
)
async def test_net_snmp_is_told_why_it_is_refused(
    tmp_path: Path, user: User, secrets: dict[str, str], reason: ReportReason, says: str
) -> None:
    with serving() as at:
        code, _, err = await net_snmp("snmpget", tmp_path, *as_user(user, **secrets), at.peer, NAME)
        assert at.denied(reason) >= 1
    assert code != 0
    assert says in err


async def test_net_snmp_asks_a_wrong_engine(tmp_path: Path) -> None:
    with serving() as at:
        words = (*as_user(made("sha256", "aes128")), "-e", "0x8000000001020304")
        await net_snmp("snmpget", tmp_path, *words, at.peer, NAME)
        assert at.denied("unknown_engine") >= 1
        assert set(at.responder.authority.denied) == {"unknown_engine"}


async def test_net_snmp_that_is_out_of_the_window_is_told_the_time(tmp_path: Path) -> None:
    with serving() as at:
        engine_id = at.responder.authority.own.engine_id.hex()
        words = (*as_user(made("sha256", "aes128")), "-e", f"0x{engine_id}", "-Z", "77,5000")
        code, out, err = await net_snmp("snmpget", tmp_path, *words, at.peer, NAME)
        assert at.denied("not_in_time_window") >= 1
    assert (code, shown(out)) == (0, {NAME: b"public"}), err


async def test_contexts_and_communities_tell_agents_apart(tmp_path: Path) -> None:
    v3 = as_user(made("sha512", "aes256"))
    with serving("east", "west") as at:
        for name in ("east", "west"):
            by_community = await net_snmp("snmpget", tmp_path, "-v2c", "-c", name, at.peer, NAME)
            by_context = await net_snmp("snmpget", tmp_path, *v3, "-n", name, at.peer, NAME)
            assert shown(by_community[1]) == shown(by_context[1]) == {NAME: name.encode()}
        unknown = await net_snmp("snmpget", tmp_path, *v3, "-n", "north", at.peer, NAME)
        nobody = await net_snmp("snmpget", tmp_path, "-v2c", "-c", "north", "-t", "0.2", "-r", "0", at.peer, NAME)
        assert at.denied("unknown_context") >= 1
    assert unknown[0] != 0
    assert nobody[0] != 0


def question(at: Served, user: User, *, do: str = "get", oid: str = NAME, **more: Any) -> dict[str, Any]:
    secrets = {"password": PASSWORD, "private": PRIVATE} | more
    known = {"name": user.name.decode(), "auth": user.auth, "priv": user.priv}
    return {"do": do, "at": at.endpoint.address, "oid": oid} | known | secrets


@pytest.mark.slow
async def test_pysnmp_of_version_1_and_2c() -> None:
    last = max(expected(), key=lambda oid: [int(arc) for arc in oid.split(".")])
    with serving() as at:
        plain = {"at": at.endpoint.address, "community": "public", "version": 1}
        got, got_v1, stepped, bulk, ended = await ask(
            plain | {"do": "get", "oid": NAME},
            plain | {"do": "get", "oid": NAME, "version": 0},
            plain | {"do": "next", "oid": DESCR},
            plain | {"do": "bulk", "oid": HC_IN, "repeat": 30},
            plain | {"do": "next", "oid": last},
        )
    assert got == got_v1 == {"error": "", "varbinds": [[NAME, "OctetString", "public"]]}
    assert stepped["varbinds"] == [[f"{DESCR}.1", "OctetString", "xe-0/0/0"]]
    assert bulk["varbinds"] == [[oid, "Counter64", str(value)] for oid, value in expected(HC_IN).items()]
    assert [[name, kind] for name, kind, _ in ended["varbinds"]] == [[last, "EndOfMibView"]]


@pytest.mark.slow
async def test_pysnmp_in_every_pair_of_protocols() -> None:
    with serving() as at:
        asked = []
        for user in USERS:
            asked += [question(at, user), question(at, user, do="bulk", oid=DESCR, repeat=30)]
            if user.priv in ("aes192", "aes256"):
                asked.append(question(at, user, priv=f"{user.priv} cisco"))
        answers = await ask(*asked)
    for one, answer in zip(asked, answers, strict=True):
        wanted = expected(DESCR if one["do"] == "bulk" else NAME[:-2])
        assert answer["error"] == "", one
        assert {oid: value.encode() for oid, _, value in answer["varbinds"]} == wanted, one
    assert set(at.responder.authority.denied) == {"unknown_engine"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("user", "secrets", "reason"),
    [
        (made("sha256", "aes128"), {"password": "another password"}, "wrong_digest"),
        (made("sha256", "aes128"), {"private": "another password"}, "decryption_failed"),
        (made("sha256", "aes128"), {"name": "stranger"}, "unknown_user"),
        (made("sha256", "aes128"), {"priv": ""}, "unsupported_security_level"),
    ],
    ids=["password", "privacy", "user", "level"],
)
async def test_pysnmp_is_told_why_it_is_refused(user: User, secrets: dict[str, str], reason: ReportReason) -> None:
    with serving() as at:
        [answer] = await ask(question(at, user, **secrets))
        assert at.denied(reason) >= 1
    assert answer["error"]


def test_every_protocol_is_among_the_users() -> None:
    assert {user.auth for user in EVERY} == set(usm.MAC_SIZES)
    assert {user.priv for user in EVERY} == {"", *usm.KEY_SIZES}
