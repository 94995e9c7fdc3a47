"""The engine killed while it closes intervals, publishes files and hears what billing says: ``... COUNT``.

No number of a file or a record may be missing, no octet of a file that was taken may change, no id may stand twice.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.kills import tables
from benchmarks.measure import Row, row
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import verify
from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon
from tests.wire.peers import until

_SERIES, _DAYS = 10, 5
"""Metered ports that nobody polls: the records of these days are due at the start, at most 100 with each Tick."""
_KILLS = 10
_PATIENCE_S = 3 * PATIENCE_S
"""A start and some thousand records lie between, and the machine may do much else."""
_METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-*"], "feed": "main"}]}


class Consumer:
    """Takes files as they come, and says of some what it has; now and then it is wrong, or refuses a record."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder = folder
        self._chance = chance
        self.taken: dict[str, str] = {}
        """Hash of each file as it was taken, by name."""

    def look(self) -> None:
        """Take what is new."""
        out = self._folder / "out"
        for manifest in sorted(out.glob(f"*{MANIFEST}")) if out.is_dir() else ():
            name = manifest.name.removesuffix(MANIFEST)
            if name not in self.taken:
                self._take(name)

    def _take(self, name: str) -> None:
        try:
            octets = (self._folder / "out" / name).read_bytes()
        except FileNotFoundError:
            # It was acknowledged by a later one, and is in the archive.
            return
        self.taken[name] = hashlib.sha256(octets).hexdigest()
        match self._chance.randrange(6):
            case 0 | 1:
                self._say(f"{name}.ack", b"")
            case 2:
                self._say(f"{name}.ack", json.dumps({"sha256": self.taken[name]}).encode())
            case 3:
                self._say(f"{name}.ack", json.dumps({"sha256": "0" * 64}).encode())
            case 4:
                record = json.loads(gzip.decompress(octets).splitlines()[1])
                said = [{"id": record["id"], "code": "other", "text": "a test"}] if "id" in record else []
                self._say(f"{name}.nack", json.dumps(said).encode())

    def _say(self, name: str, said: bytes) -> None:
        beside = self._folder / "ack" / f"{name}.new"
        beside.write_bytes(said)
        beside.rename(beside.with_name(name))

    def finish(self) -> str:
        """Acknowledge the newest file, and with it all; return its name."""
        last = max(self.taken)
        self._say(f"{last}.ack", b"")
        return last


async def usage_kill_run(folder: Path, *, kills: int, seed: int) -> tuple[str, ...]:
    """Kill the engine at random instants while a feed is made; return what is wrong with what is left."""
    chance = random.Random(seed)
    daemon = _daemon(folder)
    feed = daemon.data_dir / "usage" / "main"
    consumer = Consumer(feed, chance)
    try:
        for number in range(kills):
            await daemon.start()
            if number < kills // 3:
                await _running(consumer, chance.uniform(0.02, 1.2))
            else:
                # Files come when all is recorded.
                more = len(consumer.taken) + chance.randrange(1, 8)
                await until(partial(_has, consumer, more), what="more files", patience_s=_PATIENCE_S)
                await _running(consumer, chance.uniform(0.0, 0.1))
            daemon.kill()
        await daemon.start()
        await until(lambda: _all(daemon), what="all records", patience_s=_PATIENCE_S)
        await until(lambda: _taken(daemon, consumer), what="all files", patience_s=_PATIENCE_S)
        last = consumer.finish()
        await until(lambda: _archived(feed, last), what="all files in the archive", patience_s=_PATIENCE_S)
        live = await daemon.stop()
    finally:
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.kill()
    return (*tables(daemon, live), *_files(feed, consumer), *_ids(daemon))


def _has(consumer: Consumer, files: int) -> bool:
    consumer.look()
    return len(consumer.taken) >= files


async def _running(consumer: Consumer, lasts_s: float) -> None:
    ends = time.monotonic() + lasts_s
    while time.monotonic() < ends:
        consumer.look()
        await asyncio.sleep(0.01)


def _daemon(folder: Path) -> Daemon:
    since = (datetime.now(UTC) - timedelta(days=_DAYS)).strftime("%Y-%m-%dT00:00:00Z")
    services = [
        {"id": f"svc-{n}", "members": [{"object": f"gw/if:p{n}", "facing": "customer", "valid_from": since}]}
        for n in range(_SERIES)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metering.yaml").write_bytes(msgspec.json.encode(_METERING))
    return Daemon(
        folder,
        elements=[{"id": "gw", "addresses": ["127.0.0.1"]}],
        services=services,
        rules=["metering.yaml"],
        usage={"interval": "5m", "poll": "10s", "grace": "0s", "feeds": [{"id": "main", "max_records": 200}]},
        web={"enabled": False},
    )


def _all(daemon: Daemon) -> bool:
    """Tell whether each port has the records of all days that are over."""
    usage = Counter(record.series for record in daemon.records() if record.kind == "usage")
    return len(usage) == _SERIES and min(usage.values()) >= _DAYS * 288


def _taken(daemon: Daemon, consumer: Consumer) -> bool:
    consumer.look()
    return len(daemon.records()) - 200 * len(consumer.taken) < 200


def _archived(feed: Path, last: str) -> bool:
    waiting = [path for path in (feed / "out").glob(f"*{MANIFEST}") if path.name <= last]
    return not waiting and (feed / "archive" / last).exists() and not list((feed / "ack").iterdir())


def _files(feed: Path, consumer: Consumer) -> list[str]:
    problems = [f"{one.file}:{one.line}: {one.check}: {one.text}" for one in verify([feed / "archive", feed / "out"])]
    for name, sha256 in consumer.taken.items():
        place = next((path for path in (feed / "archive" / name, feed / "out" / name) if path.exists()), None)
        if place is None:
            problems.append(f"{name} was taken and is gone")
        elif hashlib.sha256(place.read_bytes()).hexdigest() != sha256:
            problems.append(f"{name} was taken and has other octets now")
    return problems


def _ids(daemon: Daemon) -> list[str]:
    many = Counter(record.id for record in daemon.records())
    refused: Counter[Any] = Counter()
    for record in daemon.records():
        line = json.loads(record.line)
        if line["reason"] == "nack_other":
            refused[line["adjusts"]] += 1
    return [
        *(f"id {id_} stands {times} times" for id_, times in many.items() if times > 1),
        *(f"the refusal of {id_} stands {times} times" for id_, times in refused.items() if times > 1),
    ]


def usage_kills(folder: Path) -> list[Row]:
    """Kill an engine 200 times; the row counts what was lost, doubled or changed."""
    problems: list[str] = []
    for number in range(200 // _KILLS):
        problems += asyncio.run(usage_kill_run(folder / str(number), kills=_KILLS, seed=number))
    name = "problems after 200 kills amid closing, publishing and acknowledging"
    return [row(name, "problems", netmon=len(problems), peer=1, peer_name="none may be", target="<= 0")]


def main() -> None:
    """Run with as many kills as the command line says, ten per run."""
    parser = argparse.ArgumentParser(prog="benchmarks.usage_kills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kills", type=int)
    bad = 0
    for done in range(0, parser.parse_args().kills, _KILLS):
        with tempfile.TemporaryDirectory(prefix="netmon-kills-") as folder:
            problems = asyncio.run(usage_kill_run(Path(folder), kills=_KILLS, seed=random.randrange(1 << 32)))
        print(f"{done + _KILLS} kills: {problems}", flush=True)
        bad += bool(problems)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
