"""Version 3 through ``netmon run``: snmpd polled, net-snmp's notifications taken, a restart that forgets nothing."""

import asyncio
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import PollResult, Trap
from netmon.snmp.client import Client
from tests.snmp.test_snmp_client import clock_ms
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, snmpd, until
from tests.wire.test_usm_snmpd import PASSWORD, PRIVATE, made, target, users
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


async def engine_of(port: int) -> bytes:
    """Return the engine id of an agent, as a poll finds it out."""
    async with Client(clock_ms) as client:
        await client.get(target(port, USER), ["1.3.6.1.2.1.1.3.0"])
        known = client.asking.engine(("127.0.0.1", port))
    assert known is not None
    return known.engine_id


async def test_an_element_that_was_reset_confirms_it_and_is_heard_again(tmp_path: Path) -> None:
    env = {"NETMON_TEST_AUTH": PASSWORD, "NETMON_TEST_PRIV": PRIVATE}
    async with snmpd(tmp_path / "snmpd", users="".join(users())) as agent:
        engine_id = (await engine_of(agent)).hex()
        element = {"id": "gw", "addresses": ["127.0.0.1"], "port": agent, "credential": "v3"}
        port = free_port(socket.SOCK_DGRAM)
        settings: dict[str, Any] = {"credentials": [credential()], "traps": {"listen": [f"127.0.0.1:{port}"]}}
        async with netmon(tmp_path / "netmon", elements=[element], env=env, **settings) as daemon:
            await until(lambda: polled(daemon), what="a poll by version 3")

            def sent(boots_and_time: str) -> bool:
                told = ("-e", f"0x{engine_id}", "-Z", boots_and_time)
                return send(tmp_path, port, USER, more=told) == 0

            # Before it was reset it had booted 40 times; now it has as often as the agent says, which is less.
            assert sent("40,5000")
            await until(lambda: len(traps(daemon)) == 1, what="the first trap")
            await until(lambda: sent("1,10") and len(traps(daemon)) > 1, what="a trap of the engine after its reset")
            turned_away = 'netmon_source_dropped_total{reason="not_in_time_window",source="traps"}'
            await until(lambda: daemon.metric(turned_away) >= 1, what="what was turned away to be counted")
            first, second, *rest = traps(daemon)
    assert (first.boots, second.boots, first.element, second.element) == (40, 1, "gw", "gw")
    assert second.flags == ("engine_reset",)
    assert all(one.flags == () for one in rest)


async def test_polls_traps_and_informs_of_version_3_over_a_restart(tmp_path: Path) -> None:
    env = {"NETMON_TEST_AUTH": PASSWORD, "NETMON_TEST_PRIV": PRIVATE}
    async with snmpd(tmp_path / "snmpd", users="".join(users())) as agent:
        element = {"id": "gw", "addresses": ["127.0.0.1"], "port": agent, "credential": "v3"}
        port = free_port(socket.SOCK_DGRAM)
        settings: dict[str, Any] = {"credentials": [credential()], "traps": {"listen": [f"127.0.0.1:{port}"]}}
        async with netmon(tmp_path / "netmon", elements=[element], env=env, **settings) as daemon:
            await until(lambda: polled(daemon), what="a poll by version 3")
            assert send(tmp_path, port, USER) == 0
            assert await asyncio.to_thread(send, tmp_path, port, USER, inform=True) == 0
            await until(lambda: len(traps(daemon)) == 2, what="both in the log")
            await daemon.stop()
            before = polled(daemon)
            await daemon.start(env=env)
            await until(lambda: polled(daemon) > before, what="a poll after the restart")
            assert await asyncio.to_thread(send, tmp_path, port, USER, inform=True) == 0
            # The sender's engine was seen at a newer time before the restart: this is a replay.
            assert send(tmp_path, port, USER, more=("-Z", "0,10")) == 0
            await until(
                lambda: daemon.metric('netmon_source_dropped_total{reason="not_in_time_window",source="traps"}'),
                what="the replay to be turned away",
            )
            # An inform begins with the question which engine there is.
            await until(
                lambda: daemon.metric('netmon_snmp_reports_total{direction="sent",reason="unknown_engine"}'),
                what="Reports to be counted",
            )
            (first, boots), (second, more) = engine(daemon)
            shown = json.loads(
                await asyncio.to_thread(daemon.netmon, "inventory", "show", "--engine", "--json", env=env)
            )
            taken = traps(daemon)
    assert (first, boots + 1) == (second, more)
    assert (shown["engine_id"], shown["boots"], shown["shared"]) == (second, more, [])
    assert {(one.version, one.level, one.element) for one in taken} == {("v3", "authPriv", "gw")}
    assert len(taken) == 3
    assert PASSWORD not in daemon.text()
