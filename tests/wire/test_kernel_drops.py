"""What the kernel could not keep for ``netmon run`` is an alarm, and no message is missing without being counted."""

import asyncio
import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from netmon.snmp.message import encode
from tests.snmp.snmp_examples import LINK_DOWN
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

SENT = 2_000


def books(daemon: Daemon) -> dict[str, Any]:
    return dict(json.loads(daemon.netmon("traps", "rejected", "--json"))["books"])


def accounted(told: dict[str, Any]) -> int:
    return int(told["read"] + told["kernel_drops"])


def raised(daemon: Daemon) -> bool:
    return ("raised", "kernel-drops") in [(one.kind, one.after.type) for one in daemon.changes()]


async def test_a_flood_beyond_the_receive_buffer_raises_an_alarm_and_every_message_is_accounted_for(
    tmp_path: Path,
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    traps = {"listen": [f"127.0.0.1:{port}"], "receive_buffer": "16KiB", "communities": [{"credential": "lab"}]}
    async with netmon(tmp_path, elements=[], traps=traps, web={"enabled": False}) as daemon:
        assert daemon.process is not None
        # While it stands still nothing is read: more than the buffer holds is lost, on a fast host and on a slow one.
        daemon.process.send_signal(signal.SIGSTOP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(SENT):
                sender.sendto(encode(LINK_DOWN), ("127.0.0.1", port))
        daemon.process.send_signal(signal.SIGCONT)
        await until(lambda: raised(daemon), what="the alarm")
        await until(lambda: accounted(books(daemon)) == SENT, what="every message to be accounted for")
        told = await asyncio.to_thread(books, daemon)
    assert told["kernel_drops"] > 0
    assert accounted(told) == SENT
    assert told["missing"] == 0
