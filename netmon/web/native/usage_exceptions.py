"""``/api/v1/usage/feeds/{feed}/exceptions``: what of a feed is not simply measured, why, and what to do."""

from typing import Annotated, Literal

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.usage.advice import ADVICE
from netmon.usage.exceptions import Place, UsageException, Wanted, page
from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.native.usage import Many, known_feed
from netmon.web.openapi import operation
from netmon.web.usage_feed import LAST

_DAY_MS = 86_400_000


class ExceptionsQuery(msgspec.Struct, frozen=True):
    """Which of them: those that start in a span of time, UTC ms; where no series or reason is told, of all."""

    series: str = ""
    reason: str = ""
    quality: Literal["", "measured", "estimated", "partial", "unknown"] = ""
    """Of the interval."""
    since: Annotated[int, msgspec.Meta(ge=0, le=LAST)] | None = None
    """Default: a day before now."""
    until: Annotated[int, msgspec.Meta(ge=0, le=LAST)] = LAST
    before: str = ""
    """Where to go on: ``before`` of the answer before."""
    limit: Many = 100


class UsageExceptions(msgspec.Struct, frozen=True):
    """Intervals that are not simply measured, and exception records; the newest first."""

    now: int
    feed: str
    since: int
    exceptions: list[UsageException]
    before: str | None
    """Where the list goes on; null: this was its end."""


@operation(
    "GET", "/api/v1/usage/feeds/{feed}/exceptions", summary="List usage exceptions", role="read",
    query=ExceptionsQuery, answer=UsageExceptions, errors=(400, 404),
)  # fmt: skip
async def list_usage_exceptions(call: Call[ExceptionsQuery, None]) -> UsageExceptions:
    """List what is not simply measured: gaps, estimates, what is unknown, and readings that were not believed.

    Each row is one record, with the reason and what to do. An interval that a later adjustment has measured is no row.
    """
    web, asked = call.web, call.query
    feed = await known_feed(call)
    if asked.reason not in ("", *ADVICE):
        raise Refusal(400, "badValue", message=f"reason: there is none {asked.reason} (one of {', '.join(ADVICE)})")
    now = web.now_ms()
    since = now - _DAY_MS if asked.since is None else asked.since
    span = UsageSpan(feed, since, asked.until)

    def read(before: Place, limit: int) -> list[tuple[UsageRecord, UsageRecord | None]]:
        return web.store.usage.doubted(span, before=before, limit=limit, series=asked.series)

    wanted = Wanted(asked.reason, asked.quality)
    found = await web.slow.run(page, read, wanted, before=_place(asked.before), limit=asked.limit)
    before = None if found.before is None else f"{found.before[0]}.{found.before[1]}"
    return UsageExceptions(now, feed, since, found.rows, before)


def _place(text: str) -> Place:
    if not text:
        return LAST, LAST
    start, _, rec_seq = text.partition(".")
    if not (text.isascii() and start.isdecimal() and rec_seq.isdecimal()):
        raise Refusal(400, "badValue", message=f"before: {text} is not what an answer told")
    return min(int(start), LAST), min(int(rec_seq), LAST)


OPERATIONS = (list_usage_exceptions,)
