"""What is restored without a look at its timers has none."""

from itertools import product

import msgspec

from netmon.alarms.penalty import Damped
from netmon.alarms.register import NEVER, Pending, Register, Waiting, due_of, may_be_due
from netmon.alarms.timers import KINDS
from netmon.domain.alarm import Edge
from tests.storage.batches import alarm

KEY = ("r1/if:a", "link-alarm", "")
EDGE = Edge(KEY, True, (1, 1), 1, "link-down", "1", "r1", 0)
PLAIN = Register(KEY, "active", "link-down", (1, 1), alarm=alarm(1))
MORE = {
    "state": ("active", "cleared", "pending"),
    "after_ms": (0, 5),
    "removed_due": (None, 9),
    "shading_until": (None, 9),
    "purged": (False, True),
    "pending": (None, Pending(5, (1, 1), EDGE, 1)),
    "waiting": (None, Waiting(5, (1, 1), NEVER, EDGE)),
    "damped": (None, Damped(1, 1, flapping=True)),
    "alarm": (alarm(1), alarm(1, shelved_until=9)),
}


def test_no_timer_is_missed():
    quick = 0
    for values in product(*MORE.values()):
        register = msgspec.structs.replace(PLAIN, **dict(zip(MORE, values, strict=True)))
        due = [kind for kind in KINDS if due_of(register, kind, grace_until=0) is not None]
        assert not due or may_be_due(register), (register, due)
        quick += not may_be_due(register)
    assert quick
    assert not may_be_due(PLAIN)
