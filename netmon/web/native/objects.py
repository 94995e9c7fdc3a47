"""``/api/v1/elements/{e}/objects``: the parts of an element, alarmed and busiest first (specs/dashboard.md 7)."""

import asyncio
import re
from collections.abc import Iterable, Mapping

import msgspec
from starlette.responses import Response

from netmon.domain.element import ElementDetail, ObjectState
from netmon.storage.chart import Chart, SeriesQuery
from netmon.web.bodies import json_response, packed_in_thread
from netmon.web.context import Call, Web
from netmon.web.element_alarms import Tally, tally_objects
from netmon.web.error import Refusal
from netmon.web.openapi import operation
from netmon.web.rows import RANK, Entry

_HOUR_MS = 3_600_000
_SPARK_STEP_MS = 120_000
_IN = "netmon_if_in_bits_per_second"
_RANK: Mapping[str, int] = {str(severity): rank for severity, rank in RANK.items()}
_NUMBER = re.compile(r"(\d+)")

Spark = list[float | None]


class ObjectRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of an element; what is not known is absent."""

    object: str
    kind: str
    """if, sensor, psu, fan, entity, cpu, ..."""
    name: str
    alarms: int
    """Active ones that nothing hides."""
    index: str = ""
    description: str = ""
    admin: str = ""
    """up, down, testing (RFC 2863)."""
    oper: str = ""
    """Whether it works, in the word of its MIB."""
    speed_bps: int = 0
    in_bps: float | None = None
    out_bps: float | None = None
    in_util: float | None = None
    """Percent."""
    out_util: float | None = None
    errors_ratio: float | None = None
    """The worse direction; 0.01 is one packet in a hundred."""
    sev: str = ""
    """Worst severity of its alarms."""
    last: int = 0
    """When it was read last, UTC ms."""
    values: dict[str, float] = {}
    """Newest gauges by metric, of parts that are no interface."""
    inside: str = ""
    """Part that contains it."""
    port: str = ""
    """Interface that a part is."""
    over: tuple[str, ...] = ()
    """Interfaces that it lies on, or that it bundles."""
    neighbor: str = ""
    """The other end of its link, or the name of a neighbor outside the inventory."""
    serial: str = ""
    model: str = ""
    software: str = ""
    spark: Spark = []
    """Bits per second in, one number per two minutes of the last hour; null: no sample."""


class ObjectList(msgspec.Struct, frozen=True):
    """The parts of an element."""

    now: int
    total: int
    objects: list[ObjectRow]


class ObjectsQuery(msgspec.Struct, frozen=True):
    """Which parts."""

    object: str = ""
    """Only this one, by its whole path; the ``alarmedObject`` of a TMF642 alarm points here."""


@operation(
    "GET",
    "/api/v1/elements/{element}/objects",
    summary="List the parts of an element",
    role="read",
    query=ObjectsQuery,
    answer=ObjectList,
    errors=(404, 504),
)
async def list_objects(call: Call[ObjectsQuery, None]) -> Response:
    """List interfaces and other parts, those with alarms first, then the busiest."""
    web, id_ = call.web, call.path["element"]
    detail = await web.network.detail(id_)
    if (only := call.query.object) != "":
        detail = msgspec.structs.replace(detail, objects=tuple(one for one in detail.objects if one.object == only))
    sparks = await web.network.sparks.get(id_, lambda: _sparks(web, id_))
    entries = list(web.view.entries.values())
    plain = await asyncio.to_thread(_encoded, detail, entries, sparks, web.now_ms())
    return json_response(call.request, plain, packed=await packed_in_thread(call.request, plain))


async def _sparks(web: Web, element: str) -> dict[str, Spark]:
    """Return the last hour of all interfaces by one query; none of them where it cannot be had now."""
    now = web.now_ms()
    query = SeriesQuery(
        (_IN,), (element,), now - _HOUR_MS, now, step_ms=_SPARK_STEP_MS, max_points=100, most_series=100_000
    )
    try:
        chart = await web.series.draw(query)
    except Refusal:
        return {}
    return _by_object(chart)


def _by_object(chart: Chart) -> dict[str, Spark]:
    return {line.object: line.avg for line in chart.lines}


def _encoded(detail: ElementDetail, entries: Iterable[Entry], sparks: Mapping[str, Spark], now: int) -> bytes:
    counted = tally_objects(entry.row for entry in entries if entry.row.el == detail.state.id)
    rows = [_row(one, counted.get(one.object), sparks.get(one.object, [])) for one in detail.objects]
    rows.sort(key=_order)
    return msgspec.json.encode(ObjectList(now, len(rows), rows))


def _row(one: ObjectState, mine: Tally | None, spark: Spark) -> ObjectRow:
    values = one.values
    errors = [ratio for way in ("in", "out") if (ratio := values.get(f"netmon_if_{way}_errors_ratio")) is not None]
    return ObjectRow(
        object=one.object,
        kind=one.kind,
        name=one.name,
        alarms=mine.alarms if mine is not None else 0,
        index=one.index,
        description=one.description,
        admin=one.admin,
        oper=one.oper,
        speed_bps=one.speed_bps,
        in_bps=values.get(_IN),
        out_bps=values.get("netmon_if_out_bits_per_second"),
        in_util=values.get("netmon_if_in_utilization_percent"),
        out_util=values.get("netmon_if_out_utilization_percent"),
        errors_ratio=max(errors, default=None),
        sev=mine.worst if mine is not None else "",
        last=one.last,
        values={} if one.kind == "if" else values,
        inside=one.inside,
        port=one.port,
        over=one.over,
        neighbor=one.neighbor,
        serial=one.serial,
        model=one.model,
        software=one.software,
        spark=spark,
    )


def _order(one: ObjectRow) -> tuple[int, float, list[str | int]]:
    busy = max(one.in_bps or 0.0, one.out_bps or 0.0)
    # 2 before 10: the numbers in a name are compared as numbers; they stand at every second place.
    name: list[str | int] = [int(part) if part.isdecimal() else part for part in _NUMBER.split(one.name)]
    return -_RANK.get(one.sev, -1), -busy, name


OPERATIONS = (list_objects,)
