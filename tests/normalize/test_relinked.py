"""Links that were found count together when they come in a flood."""

import msgspec

from netmon.domain.found import FoundLink
from netmon.normalize.relinked import MOST, REST_MS, Relinked

ONE, OTHER = FoundLink("l1", "r1", "r2", "claimed", 1), FoundLink("l2", "r2", "r3", "claimed", 1)


def test_the_first_one_counts_at_once_and_those_soon_after_it_together() -> None:
    relinked = Relinked()
    assert relinked.due(1_000) == []
    relinked.add([ONE], {})
    assert relinked.due(1_000) == [ONE]
    relinked.add([OTHER], {})
    confirmed = msgspec.structs.replace(ONE, status="confirmed")
    relinked.add([confirmed], {ONE.id: ONE})
    assert relinked.due(1_000 + REST_MS - 1) == []
    again = Relinked()
    again.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode([*relinked.dump(), ("told", "r1", {})])))
    for one in (relinked, again):
        assert one.counting({"l1": confirmed, "l2": OTHER}) == [ONE]
        assert one.due(1_000 + REST_MS - 1) == []
        assert one.due(1_000 + REST_MS) == [OTHER, confirmed]


def test_of_a_flood_so_many_count_in_each_tick() -> None:
    relinked = Relinked()
    relinked.add([FoundLink(f"l{n}", "r1", "r2") for n in range(MOST + 1)], {})
    assert len(relinked.due(1_000)) == MOST
    assert relinked.left_over
    assert [one.id for one in relinked.due(1_020)] == [f"l{MOST}"]
    assert not relinked.left_over
