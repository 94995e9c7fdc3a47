"""``netmon usage statement``: what a contract's usage of one period amounts to, from the records alone."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from netmon.cli.frame import ConfigOption, JsonOption, examples, fail, print_json, print_table, read_loosely
from netmon.config.load import Loaded
from netmon.config.rules import metering_of
from netmon.config.zones import zones_version
from netmon.domain.scalar import unknown
from netmon.domain.usage import UsageRecord
from netmon.rulebook.metering import Contract
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.storage.store import StoreError
from netmon.usage.calendar import period as bounds_of
from netmon.usage.statement import Asked, Statement
from netmon.usage.statement import statement as stated

EPILOG = examples(
    ("netmon usage statement --contract acme-transit --period 2026-03", "the month that begins in March"),
    ("netmon usage statement --contract acme-transit --period 2026-03 --json", "for programs"),
)

_ROWS = 1_000


def statement(
    contract: Annotated[str, typer.Option(metavar="NAME", help="A contract of the usage rules.")],
    period: Annotated[
        str, typer.Option(metavar="TEXT", help="2026-03, 2026-W10 or 2026-03-02, as the contract has it.")
    ],
    config: ConfigOption = None,
    feed: Annotated[
        str, typer.Option(metavar="NAME", help="Where its records are in several.", show_default=False)
    ] = "",
    json: JsonOption = False,
) -> None:
    """State volume, percentile, average and peak of a contract's period, and whether enough of it is measured.

    It is computed from committed records alone, by the calendar and the method of the contract; nothing is priced.
    """
    loaded = read_loosely(config)
    contracts = {one.id: one for one in metering_of(loaded).contracts}
    if contract not in contracts:
        fail(f"--contract: {unknown('contract', contract, sorted(contracts))}")
    one = contracts[contract]
    try:
        start, end = bounds_of(period, one.period, zone=ZoneInfo(one.zone), billing_day=one.billing_day)
    except ValueError as error:
        fail(f"--period: {error}")
    found = _stated(loaded, Asked(one, feed or _feed(loaded, one), period, start, end, zones_version()))
    if json:
        print_json(found)
    else:
        print_table(("figure", "value"), _rows(found))


def _feed(loaded: Loaded, contract: Contract) -> str:
    metering = metering_of(loaded)
    assigned = (*metering.assignments, *(one.assignment for one in metering.followed))
    feeds = sorted({one.feed for one in assigned if one.contract == contract.id})
    if len(feeds) != 1:
        told = f"in several feeds: give --feed ({', '.join(feeds)})" if feeds else "of no metering rule: give --feed"
        fail(f"contract {contract.id} is {told}")
    return feeds[0]


def _stated(loaded: Loaded, asked: Asked) -> Statement:
    path = loaded.data_dir / "netmon.db"
    if not path.is_file():
        fail(f"there is no {path}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    try:
        with closing(open_store(path, read_only=True)) as store:
            return stated(_records(store, asked), asked, settled=store.usage.settled_by(asked.feed))
    except StoreError as error:
        fail(f"{path}: {error}")


def _records(store: SqliteStore, asked: Asked) -> Iterator[UsageRecord]:
    span, after = UsageSpan(asked.feed, asked.start, asked.end), (0, 0)
    while rows := store.usage.started(span, after=after, limit=_ROWS):
        yield from rows
        after = (rows[-1].start, rows[-1].rec_seq)


def _rows(found: Statement) -> Iterator[tuple[str, str]]:
    for name, value in msgspec.structs.asdict(found).items():
        if isinstance(value, dict):
            value = ", ".join(f"{many} {word}" for word, many in value.items() if many)
        elif isinstance(value, list):
            value = ", ".join(value)
        yield name, "not known" if value is None else str(value)
