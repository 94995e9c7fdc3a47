"""A million active alarms in one engine: ``python -m benchmarks.million FOLDER`` prints the alarms and the MiB."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.engine import admitted, ready_core
from benchmarks.measure import Row, memory_mib, row, say
from netmon.app.memory import settle_memory

_ALARMS = 1_000_000
_BUDGET_MIB = 2_048


def million(folder: Path) -> list[Row]:
    """Return the memory of a process with a million active alarms."""
    command = (sys.executable, "-m", "benchmarks.million", str(folder))
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    active, used_mib = told.split()
    assert int(active) == _ALARMS, f"{active} alarms"
    say(f"{active} alarms in {used_mib} MiB")
    return [
        row(f"memory of a process with {_ALARMS} alarms", "MiB", netmon=float(used_mib), peer=_BUDGET_MIB,
            peer_name="budget", target="<= 1"),
    ]  # fmt: skip


def main() -> None:
    """Raise them, and print how many there are and what the process holds."""
    core, _ = ready_core(Path(sys.argv[1]))
    settle_memory()
    for observation in admitted("raises", _ALARMS, from_s=1):
        core.step(observation)
    active = sum(alarm.state == "active" for alarm in core.book.alarms())
    print(active, round(memory_mib(os.getpid())))


if __name__ == "__main__":
    main()
