from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.observation import Trap
from netmon.sources.traps.fair import FairQueue, octets_of

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
LINK_UP = "1.3.6.1.6.3.1.1.5.4"
MUCH = 1 << 40


def trap(
    number: int,
    element: str,
    *,
    octets: int = 0,
    oid: str = LINK_DOWN,
    realm: str = "default",
    by: str = "source",
    source: str = "",
) -> Trap:
    varbinds = (("1.3", 4, bytes(octets - 3)),) if octets else ()
    return Trap(number, realm, source or element, 162, "l", "v2c", "ro", element, by, oid, varbinds)


class Queue:
    def __init__(self, most: int, most_octets: int = MUCH) -> None:
        self.gone: list[Trap] = []
        self.done: list[int] = []
        self.queue = FairQueue(most, most_octets, given_up=self.gone.append)
        self.queue.protect([LINK_UP])

    def put(self, one: Trap) -> None:
        self.queue.put_all([(one, partial(self.done.append, one.at))])

    def take(self, most: int) -> list[Trap]:
        return [one for one, _ in self.queue.take(most)]

    def rest(self) -> list[int]:
        taken = self.queue.take(1_000_000)
        assert len(self.queue) == 0
        for _, acknowledge in taken:
            assert acknowledge is not None
            acknowledge()
        assert self.done == [one.at for one, _ in taken]
        return self.done


def test_a_loud_source_pays_and_a_quiet_one_does_not() -> None:
    queue = Queue(10)
    for number in range(3):
        queue.put(trap(number, "quiet"))
    for number in range(3, 53):
        queue.put(trap(number, "loud"))
    assert [one.source for one in queue.gone] == ["loud"] * 43
    assert [one.at for one in queue.gone] == list(range(3, 46))
    assert queue.rest() == [0, 46, 1, 47, 2, *range(48, 53)]


def test_of_the_loud_source_protected_traps_go_last() -> None:
    queue = Queue(4)
    queue.put(trap(0, "quiet"))
    for number, oid in enumerate((LINK_UP, LINK_DOWN, LINK_UP, LINK_DOWN, LINK_UP, LINK_UP, LINK_UP), 1):
        queue.put(trap(number, "loud", oid=oid))
    assert [one.at for one in queue.gone] == [2, 4, 1, 3]
    assert queue.rest() == [0, 5, 6, 7]


def test_few_large_traps_fill_the_queue_as_well() -> None:
    queue = Queue(1_000, 1_000)
    for number in range(5):
        queue.put(trap(number, "small", octets=10))
    for number in range(5, 10):
        queue.put(trap(number, "large", octets=300))
    assert [one.at for one in queue.gone] == [5, 6]
    assert queue.rest() == [0, 7, 1, 8, 2, 9, 3, 4]


def test_one_trap_is_kept_however_large() -> None:
    queue = Queue(10, 100)
    queue.put(trap(1, "a", octets=500))
    assert len(queue.queue) == 1
    queue.put(trap(2, "a", octets=500))
    assert queue.rest() == [2]


def test_equal_addresses_of_two_realms_are_two_senders() -> None:
    queue = Queue(4)
    queue.put(trap(0, "10.0.0.1", realm="a"))
    for number in range(1, 6):
        queue.put(trap(number, "10.0.0.1", realm="b"))
    assert {one.realm for one in queue.gone} == {"b"}


def test_behind_a_proxy_each_element_pays_for_itself() -> None:
    queue = Queue(4)
    queue.put(trap(0, "quiet", by="proxy", source="192.0.2.9"))
    for number in range(1, 6):
        queue.put(trap(number, "loud", by="proxy", source="192.0.2.9"))
    assert {one.element for one in queue.gone} == {"loud"}


def test_few_are_served_as_they_came() -> None:
    queue = Queue(1_000)
    for number in range(200):
        queue.put(trap(number, "ab"[number % 3 == 0]))
    assert [one.at for one in queue.take(50)] == list(range(50))
    assert queue.rest()[-150:] == list(range(50, 200))


