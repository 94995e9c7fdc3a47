"""``/api/v1/series``: which series there are, and their exact samples (specs/dashboard.md 2.3)."""

from typing import Annotated

import msgspec

from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.openapi import operation
from netmon.web.query import time_range, unit_text

_MOST_LISTED = 5_000
_DAY_MS = 86_400_000


class SeriesListQuery(msgspec.Struct, frozen=True):
    """Which series; at least one of both."""

    element: str = ""
    metric: str = ""


class OneSeries(msgspec.Struct, frozen=True):
    """A series as its samples of late describe it."""

    id: str
    """For its exact samples: metric and object with ``@`` between."""
    element: str
    object: str
    metric: str
    unit: str
    labels: dict[str, str]
    interval_s: float
    first: int
    """Oldest sample of the last 24 hours, UTC ms; without ``element`` of the newest hour."""
    last: int


class SeriesList(msgspec.Struct, frozen=True):
    """Series in order of element, object and metric."""

    series: list[OneSeries]


class SamplesQuery(msgspec.Struct, frozen=True):
    """Which samples; times are RFC 3339 or like ``now-6h``."""

    from_: str = msgspec.field(name="from", default="now-1h")
    to: str = "now"
    limit: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10_000


class OneSample(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sample as it was written."""

    time: int
    """UTC ms."""
    value: float
    count: str | None = None
    """The exact number of a counter, which JSON numbers cannot carry."""


class SampleList(msgspec.Struct, frozen=True):
    """Samples, oldest first."""

    id: str
    samples: list[OneSample]


@operation(
    "GET",
    "/api/v1/series",
    summary="List time series",
    role="read",
    query=SeriesListQuery,
    answer=SeriesList,
    errors=(400, 503, 504),
)
async def list_series(call: Call[SeriesListQuery, None]) -> SeriesList:
    """List the series of an element, or the elements and objects that have a metric; at most 5,000."""
    asked = call.query
    if not asked.element and not asked.metric:
        raise Refusal(400, "missingAttribute", message="element or metric is needed")
    end = call.web.now_ms()

    found = await call.web.series.run(
        lambda reader: reader.series(
            element=asked.element, metric=asked.metric, start=end - _DAY_MS, end=end + 1, most=_MOST_LISTED
        )
    )
    return SeriesList(
        [
            OneSeries(
                id=series_id(one.metric, one.object),
                element=one.element,
                object=one.object,
                metric=one.metric,
                unit=unit_text(one.unit),
                labels=one.labels,
                interval_s=one.interval_ms / 1000,
                first=one.first,
                last=one.last,
            )
            for one in found
        ]
    )


@operation(
    "GET",
    "/api/v1/series/{id:path}/samples",
    summary="Read the samples of a time series",
    role="read",
    query=SamplesQuery,
    answer=SampleList,
    errors=(400, 503, 504),
)
async def list_samples(call: Call[SamplesQuery, None]) -> SampleList:
    """List the samples of a series as they were written, counters exactly."""
    asked, id_ = call.query, call.path["id"]
    metric, _, object_ = id_.partition("@")
    start, end = time_range(asked.from_, asked.to, now=call.web.now_ms())

    found = await call.web.series.run(
        lambda reader: reader.samples(metric=metric, object_=object_, start=start, end=end, most=asked.limit)
    )
    samples = [OneSample(one.time, one.value, None if one.count is None else str(one.count)) for one in found]
    return SampleList(id_, samples)


def series_id(metric: str, object_: str) -> str:
    """Return the id of a series."""
    return f"{metric}@{object_}"


OPERATIONS = (list_series, list_samples)
