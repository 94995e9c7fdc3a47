"""``netmon usage reconcile``: whether a feed's records are what they should be, by the store, rules and counters."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated

import typer

from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_table,
    read_loosely,
)
from netmon.config.load import Loaded
from netmon.config.rules import metering_of
from netmon.domain.duration import Duration
from netmon.domain.inventory import Inventory
from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.storage.store import StoreError
from netmon.usage.periods import ceil_to, floor_to, parse_utc, utc_text
from netmon.usage.reconcile import Books
from netmon.usage.report import Check, Report, Where, check, report
from netmon.usage.tallies import Span

EPILOG = examples(
    ("netmon usage reconcile --feed main", "the last 24 hours that are complete"),
    ("netmon usage reconcile --feed main --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z --json", "a month"),
)

_DAY_MS = 86_400_000
_ROWS = 1_000


def reconcile(
    feed: Annotated[str, typer.Option(metavar="NAME", help="Which feed.")],
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Start, UTC; default: a day before --to.", show_default=False)
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="End, UTC; default: where it is complete.", show_default=False)
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check records against rules and counters: none missing or doubled, octets as counted, what is left open.

    Read from the committed store; the daemon may run or not. What a check means: see the usage feed in the reference.
    The last line tells the span that was checked: what is not complete yet is left out of it.

    Exit code 1: a check failed; a warning is none.
    """
    loaded = read_loosely(config)
    path = loaded.data_dir / "netmon.db"
    if not path.is_file():
        fail(f"there is no {path}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    try:
        with closing(open_store(path, read_only=True)) as store:
            feeds = sorted(one.feed for one in store.usage.ranges())
            if feed not in feeds:
                fail(f"there is no feed {feed} with a record (one of {', '.join(feeds) or 'none'})")
            found = _reconciled(loaded, store, feed, _span(loaded, store, feed, since, until))
    except StoreError as error:
        fail(f"{path}: {error}")
    if json:
        print_json(found)
    else:
        _tell(found)
    if not found.ok:
        raise typer.Exit(PROBLEM)


def _span(loaded: Loaded, store: SqliteStore, feed: str, since: str, until: str) -> Span:
    step = Duration(loaded.config.usage.interval).ms
    settled = floor_to(store.usage.settled_by(feed), step)
    end = min(_time("--to", until), settled) if until else settled
    start = ceil_to(_time("--from", since), step) if since else end - _DAY_MS
    if start >= end:
        fail(f"nothing is complete between {utc_text(start)} and {utc_text(end)}")
    return Span(start, end, step)


def _time(option: str, text: str) -> int:
    try:
        return parse_utc(text)
    except ValueError as error:
        fail(f"{option}: {error}")


def _reconciled(loaded: Loaded, store: SqliteStore, feed: str, span: Span) -> Report:
    now = time.time_ns() // 1_000_000
    books = Books(span, (one for one in metering_of(loaded).assignments if one.feed == feed))
    for name in books.names(store.usage.series(feed)):
        books.take(name, _records(store, feed, name, span))
    told = books.checks(_active(loaded.inventory, span))
    rest = [_collected(loaded, store, feed, now), _clock(store)]
    return report(feed, [*told, *rest], since=utc_text(span.start), until=utc_text(span.end), generated=utc_text(now))


def _records(store: SqliteStore, feed: str, series: str, span: Span) -> Iterator[UsageRecord]:
    """Yield the records of the span and of the intervals beside it, which tell of the readings over its ends."""
    wide, after = UsageSpan(feed, span.start - span.interval_ms, span.end + span.interval_ms), (0, 0)
    while rows := store.usage.started_of_series(series, wide, after=after, limit=_ROWS):
        yield from rows
        after = (rows[-1].start, rows[-1].rec_seq)


def _active(inventory: Inventory, span: Span) -> list[str]:
    """Return the services that had members that face somebody in the span."""
    return [
        service.id
        for service in inventory.services.values()
        if any(
            member.facing and (member.valid_from or 0) < span.end and (member.valid_to or span.end) > span.start
            for member in service.members
        )
    ]


def _collected(loaded: Loaded, store: SqliteStore, feed: str, now: int) -> Check:
    """Return R12: what is published and not acknowledged, and since when."""
    patience_ms = next((one.unacked_alarm.ms for one in loaded.config.usage.feeds if one.id == feed), 7_200_000)
    filed, waiting = store.usage.filed(feed), store.usage.waiting(feed)
    age_s = (now - waiting.oldest) // 1000 if waiting.oldest is not None else 0
    text = f"{waiting.many} published files are not acknowledged, the first, number {waiting.first}, for {age_s} s"
    late = [Where(text=text)] if age_s * 1000 > patience_ms else []
    acknowledged = filed.published - waiting.many
    tolerance = f"{patience_ms // 1000} s"
    return check("R12", late, expected=filed.published, measured=acknowledged, tolerance=tolerance)


def _clock(store: SqliteStore) -> Check:
    """Return R14: the daemon holds the clock of this host against the time that passes, and raises an alarm."""
    found = [Where(text=one.text) for one in store.alarms() if one.type == "clock-step" and one.state == "active"]
    return check("R14", found, expected="< 1 s", measured=None if found else "< 1 s", tolerance="1 s")


def _tell(found: Report) -> None:
    rows = [(one.id, one.status, one.title, one.expected or "", one.measured or "") for one in found.checks]
    print_table(("check", "result", "what", "expected", "measured"), rows)
    for one in found.checks:
        for where in one.findings:
            place = " ".join(filter(None, (where.series, where.start)))
            typer.echo(f"{one.id}: {f'{place}: ' if place else ''}{where.text}")
        if one.more:
            typer.echo(f"{one.id}: {one.more} more")
    typer.echo(f"{found.feed}, {found.from_} to {found.to}: {_outcome(found)}")


def _outcome(found: Report) -> str:
    if not found.ok:
        return "a check failed"
    if any(one.id == "R5" and one.expected == "0" for one in found.checks):
        return "nothing was to be metered"
    warned = sum(one.status == "warn" for one in found.checks)
    return f"no check failed, {count(warned, 'warning')}" if warned else "all pass"
