"""Down or unreachable, from the links of the inventory (specs/rules.md 7)."""

from math import ceil
from typing import Any

import msgspec
import pytest

from netmon.correlate.search import NODES_PER_TICK
from netmon.correlate.topology import Settled, Topology
from netmon.domain.event import State
from netmon.domain.inventory import Element, Inventory, Link

T0 = 1_700_000_000_000


def network(links: str, *more: str) -> Inventory:
    """Return an inventory of links such as ``a>b`` (b depends on a) and ``a-b`` (peers)."""
    ends = [(word.replace("-", ">").split(">"), "peer" if "-" in word else "uplink") for word in links.split()]
    names = sorted({name for pair, _ in ends for name in pair} | set(more))
    return Inventory(
        elements={name: Element(name, ("192.0.2.1",)) for name in names},
        links={f"l{n}": Link(f"l{n}", f"{a}/if:{n}", f"{b}/if:{n}", kind) for n, ((a, b), kind) in enumerate(ends)},
    )


class Watch:
    """A topology that hears of elements, and what it has told."""

    def __init__(self, inventory: Inventory, settle_ms: int | None = 10_000) -> None:
        self.inventory, self.settle_ms = inventory, settle_ms
        self.topology = Topology()
        self.load(inventory, settle_ms)
        self.seq = 0
        self.told: dict[str, str] = {}
        self.behind: dict[str, tuple[str, ...]] = {}

    def load(self, inventory: Inventory, settle_ms: int | None) -> None:
        self.topology.load(inventory.elements, settle_ms, inventory.links.values())

    def hear(self, value: str, *elements: str, at: float = 0) -> None:
        for element in elements:
            self.seq += 1
            state = State(self.seq, T0 + int(at * 1000), element, "reachability", value, "")
            if self.topology.take(state):
                self.told[element] = value

    def tick(self, at: float) -> Settled | None:
        self.seq += 1
        settled = self.topology.tick(T0 + int(at * 1000), self.seq)
        if settled is not None:
            self.told |= {state.object: state.value for state in settled.states}
            self.behind = settled.behind
        return settled

    def restart(self) -> None:
        items: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(self.topology.dump()))
        self.topology = Topology()
        self.load(self.inventory, self.settle_ms)
        self.topology.load_state(items)


@pytest.mark.parametrize(
    ("links", "up", "down", "roots"),
    [
        ("a>b b>c", "", "a b c", {"a": ("b", "c")}),
        ("a>b b>c", "a", "b c", {"b": ("c",)}),
        ("a>b b>c", "c", "a b", {"a": ("b",)}),  # c answers by a way that no link tells
        ("a>c b>c", "b", "a c", {"a": (), "c": ()}),
        ("a>c b>c", "", "a b c", {"a": ("c",), "b": ("c",)}),
        ("a>b b-c c-d d-b", "a", "b c d", {"b": ("c", "d")}),
        ("a>b b-c c-d d-b", "a d", "b c", {"b": (), "c": ()}),  # the ring is closed on the other side
        ("a-b b-c", "", "a b c", {"a": (), "b": (), "c": ()}),  # nothing says what is above
        ("a>b b>c", "a", "c", {"c": ()}),  # b is not asked: the path goes through it
        ("a>b b>c", "", "a c", {"a": ("c",)}),
    ],
)
def test_what_is_a_root_cause_and_what_lies_behind(links, up, down, roots):
    watch = Watch(network(links))
    watch.hear("up", *up.split())
    watch.hear("down", *down.split())
    assert watch.tick(9.9) is None
    watch.tick(10)
    assert watch.behind == roots
    values = {e: "down" if e in roots else "unreachable" for e in down.split()}
    assert {e: v for e, v in watch.told.items() if v != "up"} == values


def test_no_rule_hides_what_lies_behind_so_nothing_is_held_back():
    watch = Watch(network("a>b"), None)
    watch.hear("down", "a", "b")
    assert watch.told == {"a": "down", "b": "down"}
    assert watch.tick(10) is None


def test_candidates_are_told_when_the_last_rule_that_held_them_back_is_gone():
    watch = Watch(network("a>b"))
    watch.hear("down", "b")
    watch.load(watch.inventory, None)
    watch.tick(1)
    assert watch.told == {"b": "down"}


def test_what_answers_within_the_settling_is_never_told():
    watch = Watch(network("a>b"))
    watch.hear("down", "a")
    watch.hear("up", "a", at=9)
    for at in range(10, 30):
        watch.tick(at)
    assert watch.told == {"a": "up"}


def test_a_child_waits_for_a_parent_that_was_found_later():
    watch = Watch(network("a>b"))
    watch.hear("down", "b", at=0)
    watch.hear("down", "a", at=7)
    watch.tick(10)
    assert watch.told == {}
    watch.tick(17)
    assert (watch.told, watch.behind) == ({"a": "down", "b": "unreachable"}, {"a": ("b",)})


def test_at_most_one_search_per_second():
    watch = Watch(network("", "a", "b"))
    watch.hear("down", "a", at=0)
    watch.hear("down", "b", at=0.2)
    assert watch.tick(10) is not None
    assert watch.tick(10.4) is None
    assert watch.tick(11) is not None


def test_netmon_without_eyes_settles_nothing():
    watch = Watch(network("", "a"))
    watch.tick(0)
    watch.hear("down", "a", at=1)
    watch.tick(41)
    assert watch.told == {}
    watch.tick(52)
    assert watch.told == {"a": "down"}


def big(size: int) -> Inventory:
    """Return a tree in which each element has ten below it."""
    return network(" ".join(f"n{(n - 1) // 10}>n{n}" for n in range(1, size)))


@pytest.mark.parametrize("restart", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_large_graph_is_searched_over_several_ticks_and_acts_as_a_whole(restart: bool):
    size = 12_000
    assert size > 2 * NODES_PER_TICK
    watch = Watch(big(size))
    watch.hear("down", *(f"n{n}" for n in range(size)))
    ticks = 0
    while not watch.told:
        if restart:
            watch.restart()
        watch.tick(10 + ticks * 0.02)
        ticks += 1
        assert watch.topology.left_over == (not watch.told)
    assert ticks == ceil(24_001 / NODES_PER_TICK)  # placed, then reached and looked behind
    assert len(watch.behind["n0"]) == size - 1


def test_an_inventory_change_ends_a_search_and_begins_another():
    watch = Watch(big(12_000))
    watch.hear("down", *(f"n{n}" for n in range(12_000)))
    watch.tick(10)
    watch.load(big(20), 10_000)
    assert not watch.topology.left_over
    watch.tick(11.1)
    assert len(watch.behind["n0"]) == 19


def test_a_link_that_leaves_the_inventory_makes_a_root_cause():
    watch = Watch(network("a>b"))
    watch.hear("down", "a", "b")
    watch.tick(10)
    watch.load(network("", "a", "b"), 10_000)
    watch.tick(12)
    assert (watch.told, watch.behind) == ({"a": "down", "b": "down"}, {"a": (), "b": ()})
