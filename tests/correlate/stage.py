"""A core on the shipped MIBs with rules and an inventory, which a test feeds and may change."""

from functools import cache
from typing import Any

import msgspec

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Inventory
from netmon.domain.observation import RulesChange, Tick, Trap
from netmon.domain.output import Output
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.profile_values import Profile
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.mibs import shipped_names

IF_INDEX = "1.3.6.1.2.1.2.2.1.1."
DOWN, UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"


class Stage:
    """A core from its first Tick on; it has these profiles whatever rules are loaded."""

    def __init__(self, rules: str, inventory: Inventory, *, at: int, profiles: tuple[Profile, ...] = ()) -> None:
        self._profiles = profiles
        self.core = self._new()
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
        return self.core.step(msgspec.structs.replace(_change(rules), at=self.core.now))

    def tell(self, at: int, oid: str, *, element: str = "r1", index: int = 0, origin: str = "") -> list[Output]:
        """Let an element send a trap, of an interface where there is an index."""
        varbinds: Any = ((f"{IF_INDEX}{index}", 0x02, index),) if index else ()
        address = self.core.inventory.elements[element].addresses[0]
        trap = Trap(at, "default", address, 162, "t", "2c", "t", element, "address", oid, varbinds, origin_id=origin)
        return self.core.step(trap)

    def restart(self) -> None:
        """Go on from a snapshot, as after a kill."""
        state = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(state)

    def _new(self) -> Core:
        return Core(self._compiled, shipped_names())

    def _compiled(self, change: RulesChange, known: Inventory) -> Ruleset:
        rules = compile_change(change, known, shipped_names(), rulebook=_rulebook(change.text))
        return msgspec.structs.replace(rules, rulebook=msgspec.structs.replace(rules.rulebook, profiles=self._profiles))


@cache
def _change(rules: str) -> RulesChange:
    return bare_rules_change([yaml.parse(rules.encode(), "rules.yaml").document], shipped_names(), 0)


@cache
def _rulebook(text: bytes) -> Rulebook:
    return compile_change(RulesChange(0, text, "", ""), Inventory(), shipped_names()).rulebook


def changes(outputs: list[Output]) -> list[AlarmChange]:
    """Return the alarm changes among outputs."""
    return [one for one in outputs if isinstance(one, AlarmChange)]


def told(outputs: list[Output]) -> list[tuple[str, str]]:
    """Return what is told of which objects."""
    return [(one.kind, one.after.object) for one in changes(outputs)]
