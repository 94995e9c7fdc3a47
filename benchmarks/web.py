"""The web process: what a list costs beside encoding it, what live streams cost, and what the engine feels of them."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.engine_process import Ports, RunningEngine, engine, free_ports, wait_for
from benchmarks.measure import Row, cpu_s, median, memory_mib, row, say
from benchmarks.network import write_network
from benchmarks.traps import start_traffic
from netmon.web.view import FRESH_MS
from tests.web.site import Site, web_site
from tests.wire.peers import free_port, get, netmon_command

_ALARMS = 10_000
_LISTS = 20
"""Asked at 10/s: so many share one list, which is made anew every two seconds."""
_RUNS = 5
_RAISES_PER_S = 1_000
_CLIENTS = 20
_CHANGES_PER_S = 200
_SECONDS = 20
_BUDGET_PERCENT = 2.0
_INFORMS_PER_S = 500
_LATENCY_RUNS = 3


def web_process(folder: Path) -> list[Row]:
    """Return what lists and live streams cost."""
    lists = asyncio.run(_list_cost(folder / "lists"))
    return [lists, *_memory(folder / "memory"), *_beside_an_engine(folder / "engine")]


async def _list_cost(folder: Path) -> Row:
    folder.mkdir(parents=True)
    async with web_site(folder) as site:
        await site.engine.raised(*range(_ALARMS))
        await site.seen()
        rows = [one.row for one in site.web.view.entries.values()]
        served, encoded = list[float](), list[float]()
        for number in range(_RUNS):
            await site.engine.raised(_ALARMS + number)
            await site.seen()
            # The list that was made before is too old now.
            await asyncio.sleep(FRESH_MS / 1000)
            began = time.process_time()
            for _ in range(_LISTS):
                await _ask(site)
            served.append((time.process_time() - began) / _LISTS * 1000)
            began = time.process_time()
            msgspec.json.encode(rows)
            encoded.append((time.process_time() - began) * 1000)
    say(f"list of {_ALARMS}: served {median(served):.2f} ms, encoded alone {median(encoded):.2f} ms")
    name = f"list of {_ALARMS} alarms served, 10/s while they change"
    peer = median(encoded)
    return row(name, "ms CPU/list", netmon=median(served), peer=peer, peer_name="encoding alone", target="<= 3")


async def _ask(site: Site) -> None:
    """Ask for the list as a browser does, without the cost of a client."""
    headers = [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip")]
    headers += [(name.lower().encode(), value.encode()) for name, value in site.headers["ann"].items()]
    scope = {
        "type": "http", "method": "GET", "path": "/api/v1/alarms", "raw_path": b"/api/v1/alarms", "query_string": b"",
        "headers": headers, "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
        "http_version": "1.1",
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await site.app(scope, receive, send)
    assert sent[0]["status"] == 200, sent


def _memory(folder: Path) -> list[Row]:
    """Return what the web process holds without an alarm, and with each one more."""
    ports, web = free_ports(), f"127.0.0.1:{free_port()}"
    with with_web(folder, ports, web) as (started, token):
        pid = _web_pid(started.pid)
        base = memory_mib(pid)
        start_traffic("raises", started.traps, count=_ALARMS, rate=_RAISES_PER_S, interfaces=_ALARMS).wait()
        counters = f"http://{web}/api/v1/alarms/counters"
        wait_for(lambda: (get(counters, token) or {"active": 0})["active"] >= _ALARMS, what="the alarms")
        assert len(get(f"http://{web}/api/v1/alarms", token)["alarms"]) >= _ALARMS
        each = (memory_mib(pid) - base) * 1024 / _ALARMS
    say(f"web process: {base:.0f} MiB, {each:.2f} KiB more with each alarm")
    return [
        row("web process, memory without alarms", "MiB", netmon=base, peer=80, peer_name="budget", target="<= 1"),
        row("web process, memory of an active alarm", "KiB", netmon=each, peer=1, peer_name="budget", target="<= 1"),
    ]


def _beside_an_engine(folder: Path) -> list[Row]:
    ports, web = free_ports(), f"127.0.0.1:{free_port()}"
    with with_web(folder, ports, web) as (started, token):
        pid = _web_pid(started.pid)
        streams = _stream_cost(started, web, token, pid=pid)
        alone, loaded = list[float](), list[float]()
        for _ in range(_LATENCY_RUNS):
            alone.append(_inform_p99(started))
            with _clients(web, token, lists_per_s=10):
                loaded.append(_inform_p99(started))
            say(f"informs p99: {alone[-1]:.1f} ms alone, {loaded[-1]:.1f} ms with clients")
        say(f"web process: {memory_mib(pid):.0f} MiB")
    name = f"trap to commit p99 at {_INFORMS_PER_S}/s, {_CLIENTS} live clients and 10 lists/s"
    felt = row(name, "ms", netmon=median(loaded), peer=median(alone), peer_name="without clients", target="<= 2")
    return [streams, felt]


@contextlib.contextmanager
def with_web(folder: Path, ports: Ports, web: str) -> Iterator[tuple[RunningEngine, str]]:
    """Run an engine with its web process; the second value is a token."""
    path = write_network(folder, traps=ports.traps, engine=ports.http)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"web": {"listen": web}}))
    with engine(folder, path, ports) as started:
        command = [*netmon_command("user", "token", "admin", "--scope", "read"), "--config", str(path)]
        wait_for(lambda: (folder / "data" / "admin-password").exists(), what="the first account")
        token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        wait_for(lambda: get(f"http://{web}/api/v1/alarms", token), what="the web process")
        yield started, token


def _web_pid(engine_pid: int) -> int:
    """Return the web process: the largest child of the engine."""
    tasks = Path(f"/proc/{engine_pid}/task").iterdir()
    return max((int(pid) for task in tasks for pid in (task / "children").read_text().split()), key=memory_mib)


def _stream_cost(started: RunningEngine, web: str, token: str, *, pid: int) -> Row:
    """Return the CPU of the web process with live streams over that without anything to do."""
    idle = _percent(pid)
    with _clients(web, token, lists_per_s=0) as octets:
        sender = start_traffic(
            "transitions", started.traps, count=_CHANGES_PER_S * (_SECONDS + 10), rate=_CHANGES_PER_S
        )
        time.sleep(2)
        busy = _percent(pid)
        sender.wait()
    # Known once the clients have ended.
    say(f"web process: {idle:.2f} % idle, {busy:.2f} % with {_CLIENTS} streams; {octets[0] >> 10} KiB per stream")
    name = f"web process, {_CLIENTS} streams at {_CHANGES_PER_S} changes/s, over idle"
    return row(name, "% of a core", netmon=busy - idle, peer=_BUDGET_PERCENT, peer_name="budget", target="<= 1")


def _percent(pid: int) -> float:
    cpu, began = cpu_s(pid), time.perf_counter()
    time.sleep(_SECONDS)
    return 100 * (cpu_s(pid) - cpu) / (time.perf_counter() - began)


@contextlib.contextmanager
def _clients(web: str, token: str, *, lists_per_s: float) -> Iterator[list[int]]:
    """Keep streams open and ask for lists; afterwards the value holds the octets of a stream."""
    command = (sys.executable, "-m", "benchmarks.web_clients", web, token, str(_CLIENTS), str(lists_per_s))
    octets: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
        assert clients.stdout is not None
        assert clients.stdin is not None
        assert clients.stdout.readline() == "open\n"
        yield octets
        clients.stdin.close()
        octets.append(int(clients.stdout.readline()))


def _inform_p99(started: RunningEngine) -> float:
    command = (sys.executable, "-m", "benchmarks.informs", str(started.traps), str(_INFORMS_PER_S))
    _, p99, _, unanswered = map(
        float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    )
    if unanswered:
        say(f"{unanswered:.0f} informs unanswered")
    return p99