def test_what_a_batch_could_not_do_is_served_in_turn() -> None:
    queue = Queue(10_000)
    for number in range(500):
        queue.put(trap(number, "loud"))
    queue.put(trap(500, "quiet"))
    assert [one.at for one in queue.take(32)] == list(range(32))
    queue.queue.begin()
    assert [one.at for one in queue.take(3)] == [32, 500, 33]
    assert sorted(queue.rest()) == list(range(34, 500))
    # Nothing is left, so what comes next is served as it comes.
    queue.queue.begin()
    for number in range(4):
        queue.put(trap(number, "ab"[number // 2]))
    queue.queue.begin()
    assert [one.at for one in queue.take(4)] == [0, 1, 2, 3]


def test_behind_a_burst_a_quiet_source_is_next() -> None:
    """A burst of thousands stood before everybody, for a second when each of them was a raise."""
    queue = Queue(100_000)
    for number in range(20_000):
        queue.put(trap(number, "loud"))
    queue.put(trap(20_000, "quiet"))
    queue.put(trap(20_001, "quiet"))
    assert [one.at for one in queue.take(4)] == [0, 20_000, 1, 20_001]
    queue.put(trap(20_002, "quiet"))
    assert [one.at for one in queue.take(2)] == [2, 20_002]


def test_senders_of_a_burst_take_turns_each_in_its_order() -> None:
    queue = Queue(10_000)
    for source, count in (("a", 1_000), ("b", 3), ("c", 500)):
        for number in range(count):
            queue.put(trap(number, source))
    taken = [(one.source, one.at) for one in queue.take(8)]
    assert taken == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("c", 1), ("a", 2), ("b", 2)]
    for source, count in (("a", 1_000), ("c", 500)):
        queue.put(trap(count, source))
    rest = queue.take(10_000)
    for source, first, last in (("a", 3, 1_000), ("c", 2, 500)):
        assert [one.at for one in rest if one.source == source] == list(range(first, last + 1))


def test_protected_traps_of_a_sender_overtake_none_of_its_own() -> None:
    queue = Queue(10_000)
    for number in range(1_500):
        queue.put(trap(number, "loud", oid=LINK_UP if number % 3 else LINK_DOWN))
    assert [one.at for one in queue.take(1_500)] == list(range(1_500))


@pytest.mark.parametrize("taken", [0, 3])
def test_what_was_given_up_takes_no_room_however_long_nothing_is_taken(taken: int) -> None:
    queue = Queue(100)
    queue.put(trap(0, "quiet"))
    for number in range(5_000):
        queue.put(trap(number + 1, f"loud-{number % 7}"))
        if taken and number % 50 == 0:
            queue.queue.take(taken)
    assert len(queue.queue._turns) <= 100
    assert len(queue.queue._heaviest) <= 100


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(4, 60), st.booleans(), st.integers(0, 2)),
        max_size=120,
    )
)
def test_always_the_oldest_unprotected_trap_of_the_largest_share(puts: list[tuple[str, int, bool, int]]) -> None:
    most, most_octets = 8, 320
    queue, present = Queue(most, most_octets), list[Trap]()

    def weight(source: str) -> int:
        own = [octets_of(one) for one in present if one.source == source]
        return max(len(own) * (most_octets // most), sum(own))

    for number, (source, octets, protected, take) in enumerate(puts):
        put = trap(number, source, octets=octets, oid=LINK_UP if protected else LINK_DOWN)
        present.append(put)
        queue.gone.clear()
        queue.put(put)
        for gone in queue.gone:
            assert len(present) > most or sum(map(octets_of, present)) > most_octets
            assert weight(gone.source) == max(weight(one.source) for one in present)
            own = [one for one in present if one.source == gone.source]
            assert gone == next((one for one in own if one.trap_oid == LINK_DOWN), own[0])
            present.remove(gone)
        assert len(present) <= most
        assert sum(map(octets_of, present)) <= most_octets
        for taken in queue.take(take):
            assert taken == next(one for one in present if one.source == taken.source)
            present.remove(taken)
    assert sorted(queue.rest()) == [one.at for one in present]
