"""The past hours of ``netmon demo``: what would have been polled, from the model the simulator counts by.

``python -m netmon.cli.demo_history DIR`` writes them below DIR/series, in a process whose memory is free again then.
They end where the run begins, and have a gap, as if netmon had not run for a while.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from netmon.cli.simulate.equipment import Equipment
from netmon.cli.simulate.network import Model, waves
from netmon.cli.simulate.town import models
from netmon.cli.simulate.wave import wall_ms
from netmon.domain.managed_object import part_path
from netmon.domain.sample import Labels, SampleBlock, SampleKind
from netmon.storage.series import SeriesStore

HOURS = 6
STEP_MS = 120_000
GAP_MS = (135 * 60_000, 113 * 60_000)
"""From when until when before the start nothing was polled."""

_RATES = (
    ("netmon_if_in_bits_per_second", "bit/s"),
    ("netmon_if_out_bits_per_second", "bit/s"),
    ("netmon_if_in_utilization_percent", "%"),
    ("netmon_if_out_utilization_percent", "%"),
)

_GAUGE: SampleKind = "gauge"

_Row = tuple[str, Labels, str, tuple[Callable[[int], float], ...]]
"""(object, labels, index, value of each metric at a time)."""


def write_history(folder: Path, *, until: int) -> None:
    """Write the hours before ``until`` (UTC ms) into the series store of a data folder."""
    beside = folder / "history"
    SeriesStore(beside).append(list(blocks(until)))
    # The daemon may run already: it finds whole files only.
    for file in sorted(beside.glob("*/*.parquet")):
        target = folder / "series" / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
    shutil.rmtree(beside)


def blocks(until: int) -> Iterator[SampleBlock]:
    """Yield what was measured, oldest first."""
    known = models()
    tables = [(model, *table) for model in known for table in _tables(model)]
    for at in range((until - HOURS * 3_600_000) // STEP_MS * STEP_MS, until, STEP_MS):
        if not until - GAP_MS[0] <= at < until - GAP_MS[1]:
            for model, table, names, rows in tables:
                yield _block(model.id, at, table, names, rows)


def _block(element: str, at: int, table: str, names: tuple[tuple[str, str], ...], rows: list[_Row]) -> SampleBlock:
    values = [[read(at) for read in reads] for _, _, _, reads in rows]
    return SampleBlock(
        seq=0,
        time=at,
        sent=at,
        element=element,
        table=table,
        names=tuple(name for name, _ in names),
        kinds=(_GAUGE,) * len(names),
        units=tuple(unit for _, unit in names),
        oids=("",) * len(names),
        objects=tuple(object_ for object_, _, _, _ in rows),
        labels=tuple(labels for _, labels, _, _ in rows),
        index=tuple(index for _, _, index, _ in rows),
        columns=tuple(zip(*values, strict=True)),
        interval_ms=STEP_MS,
    )


def _tables(model: Model) -> Iterator[tuple[str, tuple[tuple[str, str], ...], list[_Row]]]:
    yield "netmon_element", (("netmon_element_up", ""),), [(model.id, (), "0", (_up,))]
    yield "ifTable_derived", _RATES, list(_ports(model))
    equipment = Equipment(model.id, model.ports, model=model.hardware, zero_ms=0, redundant=model.redundant)
    sensors: list[_Row] = [
        (part_path(model.id, "sensor", name), (("entPhysicalName", name), ("entPhySensorType", "8")), "0", (gauge.at,))
        for name, gauge in equipment.gauges.items()
        if "temperature" in name
    ]
    yield "entPhySensorTable_derived", (("netmon_sensor_celsius", "celsius"),), sensors
    cpu, memory = equipment.gauges["cpu"], equipment.gauges["memory"]
    processor: _Row = (part_path(model.id, "cpu", "1"), (("hrDeviceIndex", "1"),), "1", (cpu.at,))
    yield "hrProcessorTable_derived", (("netmon_cpu_percent", "percent"),), [processor]
    labels = (("hrStorageIndex", "1"), ("hrStorageDescr", "Memory"))
    main_memory: _Row = (part_path(model.id, "storage", "Memory"), labels, "1", (memory.at,))
    yield "hrStorageTable_derived", (("netmon_memory_used_percent", "percent"),), [main_memory]


def _up(_: int) -> float:
    return 1


def _ports(model: Model) -> Iterator[_Row]:
    loads, speed = waves(model), model.speed_mbps * 1_000_000
    for number, port in enumerate(model.ports, 1):
        if port not in loads:
            continue
        into, out = loads[port]
        alias = model.aliases[number - 1]
        labels = (
            ("ifIndex", str(number)),
            ("ifName", port),
            ("ifDescr", port),
            ("ifAlias", alias),
            ("ifType", "6"),
        )
        percent = [_share(wave.at, speed) for wave in (into, out)]
        yield part_path(model.id, "if", port), labels, str(number), (into.at, out.at, *percent)


def _share(read: Callable[[int], float], speed: int) -> Callable[[int], float]:
    return lambda at: read(at) * 100 / speed


if __name__ == "__main__":
    # The daemon starts beside it, and people wait for that.
    os.nice(10)
    write_history(Path(sys.argv[1]), until=wall_ms())
