"""netmon as it ships, with the folder's MIB modules beside its own: names, rules, profiles, a core."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import msgspec

from netmon.app.ruleset import compile_change, inventory_change, rules_change
from netmon.config.data_dir import mib_cache
from netmon.config.load import load
from netmon.config.rules import Judged, judge
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import Tick
from netmon.mib.compile import Compiled, compile_all
from netmon.sources.clock import Clock
from netmon.step import Core
from tests.field.sheet import progress


class Shipped:
    """Made when it is first needed: the MIB modules take a while when ``cache`` is empty."""

    def __init__(self, mibs: Path, cache: Path) -> None:
        self._mibs = mibs
        self._cache = cache
        self.clock = Clock()

    @cached_property
    def judged(self) -> Judged:
        """The configuration of an empty config.yaml that names only the MIB folder."""
        progress("MIB modules and rules")
        loaded = load(None)
        folders = (*loaded.mibs, self._mibs) if self._mibs.is_dir() else loaded.mibs
        self._cache.mkdir(parents=True, exist_ok=True)
        return judge(msgspec.structs.replace(loaded, mibs=folders, data_dir=self._cache.absolute()))

    @cached_property
    def compiled(self) -> Compiled:
        """What became of each MIB module."""
        loaded = self.judged.loaded
        return compile_all(loaded.mibs, mib_cache(loaded.data_dir))

    def core(self, elements: Iterable[Element] = ()) -> Core:
        """Return a core that has learned of these elements and the shipped rules."""
        judged, now = self.judged, self.clock.now_ms()
        core = Core(lambda change, inventory: compile_change(change, inventory, judged.names), judged.names)
        inventory = Inventory(elements={element.id: element for element in elements})
        change = inventory_change(core.inventory, inventory, now)
        core.step(Tick(now))
        if change is not None:
            core.step(change)
        core.step(rules_change(judged, now))
        return core
