"""Connections that ask nothing take every descriptor of the engine: what it has open goes on, and it gets them back."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import get, notify, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

MOST = 100
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"


@contextlib.contextmanager
def silent(address: str, count: int) -> Iterator[None]:
    """Connect so many times and ask nothing."""
    host, _, port = address.rpartition(":")
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex((host, int(port)))
        yield


def descriptors(daemon: Daemon) -> int:
    assert daemon.process is not None
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def is_closed(one: socket.socket) -> bool:
    """Tell whether the peer has ended a connection, maybe after a last word."""
    try:
        return one.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


async def inform(daemon: Daemon, interface: int) -> int:
    words = (f"1.3.6.1.2.1.2.2.1.1.{interface}", "i", f"{interface}", f"1.3.6.1.2.1.2.2.1.7.{interface}", "i", "1")
    return await asyncio.to_thread(notify, daemon.traps, "", LINK_DOWN, *words, tool="snmpinform")


async def test_informs_are_taken_without_a_free_descriptor(tmp_path: Path) -> None:
    limited = ("prlimit", f"--nofile={MOST}:{MOST}")
    async with netmon(tmp_path, elements=[], within=limited, web={"enabled": False}) as daemon:
        with silent(daemon.engine, 2 * MOST):
            await until(lambda: descriptors(daemon) >= MOST, what="no descriptor to be left")
            for interface in range(1, 6):
                assert await inform(daemon, interface) == 0
            # They are still connected: it is the engine that ends them.
            await until(lambda: get(f"http://{daemon.engine}/healthz"), what="room for one that asks")
            raised = [one.object for one in daemon.alarms() if one.type == "link-alarm"]
            assert len(raised) == 5
        assert daemon.text().count("\n") < 1_000, "the log is full of it"
        live = await daemon.stop()
    assert daemon.replayed()["digest"] == live


async def test_engine_and_web_close_what_asks_nothing_and_nothing_else(tmp_path: Path) -> None:
    async with netmon(tmp_path, elements=[]) as daemon:
        for address in (daemon.engine, daemon.web):
            host, _, port = address.rpartition(":")
            with (
                socket.create_connection((host, int(port))) as quiet,
                socket.create_connection((host, int(port))) as slow,
            ):
                slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
                for one in (quiet, slow):
                    one.setblocking(False)
                    await until(partial(is_closed, one), what="the end of a connection")
                # Half a request is none; a whole one is answered.
                assert get(f"http://{address}/") is not None or get(f"http://{address}/healthz") is not None
