"""``/api/v1/usage/feeds/{feed}/table``: usage records as CSV, for spreadsheets and loaders."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

import msgspec
from starlette.responses import Response, StreamingResponse

from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.usage.record_line import Line, decode_line
from netmon.web import csv_rows
from netmon.web.context import Call
from netmon.web.native.usage import known_feed
from netmon.web.openapi import operation
from netmon.web.usage_feed import LAST

_ROWS = 1_000

COLUMNS: dict[str, Callable[[Line], object]] = {
    "rec_seq": lambda line: line.rec_seq,
    "id": lambda line: line.id,
    "kind": lambda line: line.kind,
    "revision": lambda line: line.revision,
    "reason": lambda line: line.reason,
    "series": lambda line: line.series,
    "element": lambda line: line.element,
    "object": lambda line: line.resource.id,
    "service_id": lambda line: line.service_id,
    "party_ref": lambda line: line.party_ref,
    "contract_id": lambda line: line.contract_id,
    "start": lambda line: line.start,
    "end": lambda line: line.end,
    "quality": lambda line: line.quality,
    "coverage_ms": lambda line: line.coverage_ms,
    "octets_in": lambda line: line.octets_in,
    "octets_out": lambda line: line.octets_out,
    "delta_octets_in": lambda line: line.delta_octets_in,
    "delta_octets_out": lambda line: line.delta_octets_out,
    "octets_from_customer": lambda line: line.octets_from_customer,
    "octets_to_customer": lambda line: line.octets_to_customer,
    "flags": lambda line: " ".join(line.flags),
}


class TableQuery(msgspec.Struct, frozen=True):
    """Which records: those that start in a span of time, UTC ms."""

    since: Annotated[int, msgspec.Meta(ge=0, le=LAST)]
    until: Annotated[int, msgspec.Meta(ge=0, le=LAST)]
    series: str = ""
    """Of this series only."""


@operation(
    "GET", "/api/v1/usage/feeds/{feed}/table", summary="Table usage records", role="read", query=TableQuery,
    media="text/csv", errors=(400, 404),
)  # fmt: skip
async def table_usage_records(call: Call[TableQuery, None]) -> Response:
    """Give records as CSV by start, a header first; an empty cell is unknown, which is not 0.

    Add up ``octets_*`` of kind usage and ``delta_octets_*`` of adjustments; an exception takes no part in sums.
    """
    feed, asked, web = await known_feed(call), call.query, call.web
    span = UsageSpan(feed, asked.since, asked.until)

    async def lines() -> AsyncIterator[bytes]:
        yield csv_rows.table([COLUMNS])
        after = (0, 0)
        while rows := await web.slow.run(_read, web.store, span, asked.series, after):
            yield csv_rows.table([read(line) for read in COLUMNS.values()] for line in map(_line, rows))
            after = (rows[-1].start, rows[-1].rec_seq)

    headers = {"Content-Disposition": f'attachment; filename="usage-{feed}.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), headers=headers, media_type="text/csv; charset=utf-8")


def _read(store: SqliteStore, span: UsageSpan, series: str, after: tuple[int, int]) -> list[UsageRecord]:
    if series:
        return store.usage.started_of_series(series, span, after=after, limit=_ROWS)
    return store.usage.started(span, after=after, limit=_ROWS)


def _line(record: UsageRecord) -> Line:
    return decode_line(record.line)


OPERATIONS = (table_usage_records,)
