"""Real peers on free loopback ports (net-snmp, databases, a broker); started here, ended here, by PID."""

import asyncio
import contextlib
import fcntl
import getpass
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.patience import PATIENCE_S

_PATIENT = ("-t", "5", "-r", "3")
_NO_MIBS = {**os.environ, "MIBS": ""}
_LO_STATUS = "1.3.6.1.2.1.2.2.1.8.1"
_PORTS = os.open(Path(tempfile.gettempdir()) / f"netmon-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)
_TRIED = iter(range(12_000, 32_768))
"""Below those that Linux gives to whoever asks for any (ip_local_port_range); each is given once."""


def program(name: str) -> str:
    """Return the path of a server's program; the tests never skip for want of one."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed: tests/install-servers installs it")
    return found


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a loopback port that is this process's until it ends.

    No socket that asks for any port gets one of these, so that it is still free where it is bound at last. A lock on
    one octet of a file, which the kernel drops with its process, keeps other test processes away.
    """
    for port in _TRIED:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as asked:
            fcntl.lockf(_PORTS, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            asked.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no loopback port is free")


async def until(found: Callable[[], Any], *, patience_s: float = PATIENCE_S, what: str = "") -> Any:
    """Return the first true answer of ``found``; fail with ``what`` when it never comes."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    while not (answer := await asyncio.to_thread(found)):
        if loop.time() > deadline:
            raise AssertionError(f"waited {patience_s:.0f} s in vain for {what or found}")
        await asyncio.sleep(0.05)
    return answer


@contextlib.contextmanager
def running(*command: str, log: Path, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program as long as the block lasts; its output goes to ``log``."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a program that was started here, gently at first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            # Python tells where it hangs (PYTHONFAULTHANDLER), everything else just ends.
            process.send_signal(signal.SIGABRT)
            process.wait()


def get(url: str, token: str = "") -> Any:
    """Return the JSON (or text) behind a URL, None while nobody answers there."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            body = answer.read()
            return json.loads(body) if "json" in answer.headers.get("Content-Type", "") else body.decode() or " "
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


@contextlib.asynccontextmanager
async def snmpd(
    folder: Path, *, env: dict[str, str] | None = None, users: str = "", port: int = 0
) -> AsyncIterator[int]:
    """Run net-snmp's agent over this host's own interfaces, community ``public``; yield its port.

    ``users`` are lines of its configuration that make users of version 3.
    ``ifOperStatus`` of interface 1 can be set with the community ``private``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port(socket.SOCK_DGRAM)
    config = folder / "snmpd.conf"
    config.write_text(
        f"rocommunity public 127.0.0.1\nrwcommunity private 127.0.0.1\nagentaddress udp:127.0.0.1:{port}\n"
        f"sysName wire-test\noverride -rw {_LO_STATUS} integer 1\n{users}"
    )
    command = (program("snmpd"), "-f", "-Lo", "-C", "-c", str(config), "-I", "-smux", "-p", str(folder / "snmpd.pid"))
    surroundings = {"SNMP_PERSISTENT_DIR": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin", "MIBS": "", **(env or {})}
    with running(*command, log=folder / "snmpd.log", env=surroundings):
        await until(lambda: _answers(port), what="snmpd to answer")
        yield port


def _answers(port: int) -> bool:
    try:
        return bool(snmp_get(port, "1.3.6.1.2.1.1.3.0", patience=("-t", "1", "-r", "0")))
    except subprocess.CalledProcessError:
        return False


def snmp_get(port: int, *oids: str, patience: tuple[str, ...] = _PATIENT) -> list[str]:
    """Return what snmpget says of some instances, as bare values."""
    command = [program("snmpget"), "-v2c", "-c", "public", *patience, "-Oqvt", f"127.0.0.1:{port}", *oids]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_NO_MIBS)
    return [line.strip().strip('"') for line in done.stdout.splitlines()]


def set_lo(port: int, status: int) -> None:
    """Let interface 1 of ``snmpd`` be up (1) or down (2)."""
    command = [program("snmpset"), "-v2c", "-c", "private", *_PATIENT, f"127.0.0.1:{port}", _LO_STATUS, "i"]
    subprocess.run([*command, str(status)], capture_output=True, check=True, env=_NO_MIBS)


def notify(to: int, *words: str, tool: str = "snmptrap", version: str = "2c") -> int:
    """Send a notification with net-snmp; return its exit code."""
    command = [program(tool), f"-v{version}", "-c", "public", *_PATIENT, f"127.0.0.1:{to}", *words]
    return subprocess.run(command, capture_output=True, check=False, env=_NO_MIBS).returncode


@contextlib.asynccontextmanager
async def victoria_metrics(folder: Path, *, port: int = 0) -> AsyncIterator[str]:
    """Run VictoriaMetrics over what it stored before; yield its base URL."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = (program("victoria-metrics"), f"-storageDataPath={folder / 'vm'}", f"-httpListenAddr=127.0.0.1:{port}",
               "-search.latencyOffset=0s", "-retentionPeriod=1")  # fmt: skip
    with running(*command, log=folder / "vm.log"):
        await until(lambda: get(f"{url}/health"), what="VictoriaMetrics")
        yield url


@contextlib.asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[str]:
    """Run Prometheus, which scrapes ``target`` each second; yield its base URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n"
        f"  - {{job_name: netmon, static_configs: [{{targets: ['{target}']}}]}}\n"
    )
    command = (program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'prom'}",
               f"--web.listen-address=127.0.0.1:{port}")  # fmt: skip
    with running(*command, log=folder / "prometheus.log"):
        await until(lambda: get(f"{url}/-/ready"), what="Prometheus")
        yield url


@contextlib.asynccontextmanager
async def mosquitto(folder: Path, *, port: int = 0, settings: str = "allow_anonymous true") -> AsyncIterator[int]:
    """Run mosquitto, which forgets everything when it ends; yield its port."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\npersistence false\nuser {getpass.getuser()}\n{settings}\n")
    with running(program("mosquitto"), "-c", str(config), "-v", log=folder / "mosquitto.log"):
        await until(lambda: _listens(port), what="mosquitto")
        yield port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def netmon_command(*words: str) -> tuple[str, ...]:
    """Return the command line of netmon as installed for this Python."""
    return (sys.executable, "-m", "netmon", *words)


