"""Each input that a rule names has exactly one outcome, also where something has no more room (specs/rules.md 4.5)."""

import pytest

from netmon.correlate.window import MOST
from netmon.domain.dropped import Dropped
from tests.correlate.world import DOWN, World

ON_PORT = "object: 'if:{vb.ifIndex}', clear: {after: 1h}"
COUNTED = f"id: counted, raise: {{trap: IF-MIB::linkDown, count: 2, within: 1h}}, {ON_PORT}"
IN_ORDER = (
    f"id: in-order, raise: {{sequence: [{{trap: IF-MIB::linkDown}}, {{trap: IF-MIB::linkUp}}], within: 1h}}, {ON_PORT}"
)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [COUNTED, IN_ORDER])
def test_what_has_to_go_for_want_of_room_is_no_outcome_of_what_came(rule: str) -> None:
    world = World(rule)
    for index in range(MOST):
        assert world.feed(DOWN, index) == []
    (gone,) = world.feed(DOWN, MOST)
    assert isinstance(gone, Dropped)
    assert gone.reason == "window_full"
    assert world.core.engine.outcomes == {"pending": MOST + 1}
