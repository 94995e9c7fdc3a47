"""The embedded series killed in the middle of writing, merging, rolling up and retiring, again and again.

No torn file may be read, no sample of what the cursor covers may be missing or wrong.
"""

import itertools
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import polars as pl

from benchmarks.measure import Row, row, say
from benchmarks.series_writer import ELEMENTS, HOUR_MS, KEPT_MS, METRICS, PORTS, START, STEP_MS, at, reached
from netmon.storage.series import SeriesStore

PHASES = ("write", "merge", "roll", "retire")
_KILLS = 50
_TRIES = 200
"""Kills that may come too late, for each that hits."""
_LONGEST_S = {"write": 0.02, "merge": 0.15, "roll": 0.1, "retire": 0.002}
"""How long after the begin of a phase it is killed at most; some kills come too late and do not count."""


class KillRun(msgspec.Struct, frozen=True):
    """What a run of kills found."""

    hit: dict[str, int]
    """Phase to the kills in its middle."""
    late: int
    """Kills that came after the end of their phase."""
    samples: int
    """Looked at after the last kill."""
    problems: tuple[str, ...]


def series_kills(folder: Path) -> list[Row]:
    """Return how many kills left anything wrong."""
    run = kill_run(folder, kills=_KILLS, seed=4711)
    say(f"{run.hit} and {run.late} late: {run.problems or 'nothing lost, nothing torn'}")
    name = f"series: problems after {sum(run.hit.values())} kills in the middle"
    return [row(name, "problems", netmon=len(run.problems), peer=1, peer_name="one", target="<= 0")]


def kill_run(folder: Path, *, kills: int, seed: int, tries: int = _TRIES) -> KillRun:
    """Kill a writer in the middle of each phase in turn, so many times; look each time at what is left.

    That each of ``tries`` kills came too late is a problem, too.
    """
    chance, hit, late, samples = random.Random(seed), dict.fromkeys(PHASES, 0), 0, 0
    problems: list[str] = []
    for phase in itertools.islice(itertools.cycle(PHASES), kills):
        for _ in range(tries):
            if killed_in(folder, phase, chance):
                hit[phase] += 1
                break
            late += 1
            problems += _problems(folder)[1]
        else:
            problems.append(f"{phase}: each of {tries} kills came too late")
        samples, found = _problems(folder)
        problems += [f"{phase}: {one}" for one in found]
    return KillRun(hit, late, samples, tuple(problems))


def killed_in(folder: Path, phase: str, chance: random.Random) -> bool:
    """Kill a writer some time after it began a phase; tell whether it was still in it."""
    command = (sys.executable, "-m", "benchmarks.series_writer", str(folder))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = iter(process.stdout)
        # Not the first one: what a start does is over then.
        for _ in range(chance.randrange(1, 4)):
            last = next(line for line in told if line.startswith(phase))
        time.sleep(chance.uniform(0, _LONGEST_S[phase]))
        process.send_signal(signal.SIGKILL)
        for line in told:
            last = line
    return last.startswith(phase)


def _problems(folder: Path) -> tuple[int, list[str]]:
    """Return how many samples were looked at, and what is wrong with them as a start finds them."""
    store, cursor = SeriesStore(folder / "series"), reached(folder)
    store.clean()
    frames = list(store.after(0))
    found = pl.concat(frames).unique(["metric", "object", "time"]) if frames else pl.DataFrame()
    if not found.height:
        return 0, [f"no sample up to {cursor}"] if cursor else []
    return found.height, [*_missing(found, cursor), *_wrong(found), *_rollups(folder, cursor)]


def _missing(found: pl.DataFrame, cursor: int) -> Iterator[str]:
    horizon = max(at(cursor) - KEPT_MS, START)
    # What was retired belongs to whole hours.
    first = -(-(horizon - START) // HOUR_MS) * HOUR_MS // STEP_MS
    covered = found.filter(pl.col("seq").is_between(max(first, 1), cursor))
    wanted = (cursor - max(first, 1) + 1) * ELEMENTS * PORTS * METRICS
    if covered.height != wanted:
        yield f"{covered.height} samples of {wanted} up to {cursor}"


def _wrong(found: pl.DataFrame) -> Iterator[str]:
    octets = found.filter(pl.col("metric") == "ifHCInOctets")
    element = pl.col("element").str.slice(1).cast(pl.UInt64)
    port = pl.col("object").str.extract(r"p(\d+)$").cast(pl.UInt64)
    wrong = octets.filter(
        (pl.col("count") != pl.col("seq") * 1_000 + element * 10 + port)
        | (pl.col("time") != START + pl.col("seq").cast(pl.Int64) * STEP_MS)
    )
    if wrong.height:
        yield f"{wrong.height} samples are not what was written"


def _rollups(folder: Path, cursor: int) -> Iterator[str]:
    """Hold each rollup of an hour against the number of samples that the hour had."""
    for path in sorted((folder / "series" / "hourly").glob("*/*.parquet")):
        hours = pl.read_parquet(path).filter(pl.col("time") > START)
        short = hours.filter(pl.col("count") != HOUR_MS // STEP_MS)
        if short.height:
            yield f"{path.name}: {short.height} rollups of hours before {cursor} are not whole"
