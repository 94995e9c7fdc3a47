"""Whoever sends most waits longest: the core takes a little of everything that waits, of each sender in turn."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from netmon.domain.observation import Observation, PollFailed, ShedRow, Tick, Trap
from netmon.mib.names import MibView
from netmon.sources.traps.waiting import Waiting
from netmon.step import Core
from netmon.storage.sqlite.store import open_store
from tests.faults.test_full_disk import Around
from tests.patience import PATIENCE_S

MANY = 2_000


def trap(source: str, number: int) -> Trap:
    return Trap(
        at=number,
        realm="default",
        source=source,
        port=162,
        listener="lab",
        version="v2c",
        security_name="lab",
        element=source,
        element_by="source",
        trap_oid="1.3.6.1.6.3.1.1.5.3",
        varbinds=(),
        origin_id=f"{source}-{number}",
    )


async def in_order(folder: Path, around_done: list[str]) -> list[Observation]:
    """Return what the log holds after a burst of A, polls and an inform of B had waited together."""
    with contextlib.closing(open_store(folder / "netmon.db")) as store:
        around = Around(Core(lambda *_: pytest.fail("no rules here"), MibView(())), store)
        committed: list[int] = []
        waiting = Waiting(
            around.pipeline,
            gather=lambda: None,
            unread=lambda: 0,
            committed=committed.append,
            given_up=lambda _: None,
        )
        waiting.put_all([(trap("a", number), None) for number in range(MANY)])
        for number in range(MANY):
            around.pipeline.put(PollFailed(number, f"r{number}", "", "g", 0, "snmp", "timeout", 1, 1))
        waiting.put_all([(trap("b", 0), lambda: around_done.append("b"))])
        assert (len(waiting), waiting.uncommitted, around.pipeline.waiting()) == (MANY + 1, MANY + 1, 2 * MANY + 1)
        around.pipeline.stop()
        await asyncio.wait_for(around.pipeline.run(), PATIENCE_S)
        assert (sum(committed), waiting.uncommitted) == (MANY + 1, 0)
        return [one for _, one in store.log.read(0)]


async def test_an_inform_behind_a_burst_and_many_polls_is_in_the_next_chunk(tmp_path: Path) -> None:
    answered: list[str] = []
    log = await in_order(tmp_path, answered)
    place = next(number for number, one in enumerate(log) if isinstance(one, Trap) and one.source == "b")
    # Behind the Tick, a chunk of what was put, and the first of A.
    assert place < 20
    assert answered == ["b"]


async def test_each_keeps_its_order(tmp_path: Path) -> None:
    log = await in_order(tmp_path, [])
    assert [one.at for one in log if isinstance(one, Trap) and one.source == "a"] == list(range(MANY))
    assert [one.at for one in log if isinstance(one, PollFailed)] == list(range(MANY))


class Shedding(Around):
    """A pipeline beside a listener."""

    lost: tuple[ShedRow, ...] = ()

    def shed(self) -> tuple[ShedRow, ...]:
        told, self.lost = self.lost, ()
        return told


async def test_what_the_last_datagrams_came_to_is_told_in_a_last_tick(tmp_path: Path) -> None:
    row = ShedRow("default", "192.0.2.7", "storm_trap", "1.3.6.1.6.3.1.1.5.3", 3)
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as store:
        around = Shedding(Core(lambda *_: pytest.fail("no rules here"), MibView(())), store)
        unread = [1]

        def gather() -> None:
            if unread:
                unread.clear()
                around.lost = (row,)

        Waiting(
            around.pipeline,
            gather=gather,
            unread=lambda: len(unread),
            committed=lambda _: None,
            given_up=lambda _: None,
        )
        around.pipeline.stop()
        await asyncio.wait_for(around.pipeline.run(), PATIENCE_S)
        ticks = [one for _, one in store.log.read(0) if isinstance(one, Tick)]
    assert [tick.shed for tick in ticks] == [(), (row,)]
