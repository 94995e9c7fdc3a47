"""netmon as a process, as users run it: started, watched from outside and ended."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.network import write_network
from tests.wire.peers import free_port, get, netmon_command, running

_PATIENCE_S = 60.0
_SAMPLE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)


class RunningEngine(msgspec.Struct, frozen=True):
    """An engine that is ready."""

    process: "subprocess.Popen[bytes]"
    traps: int
    """Port it listens to for traps."""
    http: int
    ready_s: float
    """From the start of the process to the answer of /readyz."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def metric(self, name: str, labels: str = "") -> float:
        """Return a sample of /metrics, 0 where there is none; ``labels`` as they stand between the braces."""
        text = str(get(f"http://127.0.0.1:{self.http}/metrics"))
        return next(
            (float(found[3]) for found in _SAMPLE.finditer(text) if (found[1], found[2] or "") == (name, labels)), 0.0
        )

    def committed(self, kind: str) -> int:
        """Return how many observations of a kind are on disk."""
        return int(self.metric("netmon_observations_total", f'kind="{kind}"'))


class Ports(msgspec.Struct, frozen=True):
    """Addresses of one engine, the same after a restart."""

    traps: int
    http: int


def free_ports() -> Ports:
    """Return ports that nobody has now."""
    return Ports(free_port(socket.SOCK_DGRAM), free_port())


@contextlib.contextmanager
def fresh_engine(folder: Path, *, storm_limits: bool = False) -> Iterator[RunningEngine]:
    """Run an engine without elements in a folder of its own."""
    ports = free_ports()
    config = write_network(folder, traps=ports.traps, engine=ports.http, storm_limits=storm_limits)
    with engine(folder, config, ports) as started:
        yield started


@contextlib.contextmanager
def engine(folder: Path, config: Path, ports: Ports) -> Iterator[RunningEngine]:
    """Run an engine with a configuration; it is ready when the block begins."""
    # As after an installation, which compiles all modules; a start that compiles them is no start of netmon.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "modules")
    command = netmon_command("run", "--config", str(config))
    began = time.perf_counter()
    with running(*command, log=folder / "engine.log", env=environment) as process:
        wait_for(lambda: get(f"http://127.0.0.1:{ports.http}/readyz") or process.poll() is not None, what="the engine")
        if process.poll() is not None:
            raise RuntimeError((folder / "engine.log").read_text()[-2000:])
        yield RunningEngine(process, ports.traps, ports.http, time.perf_counter() - began)


def wait_for(done: Callable[[], object], *, what: str, patience_s: float = _PATIENCE_S) -> None:
    """Wait until something is done.

    Raises:
        TimeoutError: it never was.
    """
    until = time.perf_counter() + patience_s
    while not done():
        if time.perf_counter() > until:
            raise TimeoutError(f"waited {patience_s:.0f} s in vain for {what}")
        time.sleep(0.05)


def seconds_until(done: Callable[[], bool], *, most_s: float) -> float:
    """Return after how many seconds something was done; more than ``most_s`` when it was not."""
    began = time.perf_counter()
    while not done():
        waited_s = time.perf_counter() - began
        if waited_s > most_s:
            return waited_s
        time.sleep(0.1)
    return min(time.perf_counter() - began, most_s)


def wait_for_count(count: Callable[[], int], goal: int) -> bool:
    """Wait until a count reaches its goal and tell whether it did; one that stands still for 2 s will not."""
    time.sleep(0.3)
    last, still = count(), 0
    while last < goal and still < 4:
        # Asking costs the one that is measured.
        time.sleep(0.5)
        now = count()
        last, still = now, 0 if now > last else still + 1
    return last >= goal
