"""``netmon usage exceptions``: what of a feed is not simply measured, why, and what to do."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.frame import (
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_table,
    read_settings,
    without_empty,
)
from netmon.domain.scalar import unknown
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.storage.store import StoreError
from netmon.usage.advice import ADVICE
from netmon.usage.exceptions import Place, UsageException, Wanted, page
from netmon.usage.periods import parse_utc

EPILOG = examples(
    ("netmon usage exceptions", "of the last 24 hours, the newest first"),
    ("netmon usage exceptions --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z --json", "of a month"),
    ("netmon usage exceptions --reason implausible_rate --limit 1000", "for one reason"),
)

_DAY_MS = 86_400_000
_LAST = 1 << 62
_AT_ONCE = 1_000
_QUALITIES = ("measured", "estimated", "partial", "unknown")


def exceptions(
    config: ConfigOption = None,
    feed: Annotated[str, typer.Option(metavar="NAME", help="Only this feed.", show_default=False)] = "",
    series: Annotated[str, typer.Option(metavar="NAME", help="Only this series.", show_default=False)] = "",
    reason: Annotated[
        str, typer.Option(metavar="NAME", help="For this reason only, e.g. not_read.", show_default=False)
    ] = "",
    quality: Annotated[
        str, typer.Option(metavar="NAME", help="Of intervals of this quality only.", show_default=False)
    ] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Start, UTC; default: a day ago.", show_default=False)
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="End, UTC; default: now.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="Rows of each feed.")] = 100,
    json: JsonOption = False,
) -> None:
    """List usage that is not simply measured: gaps, estimates, what is unknown, and readings that were not believed.

    Read from the committed store; the daemon may run or not. Each row is one record, with its reason and what to do.
    An interval that a later adjustment has measured is no row. A quality in brackets is that of the interval around the
    readings that the record is about, or around the record that billing refuses; (open): it is not closed yet.
    """
    _check(reason, quality)
    path = read_settings(config).data_dir / "netmon.db"
    if not path.is_file():
        fail(f"there is no {path}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    start = _time("--from", since) if since else time.time_ns() // 1_000_000 - _DAY_MS
    end = _time("--to", until) if until else _LAST
    try:
        found = list(_found(path, feed, UsageSpan("", start, end), Wanted(reason, quality), series=series, limit=limit))
    except StoreError as error:
        fail(f"{path}: {error}")
    if json:
        print_json(found)
        return
    titles = ("from", "to", "feed", "series", "quality", "reason", "what to do")
    if found:
        print_table(*without_empty(titles, map(_row, found)))
    typer.echo(count(len(found), "exception"))


def _check(reason: str, quality: str) -> None:
    """Refuse what can be found nowhere; an empty table would say that all is measured."""
    if reason and reason not in ADVICE:
        fail(f"--reason: {unknown('reason', reason, list(ADVICE))}")
    if quality and quality not in _QUALITIES:
        fail(f"--quality: {unknown('quality', quality, list(_QUALITIES))}")


def _time(option: str, text: str) -> int:
    try:
        return parse_utc(text)
    except ValueError as error:
        fail(f"{option}: {error}")


def _found(
    path: Path, feed: str, span: UsageSpan, wanted: Wanted, *, series: str, limit: int
) -> Iterator[UsageException]:
    with closing(open_store(path, read_only=True)) as store:
        feeds = sorted(one.feed for one in store.usage.ranges())
        if feed and feed not in feeds:
            fail(f"there is no feed {feed} with a record (one of {', '.join(feeds) or 'none'})")
        for name in [feed] if feed else feeds:
            yield from _of_feed(store, UsageSpan(name, span.since, span.until), wanted, series=series, limit=limit)


def _of_feed(
    store: SqliteStore, span: UsageSpan, wanted: Wanted, *, series: str, limit: int
) -> Iterator[UsageException]:
    place: Place | None = (_LAST, _LAST)
    left = limit
    while place is not None and left:
        found = page(
            lambda before, many: store.usage.doubted(span, before=before, limit=many, series=series),
            wanted,
            before=place,
            limit=min(left, _AT_ONCE),
        )
        yield from found.rows
        left -= len(found.rows)
        place = found.before


def _row(one: UsageException) -> tuple[str, ...]:
    what = one.quality or "open"
    return (
        *(_second(at) for at in (one.start, one.end)),
        *(one.feed, one.series, what if one.kind == "interval" else f"({what})", ", ".join(one.reasons), one.advice),
    )


def _second(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
