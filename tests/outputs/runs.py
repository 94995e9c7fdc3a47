"""Outputs of samples at work without a daemon: told of observations, and waited for."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from netmon.outputs.output import Output, Surroundings
from netmon.storage.series import SeriesStore
from netmon.storage.sqlite.store import SqliteStore
from netmon.telemetry.metrics import Metrics
from tests.outputs.samples import block
from tests.wire.peers import until

AT = time.time_ns() // 1_000_000 - 3_600_000
"""Within the retention of all stores."""

Row = tuple[str, str, str, int, float]
"""Metric, element, port, time in ms, value."""


def around(store: SqliteStore, folder: Path, name: str) -> Surroundings:
    return Surroundings(
        name=name,
        store=store,
        series=SeriesStore(folder / "series"),
        metrics=Metrics(),
        data_dir=folder,
        node_id="lab",
        secret=str,
    )


@contextlib.asynccontextmanager
async def running(*outputs: Output) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(output.run()) for output in outputs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def tell(seqs: range, *outputs: Output) -> None:
    """Hand over observations of two blocks each, as the engine does after a commit."""
    for seq in seqs:
        blocks = [
            block(seq, AT + seq * 1000, {"xe-0": (seq * 1000, 1, "")}, element=element) for element in ("r1", "r2")
        ]
        for output in outputs:
            output.samples(blocks, seq)


def told(seqs: range) -> list[Row]:
    """Return every sample of such observations once."""
    return sorted(
        (metric, element, "xe-0", AT + seq * 1000, value)
        for seq in seqs
        for element in ("r1", "r2")
        for metric, value in (("ifHCInOctets", seq * 1000.0), ("ifOperStatus", 1.0))
    )


async def reached(store: SqliteStore, cursor: str, seq: int) -> None:
    await until(lambda: store.cursor(cursor) == seq, what=f"{cursor} to reach {seq}")
