"""How much a trap receiver takes without loss, and how long it takes from a trap to its commit."""

import subprocess
import sys
from pathlib import Path

from benchmarks.engine_process import fresh_engine, seconds_until, wait_for_count
from benchmarks.measure import Row, row, say
from benchmarks.trap_peers import snmptrapd
from benchmarks.traps import Subject, engine_subject, receiver_subject, start_traffic

_LADDER = tuple(100 * rate for rate in (5, 10, 20, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 320, 400, 500))
_SECONDS = 3
_BEHIND_S = 1.0
"""What is sent must be done with so soon after the last trap: a queue that only grows is no capacity."""

_INFORMS_PER_S = 2_000
_BUDGET_MS = 60.0


def capacity(folder: Path) -> list[Row]:
    """Return the highest rate without loss; both have the receive buffer they ask for by themselves."""
    with fresh_engine(folder / "netmon") as engine, snmptrapd(folder / "snmptrapd") as peer:
        ours, theirs = _climb(engine_subject(engine), receiver_subject("snmptrapd", peer))
    name = f"traps without loss for {_SECONDS} s, one process"
    return [row(name, "traps/s", netmon=ours, peer=theirs, peer_name="snmptrapd, logging", target=">= 2")]


def _climb(*subjects: Subject) -> list[int]:
    """Return the highest rate of the ladder that each survives; a rate that fails has a second try.

    They climb by turns, so that the machine's other load meets all of them.
    """
    best = [0] * len(subjects)
    climbing = dict(enumerate(subjects))
    for rate in _LADDER:
        for place, subject in list(climbing.items()):
            if _survives(subject, rate) or _survives(subject, rate):
                best[place] = rate
            else:
                del climbing[place]
    for subject, rate in zip(subjects, best, strict=True):
        say(f"{subject.name}: {rate}/s without loss")
    return best


def _survives(subject: Subject, rate: int) -> bool:
    """Tell whether all that was sent at a rate is done with, soon after the last trap."""
    count = rate * _SECONDS
    goal = subject.done() + count
    seconds, _ = start_traffic("mix", subject.port, count=count, rate=rate).communicate()
    late_s = seconds_until(lambda: subject.done() >= goal, most_s=_BEHIND_S)
    kept_up = late_s <= _BEHIND_S
    if not kept_up:
        # What is still on its way must not count for the next try.
        wait_for_count(subject.done, goal)
    say(f"{subject.name} at {rate}/s: {'all' if kept_up else 'not all'} within {late_s:.1f} s")
    return kept_up and float(seconds) < 1.1 * _SECONDS


def latency(folder: Path) -> list[Row]:
    """Return the time from sending an inform to its answer, which comes after the commit."""
    with fresh_engine(folder) as engine:
        command = (sys.executable, "-m", "benchmarks.informs", str(engine.traps), str(_INFORMS_PER_S))
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    p50, p99, _, unanswered = map(float, told.split())
    say(f"informs: median {p50:.1f} ms, p99 {p99:.1f} ms, {unanswered:.0f} unanswered")
    name = f"trap to commit, p99 at {_INFORMS_PER_S}/s (informs, {unanswered:.0f} unanswered)"
    return [row(name, "ms", netmon=p99, peer=_BUDGET_MS, peer_name="budget", target="<= 1")]
