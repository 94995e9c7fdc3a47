"""What simulated agents tell by themselves, as net-snmp's and netmon's own receiver take it."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.cli.simulate.reading import read_scenario
from netmon.cli.simulate.simulation import Simulation
from netmon.mib.names import MibView
from netmon.snmp.user import User
from tests.patience import PATIENCE_S
from tests.wire.peers import free_port, program, running, until
from tests.wire.test_usm_snmpd import AUTH, PASSWORD, PRIV, PRIVATE, made
from tests.wire.test_usm_traps import EVERY, OURS, receiving

pytestmark = pytest.mark.wire

LINK_DOWN, COLD_START = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.1"
ENGINE = "80007ed90401020304"


def credential(user: User) -> str:
    """Return a user as a scenario has it, its secrets in the environment."""
    priv = f", priv: {{protocol: {user.priv}, password: {{env: NETMON_TEST_PRIV}}}}" if user.priv else ""
    name = user.name.decode()
    return f"{{id: {name}, user: {name}, auth: {{protocol: {user.auth}, password: {{env: NETMON_TEST_AUTH}}}}{priv}}}"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETMON_TEST_AUTH", PASSWORD)
    monkeypatch.setenv("NETMON_TEST_PRIV", PRIVATE)


def scenario(to: int, *actions: str, version: str = "v2c", users: tuple[User, ...] = ()) -> str:
    """Return a scenario of one agent for each user, or of one; all do the same."""
    lines = ["credentials:", *[f"  - {credential(user)}" for user in users]] if users else []
    lines.append("agents:")
    for number, name in enumerate([user.name.decode() for user in users] or [""], 1):
        who = f", users: [{name}], engine_id: {ENGINE}{number:02x}" if name else ""
        lines.append(
            f'  - {{id: r{number}, listen: "127.0.0.1:0", trap_to: "127.0.0.1:{to}", trap_version: {version}, '
            f"model: {{interfaces: 2}}, boots: 3{who}}}"
        )
    return "\n".join([*lines, "script:", *[f'  - {{at: 0s, agent: "r*", {action}}}' for action in actions]])


@contextlib.asynccontextmanager
async def played(folder: Path, text: str) -> AsyncIterator[Simulation]:
    file = folder / "scenario.yaml"
    file.write_text(text)
    found = read_scenario(file, lambda: MibView([]))
    assert [str(problem) for problem in found.errors] == []
    simulation = Simulation(found, lambda _: None)
    assert simulation.open() == ()
    try:
        await simulation.play()
        yield simulation
    finally:
        simulation.close()


INFORM = f"do: inform, oid: {COLD_START}, timeout: 1s, retries: 20"


@pytest.mark.slow
async def test_netmon_takes_version_3_in_every_pair_of_protocols(tmp_path: Path) -> None:
    async with receiving() as receiver:
        text = scenario(receiver.port, "do: link_down, if: xe-0/0/1", INFORM, version="v3", users=tuple(EVERY))
        async with played(tmp_path, text) as simulation:
            taken = await receiver.got(2 * len(EVERY))
            async with asyncio.timeout(PATIENCE_S):
                while simulation.counts()["informs answered"] < len(EVERY):
                    await asyncio.sleep(0.01)
    traps = [trap for trap in taken if trap.trap_oid == LINK_DOWN]
    informs = [trap for trap in taken if trap.trap_oid == COLD_START]
    names = sorted(user.name.decode() for user in EVERY)
    assert sorted(trap.security_name for trap in traps) == sorted(trap.security_name for trap in informs) == names
    assert {(trap.version, trap.boots) for trap in traps} == {("v3", 3)}
    assert len({trap.engine_id for trap in traps}) == len(EVERY)
    assert {trap.engine_id for trap in informs} == {OURS.hex()}
    assert simulation.counts()["informs refused"] == 0


@contextlib.asynccontextmanager
async def snmptrapd(folder: Path, *users: str) -> AsyncIterator[tuple[int, Path]]:
    """Run net-snmp's receiver; yield its port and the file it writes notifications to."""
    port, log, told = free_port(socket.SOCK_DGRAM), folder / "snmptrapd.log", folder / "traps.txt"
    config = folder / "snmptrapd.conf"
    lines = [f"createUser {user}" for user in users]
    config.write_text(
        "\n".join([*lines, "disableAuthorization yes", "format1 %W|%v\\n%b\\n", "format2 %V| %v\\n"]) + "\n"
    )
    command = (program("snmptrapd"), "-f", "-Lf", str(told), "-On", "-C", "-c", str(config), f"udp:127.0.0.1:{port}")
    env = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / "state")}
    with running(*command, log=log, env=env):
        await until(
            lambda: told.exists() and "NET-SNMP" in told.read_text(errors="replace"), what="snmptrapd to listen"
        )
        yield port, told


@pytest.mark.parametrize("version", ["v1", "v2c"])
async def test_net_snmp_takes_traps_and_informs(tmp_path: Path, version: str) -> None:
    async with snmptrapd(tmp_path) as (port, told):
        actions = ("do: link_down, if: xe-0/0/1", INFORM)
        async with played(tmp_path, scenario(port, *actions, version=version)) as simulation:
            await until(lambda: simulation.counts()["informs answered"] == 1, what="an answer")
            await until(lambda: "xe-0/0/1" in told.read_text(), what="the trap")
    assert f".{COLD_START}" in told.read_text()


@pytest.mark.slow
async def test_net_snmp_takes_version_3_in_every_pair_of_protocols(tmp_path: Path) -> None:
    users = tuple(made(auth, priv) for auth in AUTH for priv in (None, *PRIV))
    lines = []
    for number, user in enumerate(users, 1):
        assert user.auth
        priv = f" {PRIV[user.priv]} {PRIVATE}" if user.priv else ""
        known = f"{user.name.decode()} {AUTH[user.auth]} {PASSWORD}{priv}"
        # One for informs, which are for the receiver's engine; one for traps, which are of the sender's.
        lines += [known, f"-e 0x{ENGINE}{number:02x} {known}"]
    async with snmptrapd(tmp_path, *lines) as (port, told):
        text = scenario(port, "do: link_down, if: xe-0/0/1", INFORM, version="v3", users=users)
        async with played(tmp_path, text) as simulation:
            await until(lambda: simulation.counts()["informs answered"] == len(users), what="an answer to each inform")
            await until(lambda: told.read_text().count("xe-0/0/1") >= 2 * len(users), what="every trap")
    assert simulation.counts()["informs refused"] == 0
