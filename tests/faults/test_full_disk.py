"""The store takes nothing for a while, and a bug: what was not committed is not answered, and nothing is half kept."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from netmon.domain.observation import HealthRow, Observation, PollFailed, PollResult, ShedRow, Tick, Trap
from netmon.domain.output import PollRequest
from netmon.normalize.samples import Read
from netmon.pipeline import Pipeline
from netmon.sources.clock import Clock
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.store import SnapshotRow
from netmon.telemetry.metrics import Metrics
from netmon.work import Committed
from tests.mibs import user_cache
from tests.patience import PATIENCE_S
from tests.replay.recorded import Cores, read
from tests.wire.peers import until

pytestmark = pytest.mark.slow


class Around:
    """A pipeline with nothing but a clock, the core and the store."""

    def __init__(self, core: Core, store: SqliteStore) -> None:
        self.now_ms = Clock().now_ms
        self.metrics = Metrics()
        self.pipeline = Pipeline(core, store, self, self.metrics)
        self.answered: list[int] = []
        self.done: list[Committed] = []
        self.freed = 0

    def inform(self, number: int) -> None:
        """Take in a linkDown that is answered by noting its number."""
        self.pipeline.put(link_down(number), lambda: self.answered.append(number))

    def behind_ms(self, at_ms: int) -> int:
        return 0

    def shed(self) -> tuple[ShedRow, ...]:
        return ()

    def health(self) -> tuple[HealthRow, ...]:
        return ()

    def poll(self, request: PollRequest) -> None:
        pass

    def committed(self, done: Committed) -> None:
        self.done.append(done)

    def snapshot_row(self, batch: int) -> SnapshotRow | None:
        return None

    def snapshotting(self) -> bool:
        return False

    def full(self) -> None:
        self.freed += 1


def link_down(number: int) -> Trap:
    index = f"1.3.6.1.2.1.2.2.1.1.{number}"
    return Trap(
        at=Clock().now_ms(),
        realm="default",
        source="192.0.2.1",
        port=40_000,
        listener="lab",
        version="v2c",
        security_name="lab",
        element="traps",
        element_by="source",
        trap_oid="1.3.6.1.6.3.1.1.5.3",
        varbinds=((index, 2, number), ("1.3.6.1.4.1.32473.9", 4, number.to_bytes(2) * 4096)),
        origin_id=str(number),
    )


@pytest.fixture(scope="module")
def cores() -> Cores:
    return Cores(user_cache())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as opened:
        yield opened


@contextlib.asynccontextmanager
async def running(around: Around) -> AsyncIterator[None]:
    for observation in read("lost_traps")[:4]:
        if not isinstance(observation, Tick):
            around.pipeline.put(observation)
    task = asyncio.create_task(around.pipeline.run())
    yield
    around.pipeline.stop()
    await asyncio.wait_for(task, PATIENCE_S)


def logged(store: SqliteStore) -> list[int]:
    """Return the numbers of the informs in the log, as they lie there; the log has no gap."""
    log = list(store.log.read(0))
    assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
    return [int(one.origin_id) for _, one in log if isinstance(one, Trap)]


def stepped_again(store: SqliteStore, core: Core) -> str:
    for _, observation in store.log.read(0):
        core.step(observation)
    return core.digest()


async def let_grow(store: SqliteStore, pages: int) -> None:
    """Let the database have so many pages more than now; 0: none, as on a full disk."""

    def limit(connection: object) -> None:
        execute = connection.execute  # type: ignore[attr-defined]
        execute(f"PRAGMA max_page_count={execute('PRAGMA page_count').fetchone()[0] + pages}")

    await store._join(limit)


async def test_a_full_disk(store: SqliteStore, cores: Cores) -> None:
    core = cores.core()
    around = Around(core, store)
    async with running(around):
        for number in range(1, 21):
            around.inform(number)
        await until(lambda: len(around.answered) == 20, what="answers")
        await let_grow(store, 0)
        for number in range(21, 221):
            around.inform(number)
            await asyncio.sleep(0)
        await until(lambda: around.freed > 1, what="the store to be full, twice")
        assert "no room on the disk" in around.pipeline.stuck
        # What is answered is in the log, and nothing else is; batches are there whole or not at all.
        kept = logged(store)
        assert kept == around.answered
        assert len(kept) < 220
        assert store.position()[1] == around.done[-1].last_seq
        told = store.changes(0, 10_000)
        assert [one.seq for one in told] == list(range(1, len(told) + 1))
        await let_grow(store, 100_000)
        await until(lambda: len(around.answered) == 220, what="the rest to be answered")
        assert around.pipeline.stuck == ""
        await until(lambda: len([c for c in store.changes(0, 10_000) if c.kind == "raised"]) == 220, what="alarms")
    assert logged(store) == around.answered == list(range(1, 221))
    told = store.changes(0, 10_000)
    assert [one.seq for one in told] == list(range(1, len(told) + 1))
    assert stepped_again(store, cores.core()) == core.digest()


async def test_a_stop_does_not_wait_for_a_store_that_takes_nothing(store: SqliteStore, cores: Cores) -> None:
    around = Around(cores.core(), store)
    async with running(around):
        around.inform(1)
        await until(lambda: around.answered, what="an answer")
        await let_grow(store, 0)
        for number in range(2, 202):
            around.inform(number)
        await until(lambda: around.freed, what="the store to be full")
    assert logged(store) == around.answered


class Bug(Exception):
    """What nobody thought of."""


def with_bug(core: Core, element: str) -> Core:
    """Let the core fail at the samples of an element, in the middle of a step: that it answers is decided before."""
    sound = core.samples.read

    def read_samples(seq: int, result: PollResult) -> Read:
        if result.element == element:
            raise Bug
        return sound(seq, result)

    core.samples.read = read_samples  # type: ignore[method-assign]
    return core


def polls(kind: type[PollFailed] | type[PollResult], element: str) -> list[Observation]:
    """Return recorded polls of an element as if they were of now."""
    found = [one for one in read("lost_traps") if isinstance(one, kind) and one.element == element]
    return [msgspec.structs.replace(one, at=Clock().now_ms()) for one in found]


async def test_a_bug_costs_one_observation(store: SqliteStore, cores: Cores) -> None:
    core = with_bug(cores.core(), "silent")
    around = Around(core, store)
    async with running(around):
        for observation in polls(PollFailed, "silent")[:3]:
            around.pipeline.put(observation)
        await until(lambda: [one.kind for one in store.changes(0, 10)] == ["raised"], what="node-unreachable")
        around.pipeline.put(polls(PollResult, "silent")[-1], lambda: around.answered.append(1))
        around.pipeline.put(polls(PollResult, "traps")[-1], lambda: around.answered.append(2))
        await until(lambda: around.answered == [1, 2], what="both to be committed")
        failed = around.metrics.registry.get_sample_value("netmon_observations_failed_total")
        assert failed == 1
    (lost_seq,) = [seq for seq, one in store.log.read(0) if isinstance(one, PollResult) and one.element == "silent"]
    told = {block.seq: block.element for done in around.done for block in done.blocks}
    assert lost_seq not in told
    assert {"traps"} <= set(told.values()) <= {"traps", "silent"}
    assert [(one.seq, one.kind, one.after.object) for one in store.changes(0, 10)] == [
        (1, "raised", "silent"),
        (2, "cleared", "silent"),
    ]
    # Stepped again, at a replay or after a start, it costs the same.
    again = with_bug(cores.core(), "silent")
    lost: list[int] = []
    stepping = Stepping(again, failed=lambda: lost.append(again.seq))
    for seq, observation in store.log.read(0):
        stepping.again(seq, observation)
    assert len(lost) == 1
    assert again.digest() == core.digest()


async def test_what_no_log_can_hold_is_left_out_before_it_is_stepped(store: SqliteStore, cores: Cores) -> None:
    core = cores.core()
    around = Around(core, store)
    spoiled = msgspec.structs.replace(link_down(2), security_name="half a character \udc80")
    async with running(around):
        around.inform(1)
        around.pipeline.put(spoiled, lambda: around.answered.append(2))
        around.inform(3)
        await until(lambda: around.answered == [1, 2, 3], what="all to be let go")
        value = around.metrics.registry.get_sample_value
        assert value("netmon_dropped_total", {"reason": "unstorable"}) == 1
        assert around.pipeline.stuck == ""
    assert logged(store) == [1, 3]
    assert stepped_again(store, cores.core()) == core.digest()


async def test_a_tick_whose_reports_no_log_can_hold_still_moves_time(store: SqliteStore, cores: Cores) -> None:
    core = cores.core()
    around = Around(core, store)
    around.health = lambda: (HealthRow("clock", "offset_ms", 1 << 70),)  # type: ignore[method-assign]
    async with running(around):
        around.inform(1)
        await until(lambda: around.answered == [1], what="the answer")
    assert core.now
    assert logged(store) == [1]
    assert stepped_again(store, cores.core()) == core.digest()


async def test_a_bug_with_what_is_let_go_costs_nobody_else(store: SqliteStore, cores: Cores) -> None:
    def bug(*_: object) -> None:
        raise Bug

    around = Around(cores.core(), store)
    keep, around.committed = around.committed, bug  # type: ignore[method-assign,assignment]
    async with running(around):
        around.inform(1)
        around.pipeline.put(link_down(2), bug)
        around.inform(3)
        await until(lambda: around.answered == [1, 3], what="the others to be answered")
        around.committed = keep  # type: ignore[method-assign]
        around.inform(4)
        await until(lambda: around.answered == [1, 3, 4], what="the next batch")
        await until(lambda: around.done, what="the outputs to go on")
    failures = around.metrics.registry.get_sample_value("netmon_part_failures_total", {"part": "pipeline"})
    assert failures is not None
    assert failures >= 2
    assert logged(store) == [1, 2, 3, 4]
