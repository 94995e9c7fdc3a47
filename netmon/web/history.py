"""Alarms that ended, from the store, page by page: the last one cleared comes first (specs/alarms.md section 6)."""

from collections.abc import Iterator

import msgspec

from netmon.domain.alarm import Alarm
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.error import Refusal
from netmon.web.filter import Filter
from netmon.web.rows import Places, Row, row, where_of
from netmon.web.selection import pack, unpack

_CHUNK = 500
_MOST_LOOKED_AT = 20_000
"""Alarms that one page looks at; a filter that fits few of them answers a short page."""

NEWEST = (1 << 62, "")
"""Before the first one."""


class Past(msgspec.Struct, frozen=True):
    """A page of alarms that ended."""

    rows: list[Row]
    after: str


def page(store: SqliteStore, wanted: Filter, *, after: str, limit: int, now: int, where: Places) -> Past:
    """Return a page of the alarms that fit; blocks."""
    rows: list[Row] = []
    begin = _place(after) if after else NEWEST
    looked = 0
    for looked, one in enumerate(ended(store, begin), 1):
        begin = (one.cleared or 0, one.alarm_id)
        made = row(one, where_of(one, where))
        if wanted.fits(made, now):
            rows.append(made)
        if len(rows) == limit or looked == _MOST_LOOKED_AT:
            return Past(rows, pack(list(begin)))
    return Past(rows, "")


def ended(store: SqliteStore, begin: tuple[int, str]) -> Iterator[Alarm]:
    """Yield alarms that ended, after a place in the order of their clears; each read of the store is short."""
    while True:
        chunk = store.ended_alarms(begin, _CHUNK)
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        begin = (chunk[-1].cleared or 0, chunk[-1].alarm_id)


def _place(after: str) -> tuple[int, str]:
    match unpack(after):
        case [int(cleared), str(alarm_id)]:
            return cleared, alarm_id
    raise Refusal(400, "badValue", message="after: is not from a list of this scope")
