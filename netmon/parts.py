"""The parts of the core that remember, and how their state lies in a snapshot; who is asked when: ``step.py``."""

from typing import Any

from netmon.alarms.book import Book
from netmon.alarms.snapshot import Item
from netmon.correlate.containment import Containment
from netmon.correlate.engine import Engine
from netmon.domain.inventory import Inventory
from netmon.normalize.found import Found
from netmon.normalize.identity import Identity
from netmon.normalize.members import Members
from netmon.normalize.metered import Metered
from netmon.normalize.pending import Pending
from netmon.normalize.reachability import Reachability
from netmon.normalize.relinked import Relinked
from netmon.normalize.samples import Samples
from netmon.normalize.triggers import Triggers
from netmon.usage.billing import Billing

FORMS = {"book": Item}
"""Sections of a snapshot that are many: decoded at once to what they are, not by way of lists and dicts."""

COUNTS = "outcomes"
"""Section of what became of inputs and edges so far: told as metrics, it decides nothing."""

Sections = dict[str, list[Any]]
"""By name, the small items of a snapshot as they were decoded; a release that did not keep a section has none."""


class Parts:
    """One of each, made once; the rules and the inventory configure them."""

    def __init__(self) -> None:
        self.identity = Identity()
        self.reachability = Reachability()
        self.samples = Samples(self.identity)
        self.found = Found(self.identity)
        self.relinked = Relinked()
        self.containment = Containment()
        self.triggers = Triggers()
        self.engine = Engine(self.identity.parts, self.found.of)
        self.members = Members(self.identity, self.engine.description)
        self.metered = Metered(self.identity, self.engine.description, self.members)
        self.pending = Pending(self.identity)
        self.book = Book(self.found.over)
        self.billing = Billing()

    def dump(self) -> list[tuple[str, list[Any]]]:
        """Return all state as named sections of small items, in order."""
        return [
            ("identity", self.identity.dump()),
            ("reachability", self.reachability.dump()),
            ("samples", self.samples.dump()),
            ("found", [*self.found.dump(), *self.relinked.dump()]),
            ("triggers", self.triggers.dump()),
            ("members", self.members.dump()),
            ("metered", self.metered.dump()),
            ("pending", self.pending.dump()),
            ("engine", self.engine.dump()),
            ("book", self.book.dump()),
            ("meter", self.billing.meter.dump()),
            ("unbillable", self.billing.unbillable.dump()),
            (COUNTS, [(self.engine.counts.dump(), self.book.told.outcomes.dump())]),
        ]

    def load_learned(self, sections: Sections, inventory: Inventory, *, now: int, seq: int) -> None:
        """Take back what polls and traps taught; after the rules are in use."""
        self.identity.load_state(sections["identity"])
        self.reachability.load_state(sections["reachability"])
        self.samples.load_state(sections["samples"])
        self._load_found(sections.get("found", []), inventory, now=now, seq=seq)
        self.members.load_state(sections.get("members", []), inventory)
        self.engine.serve(self.members.services)
        self.metered.load_state(sections.get("metered", []))
        self.pending.load_state(sections.get("pending", []), inventory)
        self.triggers.load_state(sections.get("triggers", ()))

    def load_decided(self, sections: Sections, *, now: int, seq: int) -> None:
        """Take back what was made of it; after everything is metered that was."""
        self.engine.load_state(sections["engine"])
        self.book.apply([], now=now, seq=seq, plans=self.engine.maintenance.at(now))
        self.book.load_state(sections["book"])
        self.billing.meter.load_state(sections["meter"])
        self.billing.unbillable.load_state(sections.get("unbillable", ()))
        for of_engine, of_book in sections.get(COUNTS, ()):
            self.engine.counts.load_state(of_engine)
            self.book.told.outcomes.load_state(of_book)

    def _load_found(self, items: list[Any], inventory: Inventory, *, now: int, seq: int) -> None:
        self.found.load_state((item for item in items if item[0] != "relinked"), inventory)
        self.relinked.load_state(items)
        links = self.relinked.counting(self.found.links)
        self.engine.link(inventory, links)
        for element in inventory.elements:
            self.containment.element(element, *self.found.of(element))
        self.book.contain(self.containment.load(inventory, links), now=now, seq=seq)
