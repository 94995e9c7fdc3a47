"""The web process as the engine starts it: on sockets that are bound already, gone when the engine is gone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from netmon.control.listen import address_of, listen
from netmon.domain.address import Addresses, Network
from netmon.storage.sqlite.store import open_store
from netmon.web.config import TlsConfig, WebConfig, WebSetup
from netmon.web.launch import Launch, read_launch, send_launch
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

ENV = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


@contextmanager
def started(
    setup: WebSetup, bound: Sequence[socket.socket], *, processes: int = 1, env: Mapping[str, str] = ENV
) -> Iterator[list[tuple["subprocess.Popen[bytes]", socket.socket]]]:
    """Start web processes as the engine does, with a line to each; what still runs at the end is killed."""
    made = [waiting(env) for _ in range(processes)]
    try:
        for _, line in made:
            send_launch(line, Launch(setup), bound)
        yield made
    finally:
        for process, line in made:
            process.kill()
            process.wait()
            line.close()


def waiting(env: Mapping[str, str] = ENV) -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """Start a web process that was not told anything yet."""
    ours, theirs = socket.socketpair()
    with theirs:
        return subprocess.Popen([sys.executable, "-m", "netmon.web"], stdin=theirs.fileno(), env=env), ours


def test_serves_on_all_its_addresses_and_ends_on_sigterm(tmp_path: Path) -> None:
    open_store(tmp_path / "netmon.db").close()
    bound = [listen("127.0.0.1:0"), listen("[::1]:0")]
    with started(WebSetup(tmp_path, "nm1"), bound) as ((process, _),):
        for one in bound:
            answer = httpx.get(f"http://{address_of(one)}/tmf-api/alarm/v4/alarm", timeout=PATIENCE_S)
            assert answer.status_code == 401
            one.close()
        process.terminate()
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)


def test_serves_where_uvloop_is_not_installed(tmp_path: Path) -> None:
    open_store(tmp_path / "netmon.db").close()
    (tmp_path / "uvloop.py").write_text('raise ImportError("no wheel for this machine")\n')
    env = ENV | {"PYTHONPATH": os.pathsep.join((str(tmp_path), ENV["PYTHONPATH"]))}
    with started(WebSetup(tmp_path, "nm1"), [bound := listen("127.0.0.1:0")], env=env) as ((process, _),), bound:
        assert httpx.get(f"http://{address_of(bound)}/login", timeout=30).status_code == 200
        process.terminate()
        assert process.wait(10) in (0, -signal.SIGTERM)


def test_several_processes_share_an_address(tmp_path: Path) -> None:
    open_store(tmp_path / "netmon.db").close()
    bound = listen("127.0.0.1:0")
    with started(WebSetup(tmp_path, "nm1", WebConfig(workers=2)), [bound], processes=2) as made, bound:
        url = f"http://{address_of(bound)}/login"
        assert httpx.get(url, timeout=PATIENCE_S).status_code == 200
        for gone, _ in made:
            gone.kill()
            gone.wait()
            if gone is made[0][0]:
                assert httpx.get(url, timeout=PATIENCE_S).status_code == 200


def test_frees_the_address_when_the_engine_is_gone(tmp_path: Path) -> None:
    open_store(tmp_path / "netmon.db").close()
    bound = listen("127.0.0.1:0")
    address = address_of(bound)
    host, _, port = address.rpartition(":")
    with started(WebSetup(tmp_path, "nm1"), [bound]) as ((process, line),):
        bound.close()
        assert httpx.get(f"http://{address}/login", timeout=PATIENCE_S).status_code == 200
        client = socket.create_connection((host, int(port)))
        # The end of a process closes its sockets: the kernel does here what it does for a killed engine.
        line.close()
        # The open connection is told the end, and then nobody listens any more.
        client.settimeout(PATIENCE_S)
        assert client.recv(1) == b""
        client.close()
        process.wait(PATIENCE_S)
        listen(address).close()


def test_ends_when_the_engine_dies_before_it_told_anything() -> None:
    process, line = waiting()
    line.close()
    assert process.wait(PATIENCE_S) == 1


def test_the_settings_arrive_whole() -> None:
    config = WebConfig(
        listen=Addresses(["127.0.0.1:1", "[::1]:2"]),
        tls=TlsConfig("a.pem", "b.pem"),
        hosts=("noc.example",),
        trusted_proxies=(Network("10.0.0.0/8"),),
    )
    launch = Launch(WebSetup(Path("/var/lib/netmon"), "nm1", config))
    ours, theirs = socket.socketpair()
    with ours, theirs, listen("127.0.0.1:0") as bound:
        send_launch(ours, launch, [bound])
        told, (received,) = read_launch(theirs)
        with received:
            assert (told, received.getsockname()) == (launch, bound.getsockname())
