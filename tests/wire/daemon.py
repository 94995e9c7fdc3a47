"""``netmon run`` as a process: its files, its ports, its life; ended here by PID."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from netmon.cli.engine import NoEngine, read
from netmon.config.data_dir import prepare_data_dir, share_mib_cache
from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.observation import Observation
from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import open_store
from tests.wire.peers import end, free_port, get, netmon_command, until

_STOPPED = re.compile(r"stopped .*digest=(\S+)")

_LONG_S = 300.0
"""Rules wait for minutes, which are seconds in fast time, and a slow machine polls late."""


class Daemon:
    """A configuration in a folder and the process that runs on it."""

    def __init__(
        self, folder: Path, *, elements: list[dict[str, Any]], within: tuple[str, ...] = (), **config: Any
    ) -> None:
        self.folder = folder
        self.within = within
        """What the command line begins with: a network namespace of its own, where no port of it is reached."""
        self.data_dir = folder / "data"
        prepare_data_dir(self.data_dir)
        # Else each compiles all modules anew, and in fast time the limits of that pass in no time.
        share_mib_cache(self.data_dir)
        self.log = folder / "netmon.log"
        self.traps = free_port(socket.SOCK_DGRAM)
        self.engine = f"127.0.0.1:{free_port()}"
        self.web = f"127.0.0.1:{free_port()}"
        self.config = folder / "config.yaml"
        (folder / "community").write_text("public\n")
        (folder / "community").chmod(0o600)
        (folder / "inventory.yaml").write_text(json.dumps({"version": 1, "elements": elements, **_inventory(config)}))
        known = self._config()
        web = {"web": known["web"] | config.get("web", {})}
        self.config.write_text(json.dumps(known | config | web))
        self.process: subprocess.Popen[bytes] | None = None

    def _config(self) -> dict[str, Any]:
        return {
            "version": 1,
            "node_id": "wire",
            "data_dir": str(self.data_dir),
            "inventory": "inventory.yaml",
            "credentials": [{"id": "lab", "version": "v2c", "community": {"file": "community"}}],
            "traps": {"listen": [f"127.0.0.1:{self.traps}"], "communities": [{"credential": "lab"}]},
            "polling": {"default_every": "1s", "timeout": "500ms", "retries": 1, "ping": "off"},
            "engine": {"listen": self.engine},
            "web": {"listen": self.web},
        }

    async def start(self, *, env: dict[str, str] | None = None) -> None:
        """Start it and wait until it takes input."""
        with self.log.open("ab") as out:
            command = (*self.within, *netmon_command("run", "--config", str(self.config)))
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(env))
        await until(self._ready, what="netmon to be ready")

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.text()
        return _listens(self.data_dir) if self.within else get(f"http://{self.engine}/readyz") is not None

    async def stop(self) -> str:
        """Stop it as an operator does; return the digest it prints last."""
        assert self.process is not None
        await asyncio.to_thread(end, self.process)
        assert self.process.returncode == 0, self.text()
        return str(_STOPPED.findall(self.text())[-1])

    def kill(self) -> None:
        """Kill it without a word."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def text(self) -> str:
        """Return its log."""
        return self.log.read_text(errors="replace")

    def metrics(self) -> str:
        """Return what it tells Prometheus."""
        return str(get(f"http://{self.engine}/metrics") or "")

    def metric(self, series: str) -> float:
        """Return the value of one series, 0 when it is not there."""
        found = [line for line in self.metrics().splitlines() if line.startswith(f"{series} ")]
        return float(found[0].rpartition(" ")[2]) if found else 0.0

    def netmon(self, *words: str, env: dict[str, str] | None = None) -> str:
        """Run a command of netmon on this configuration and return what it prints."""
        command = [*netmon_command(*words), "--config", str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(env))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def replayed(self) -> dict[str, Any]:
        """Return what ``netmon replay`` makes of the log."""
        return dict(json.loads(self.netmon("replay", "--json")))

    def kill_and_replay(self) -> None:
        """Kill it and hold what it committed against what stepping its log again gives.

        For daemons in fast time: libfaketime cannot fake the timed waits of threads (sem_clockwait), at which the
        writer of the store would stand for a long time when nothing more comes.
        """
        self.kill()
        replayed = self.replayed()
        assert replayed["changes"] == dict(sorted(Counter(one.kind for one in self.changes()).items()))
        assert replayed["records"] == len(self.records())

    def records(self, feed: str = "main") -> list[UsageRecord]:
        """Return every committed usage record."""
        with contextlib.closing(open_store(self.data_dir / "netmon.db", read_only=True)) as store:
            return store.records(feed, 0, 1_000_000)

    def observations(self) -> list[tuple[int, Observation]]:
        """Return the whole log."""
        with contextlib.closing(open_store(self.data_dir / "netmon.db", read_only=True)) as store:
            return list(store.log.read(0))

    def changes(self) -> list[AlarmChange]:
        """Return every committed change."""
        if not (self.data_dir / "netmon.db").exists():
            return []
        with contextlib.closing(open_store(self.data_dir / "netmon.db", read_only=True)) as store:
            return store.changes(0, 1_000_000)

    def alarms(self) -> list[Alarm]:
        """Return the alarms as committed."""
        with contextlib.closing(open_store(self.data_dir / "netmon.db", read_only=True)) as store:
            return store.alarms()

    def happened(self, object_: str, type_: str) -> list[str]:
        """Return the kinds of all changes of an alarm, in order."""
        return [one.kind for one in self.changes() if (one.after.object, one.after.type) == (object_, type_)]

    async def told(self, kind: str, object_: str, type_: str, *, times: int = 1) -> None:
        """Wait until an alarm of an object was raised or cleared so many times."""
        await until(
            lambda: self.happened(object_, type_).count(kind) >= times,
            patience_s=_LONG_S,
            what=f"{type_} of {object_} to be {kind}",
        )


def _listens(data_dir: Path) -> bool:
    """Tell whether the engine answers at its unix socket."""
    try:
        return read(data_dir, "/internal/v1/elements")[0] == HTTPStatus.OK
    except NoEngine:
        return False


def _inventory(config: dict[str, Any]) -> dict[str, Any]:
    """Take out of the settings what belongs into the inventory."""
    return {part: config.pop(part) for part in ("sites", "links", "groups", "services") if part in config}


def environment(more: dict[str, str] | None) -> dict[str, str]:
    """Return what netmon runs in: no colors, and a word where it hangs."""
    return {**os.environ, "NO_COLOR": "1", "PYTHONFAULTHANDLER": "1", **(more or {})}


@contextlib.asynccontextmanager
async def netmon(
    folder: Path,
    *,
    elements: list[dict[str, Any]],
    env: dict[str, str] | None = None,
    within: tuple[str, ...] = (),
    **config: Any,
) -> AsyncIterator[Daemon]:
    """Run netmon as long as the block lasts."""
    daemon = Daemon(folder, elements=elements, within=within, **config)
    try:
        await daemon.start(env=env)
        yield daemon
    finally:
        if daemon.process is not None:
            await asyncio.to_thread(end, daemon.process)
