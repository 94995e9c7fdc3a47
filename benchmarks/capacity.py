"""How much a trap receiver takes without loss, and how long it takes from a trap to its commit."""

import subprocess
import sys
from pathlib import Path

from benchmarks.engine_process import fresh_engine
from benchmarks.measure import Row, row, say
from benchmarks.trap_peers import snmptrapd
from benchmarks.traps import Lost, Subject, engine_subject, push, receiver_subject, start_traffic

_LADDER = (3_000, 4_000, 5_000, 6_500, 8_000, 10_000, 13_000, 16_000, 20_000, 25_000, 32_000, 40_000, 50_000)
_SECONDS = 3
_BEHIND_S = 1.0
"""What is sent must be done with so soon after the last trap: a queue that only grows is no capacity."""

_INFORMS_PER_S = 2_000
_BUDGET_MS = 60.0


def capacity(folder: Path) -> list[Row]:
    """Return the highest rate without loss; both have the receive buffer they ask for by themselves."""
    with fresh_engine(folder / "netmon") as engine:
        ours = _climb(engine_subject(engine))
    with snmptrapd(folder / "snmptrapd") as peer:
        theirs = _climb(receiver_subject("snmptrapd", peer))
    name = f"traps without loss for {_SECONDS} s, one process"
    return [row(name, "traps/s", netmon=ours, peer=theirs, peer_name="snmptrapd, logging", target=">= 2")]


def _climb(subject: Subject) -> int:
    """Return the highest rate of the ladder that is survived; a rate that fails has a second try."""
    best = 0
    for rate in _LADDER:
        if not (_survives(subject, rate) or _survives(subject, rate)):
            break
        best = rate
    say(f"{subject.name}: {best}/s without loss")
    return best


def _survives(subject: Subject, rate: int) -> bool:
    before, count = subject.done(), rate * _SECONDS
    sender = start_traffic("mix", subject.port, count=count, rate=rate)
    ...
