"""How the core gets the records of closed intervals that are another service's now, while the store is behind it."""

import asyncio
from pathlib import Path

import pytest

from netmon.app.reassign import look
from netmon.domain.observation import Observation, Tick, UsageReassigned
from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from tests.usage.metered import QUARTER, START, Daemon, sample
from tests.usage.test_reassigned import moved, poll


class Port:
    """A port whose last four intervals are another service's now; its records are committed when a test says so."""

    def __init__(self, path: Path) -> None:
        self.store = open_store(path, gather_s=0)
        self.daemon = Daemon()
        poll(self.daemon, START, START + 8 * QUARTER + 300_000)
        self.daemon.meter.configure(moved(), self.daemon.settings)
        self.daemon.tick(START + 8 * QUARTER + 300_001)
        self.batches = self.committed = 0

    async def commit(self, most: int = 1_000) -> None:
        records: list[UsageRecord] = self.daemon.records[self.committed : self.committed + most]
        self.batches += 1
        self.committed += len(records)
        at = self.daemon.meter.now
        await self.store.commit(Batch(self.batches, self.batches, at, (Tick(at),), records=tuple(records)))

    async def observe(self, observation: Observation) -> None:
        assert isinstance(observation, UsageReassigned)
        self.daemon.records += self.daemon.meter.reassign(observation.intervals)

    async def look(self) -> bool:
        return await look(self.daemon.meter, self.store, self.observe)

    def given(self) -> list[str]:
        return [line["start"] for line in self.daemon.lines("adjustment")[::2]]


@pytest.fixture
def port(tmp_path: Path):
    port = Port(tmp_path / "netmon.db")
    yield port
    port.store.close()


async def test_an_interval_whose_record_is_not_committed_yet_is_asked_for_again(port: Port) -> None:
    await port.commit(7)
    assert await port.look()
    assert len(port.given()) == 3
    assert not await port.look()
    assert [start for _, _, start in port.daemon.meter.moving(9)] == [START + 7 * QUARTER]
    await port.commit()
    assert await port.look()
    assert port.given() == [line["start"] for line in port.daemon.lines("usage")[4:8]]
    assert port.daemon.meter.moving(9) == []


async def test_what_was_adjusted_meanwhile_is_nothing_done(port: Port) -> None:
    await port.commit()
    port.daemon.meter.configure(moved(START + 7 * QUARTER), port.daemon.settings)
    port.daemon.take(sample(START + 8 * QUARTER - 100_000, 0))
    port.daemon.tick(START + 8 * QUARTER + 300_002)
    assert port.daemon.lines()[-1]["reason"] == "late_sample"
    assert not await port.look()
    await port.commit()
    assert await port.look()
    assert [line["revision"] for line in port.daemon.lines("adjustment")] == [1, 2, 3]


async def test_the_inventory_may_change_again_while_nothing_is_found(port: Port) -> None:
    looking = asyncio.ensure_future(port.look())
    await asyncio.sleep(0)
    port.daemon.meter.configure(moved(START + 7 * QUARTER), port.daemon.settings)
    assert not await looking
    assert port.given() == []
