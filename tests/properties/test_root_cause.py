"""Random faults in small networks: every seeded root cause is shown, nothing else, in whatever order it is found."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.alarms.book import Book
from netmon.correlate.engine import Engine
from netmon.domain.alarm import Alarm
from netmon.domain.event import State
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.manner import Hides, Manner
from netmon.rulebook.kinds import Rulebook, StateCondition, StateRule
from tests.correlate.by_hand import Names, rule
from tests.examples import examples

pytestmark = pytest.mark.slow

T0 = 1_700_000_000_000
RULE = StateRule(
    rule("node-unreachable", manner=Manner(Hides(parts=True, downstream=True, settle_ms=10_000))),
    (StateCondition(0, ("reachability",), lambda scope: scope.state in ("down", "unreachable")),),
    (StateCondition(0, ("reachability",), lambda scope: scope.state == "up"),),
)
TREE = "a>b a>c b>d b>e c>f"
DUAL = "a>c b>c a>d b>d c>e d>e e>f"
RING = "a>b b-c c-d d-e e-b d>f"
TWO_RINGS = "a>b b-c c-d d-b a>e e-f f-g g-e d-f"

Fault = tuple[str, int, int]
"""(element, when it is found, when it ends), in seconds."""


class Network:
    """Links such as ``a>b`` (b depends on a) and ``a-b`` (peers); who answers when some elements are dead."""

    def __init__(self, links: str) -> None:
        self.onward: dict[str, set[str]] = {}
        ends = []
        for word in links.split():
            a, b = word.replace("-", ">").split(">")
            ends.append((a, b, "peer" if "-" in word else "uplink"))
            self.onward.setdefault(a, set()).add(b)
            if "-" in word:
                self.onward.setdefault(b, set()).add(a)
        self.names = sorted({name for a, b, _ in ends for name in (a, b)})
        self.tops = {a for a, _, kind in ends if kind == "uplink"} - {b for _, b, kind in ends if kind == "uplink"}
        self.inventory = Inventory(
            elements={name: Element(name, ("192.0.2.1",)) for name in self.names},
            links={f"l{n}": Link(f"l{n}", f"{a}/if:{n}", f"{b}/if:{n}", kind) for n, (a, b, kind) in enumerate(ends)},
        )

    def alive(self, dead: set[str]) -> set[str]:
        found, waiting = set(), [top for top in self.tops if top not in dead]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.onward.get(name, set()) - dead
        return found

    def roots(self, dead: set[str]) -> set[str]:
        alive = self.alive(dead)
        return {d for d in dead if d in self.tops or any(d in self.onward.get(up, ()) for up in alive)}


class Watch:
    """An engine and a book with one rule; a Tick each second."""

    def __init__(self, network: Network) -> None:
        self.engine, self.book = Engine(), Book()
        self.rulebook, self.inventory = Rulebook("h", (RULE,)), network.inventory
        self.engine.load(self.rulebook, self.inventory)
        self.now, self.seq = T0, 0

    def hear(self, name: str, value: str) -> None:
        self.seq += 1
        state = State(self.seq, self.now, name, "reachability", value, "")
        found = self.engine.edges(0, [state], now=self.now, states=self.book, names=Names({}))
        self.book.apply(found.edges, now=self.now, seq=self.seq)

    def second(self) -> None:
        self.seq += 1
        self.now += 1000
        found = self.engine.tick(self.now, self.seq, self.book)
        self.book.apply(found.edges, now=self.now, seq=self.seq, behind=found.behind)
        self.book.tick(self.now, self.seq)

    def restart(self) -> None:
        dumps = [msgspec.msgpack.decode(msgspec.msgpack.encode(part.dump())) for part in (self.engine, self.book)]
        self.engine, self.book = Engine(), Book()
        self.engine.load(self.rulebook, self.inventory)
        self.engine.load_state(dumps[0])
        self.book.load_state(dumps[1])

    def active(self) -> list[Alarm]:
        return [alarm for alarm in self.book.alarms() if alarm.state == "active"]

    def shown(self) -> set[str]:
        return {alarm.object for alarm in self.active() if not alarm.hidden_by}


def settle(watch: Watch, words: Iterable[tuple[int, str, str]], *, restart: bool) -> None:
    """Let elements be heard at their seconds, and all settle."""
    waiting = sorted(words)
    for second in range(32):
        while waiting and waiting[0][0] == second:
            watch.hear(*waiting.pop(0)[1:])
        if restart:
            watch.restart()
        watch.second()


@examples(400)
@given(st.data(), st.sampled_from([TREE, DUAL, RING, TWO_RINGS]), st.booleans())
def test_every_root_cause_is_shown_and_nothing_else(data: st.DataObject, links: str, restart: bool) -> None:
    network = Network(links)
    watch = Watch(network)
    before, silent = set[str](), set[str]()
    settle(watch, [(0, name, "up") for name in network.names], restart=restart)
    for _ in range(3):
        dead = data.draw(st.sets(st.sampled_from(network.names), max_size=4), label="dead")
        now_silent = set(network.names) - network.alive(dead)
        changed = dict.fromkeys(now_silent - silent, "down") | dict.fromkeys(silent - now_silent, "up")
        when = {name: data.draw(st.integers(0, 9), label=f"{name} {changed[name]}") for name in sorted(changed)}
        settle(watch, [(at, name, changed[name]) for name, at in when.items()], restart=restart)
        assert watch.shown() == network.roots(dead), f"dead {dead}, before {before}"
        assert {alarm.object for alarm in watch.active()} == now_silent
        assert {alarm.object for alarm in watch.active() if alarm.root_cause} == network.roots(dead)
        before, silent = dead, now_silent
    settle(watch, [(data.draw(st.integers(0, 9)), name, "up") for name in sorted(silent)], restart=restart)
    assert watch.active() == []


@examples(200)
@given(st.data(), st.sampled_from([TREE, DUAL, RING, TWO_RINGS]))
def test_what_only_lies_behind_is_never_shown(data: st.DataObject, links: str) -> None:
    """Whatever is found first: within the settling nothing that is no root cause is seen by anybody."""
    network = Network(links)
    watch = Watch(network)
    for name in network.names:
        watch.hear(name, "up")
    dead = data.draw(st.sets(st.sampled_from(network.names), min_size=1, max_size=3))
    roots = network.roots(dead)
    silent = sorted(set(network.names) - network.alive(dead))
    words = sorted((data.draw(st.integers(0, 9)), name) for name in silent)
    for second in range(30):
        while words and words[0][0] == second:
            watch.hear(words.pop(0)[1], "down")
        watch.second()
        assert watch.shown() <= roots
    assert all(not alarm.ever_shown for alarm in watch.active() if alarm.object not in roots)
