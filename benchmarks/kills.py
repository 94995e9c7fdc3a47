"""The engine killed in the middle of a storm of informs, again and again: ``python -m benchmarks.kills COUNT``.

Nothing that was answered may be missing or doubled, and what the log says must be what stands in the tables.
"""

import argparse
import asyncio
import random
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import Row, row
from netmon.app.ruleset import compile_change
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.domain.alarm import AlarmChange
from netmon.domain.observation import Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME
from netmon.domain.usage import UsageRecord
from netmon.snmp.ber import INTEGER, OBJECT_IDENTIFIER, TIME_TICKS
from netmon.snmp.message import INFORM, V2C, Message, decode, encode
from netmon.step import Core
from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon
from tests.wire.peers import until

INTERFACES = 2_500
_IN_FLIGHT = 200
_RESEND_S = 0.4
_LOSES = 10
"""One answer in so many is lost: the sender repeats what is committed, maybe only after the engine was killed."""
_FIRST_ID = 0x01000000
"""Request id of the first packet."""
_IF = "1.3.6.1.2.1.2.2.1"
_LINK = {"down": "1.3.6.1.6.3.1.1.5.3", "up": "1.3.6.1.6.3.1.1.5.4"}
_SERIES = 20
"""Metered series that nobody polls: the records of two days are due at the start, at most 100 with each Tick."""
_NO_STORMS = {"version": 1, "storms": [{"id": "trap-storm", "enabled": False}]}
"""All informs come from one element, and each must become its alarm."""
_METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-*"], "feed": "main"}]}


