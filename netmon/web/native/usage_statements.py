"""``/api/v1/usage/statements``: what a contract's usage of one period amounts to, from the records alone."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

from netmon.domain.scalar import unknown
from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.usage.calendar import period as bounds_of
from netmon.usage.contracts import ContractInUse, Contracts
from netmon.usage.statement import Asked, Statement
from netmon.usage.statement import statement as stated
from netmon.web.context import Call, Web
from netmon.web.error import Refusal
from netmon.web.openapi import operation

_ROWS = 1_000
MOST_RECORDS = 1_000_000
"""Of a feed in the period; the command line states larger ones."""


class StatementQuery(msgspec.Struct, frozen=True):
    """Which statement."""

    contract: str
    """A contract of the usage rules."""
    period: str
    """2026-03, 2026-W10 or 2026-03-02, as the contract has it."""
    feed: str = ""
    """Where its records are in several."""


@operation(
    "GET", "/api/v1/usage/statements", summary="State usage", role="read", query=StatementQuery, answer=Statement,
    errors=(400, 404),
)  # fmt: skip
async def state_usage(call: Call[StatementQuery, None]) -> Statement:
    """State volume, percentile, average and peak of a contract's period, and whether enough of it is measured.

    It is computed from committed records alone, by the calendar and the method of the contract; nothing is priced.
    """
    asked = call.query
    known = msgspec.json.decode(await call.web.engine.get("/internal/v1/usage/contracts"), type=Contracts)
    found = next((one for one in known.contracts if one.contract.id == asked.contract), None)
    if found is None:
        names = sorted(one.contract.id for one in known.contracts)
        raise Refusal(404, "notFound", message=unknown("contract", asked.contract, names))
    contract = found.contract
    try:
        zone = ZoneInfo(contract.zone)
        start, end = bounds_of(asked.period, contract.period, zone=zone, billing_day=contract.billing_day)
    except ValueError as error:
        raise Refusal(400, "badValue", message=f"period: {error}") from None
    wanted = Asked(contract, asked.feed or _feed(found), asked.period, start, end, known.tzdata)
    return await call.web.slow.run(_stated, call.web, wanted)


def _feed(found: ContractInUse) -> str:
    if len(found.feeds) != 1:
        told = f"in several feeds ({', '.join(found.feeds)})" if found.feeds else "of no metering rule"
        raise Refusal(400, "badValue", message=f"feed: contract {found.contract.id} is {told}: say which feed")
    return found.feeds[0]


def _stated(web: Web, asked: Asked) -> Statement:
    return stated(_records(web.store, asked), asked, settled=web.store.usage.settled_by(asked.feed))


def _records(store: SqliteStore, asked: Asked) -> Iterator[UsageRecord]:
    span, after = UsageSpan(asked.feed, asked.start, asked.end), (0, 0)
    for _ in range(0, MOST_RECORDS, _ROWS):
        rows = store.usage.started(span, after=after, limit=_ROWS)
        if not rows:
            return
        yield from rows
        after = (rows[-1].start, rows[-1].rec_seq)
    message = f"period: more than {MOST_RECORDS} records; netmon usage statement on the host states it"
    raise Refusal(400, "tooMuch", message=message)


OPERATIONS = (state_usage,)
