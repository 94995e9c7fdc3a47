"""The rules in use: what of the core they configure, together with the inventory."""

from collections.abc import Callable
from functools import partial

from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Inventory
from netmon.domain.observation import HealthRow, RulesChange
from netmon.mib.names import MibView
from netmon.normalize.traps import TrapNames
from netmon.parts import Parts
from netmon.rulebook.ruleset import Ruleset

CompileRules = Callable[[RulesChange, Inventory], Ruleset]


class RulesInUse:
    """Compiles the newest rules and hands each part what is for it."""

    def __init__(self, parts: Parts, *, compile_rules: CompileRules, view: MibView) -> None:
        self._parts = parts
        self._compile = compile_rules
        self.change: RulesChange | None = None
        """What brought them; None before the first ones."""
        self.names = TrapNames(view)

    def configure(self, inventory: Inventory, *, now: int, seq: int) -> tuple[list[AlarmChange], list[HealthRow]]:
        """Configure all parts anew; return what changes of alarms, and reports on what cannot be metered."""
        assert self.change is not None
        rules, parts = self._compile(self.change, inventory), self._parts
        if rules.view is not self.names.view:
            self.names = TrapNames(rules.view)
        parts.engine.load(rules.rulebook, inventory, rules.view, found=parts.found.links.values())
        parts.relinked.counted()
        parts.engine.serve(parts.members.services)
        parts.samples.configure(rules.rulebook.profiles, rules.view)
        parts.metered.configure(rules.assignments, rules.followed, rules.usage, now=parts.billing.time(now))
        return self._alarms(rules, inventory, now=now, seq=seq), self.meter(inventory, now)

    def meter(self, inventory: Inventory, now: int) -> list[HealthRow]:
        """Meter what the rules mean; return reports on what cannot be metered."""
        parts, elements = self._parts, inventory.elements.values()
        assignments, settings = parts.metered.assignments, parts.metered.settings
        surviving = [element.id for element in elements if element.counters_survive_agent_restart]
        parts.samples.meter(assignments, settings, surviving)
        return parts.billing.configure(assignments, settings, elements, now=now)

    def _alarms(self, rules: Ruleset, inventory: Inventory, *, now: int, seq: int) -> list[AlarmChange]:
        """Judge the alarms there are by the new rules."""
        book, engine, found = self._parts.book, self._parts.engine, self._parts.found
        contained = self._parts.containment.load(inventory, found.links.values())
        changes = book.apply([], now=now, seq=seq, plans=engine.maintenance.reload(now))
        changes += book.contain(contained, now=now, seq=seq)
        changes += book.rules_loaded(rules.rulebook, now=now, seq=seq)
        if engine.enriches:
            changes += book.retag(partial(engine.tags, now=now), now=now, seq=seq)
        gone = engine.without_object(book, now=now, seq=seq)
        return changes + book.apply(gone, now=now, seq=seq)
