"""Counters that walk at random, as polls bring them, and the servers that get the same as line protocol."""

import json
import random
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import cpu_s
from netmon.domain.sample import SampleBlock
from netmon.outputs.line_protocol import block_lines

METRIC = "ifHCInOctets"
_BODY_LINES = 10_000


class Data(msgspec.Struct, frozen=True):
    """How many elements with how many ports, for how long, read how often."""

    elements: int
    ports: int
    seconds: int
    every_s: int
    turn_s: int
    """The elements take turns within their interval, so far apart."""
    flush_s: int
    start: int
    """UTC ms, a full hour."""

    @property
    def samples(self) -> int:
        """How many samples that is."""
        return self.elements * self.ports * (self.seconds // self.every_s)

    @property
    def end(self) -> int:
        """UTC ms."""
        return self.start + self.seconds * 1000


def walk(data: Data) -> Iterator[list[SampleBlock]]:
    """Yield what comes in each ``flush_s`` seconds."""
    chance, seq, turns = random.Random(4711), count(1), data.every_s // data.turn_s
    counters = [[chance.randrange(1 << 40) for _ in range(data.ports)] for _ in range(data.elements)]
    blocks: list[SampleBlock] = []
    for turn in range(data.seconds // data.turn_s):
        for number in range(turn % turns, data.elements, turns):
            counters[number] = [value + chance.randrange(1 << 24) for value in counters[number]]
            blocks.append(_block(data, next(seq), turn, number, counters[number]))
        if (turn + 1) * data.turn_s % data.flush_s == 0:
            yield blocks
            blocks = []


def _block(data: Data, seq: int, turn: int, number: int, counters: Sequence[int]) -> SampleBlock:
    at, element = data.start + turn * data.turn_s * 1000, f"r{number}"
    names = [f"xe-0/0/{port}" for port in range(data.ports)]
    return SampleBlock(
        seq=seq,
        time=at,
        sent=at,
        element=element,
        table="ifTable",
        names=(METRIC,),
        kinds=("counter",),
        units=("octets",),
        oids=("",),
        objects=tuple(f"{element}/if:{name}" for name in names),
        labels=tuple((("ifIndex", str(port)), ("ifName", name)) for port, name in enumerate(names)),
        index=tuple(map(str, range(data.ports))),
        columns=(tuple(counters),),
        interval_ms=data.every_s * 1000,
    )


class Server(msgspec.Struct, frozen=True):
    """A database that takes InfluxDB's lines, running at a URL."""

    name: str
    url: str
    pid: int
    folder: Path

    def write(self, data: Data) -> float:
        """Write all samples; return the seconds of CPU that this cost the server."""
        before = cpu_s(self.pid)
        lines: list[str] = []
        for blocks in walk(data):
            lines += [line for block in blocks for line in block_lines(block)]
            if len(lines) >= _BODY_LINES:
                self.post("/write?db=netmon&precision=ms", "\n".join(lines).encode())
                lines = []
        if lines:
            self.post("/write?db=netmon&precision=ms", "\n".join(lines).encode())
        return cpu_s(self.pid) - before

    def post(self, path: str, body: bytes) -> bytes:
        """POST a body and return the answer."""
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}{path}", body), timeout=600) as answer:
            return bytes(answer.read())

    def ask(self, path: str, **query: Any) -> Any:
        """Ask a question and return the answer."""
        return json.loads(self.post(path, urllib.parse.urlencode(query).encode()))

    def octets(self) -> int:
        """Return how much disk it takes with all that it still holds in memory."""
        if self.name == "VictoriaMetrics":
            self.post("/internal/force_flush", b"")
        return size(self.folder)


def size(folder: Path) -> int:
    """Return the octets of all files below a folder."""
    found = 0
    for path in folder.rglob("*"):
        try:
            found += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            # Merged meanwhile.
            continue
    return found


def seconds(asked: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    """Return the median of how long a question takes once it was asked, and its answer."""
    answer, took = asked(), []
    for _ in range(times):
        began = time.perf_counter()
        asked()
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2], answer


def quiet(server: Server, patience_s: float = 60.0) -> None:
    """Wait until a server has done what it does after writes: two looks a second apart cost it nothing."""
    deadline = time.monotonic() + patience_s
    before = cpu_s(server.pid)
    while time.monotonic() < deadline:
        time.sleep(1)
        now = cpu_s(server.pid)
        if now - before < 0.03:
            return
        before = now
