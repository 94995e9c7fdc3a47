"""snmpsim's command responder over a folder of recordings."""

import contextlib
import grp
import os
import pwd
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from netmon.snmp.client import Client, Target
from netmon.snmp.errors import SnmpFailure
from tests.snmp.test_snmp_client import clock_ms
from tests.wire.peers import free_port, running

_PATIENCE = 1_000
"""Tries of a fifth of a second: it makes an index of every recording first."""


class NotServing(Exception):
    """snmpsim ended, or never answered; the text is the end of its log."""


@contextlib.asynccontextmanager
async def snmpsim(recordings: Path, work: Path) -> AsyncIterator[int]:
    """Serve each recording of a folder under its name as community; yield the port."""
    port = free_port(socket.SOCK_DGRAM)
    command = [
        str(Path(sys.executable).with_name("snmpsim-command-responder")),
        f"--data-dir={recordings}",
        f"--cache-dir={work}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        "--log-level=error",
    ]
    if os.getuid() == 0:
        # It wants to be told to stay who it is.
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        command += [f"--process-user={user}", f"--process-group={group}"]
    known = sorted(recordings.glob("*.snmprec"))[0].name.removesuffix(".snmprec").encode()
    with running(*command, log=work / "snmpsim.log") as process:
        async with Client(clock_ms) as client:
            target = Target("127.0.0.1", port, community=known, timeout_ms=200, retries=0)
            tries = 0
            while not await _answers(client, target):
                tries += 1
                if process.poll() is not None or tries == _PATIENCE:
                    raise NotServing((work / "snmpsim.log").read_text(errors="replace")[-2000:])
        yield port


async def _answers(client: Client, target: Target) -> bool:
    try:
        await client.get_next(target, ["1.0"])
    except SnmpFailure:
        return False
    return True