def fast_time(speed: int) -> dict[str, str]:
    """Return an environment in which time runs faster and begins two minutes before an interval of five."""
    [library] = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    return {"LD_PRELOAD": str(library), "FAKETIME": f"@2026-03-02 00:03:00 x{speed}", "TZ": "UTC"}


def in_victoria_metrics(url: str, series: str) -> dict[tuple[str, str, int], float]:
    """Return all samples of the series chosen, as they lie there: (name, managed object, time) to value."""
    query = urllib.parse.urlencode({"match[]": series, "reduce_mem_usage": 1})
    with urllib.request.urlopen(f"{url}/api/v1/export?{query}", timeout=30) as answer:
        rows = [json.loads(line) for line in answer.read().splitlines()]
    return {
        (row["metric"]["__name__"], row["metric"]["object"], at): float(value)
        for row in rows
        for at, value in zip(row["timestamps"], row["values"], strict=True)
    }


def in_parquet(folder: Path) -> dict[tuple[str, str, int], float]:
    """Return the same of the embedded store."""
    frame = pl.scan_parquet(folder / "*" / "*.parquet").collect()
    rows = frame.select("table", "metric", "object", "time", "count", "value").iter_rows()
    return {(f"{table}_{metric}", object_, at): float(value if count is None else count)
            for table, metric, object_, at, count, value in rows}  # fmt: skip


def same_samples(one: dict[tuple[str, str, int], float], other: dict[tuple[str, str, int], float]) -> bool:
    """Tell whether no sample is missing; VictoriaMetrics keeps some 12 digits of what is no whole number."""
    return one.keys() == other.keys() and all(
        value == other[key] or (not value.is_integer() and math.isclose(value, other[key], rel_tol=1e-9))
        for key, value in one.items()
    )
