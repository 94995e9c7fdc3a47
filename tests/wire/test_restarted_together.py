"""Many elements of version 3 start anew at one moment, as after a power cut: nothing fails, nobody is alarmed."""

import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.version3 import AUTH, NAME, PRIV
from netmon.domain.observation import PollFailed, PollResult
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, until
from tests.wire.secured_agents import secured_agents

pytestmark = [pytest.mark.wire, pytest.mark.slow, pytest.mark.alone]

COUNT = 30
CREDENTIAL = {
    "id": "v3",
    "user": NAME,
    "auth": {"protocol": "sha256", "password": {"env": "NETMON_TEST_AUTH"}},
    "priv": {"protocol": "aes128", "password": {"env": "NETMON_TEST_PRIV"}},
}
POLLING = {"default_every": "3s", "timeout": "5s", "retries": 2, "ping": "off"}
RESYNCS = "netmon_snmp_usm_resyncs_total"
REPORTS = 'netmon_snmp_reports_total{direction="received",reason="not_in_time_window"}'


def boots(daemon: Daemon) -> dict[str, int]:
    """Return element to the newest boots that a poll of it brought."""
    polls = (one for _, one in daemon.observations() if isinstance(one, PollResult) and one.blocks)
    return {one.element: one.blocks[-1].boots or 0 for one in polls}


def failures(daemon: Daemon) -> Counter[str]:
    """Return why polls failed; one that came while the last went on says nothing of the element."""
    failed = (one for _, one in daemon.observations() if isinstance(one, PollFailed))
    return Counter(one.reason for one in failed if one.reason != "overrun")


async def test_elements_that_restart_together_are_polled_on_without_a_failure_or_an_alarm(tmp_path: Path) -> None:
    env = {"NETMON_TEST_AUTH": AUTH, "NETMON_TEST_PRIV": PRIV}
    with secured_agents(COUNT) as agents:
        elements = [
            {"id": f"e{number}", "addresses": [host], "port": port, "credential": "v3"}
            for number, (host, port) in enumerate(agents.addresses)
        ]
        listen = [f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"]
        settings: dict[str, Any] = {"credentials": [CREDENTIAL], "polling": POLLING, "traps": {"listen": listen}}
        async with netmon(tmp_path, elements=elements, env=env, **settings) as daemon:
            await until(lambda: list(boots(daemon).values()) == [1] * COUNT, what="a poll of every element")
            agents.restart()
            await until(lambda: list(boots(daemon).values()) == [2] * COUNT, what="a poll of every element anew")
            # They are counted at the next Tick.
            await until(lambda: daemon.metric(REPORTS) >= COUNT, what="a Report of every element")
            resyncs = daemon.metric(RESYNCS)
            failed, alarmed = failures(daemon), [one for one in daemon.changes() if one.kind == "raised"]
    # One question of each meets the new boots; a second one could only where an answer came seconds late.
    assert COUNT <= resyncs < 2 * COUNT
    assert failed == {}
    assert [one.after.type for one in alarmed if one.after.type.endswith("-unreachable")] == []
