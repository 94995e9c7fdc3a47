"""Writes series in fast time as the engine does, and says what it is at: ``python -m benchmarks.series_writer FOLDER``.

It is there to be killed: ``benchmarks/series_kills.py`` does that and looks at what is left.
"""

import os
import sys
from pathlib import Path

from netmon.domain.sample import SampleBlock
from netmon.storage.series import SeriesStore
from tests.outputs.samples import block

START = 1_767_225_600_000
STEP_MS, HOUR_MS = 10_000, 3_600_000
ELEMENTS, PORTS, METRICS = 10, 10, 2
KEPT_MS = 3 * HOUR_MS
_BATCH = 12
"""Observations in one file; each element comes with each of them."""


def main() -> None:
    """Go on from the cursor until killed."""
    folder = Path(sys.argv[1])
    store, cursor = SeriesStore(folder / "series"), folder / "cursor"
    store.clean()
    seq = reached(folder)
    while True:
        begun(f"write {seq}")
        store.append([made(one, element) for one in range(seq + 1, seq + _BATCH + 1) for element in range(ELEMENTS)])
        seq += _BATCH
        keep(cursor, seq)
        if (seq * STEP_MS) % HOUR_MS < _BATCH * STEP_MS:
            tidy(store, seq)


def tidy(store: SeriesStore, seq: int) -> None:
    """Do what is done beside writing; hours of which every second one is left in small files until it is old."""
    now = at(seq)
    if seq * STEP_MS // HOUR_MS % 2:
        begun("merge")
        store.compact(now)
        begun("roll")
        while store.roll_up(now):
            begun("roll")
    begun("retire")
    while store.retire(now - KEPT_MS, most=5):
        begun("retire")
    begun("pause")


def at(seq: int) -> int:
    """Return the time of an observation."""
    return START + seq * STEP_MS


def made(seq: int, element: int) -> SampleBlock:
    """Return the samples of an element; each value tells where it belongs."""
    ports = {f"p{port}": (seq * 1_000 + element * 10 + port, port, "") for port in range(PORTS)}
    return block(seq, at(seq), ports, element=f"e{element}")


def keep(cursor: Path, seq: int) -> None:
    """Keep the cursor as the database does: whole and on disk."""
    unfinished = cursor.with_suffix(".tmp")
    with unfinished.open("w") as file:
        file.write(str(seq))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(cursor)


def reached(folder: Path) -> int:
    """Return the cursor."""
    cursor = folder / "cursor"
    return int(cursor.read_text()) if cursor.exists() else 0


def begun(what: str) -> None:
    """Say what is begun."""
    print(what, flush=True)


if __name__ == "__main__":
    main()
