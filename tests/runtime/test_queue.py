"""The bounded queue and the supervisor."""

import asyncio

import pytest

from netmon.runtime import supervise as supervise_module
from netmon.runtime.queue import DropOldest
from netmon.runtime.retry import backoff
from netmon.runtime.supervise import guarded, supervise
from tests.patience import PATIENCE_S


def test_full_queue_drops_the_oldest_and_says_so():
    dropped: list[int] = []
    queue: DropOldest[int] = DropOldest(3, dropped.append)
    for number in range(5):
        queue.put(number)
    assert (dropped, queue.take(10), len(queue)) == ([0, 1], [2, 3, 4], 0)


def test_take_gives_at_most_what_is_asked_in_order():
    queue: DropOldest[int] = DropOldest(10, lambda _: None)
    for number in range(5):
        queue.put(number)
    assert (queue.take(2), queue.take(2), queue.take(2), queue.take(2)) == ([0, 1], [2, 3], [4], [])


async def test_filled_waits_for_the_first_item():
    queue: DropOldest[int] = DropOldest(10, lambda _: None)
    waiting = asyncio.ensure_future(queue.filled())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.put(1)
    await asyncio.wait_for(waiting, PATIENCE_S)


def test_waits_double_up_to_the_most():
    waits = backoff(1.0, 8.0)
    for nominal in (1, 2, 4, 8, 8):
        assert nominal <= next(waits) <= nominal * 1.2


async def test_a_part_that_fails_is_counted_and_started_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervise_module, "backoff", lambda: backoff(0.001, 0.001))
    runs: list[int] = []
    failures: list[int] = []

    async def part() -> None:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError("a bug")

    await supervise("part", part, lambda: failures.append(1))
    assert (len(runs), len(failures)) == (3, 2)


def test_a_bug_of_a_part_does_not_reach_its_caller():
    failures: list[int] = []
    guarded("part", lambda: [][1], lambda: failures.append(1))
    assert failures == [1]
