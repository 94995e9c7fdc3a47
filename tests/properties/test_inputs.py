"""Invariants of inputs, for a core with rules: I3 with holds, I4, I8 and I13 of specs/rules.md section 15."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.domain.alarm import AlarmChange
from netmon.domain.dropped import Dropped
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import RulesChange, Tick, Trap
from netmon.domain.oid import COLD_START, WARM_START
from netmon.domain.place import Document
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.examples import examples
from tests.mibs import shipped_names

T0 = 1_700_000_000_000
INVENTORY = Inventory(elements={name: Element(name, (f"192.0.2.{n}",)) for n, name in enumerate(("r1", "r2"), 1)})
DOWN, UP, REFUSED, UNKNOWN = (*(f"1.3.6.1.6.3.1.1.5.{n}" for n in (3, 4, 5)), "1.3.6.1.4.1.32473.1")

LINKS: list[dict[str, Any]] = [
    {"id": "plain", "raise": {"trap": "IF-MIB::linkDown"}, "clear": {"trap": "IF-MIB::linkUp"}},
    {
        "id": "held",
        "raise": {"trap": "IF-MIB::linkDown", "for": "10s"},
        "clear": {"trap": "IF-MIB::linkUp", "for": "3s"},
    },
    {"id": "aged", "raise": {"trap": "IF-MIB::linkDown"}, "clear": [{"trap": "IF-MIB::linkUp"}, {"after": "20s"}]},
]
OTHERS: list[dict[str, Any]] = [
    {"id": "cold", "raise": {"trap": "SNMPv2-MIB::coldStart"}, "clear": {"trap": "SNMPv2-MIB::warmStart"}},
    {"id": "refused", "raise": {"trap": "SNMPv2-MIB::authenticationFailure", "count": 2, "within": "10s"}},
    {
        "id": "restarted",
        "raise": {"sequence": [{"trap": "SNMPv2-MIB::coldStart"}, {"trap": "SNMPv2-MIB::warmStart"}], "within": "10s"},
        "clear": {"after": "20s"},
    },
]

# (trap, element, ifIndex, seconds since the one before)
FEED = st.lists(
    st.tuples(
        st.sampled_from([DOWN, DOWN, UP, COLD_START, WARM_START, REFUSED, UNKNOWN]),
        st.sampled_from(sorted(INVENTORY.elements)),
        st.integers(1, 2),
        st.sampled_from([0, 0, 1, 4, 15]),
    ),
    max_size=20,
)
Fed = tuple[str, str, int, int]
thorough = examples(400)


def rule(given_: dict[str, Any]) -> dict[str, Any]:
    object_ = {"object": "if:{vb.ifIndex}"} if given_ in LINKS else {}
    return {"severity": "major", "text": "it is so", "probable_cause": "lossOfSignal", **object_, **given_}


@cache
def change(ids: tuple[str, ...]) -> RulesChange:
    rules = [rule(one) for one in (*LINKS, *OTHERS) if one["id"] in ids]
    return bare_rules_change([Document("", {"version": 1, "rules": rules}, {}, {})], shipped_names(), T0)


@cache
def ruleset(ids: tuple[str, ...]) -> Ruleset:
    return compile_change(change(ids), INVENTORY, shipped_names())


class World:
    """A core with some of the rules, fed with traps; a Tick stands before each trap."""

    def __init__(self, rules: Iterable[dict[str, Any]]) -> None:
        self.ids = tuple(one["id"] for one in rules)
        self.core = self._new()
        self.now = T0
        self.out: list[Any] = []
        loaded = inventory_change(Inventory(), INVENTORY, T0)
        assert loaded is not None
        for observation in (loaded, change(self.ids)):
            self.core.step(observation)

    def take(self, fed: Fed, *, origin: str = "") -> None:
        """Take a Tick and a trap."""
        self.now += 1000 * fed[3]
        self.out += self.core.step(Tick(self.now))
        self.trap(fed, origin=origin)

    def trap(self, fed: Fed, *, origin: str = "") -> list[Any]:
        """Take a trap and return what came of it."""
        name, element, index, _ = fed
        varbinds = ((f"1.3.6.1.2.1.2.2.1.1.{index}", 0x02, index),) if name in (DOWN, UP) else ()
        sender = (self.now, "default", "192.0.2.1", 162, "t", "2c", "t", element, "address")
        out = self.core.step(Trap(*sender, name, varbinds, origin_id=origin))
        self.out += out
        return out

    def end(self) -> list[Any]:
        """Let two minutes pass and return everything that came out."""
        for _ in range(24):
            self.now += 5_000
            self.out += self.core.step(Tick(self.now))
        return self.out

    def restart(self) -> None:
        """Go on from a snapshot, as a killed engine does."""
        state = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(state)

    def outcomes(self) -> int:
        return sum(self.core.outcomes.values())

    def _new(self) -> Core:
        return Core(lambda *_: ruleset(self.ids), shipped_names())


def told(outputs: Iterable[Any], rules: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What is told of the alarms of some rules, without numbers of observations and of changes."""
    ids = {one["id"] for one in rules}
    changes = [one for one in outputs if isinstance(one, AlarmChange) and one.after.rule in ids]
    return [
        (one.kind, one.at, one.after.object, one.after.type, one.after.state, one.after.count, one.after.last_raise[0])
        for one in changes
    ]


@thorough
@given(FEED)
@pytest.mark.slow
def test_i4_an_input_with_an_origin_id_counts_once(feed: list[Fed]) -> None:
    once, twice = World(LINKS + OTHERS), World(LINKS + OTHERS)
    for number, fed in enumerate(feed):
        origin = f"inform {number}"
        once.take(fed, origin=origin)
        twice.take(fed, origin=origin)
        again = twice.trap(fed, origin=origin)
        twice.restart()
        assert [one.reason for one in again if isinstance(one, Dropped)] == ["duplicate"]
    assert told(once.end(), LINKS + OTHERS) == told(twice.end(), LINKS + OTHERS)


@thorough
@given(FEED, st.sampled_from(LINKS + OTHERS))
@pytest.mark.slow
def test_i8_each_input_has_exactly_one_outcome(feed: list[Fed], one: dict[str, Any]) -> None:
    world = World([one])
    for number, fed in enumerate(feed):
        world.take((DOWN, "r1", 1, fed[3]))
        before = world.outcomes()
        world.trap(fed, origin=f"inform {number // 2}" if fed[2] == 2 else "")
        assert world.outcomes() == before + 1
        world.restart()
        assert world.outcomes() == before + 1


@thorough
@given(FEED)
@pytest.mark.slow
def test_i13_a_rule_with_other_inputs_changes_no_alarm_of_another(feed: list[Fed]) -> None:
    alone, among = World(LINKS), World(LINKS + OTHERS)
    for fed in feed:
        alone.take(fed)
        among.take(fed)
    assert told(alone.end(), LINKS) == told(among.end(), LINKS)
