"""An agent whose engine boots or time move is polled on by ``netmon run``: no poll fails, nothing is unreachable."""

import re
import socket
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import PollFailed, PollResult
from tests.wire.daemon import Daemon
from tests.wire.peers import fast_time, free_port, snmpd, until
from tests.wire.test_usm_snmpd import PASSWORD, PRIVATE
from tests.wire.test_version3 import USER, credential

pytestmark = [pytest.mark.wire, pytest.mark.slow]

NAME = USER.name.decode()
USERS = f"createUser {NAME} SHA-256 {PASSWORD} AES {PRIVATE}\nrouser {NAME} priv\n"
POLLING = {"default_every": "20s", "timeout": "1s", "retries": 5, "ping": "off", "budget": 1.0}
"""A restart lasts some seconds on a slow machine: all that time the request that is open goes on trying."""


class Agent:
    """snmpd with a memory of its boots and a clock that a file sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port(socket.SOCK_DGRAM)
        self._kept = folder / "kept"
        self._clock = folder / "clock"
        self._kept.mkdir(parents=True)
        self.set_clock("+0")
        self.env = {
            "LD_PRELOAD": fast_time(1)["LD_PRELOAD"],
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_NO_CACHE": "1",
            "SNMP_PERSISTENT_DIR": str(self._kept),
        }

    @property
    def users(self) -> str:
        """Lines of its configuration: the user, and what it kept, which it does not read by itself here."""
        kept = self._kept / "snmpd.conf"
        return f"{USERS}includeFile {kept}\n" if kept.exists() else USERS

    def set_clock(self, offset: str) -> None:
        self._clock.write_text(f"{offset}\n")

    def set_boots(self, number: int) -> None:
        """Let it believe that it booted so often; it must not run now."""
        kept = self._kept / "snmpd.conf"
        text, changed = re.subn(r"(?m)^engineBoots \d+$", f"engineBoots {number}", kept.read_text())
        assert changed == 1
        kept.write_text(text)


def results(daemon: Daemon) -> list[PollResult]:
    return [one for _, one in daemon.observations() if isinstance(one, PollResult) and one.group != "probe"]


def boots(daemon: Daemon) -> list[int | None]:
    """Return the boots that polls saw, repeats left out."""
    seen: list[int | None] = []
    for block in (block for one in results(daemon) for block in one.blocks):
        if not seen or seen[-1] != block.boots:
            seen.append(block.boots)
    return seen


async def more_polls(daemon: Daemon, number: int) -> None:
    wanted = len(results(daemon)) + number
    await until(lambda: len(results(daemon)) >= wanted, patience_s=300, what=f"{number} more polls")


async def test_an_engine_whose_boots_and_time_move_is_polled_on(tmp_path: Path) -> None:
    agent = Agent(tmp_path / "agent")
    element = {"id": "gw", "addresses": ["127.0.0.1"], "port": agent.port, "credential": "v3"}
    settings: dict[str, Any] = {"credentials": [credential()], "polling": POLLING, "web": {"enabled": False}}
    settings["traps"] = {"listen": [f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"]}
    env = {"NETMON_TEST_AUTH": PASSWORD, "NETMON_TEST_PRIV": PRIVATE}
    async with snmpd(agent.folder, env=agent.env, users=agent.users, port=agent.port):
        daemon = Daemon(tmp_path / "netmon", elements=[element], **settings)
        await daemon.start(env=env)
        await more_polls(daemon, 1)
    try:
        for number in (None, 40):
            if number is not None:
                agent.set_boots(number)
            async with snmpd(agent.folder, env=agent.env, users=agent.users, port=agent.port):
                await more_polls(daemon, 1)
        agent.set_boots(5)
        async with snmpd(agent.folder, env=agent.env, users=agent.users, port=agent.port):
            await more_polls(daemon, 1)
            agent.set_clock("+1h")
            await more_polls(daemon, 2)
            # Each restart, and the clock that jumped, cost one more round trip; figures are told each second.
            await until(lambda: daemon.metric("netmon_snmp_usm_resyncs_total") >= 4, what="resyncs to be counted")
            await daemon.stop()
    finally:
        daemon.kill()
    assert boots(daemon) == [1, 2, 41, 6]
    assert [one for _, one in daemon.observations() if isinstance(one, PollFailed)] == []
    assert {one.after.type for one in daemon.changes()} <= {"agent-restart"}, "a restart is told, and nothing else"
