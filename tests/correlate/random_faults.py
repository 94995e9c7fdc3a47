"""A core that watches a random network: it hears what agents of it would tell, in any order."""

from collections.abc import Callable
from random import Random

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.config.shipped import shipped
from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Observation, PollFailed, PollResult, Tick, Trap
from netmon.step import Core
from tests.correlate.random_network import RandomNetwork, Truth
from tests.mibs import shipped_names
from tests.normalize.telling import Rows, block, run

T0, S = 1_700_000_000_000, 1_000
DOWN, UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
RULES = ("element-unreachable", "link-down")
FOUND_WITHIN_S = 9
"""So much earlier than another one is a fault found that came at the same time; less than ``settle``."""
SETTLED_S = 60
"""Found, settled, and held for thirty seconds."""

Word = Callable[[], list[Observation]]
"""What an agent tells, or the lack of it, at the time of the watch."""


class Watch:
    """The core, and what it was told of the network so far."""

    def __init__(self, network: RandomNetwork) -> None:
        self.network = network
        self.now = T0
        view = shipped_names()
        self.core = Core(lambda change, known: compile_change(change, known, view), view)
        self.core.step(Tick(T0))
        change = inventory_change(Inventory(), network.inventory(), T0)
        assert change is not None
        self.core.step(change)
        files = [shipped("rules") / "correlation" / f"{name}.yaml" for name in RULES]
        documents = [yaml.parse(one.read_bytes(), one.name).document for one in files]
        self.core.step(bare_rules_change(documents, view, T0))
        for element in network.elements:
            self._learn(element)
        self.silent: set[str] = set()
        self.down: set[str] = set()
        """Ports that are down as far as netmon was told."""

    def change(self, truth: Truth, random: Random) -> None:
        """Let netmon find out what is true now, each fact at a moment of its own, and all settle."""
        words = [(random.randint(0, FOUND_WITHIN_S), random.random(), word) for word in self._news(truth)]
        words.sort(key=lambda one: one[:2])
        for second in range(SETTLED_S):
            while words and words[0][0] == second:
                for observation in words.pop(0)[2]():
                    self.core.step(observation)
            self.now += S
            self.core.step(Tick(self.now))

    def active(self) -> list[Alarm]:
        """Return the active alarms."""
        return [alarm for alarm in self.core.book.alarms() if alarm.state == "active"]

    def _news(self, truth: Truth) -> list[Word]:
        """Return what is otherwise than netmon was told, as the observations that say so."""
        words = [self._silent(one, now=one in truth.silent) for one in sorted(truth.silent ^ self.silent)]
        down = truth.down()
        for element in sorted(truth.answering):
            for index, port in enumerate(self.network.ports(element), 1):
                if (port in down) != (port in self.down):
                    words.append(self._port(element, index, now=port in down))
                    self.down ^= {port}
        self.silent = truth.silent
        return words

    def _silent(self, element: str, *, now: bool) -> Word:
        def word() -> list[Observation]:
            if not now:
                return [PollResult(self.now, element, "", "g", self.now, 0, True, True, "snmp", "run", ())]
            return [PollFailed(self.now, element, "", "g", self.now, "snmp", "timeout", 1, 2_000)] * 3

        return word

    def _port(self, element: str, index: int, *, now: bool) -> Word:
        def word() -> list[Observation]:
            varbinds = ((f"1.3.6.1.2.1.2.2.1.1.{index}", 0x02, index),)
            oid = DOWN if now else UP
            return [Trap(self.now, "default", "192.0.2.1", 162, "t", "2c", "t", element, "address", oid, varbinds)]

        return word

    def _learn(self, element: str) -> None:
        """Let the ports of an element and its bundles be known, as of polls."""
        numbers = {port: str(n) for n, port in enumerate(self.network.ports(element), 1)}
        named: Rows = {n: {"ifName": port.partition(":")[2].encode()} for port, n in numbers.items()}
        self.core.identity.learn(element, "if", [block(T0, "ifTable", named)], complete=True)
        bundled: Rows = {
            numbers[member]: {"dot3adAggPortAttachedAggID": int(numbers[bundle])}
            for bundle, members in self.network.bundles(element).items()
            for member in members
        }
        self.core.step(run(element, T0, {"dot3adAggPortTable": bundled}))
