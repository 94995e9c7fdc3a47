"""``python -m benchmarks [PART ...]``: measure, print the table, write build/bench.json."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.capacity import capacity, latency
from benchmarks.causes import causes
from benchmarks.crowd import crowd, dead_among_living
from benchmarks.dashboard import HEAP_MINUTES, dashboard, heap
from benchmarks.decode import decoding
from benchmarks.demo import demo
from benchmarks.detection import detection
from benchmarks.dispatch import dispatch
from benchmarks.engine import engine_alone, restart
from benchmarks.exposition import exposition
from benchmarks.hours import recorded_hours
from benchmarks.kills import kill_loop
from benchmarks.maintenance import maintenance
from benchmarks.measure import Row, say, table, write
from benchmarks.mibs import modules
from benchmarks.million import million
from benchmarks.polls import clients, poll_path
from benchmarks.reload import reload_rules
from benchmarks.scrapes import scrapes
from benchmarks.seen import trap_to_screen
from benchmarks.series import series
from benchmarks.series_kills import series_kills
from benchmarks.soak import SOAK_MINUTES, soak
from benchmarks.storm import storm
from benchmarks.together import together
from benchmarks.traps import trap_path
from benchmarks.usage import usage
from benchmarks.usage_kills import usage_kills
from benchmarks.web import web_process

PARTS: dict[str, Callable[[Path], list[Row]]] = {
    "decode": decoding,
    "engine": engine_alone,
    "dispatch": dispatch,
    "million": million,
    "maintenance": maintenance,
    "traps": trap_path,
    "storm": storm,
    "capacity": capacity,
    "latency": latency,
    "polls": poll_path,
    "clients": clients,
    "scrapes": scrapes,
    "exposition": exposition,
    "mibs": modules,
    "crowd": crowd,
    "dead": dead_among_living,
    "detection": detection,
    "causes": causes,
    "together": together,
    "restart": restart,
    "reload": reload_rules,
    "hours": recorded_hours,
    "kills": kill_loop,
    "series": series,
    "series-kills": series_kills,
    "usage": usage,
    "usage-kills": usage_kills,
    "web": web_process,
    "dashboard": dashboard,
    "heap": heap,
    "seen": trap_to_screen,
    "soak": soak,
    "demo": demo,
}


def main() -> None:
    """Run all parts, or those named on the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="netmon beside its peers, as ratios")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument(
        "--soak-minutes", type=float, default=SOAK_MINUTES, help="how long the part soak is, at least 10"
    )
    parser.add_argument("--heap-minutes", type=float, default=HEAP_MINUTES, help="how long the part heap is")
    told = parser.parse_args()
    parts = PARTS | {
        "soak": partial(soak, minutes=told.soak_minutes),
        "heap": partial(heap, minutes=told.heap_minutes),
    }
    if unknown := [part for part in told.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)} (there are {', '.join(PARTS)})")
    rows: list[Row] = []
    for part in told.parts or PARTS:
        began = time.perf_counter()
        print(f"{part} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="netmon-bench-") as folder:
            rows += parts[part](Path(folder))
        say(f"{part}: {time.perf_counter() - began:.0f} s")
    print(table(rows))
    write(rows, told.out)


if __name__ == "__main__":
    main()
