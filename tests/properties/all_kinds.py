"""A core with the rules of every kind, fed by steps that hypothesis or a seed draws.

``python -m tests.properties.all_kinds SEED`` prints the digest after 400 steps drawn by a seed.
"""

import sys
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.event import Event, State
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import Tick, Trap
from netmon.domain.oid import COLD_START, WARM_START
from netmon.domain.output import Output
from netmon.domain.sample import SampleBlock
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.mibs import shipped_names

T0 = 1_700_000_000_000
FOLDER = Path(__file__).parents[1] / "correlate" / "rules"
ELEMENTS = {
    "r1": Element("r1", ("192.0.2.1",), "Riga", "riga", tags={"heartbeat": "yes", "role": "core"}),
    "r2": Element("r2", ("192.0.2.2",), site="riga"),
    "r3": Element("r3", ("192.0.2.3",)),
}
LINK_DOWN, LINK_UP, REFUSED = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4", "1.3.6.1.6.3.1.1.5.5"
TRAPS = (LINK_DOWN, LINK_UP, REFUSED, COLD_START, WARM_START)

Step = tuple[Any, ...]
"""("trap", element, which, ifIndex), ("event", element), ("state", element, is up), ("load", value), ("tick", s)."""


@cache
def _rules() -> Any:
    paths = sorted(path for path in FOLDER.glob("*.yaml") if not path.stem.endswith(".test"))
    documents = [yaml.read(path, name=path.name).document for path in paths]
    return bare_rules_change(documents, shipped_names(), T0)


@cache
def _ruleset() -> Ruleset:
    return compile_change(_rules(), Inventory(elements=ELEMENTS), shipped_names())


class Fed:
    """A core, and what the world has learned of it."""

    def __init__(self) -> None:
        self.core = self._new()
        self.now = T0
        change = inventory_change(Inventory(), Inventory(elements=ELEMENTS), T0)
        assert change is not None
        self.core.step(change)
        self.core.step(_rules())

    def take(self, step: Step) -> list[Output]:
        """Take one step."""
        kind, *what = step
        if kind == "trap":
            return self.core.step(self._trap(*what))
        if kind == "tick":
            self.now += what[0] * 1000
            return self.core.step(Tick(self.now))
        self.core.seq += 1
        return list(self.core.reason([self._input(kind, *what)]))

    @property
    def rules(self) -> set[str]:
        """The ids of all rules, and of what makes an alarm of a storm."""
        rulebook = _ruleset().rulebook
        return {*(kind.rule.id for kind in rulebook.kinds), *(storm.id for storm in rulebook.storms)}

    def restart(self) -> None:
        """Go through a snapshot, as a killed engine does."""
        state = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(state)

    def _new(self) -> Core:
        return Core(lambda *_: _ruleset(), shipped_names())

    def _trap(self, element: str, which: int, index: int) -> Trap:
        varbinds = (
            (f"1.3.6.1.2.1.2.2.1.1.{index}", 0x02, index),
            (f"1.3.6.1.2.1.2.2.1.7.{index}", 0x02, 1 + index % 2),
        )
        source = ELEMENTS[element].addresses[0]
        # As if some had come by another way.
        uptime_cs = (self.now - T0) // 10 + 7 * which
        return Trap(
            self.now, "default", source, 162, "t", "2c", "t", element, "address", TRAPS[which], varbinds, uptime_cs
        )

    def _input(self, kind: str, *what: Any) -> Event | State | SampleBlock:
        seq, at = self.core.seq, self.now
        if kind == "event":
            return Event(seq, at, at, what[0], what[0], "event", "hardware_changed")
        if kind == "state":
            return State(seq, at, what[0], "reachability", "up" if what[1] else "down", "unknown")
        text = ("",)
        return SampleBlock(
            seq, at, at, "r1", "t", ("load",), ("gauge",), text, text, ("r1",), ((),), ("0",), ((what[0],),), 60_000
        )


def drawn(random: Random) -> Step:
    """Return a step drawn by a seed."""
    element = random.choice(sorted(ELEMENTS))
    trap = ("trap", element, random.randrange(len(TRAPS)), random.randrange(3))
    load = ("load", random.choice((70.0, 70.0, 70.0, 85.0, 95.0, 98.0, 99.5)))
    tick = ("tick", random.choice((1, 1, 1, 1, 5, 20, 25, 28, 28, 60)))
    steps: tuple[Step, ...] = (trap, load, tick, ("event", element), ("state", element, random.random() < 0.7))
    return random.choices(steps, (24, 20, 12, 1, 1))[0]


if __name__ == "__main__":
    fed, by_seed = Fed(), Random(int(sys.argv[1]))
    for _ in range(400):
        fed.take(drawn(by_seed))
    sys.stdout.write(fed.core.digest())
