"""A storm of one source beside quiet ones: how long these wait for their commit, and whether one of them is lost."""

import subprocess
import sys
from pathlib import Path

from benchmarks.engine_process import fresh_engine
from benchmarks.measure import Row, row, say
from benchmarks.traps import start_traffic

_RATE = 50_000
_SECONDS = 8
_QUIET = 20
_BUDGET_MS = 100.0


def storm(folder: Path) -> list[Row]:
    """Return p99 from a quiet source's inform to its answer, which comes after the commit."""
    with fresh_engine(folder, storm_limits=True) as engine:
        loud = start_traffic("raises", engine.traps, count=_RATE * _SECONDS, rate=_RATE)
        # The storm has begun before the first quiet source speaks, and goes on after the last.
        command = (sys.executable, "-m", "benchmarks.informs", str(engine.traps), "200", "--sources", str(_QUIET))
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        took_s = float(loud.communicate()[0])
        shed = sum(engine.metric("netmon_source_dropped_total", f'reason="{why}",source="traps"') for why in _STORMS)
        missing = engine.metric("netmon_source_unaccounted", 'source="traps"')
        kernel = engine.metric("netmon_traps_kernel_drops_total", f'listener="127.0.0.1:{engine.traps}"')
    _, p99, _, unanswered = map(float, told.split())
    rate = _RATE * _SECONDS / took_s
    say(f"storm of {rate:.0f}/s: {shed:.0f} shed, {kernel:.0f} dropped by the kernel, {missing:.0f} unaccounted for")
    name = f"trap to commit, p99 of {_QUIET} quiet sources beside {rate:.0f}/s of one ({unanswered:.0f} lost)"
    return [row(name, "ms", netmon=p99, peer=_BUDGET_MS, peer_name="budget", target="<= 1")]


_STORMS = ("storm_source", "storm_trap")
