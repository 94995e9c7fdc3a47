"""``/api/v1/query``: series on a grid of time, as charts draw them (specs/dashboard.md 2.2)."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from netmon.domain.element import Threshold
from netmon.storage.chart import Line, SeriesQuery
from netmon.web.context import Call, Web
from netmon.web.element_alarms import Span, joined, past_spans, standing_spans
from netmon.web.engine import EngineDown
from netmon.web.error import Refusal
from netmon.web.native.series import series_id
from netmon.web.openapi import operation
from netmon.web.query import MOST_POINTS, MOST_SERIES, time_range, unit_text
from netmon.web.rows import Entry

_MOST_BANDS = 200


class ChartQuery(msgspec.Struct, frozen=True):
    """What to draw; at most 50 series, a range of at most 400 days."""

    metric: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]
    element: list[str] = []
    object: list[str] = []
    """Managed objects or globs, with or without the element; none: all of the elements."""
    from_: str = msgspec.field(name="from", default="now-6h")
    """RFC 3339, or ``now-6h`` (s m h d w)."""
    to: str = "now"
    step: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 0
    """Seconds; raised to what the range and the series' own interval allow, then to the next round step."""
    fn: Literal["avg", "min", "max", "last", "rate"] = "avg"
    """rate: per second, of counters of interfaces, only between samples that prove it."""
    max_points: Annotated[int, msgspec.Meta(ge=1, le=MOST_POINTS)] | None = None


class DrawnSeries(msgspec.Struct, frozen=True):
    """A line; point i stands for the step that begins at t0 + i * step, null where it has no sample."""

    id: str
    metric: str
    element: str
    object: str
    labels: dict[str, str]
    unit: str
    interval_s: float
    avg: list[float | None]
    min: list[float | None]
    max: list[float | None]
    last: list[float | None]
    gaps: list[tuple[int, int]]
    """(from, to), UTC ms: longer without a sample than two and a half intervals."""
    last_s: float
    """Time of the newest sample, UTC seconds."""


class Band(msgspec.Struct, frozen=True, omit_defaults=True):
    """When an alarm stood."""

    alarm: str
    severity: str
    text: str
    object: str
    from_: int = msgspec.field(name="from")
    """UTC ms."""
    to: int | None = None
    """Absent: it still stands."""
    hidden: bool = False
    """Something hides the alarm."""


class Drawing(msgspec.Struct, frozen=True):
    """Lines on one grid, with the alarms and limits that belong to them. Times are UTC ms, steps seconds."""

    from_: int = msgspec.field(name="from")
    to: int
    step: int
    t0: int
    n: int
    unit: str
    """Of all lines, empty where they differ."""
    series: list[DrawnSeries]
    bands: list[Band]
    thresholds: list[Threshold]
    newest_s: float | None
    """Time of the newest sample, UTC seconds."""


@operation(
    "GET",
    "/api/v1/query",
    summary="Read time series for a chart",
    role="read",
    query=ChartQuery,
    answer=Drawing,
    errors=(400, 503, 504),
)
async def query_series(call: Call[ChartQuery, None]) -> Drawing:
    """Return series on a grid of time, with gaps, alarms and limits."""
    web, asked, now = call.web, call.query, call.web.now_ms()
    start, end = time_range(asked.from_, asked.to, now=now)
    end = max(min(end, now), start + 1)
    elements = tuple(dict.fromkeys([*asked.element, *_roots(asked.object)]))
    if not elements:
        raise Refusal(400, "missingAttribute", message="element is needed, or an object with its element")
    if len(elements) > MOST_SERIES:
        raise Refusal(400, "badValue", message=f"element: {len(elements)} are more than {MOST_SERIES} series")
    chart = await web.series.draw(
        SeriesQuery(
            metrics=tuple(asked.metric),
            elements=elements,
            start=start,
            end=end,
            objects=tuple(asked.object),
            fn=asked.fn,
            step_ms=asked.step * 1000,
            max_points=asked.max_points or web.config.query_max_points,
            most_series=MOST_SERIES,
        )
    )
    series = [_drawn(line) for line in chart.lines]
    units = {one.unit for one in series}
    return Drawing(
        from_=start,
        to=end,
        step=chart.step_ms // 1000,
        t0=chart.t0,
        n=chart.n,
        unit=units.pop() if len(units) == 1 else "",
        series=series,
        bands=await _bands(web, elements, {one.object for one in series}, start=start, end=end),
        thresholds=await _thresholds(web, asked),
        newest_s=max((one.last_s for one in series), default=None),
    )


def _drawn(line: Line) -> DrawnSeries:
    return DrawnSeries(
        id=series_id(line.metric, line.object),
        metric=line.metric,
        element=line.element,
        object=line.object,
        labels=line.labels,
        unit=unit_text(line.unit),
        interval_s=line.interval_ms / 1000,
        avg=line.avg,
        min=line.min,
        max=line.max,
        last=line.last,
        gaps=line.gaps,
        last_s=line.newest / 1000,
    )


def _roots(objects: list[str]) -> list[str]:
    """Return the elements that begin paths; a glob names none, and a path below an element has none."""
    roots = (path.partition("/")[0] for path in objects)
    return [root for root in roots if "*" not in root and ":" not in root.removeprefix("addr:")]


async def _bands(web: Web, elements: tuple[str, ...], objects: set[str], *, start: int, end: int) -> list[Band]:
    """Return when alarms of the drawn objects or of their elements stood, the newest of them."""
    entries = list(web.view.entries.values())
    past = await web.slow.run(past_spans, web.store, elements, start)
    wanted = objects | set(elements)
    spans = await asyncio.to_thread(_spans, entries, elements, past)
    inside = [span for span in spans if span.object in wanted and _overlaps(span, start, end)]
    return [
        Band(span.alarm, span.severity, span.text, span.object, max(span.start, start), span.end, span.hidden)
        for span in inside[-_MOST_BANDS:]
    ]


def _spans(entries: Iterable[Entry], elements: tuple[str, ...], past: list[Span]) -> list[Span]:
    return joined(standing_spans(one.row for one in entries if one.row.el in elements), past)


def _overlaps(span: Span, start: int, end: int) -> bool:
    return span.start < end and (span.end is None or span.end >= start)


async def _thresholds(web: Web, asked: ChartQuery) -> list[Threshold]:
    if asked.fn == "rate":
        return []
    with contextlib.suppress(EngineDown):
        return [one for one in (await web.network.network()).thresholds if one.metric in asked.metric]
    return []


OPERATIONS = (query_series,)
