"""A dashboard over a day of metered ports, as billing sees it: real store, meter, publisher and web process."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from playwright.async_api import Browser

from netmon.domain.usage import CounterSample, PairSettings, UsageRecord, UsageSettings
from netmon.outputs.usage.publish import Feed, Publisher
from netmon.usage.periods import floor_to
from tests.browser.by_hand import by_hand
from tests.browser.desk import Desk
from tests.browser.town import now
from tests.storage.batches import batch, settle
from tests.usage.metered import QUARTER, Daemon, assignment, sample
from tests.web.book_engine import BookEngine

PORTS = 5
_POLL_MS = 300_000
_DAY = 96
GAP = range(20 * QUARTER, 22 * QUARTER)
"""Milliseconds of the day in which the second port was not read; its counter tells afterwards what it carried."""
REBOOT = 40 * QUARTER + 100_000
"""When the element of the third port started anew."""
BLIND = range(60 * QUARTER, 97 * QUARTER)
"""When the fourth port was not read any more."""


class Accounts:
    """The feed of the last 24 hours."""

    def __init__(self, engine: BookEngine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.end = floor_to(now(), QUARTER)
        self.publisher = Publisher(Feed("main", "nm1", compress=False), store=engine.store, folder=folder / "usage")
        self.records: list[UsageRecord] = []

    @property
    def out(self) -> Path:
        """Where the published files are."""
        return self.folder / "usage" / "main" / "out"

    async def open(self) -> None:
        """Begin the feed; the first file comes with the first record."""
        await self.publisher.prepare()
        await settle(self.engine.store, self.end - 4 * QUARTER)
        await self.publisher.publish_due(self.end - 4 * QUARTER)

    async def day(self) -> None:
        """Meter a day, commit it, and publish it with three empty files after it."""
        self.records = list(_metered(self.end - _DAY * QUARTER))
        number, seq = self.engine.store.position()
        await self.engine.store.commit(batch(number + 1, seq + 1, records=self.records))
        for many in (3, 2, 1, 0):
            await settle(self.engine.store, self.end - many * QUARTER, len(self.records))
            await self.publisher.publish_due(self.end - many * QUARTER)


def _metered(start: int) -> Iterator[UsageRecord]:
    ports = [f"r1|ifName:xe-0/0/{number}" for number in range(1, PORTS + 1)]
    who = [
        assignment(port, valid_from=start, poll_ms=_POLL_MS, service=f"svc-{number}", party=f"cust-{number}")
        for number, port in enumerate(ports, 1)
    ]
    settings = UsageSettings(poll_ms=_POLL_MS, pairs=PairSettings(poll_interval_ms=_POLL_MS))
    daemon = Daemon(*who, settings=settings, started=start)
    for at in range(start, start + _DAY * QUARTER + 1, _POLL_MS):
        daemon.tick(at)
        for number, port in enumerate(ports, 1):
            if read(number, at - start):
                daemon.take(_sample(number, at, start), port)
    daemon.run(start + _DAY * QUARTER, start + (_DAY + 1) * QUARTER)
    return iter(daemon.records)


def read(port: int, at: int) -> bool:
    """Tell whether a port was read at a time of the day; the fifth never was."""
    return not ((port == 2 and at in GAP) or (port == 4 and at in BLIND) or port == 5)


def _sample(port: int, at: int, start: int) -> CounterSample:
    since = at - start
    booted = REBOOT if port == 3 and since >= REBOOT else -864_000_000
    moved = (since - max(booted, 0)) * 40_000 * port
    name = f"xe-0/0/{port}"
    made: CounterSample = sample(at, moved, moved // 7, ifindex=port, ifname=name, uptime_cs=(since - booted) // 10)
    return made


@contextlib.asynccontextmanager
async def billing(browser: Browser, folder: Path) -> AsyncIterator[tuple[Desk, Accounts]]:
    """Yield somebody of billing who is signed in, and the accounts behind the page, as long as the block lasts."""
    async with by_hand(browser, folder, role="billing") as (desk, engine):
        yield desk, Accounts(engine, folder)
