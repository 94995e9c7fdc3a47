"""Links that were found count together when they come in a flood."""

import msgspec

from netmon.domain.found import FoundLink
from netmon.normalize.relinked import REST_MS, Relinked

ONE, OTHER = FoundLink("l1", "r1", "r2", "claimed", 1), FoundLink("l2", "r2", "r3", "claimed", 1)


def test_the_first_one_counts_at_once_and_those_soon_after_it_together() -> None:
    relinked = Relinked()
    assert relinked.due(1_000) == []
    relinked.add([ONE])
    assert relinked.due(1_000) == [ONE]
    relinked.add([OTHER])
    confirmed = msgspec.structs.replace(ONE, status="confirmed")
    relinked.add([confirmed])
    assert relinked.due(1_000 + REST_MS - 1) == []
    again = Relinked()
    again.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode([*relinked.dump(), ("told", "r1", {})])))
    for one in (relinked, again):
        assert one.due(1_000 + REST_MS - 1) == []
        assert one.due(1_000 + REST_MS) == [OTHER, confirmed]
