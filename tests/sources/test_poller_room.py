"""Waiting for room among the open requests: of one element, and of the process around it."""

import asyncio

from netmon.sources.poller.room import Room


async def turns() -> None:
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def entering(room: Room) -> "asyncio.Task[None]":
    return asyncio.create_task(room.enter())


async def test_those_who_wait_come_in_one_by_one_in_their_order() -> None:
    room = Room(1)
    room.take()
    waiting = [entering(room) for _ in range(3)]
    await turns()
    for number in range(3):
        assert [one.done() for one in waiting] == [place < number for place in range(3)]
        room.give()
        await turns()
    assert all(one.done() for one in waiting)
    assert room.open == 1


async def test_room_must_be_free_around_too() -> None:
    around = Room(2)
    first, second = Room(1, around), Room(1, around)
    first.take()
    around.take()
    one, other = entering(first), entering(second)
    await turns()
    around.give()
    await turns()
    assert (one.done(), other.done()) == (False, True)
    first.give()
    await turns()
    assert one.done()
    assert (first.open, second.open, around.open) == (1, 1, 2)


async def test_a_turn_that_cannot_be_used_is_passed_on() -> None:
    around = Room(1)
    first, second = Room(1, around), Room(1, around)
    around.take()
    one = entering(first)
    await turns()
    other = entering(second)
    await turns()
    # Meanwhile the first room is full itself, so the place around is for the other.
    first.open = 1
    around.give()
    await turns()
    assert (one.done(), other.done()) == (False, True)
    one.cancel()
    await turns()


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    room = Room(1)
    room.take()
    one, other = entering(room), entering(room)
    await turns()
    one.cancel()
    await turns()
    room.give()
    await turns()
    assert (one.cancelled(), other.done()) == (True, True)


async def test_who_gives_up_in_his_turn_passes_it_on() -> None:
    room = Room(1)
    room.take()
    one, other = entering(room), entering(room)
    await turns()
    room.give()
    one.cancel()
    await turns()
    assert (one.cancelled(), other.done()) == (True, True)
    assert room.open == 1


async def test_what_was_cleared_is_not_given_back_twice() -> None:
    around = Room(5)
    room = Room(2, around)
    room.take(2)
    room.clear()
    room.give()
    assert (room.open, around.open) == (0, 0)
