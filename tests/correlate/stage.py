"""A core on the shipped MIBs with rules and an inventory, which a test feeds and may change."""

from typing import Any

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Tick, Trap
from netmon.domain.output import Output
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.mibs import shipped_names

IF_INDEX = "1.3.6.1.2.1.2.2.1.1."


class Stage:
    """A core from its first Tick on."""

    def __init__(self, rules: str, inventory: Inventory, *, at: int) -> None:
        self.core = _new()
        self.core.step(Tick(at))
        self.know(inventory)
        self.load(rules)

    def know(self, inventory: Inventory) -> list[Output]:
        """Load another inventory."""
        change = inventory_change(self.core.inventory, inventory, self.core.now)
        assert change is not None
        return self.core.step(change)

    def load(self, rules: str) -> list[Output]:
        """Load other rules."""
        document = yaml.parse(rules.encode(), "rules.yaml").document
        return self.core.step(bare_rules_change([document], shipped_names(), self.core.now))

    def tell(self, at: int, oid: str, *, element: str = "r1", index: int = 0, origin: str = "") -> list[Output]:
        """Let an element send a trap, of an interface where there is an index."""
        varbinds: Any = ((f"{IF_INDEX}{index}", 0x02, index),) if index else ()
        address = self.core.inventory.elements[element].addresses[0]
        trap = Trap(at, "default", address, 162, "t", "2c", "t", element, "address", oid, varbinds, origin_id=origin)
        return self.core.step(trap)

    def restart(self) -> None:
        """Go on from a snapshot, as after a kill."""
        state = decode(encode(self.core.dump()))
        self.core = _new()
        self.core.load(state)


def _new() -> Core:
    view = shipped_names()
    return Core(lambda change, known: compile_change(change, known, view), view)
