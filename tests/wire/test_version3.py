"""Version 3 through ``netmon run``: snmpd polled, net-snmp's notifications taken, a restart that forgets nothing."""

import asyncio
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import PollResult, Trap
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, snmpd, until
from tests.wire.test_usm_snmpd import PASSWORD, PRIVATE, made, users
from tests.wire.test_usm_traps import send

pytestmark = [pytest.mark.wire, pytest.mark.slow]

USER = made("sha256", "aes128")


def credential() -> dict[str, Any]:
    return {
        "id": "v3",
        "user": USER.name.decode(),
        "auth": {"protocol": "sha256", "password": {"env": "NETMON_TEST_AUTH"}},
        "priv": {"protocol": "aes128", "password": {"env": "NETMON_TEST_PRIV"}},
    }


def polled(daemon: Daemon) -> int:
    return sum(isinstance(one, PollResult) and one.group != "probe" for _, one in daemon.observations())


def traps(daemon: Daemon) -> list[Trap]:
    return [one for _, one in daemon.observations() if isinstance(one, Trap)]


def engine(daemon: Daemon) -> list[tuple[str, int]]:
    """Return the engine id and boots of each start, as the log tells them."""
    found = re.findall(r"SNMP engine .*boots=(\d+) engine_id=([0-9a-f]+)", daemon.text())
    return [(engine_id, int(boots)) for boots, engine_id in found]


async def test_polls_traps_and_informs_of_version_3_over_a_restart(tmp_path: Path) -> None:
    env = {"NETMON_TEST_AUTH": PASSWORD, "NETMON_TEST_PRIV": PRIVATE}
    async with snmpd(tmp_path / "snmpd", users="".join(users())) as agent:
        element = {"id": "gw", "addresses": ["127.0.0.1"], "port": agent, "credential": "v3"}
        port = free_port(socket.SOCK_DGRAM)
        settings: dict[str, Any] = {"credentials": [credential()], "traps": {"listen": [f"127.0.0.1:{port}"]}}
        async with netmon(tmp_path / "netmon", elements=[element], env=env, **settings) as daemon:
            await until(lambda: polled(daemon), what="a poll by version 3")
            assert send(tmp_path, port, USER) == 0
            assert await asyncio.to_thread(send, tmp_path, port, USER, inform=True, more=("-r", "3")) == 0
            await until(lambda: len(traps(daemon)) == 2, what="both in the log")
            await daemon.stop()
            before = polled(daemon)
            await daemon.start(env=env)
            await until(lambda: polled(daemon) > before, what="a poll after the restart")
            assert await asyncio.to_thread(send, tmp_path, port, USER, inform=True, more=("-r", "3")) == 0
            # The sender's engine was seen at a newer time before the restart: this is a replay.
            assert send(tmp_path, port, USER, more=("-Z", "0,10")) == 0
            await until(
                lambda: daemon.metric('netmon_source_dropped_total{reason="not_in_time_window",source="traps"}'),
                what="the replay to be turned away",
            )
            (first, boots), (second, more) = engine(daemon)
            taken = traps(daemon)
    assert (first, boots + 1) == (second, more)
    assert {(one.version, one.level, one.element) for one in taken} == {("v3", "authPriv", "gw")}
    assert len(taken) == 3
    assert PASSWORD not in daemon.text()
