"""The process has no descriptor left: the listener goes on with those it has."""

import contextlib
import resource
from collections.abc import Iterator

from netmon.sources.clock import Clock
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.listen import Traps
from netmon.telemetry.metrics import Metrics
from tests.sources.taking import Taking


@contextlib.contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_what_the_kernel_dropped_is_told_later():
    metrics = Metrics()
    traps = Traps(TrapsConfig(listen=("127.0.0.1:0",)), intake=Taking(), clock=Clock(), metrics=metrics)
    traps.open()
    try:
        traps.health()
        with no_descriptor_left():
            told = traps.health()
    finally:
        traps.close()
    assert {row.part: row.value for row in told} == {"kernel_drops": 0, "waiting": 0, "unaccounted": 0}
    errors = {"source": "traps", "reason": "kernel_table"}
    assert metrics.registry.get_sample_value("netmon_source_errors_total", errors) == 1
