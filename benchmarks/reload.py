"""New rules while traps flow: how long the reload takes, how long the slowest trap waits, and whether one is lost."""

import json
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path

from benchmarks.engine_process import RunningEngine, fresh_engine, wait_for_count
from benchmarks.measure import Row, median, row, say
from benchmarks.traffic import RULES
from benchmarks.traps import start_traffic
from netmon.cli.engine import ask

_PER_S = 5_000
_SECONDS = 10
_RELOADS = 3
_INFORMS_PER_S = 200
_BUDGET_S = 0.5
_SLOWEST_MS = 60.0


def reload_rules(folder: Path) -> list[Row]:
    """Return how long a reload of 500 changed rules takes, and the longest way of an inform to its commit meanwhile."""
    with fresh_engine(folder) as engine:
        sending = start_traffic("mix", engine.traps, count=_PER_S * _SECONDS, rate=_PER_S)
        command = (sys.executable, "-m", "benchmarks.informs", str(engine.traps), str(_INFORMS_PER_S))
        asking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        took_s = [_reload(folder, engine, turn) for turn in range(_RELOADS)]
        _, _, longest_ms, unanswered = map(float, asking.communicate()[0].split())
        sending.wait()
        sent = _PER_S * _SECONDS
        wait_for_count(lambda: engine.committed("Trap"), sent)
        lost = sent + 5 * _INFORMS_PER_S - engine.committed("Trap")
    beside = f"beside {_PER_S} traps/s ({lost} lost, {unanswered:.0f} unanswered)"
    return [
        row(f"reload of {RULES} changed rules {beside}", "s", netmon=median(took_s), peer=_BUDGET_S,
            peer_name="budget", target="<= 1"),
        row("trap to commit, the longest while rules are reloaded", "ms", netmon=longest_ms, peer=_SLOWEST_MS,
            peer_name="budget", target="<= 1"),
    ]  # fmt: skip


def _reload(folder: Path, engine: RunningEngine, turn: int) -> float:
    """Change every rule and let the engine take them; return the seconds to its answer."""
    time.sleep(0.7)
    path = folder / "rules.yaml"
    data = json.loads(path.read_text())
    for rule in data["rules"]:
        rule["text"] = f"{{object.name}} on {{element.name}} is down ({turn})"
    path.write_text(json.dumps(data, indent=1))
    began = time.perf_counter()
    status, answer = ask(folder / "data", "/internal/v1/reload", {})
    took_s = time.perf_counter() - began
    assert status == HTTPStatus.OK, answer
    say(f"reloaded in {took_s:.2f} s")
    return took_s
