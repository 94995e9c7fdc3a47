"""Finds the records a usage list shows, in short reads; runs in a thread."""

import hashlib
from collections.abc import Iterator
from heapq import merge

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.sqlite.usage_queries import UsageRange, UsageSpan
from netmon.web.error import Refusal
from netmon.web.usage_query import UsageQuery

MOST_LOOKED_AT = 100_000
"""Records one request may look at."""
_ROWS = 1_000


class Found(msgspec.Struct, frozen=True):
    """One page."""

    records: tuple[UsageRecord, ...]
    total: int | None
    """Records that fit; None: not all were looked at."""
    next_after: int | None = None
    """Where a list by cursor goes on; None: there is nothing more now."""
    etag: str = ""


def find(store: SqliteStore, query: UsageQuery) -> Found:
    """Return the page asked for.

    Raises:
        Refusal: 400, too much to look at, or a cursor without its feed.
    """
    ranges = [one for one in store.usage.ranges() if not query.feeds or one.feed in query.feeds]
    if query.after is not None:
        found = _follow(store, query, ranges)
    elif query.everything:
        found = _everything(store, query, ranges)
    else:
        fitting = list(_fitting(store, query, ranges))
        found = Found(tuple(fitting[query.offset : query.offset + query.limit]), len(fitting))
    # Records never change: what the answer holds is known by how far the feeds are.
    told = ",".join(f"{one.feed}:{one.first}-{one.last}" for one in ranges)
    return msgspec.structs.replace(found, etag=f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"')


def _follow(store: SqliteStore, query: UsageQuery, ranges: list[UsageRange]) -> Found:
    """Go on from a number; ends when the page is full, nothing is left, or enough was looked at."""
    if len(ranges) > 1:
        names = ", ".join(one.feed for one in ranges)
        raise Refusal(400, "badValue", message=f"recSeq.gt: counts in one feed, add usageCharacteristic.feed ({names})")
    if not ranges:
        return Found((), 0)
    [of] = ranges
    at = max(query.after or 0, of.first - 1)
    total = max(0, of.last - at) if query.everything else None
    found: list[UsageRecord] = []
    for looked, record in enumerate(_by_number(store, query, of, at)):
        if len(found) >= query.limit or looked >= MOST_LOOKED_AT:
            break
        at = record.rec_seq
        if _is_meant(query, record):
            found.append(record)
    else:
        at = of.last
    return Found(tuple(found), total, next_after=at if at < of.last else None)


def _everything(store: SqliteStore, query: UsageQuery, ranges: list[UsageRange]) -> Found:
    """Take a page by its place alone: numbers have no gap."""
    found: list[UsageRecord] = []
    skip = query.offset
    for of in ranges:
        count = of.last - of.first + 1
        if skip < count and len(found) < query.limit:
            found += store.records(of.feed, of.first - 1 + skip, query.limit - len(found))
        skip = max(0, skip - count)
    return Found(tuple(found), sum(of.last - of.first + 1 for of in ranges))


def _fitting(store: SqliteStore, query: UsageQuery, ranges: list[UsageRange]) -> Iterator[UsageRecord]:
    if query.ids:
        named = filter(None, map(store.usage.record, query.ids))
        feeds = {of.feed for of in ranges}
        found = sorted(named, key=lambda record: (record.feed, record.rec_seq))
        yield from (record for record in found if record.feed in feeds and query.fits(record))
        return
    looked = 0
    for of in ranges:
        for record in _by_start(store, query, of) if query.dated else _by_number(store, query, of, of.first - 1):
            looked += 1
            if looked > MOST_LOOKED_AT:
                raise _too_many()
            if query.fits(record):
                yield record


def _too_many() -> Refusal:
    text = (
        f"more than {MOST_LOOKED_AT} records would be looked at; choose a shorter span of usageDate, or use recSeq.gt"
    )
    return Refusal(400, "tooMany", message=text)


def _is_meant(query: UsageQuery, record: UsageRecord) -> bool:
    return (not query.ids or record.id in query.ids) and query.fits(record)


def _by_number(store: SqliteStore, query: UsageQuery, of: UsageRange, after: int) -> Iterator[UsageRecord]:
    """Yield records of a feed by number, of the series that are asked for, where some are."""
    if query.series:
        return merge(*(_numbered(store, of, one, after) for one in sorted(query.series)), key=_number)
    return _numbered(store, of, "", after)


def _numbered(store: SqliteStore, of: UsageRange, series: str, after: int) -> Iterator[UsageRecord]:
    while after < of.last:
        if series:
            rows = store.usage.numbered_of_series(of.feed, series, after=after, limit=_ROWS)
        else:
            rows = store.records(of.feed, after, _ROWS)
        if not rows:
            return
        yield from (record for record in rows if record.rec_seq <= of.last)
        after = rows[-1].rec_seq


def _by_start(store: SqliteStore, query: UsageQuery, of: UsageRange) -> Iterator[UsageRecord]:
    if query.series:
        return merge(*(_started(store, query, of, one) for one in sorted(query.series)), key=_start)
    return _started(store, query, of, "")


def _started(store: SqliteStore, query: UsageQuery, of: UsageRange, series: str) -> Iterator[UsageRecord]:
    span = UsageSpan(of.feed, *query.span())
    after = (0, 0)
    while True:
        if series:
            rows = store.usage.started_of_series(series, span, after=after, limit=_ROWS)
        else:
            rows = store.usage.started(span, after=after, limit=_ROWS)
        if not rows:
            return
        yield from (record for record in rows if record.rec_seq <= of.last)
        after = _start(rows[-1])


def _number(record: UsageRecord) -> int:
    return record.rec_seq


def _start(record: UsageRecord) -> tuple[int, int]:
    return record.start, record.rec_seq
