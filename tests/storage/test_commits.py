"""Two batches on their way at once, and a store that takes nothing for a while."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from netmon.storage.commits import Commit, Commits
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.patience import PATIENCE_S
from tests.storage.batches import storm
from tests.wire.peers import until

SIZE = 1_000
"""Traps in a batch, which no page of an empty database has room for."""


class Scene:
    """Commits on a real file; ``kept`` holds the numbers of the batches that were let go, in that order."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.kept: list[int] = []
        self.full = 0
        self.commits = Commits(store, full=self._full)
        self.task = asyncio.create_task(self.commits.run())

    def _full(self) -> None:
        self.full += 1

    async def add(self, *numbers: int) -> None:
        for number in numbers:
            await asyncio.wait_for(self.commits.room(), PATIENCE_S)
            self.commits.add(Commit(storm(number, SIZE), None, partial(self.kept.append, number)))

    async def end(self) -> None:
        self.commits.end()
        await asyncio.wait_for(self.task, PATIENCE_S)

    async def let_grow(self, pages: int) -> None:
        """Let the database have so many pages more than now; 0: none, as on a full disk."""

        def limit(connection: object) -> None:
            execute = connection.execute  # type: ignore[attr-defined]
            execute(f"PRAGMA max_page_count={execute('PRAGMA page_count').fetchone()[0] + pages}")

        await self.store._join(limit)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = open_store(tmp_path / "netmon.db")
    yield Scene(store)
    store.close()


async def test_all_are_kept_in_their_order(scene: Scene) -> None:
    await scene.add(*range(1, 9))
    await scene.end()
    assert scene.kept == list(range(1, 9))
    assert scene.store.position() == (8, 8 * (SIZE + 1))


async def test_a_third_waits_until_the_first_is_kept(scene: Scene) -> None:
    await scene.let_grow(0)
    await scene.add(1, 2)
    third = asyncio.create_task(scene.add(3))
    await until(lambda: scene.full > 1, what="the store to be full, twice")
    assert "no room on the disk" in scene.commits.stuck
    assert scene.kept == []
    assert not third.done()
    await scene.let_grow(100_000)
    await third
    await scene.add(4, 5)
    await scene.end()
    assert scene.commits.stuck == ""
    assert scene.kept == [1, 2, 3, 4, 5]
    assert scene.store.position() == (5, 5 * (SIZE + 1))


async def test_a_stop_gives_up_what_is_not_taken_and_whoever_waits_for_room_goes_on(scene: Scene) -> None:
    await scene.add(1)
    await until(lambda: scene.kept == [1], what="the first")
    await scene.let_grow(0)
    await scene.add(2, 3)
    scene.commits.stop()
    await asyncio.wait_for(scene.commits.room(), PATIENCE_S)
    await scene.end()
    assert scene.commits.given_up
    assert scene.kept == [1]
    assert scene.store.position() == (1, SIZE + 1)


async def test_a_bug_of_who_is_told_ends_the_run_and_the_batch_stays(scene: Scene) -> None:
    def told() -> None:
        raise ZeroDivisionError

    await scene.commits.room()
    scene.commits.add(Commit(storm(1, 20), None, told))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(scene.task, PATIENCE_S)
    assert scene.store.position() == (1, 21)