class Sender:
    """Sends informs as snmpinform does: an inform that is not answered is sent again, the same octets from one port."""

    def __init__(self, packets: Iterable[bytes], port: int, *, chance: random.Random) -> None:
        self._packets = list(packets)
        self._lost = set(chance.sample(range(len(self._packets)), len(self._packets) // _LOSES))
        """Informs whose first answer is lost on its way."""
        self._port = port
        self._waiting: dict[int, float] = {}
        """Number of an inform to the time it was last sent."""
        self.answered: Counter[int] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))

    async def run(self) -> None:
        """Send all of them, several in flight, until each is answered."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._read)
        try:
            following = 0
            while len(self.answered) < len(self._packets):
                while following < len(self._packets) and self._may_send(following):
                    self._send(following)
                    following += 1
                for number, sent in list(self._waiting.items()):
                    if time.monotonic() - sent > _RESEND_S:
                        self._send(number)
                await asyncio.sleep(0.002)
        finally:
            loop.remove_reader(self._socket)
            self._socket.close()

    async def has(self, answers: int) -> None:
        """Wait until so many informs are answered."""
        await until(lambda: len(self.answered) >= answers, what=f"{answers} answers")

    def _may_send(self, number: int) -> bool:
        """Tell whether there is room, and what the interface said before is answered: who sheds mixes the order."""
        return len(self._waiting) < _IN_FLIGHT and number - min(self._waiting, default=number) < INTERFACES

    def _send(self, number: int) -> None:
        self._waiting[number] = time.monotonic()
        self._socket.sendto(self._packets[number], ("127.0.0.1", self._port))

    def _read(self) -> None:
        while True:
            try:
                answer = self._socket.recv(65_535)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                # Nobody listens at the moment: the engine is dead.
                continue
            number = decode(answer).request_id - _FIRST_ID
            if number in self._lost:
                self._lost.remove(number)
                continue
            self._waiting.pop(number, None)
            self.answered[number] += 1


def storm(informs: int) -> Iterable[bytes]:
    """Yield informs: ports go down, some stay down, some come up, some say again that they are down."""
    for number in range(informs):
        interface = number % INTERFACES + 1
        state = "up" if number >= INTERFACES and interface % 2 else "down"
        yield _inform(interface, state, number)


def _inform(interface: int, state: str, number: int) -> bytes:
    varbinds = (
        (SYS_UPTIME, TIME_TICKS, 100 + number),
        (SNMP_TRAP_OID, OBJECT_IDENTIFIER, _LINK[state]),
        (f"{_IF}.1.{interface}", INTEGER, interface),
        (f"{_IF}.7.{interface}", INTEGER, 1),
        (f"{_IF}.8.{interface}", INTEGER, 1 if state == "up" else 2),
    )
    return encode(Message(V2C, b"public", INFORM, _FIRST_ID + number, 0, 0, varbinds))


class KillRun(msgspec.Struct, frozen=True):
    """What came of one run."""

    seed: int
    informs: int
    changes: int
    records: int
    snapshot_killed: bool
    """A kill came between two rows of a snapshot."""
    problems: tuple[str, ...]


async def kill_run(folder: Path, *, kills: int, informs: int = 5_000, seed: int) -> KillRun:
    """Kill the engine at random instants of a storm, then while it writes a snapshot; look at what is left."""
    chance = random.Random(seed)
    daemon = _daemon(folder)
    await daemon.start()
    sender = Sender(storm(informs), daemon.traps, chance=chance)
    sending = asyncio.create_task(sender.run())
    try:
        for at in sorted(chance.sample(range(1, informs), kills)):
            await sender.has(at)
            await asyncio.sleep(chance.random() * 0.05)
            daemon.kill()
            await daemon.start()
        await asyncio.wait_for(sending, 10 * PATIENCE_S)
        await until(lambda: _active(daemon) == INTERFACES // 2, what="the alarms that stay")
        snapshot_killed = await _kill_in_snapshot(daemon)
        await daemon.start()
        live = await daemon.stop()
    finally:
        sending.cancel()
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.kill()
    problems = (*_log(daemon, sender), *_tables(daemon), *_digests(daemon, live))
    return KillRun(seed, informs, len(daemon.changes()), len(daemon.records()), snapshot_killed, problems)


def _daemon(folder: Path) -> Daemon:
    since = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT00:00:00Z")
    services = [
        {
            "id": f"svc-{n}",
            "members": [{"object": f"gw/if:p{n}", "facing": "customer", "valid_from": since}],
            "party_ref": "customer",
        }
        for n in range(_SERIES)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metering.yaml").write_bytes(msgspec.json.encode(_METERING))
    (folder / "storms.yaml").write_bytes(msgspec.json.encode(_NO_STORMS))
    return Daemon(
        folder,
        elements=[{"id": "gw", "addresses": ["127.0.0.1"]}],
        services=services,
        rules=["metering.yaml", "storms.yaml"],
        usage={"interval": "5m", "poll": "10s", "grace": "0s"},
        web={"enabled": False},
    )


def _active(daemon: Daemon) -> int:
    return sum(alarm.state == "active" and alarm.object.startswith("gw/") for alarm in daemon.alarms())


async def _kill_in_snapshot(daemon: Daemon) -> bool:
    """Tell the engine to stop, which makes it write a snapshot, and kill it between two rows of that."""
    for _ in range(10):
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGTERM)
        while daemon.process.poll() is None:
            if _unfinished(daemon):
                daemon.process.send_signal(signal.SIGSTOP)
                unfinished = _unfinished(daemon)
                daemon.kill()
                if unfinished:
                    return True
        await daemon.start()
    return False


def _unfinished(daemon: Daemon) -> bool:
    """Tell whether there are rows of a snapshot that has no end yet."""
    reading = sqlite3.connect(f"file:{daemon.data_dir / 'netmon.db'}?mode=ro", uri=True)
    try:
        return bool(reading.execute("SELECT 1 FROM snapshot GROUP BY seq HAVING max(last) = 0").fetchall())
    finally:
        reading.close()


def tables(daemon: Daemon, live: str) -> list[str]:
    """Return what is wrong with what a daemon that was stopped has committed, with its last digest ``live``."""
    return [*_tables(daemon), *_digests(daemon, live)]


def _log(daemon: Daemon, sender: Sender) -> list[str]:
    """Every answered inform is in the log exactly once, and the log has no gap."""
    log = daemon.observations()
    kept = Counter(int(one.origin_id.split("|")[4]) for _, one in log if isinstance(one, Trap))
    problems = [f"inform {n} was answered but is not in the log" for n in sender.answered if _kept(kept, n) == 0]
    problems += [f"inform {n} is in the log {_kept(kept, n)} times" for n in sender.answered if _kept(kept, n) > 1]
    problems += [f"observation {b} after {a}" for (a, _), (b, _) in pairwise(log) if b != a + 1]
    return problems


def _kept(kept: Counter[int], number: int) -> int:
    return kept[_FIRST_ID + number]


def _tables(daemon: Daemon) -> list[str]:
    """What was committed is what stepping the whole log without a stop makes; numbers have no gap and no double."""
    changes, records, alarms = _stepped_again(daemon)
    committed, feed = daemon.changes(), daemon.records()
    problems = [] if list(map(_told, changes)) == list(map(_told, committed)) else ["changes differ from the log's"]
    problems += [] if records == feed else ["usage records differ from the log's"]
    problems += [] if alarms == sorted(daemon.alarms(), key=_id) else ["alarms differ from the log's"]
    problems += [f"change {one.seq} stands at {at}" for at, one in enumerate(committed, 1) if one.seq != at]
    problems += [f"record {one.rec_seq} stands at {at}" for at, one in enumerate(feed, 1) if one.rec_seq != at]
    return problems


def _stepped_again(daemon: Daemon) -> tuple[list[AlarmChange], list[UsageRecord], list[Any]]:
    view = judge(load(daemon.config)).names
    core = Core(lambda change, inventory: compile_change(change, inventory, view), view)
    outputs = [output for _, one in daemon.observations() for output in core.step(one)]
    changes = [one for one in outputs if isinstance(one, AlarmChange)]
    records = [one for one in outputs if isinstance(one, UsageRecord)]
    return changes, records, sorted(core.book.alarms(), key=_id)


def _told(change: AlarmChange) -> bytes:
    return msgspec.msgpack.encode(change)


def _id(alarm: Any) -> str:
    return str(alarm.alarm_id)


def _digests(daemon: Daemon, live: str) -> list[str]:
    problems = [] if daemon.replayed()["digest"] == live else ["replay has another digest than the engine had"]
    if " mismatches=0 " not in daemon.text() or daemon.text().count(" mismatches=") > daemon.text().count(
        " mismatches=0 "
    ):
        problems.append("a recovery made what was committed otherwise")
    return problems


def kill_loop(folder: Path) -> list[Row]:
    """Kill an engine fifteen times in the middle of informs; the row counts what was lost, doubled or changed."""
    problems = 0
    for number in range(3):
        within = folder / str(number)
        within.mkdir()
        problems += len(asyncio.run(kill_run(within, kills=5, seed=number)).problems)
    return [
        row(
            "problems after 15 kills amid informs",
            "problems",
            netmon=problems,
            peer=1,
            peer_name="none may be",
            target="<= 0",
        )
    ]


def main() -> None:
    """Run with as many kills as the command line says, five per run."""
    parser = argparse.ArgumentParser(prog="benchmarks.kills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kills", type=int)
    bad = 0
    for done in range(0, parser.parse_args().kills, 5):
        with tempfile.TemporaryDirectory(prefix="netmon-kills-") as folder:
            run = asyncio.run(kill_run(Path(folder), kills=5, seed=random.randrange(1 << 32)))
        print(f"{done + 5} kills: {run}", flush=True)
        bad += bool(run.problems)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
