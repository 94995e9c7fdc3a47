"""Correlation: inputs of one stratum in, Edges out (specs/rules.md 4.1).

Trap         ──known origin, repeat──> `Dispatch` ──> Edges
State        ──`Topology`──> `Dispatch` ──> Edges
SampleBlock  ──kept: what is polled──> `Dispatch` ──> Edges
AlarmChange  ──`Links`──> Edges                               the strata above
Tick         ──own alarms, storms, topology──> `Dispatch` ──> Edges
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from netmon.correlate.connections import Connections
from netmon.correlate.described import ALIAS, Descriptions
from netmon.correlate.dispatch import Dispatch
from netmon.correlate.duplicates import Origins
from netmon.correlate.edges import resync
from netmon.correlate.folding import Folding
from netmon.correlate.found import Found
from netmon.correlate.links import TYPE as LINK_END
from netmon.correlate.links import Links
from netmon.correlate.looks import Looks
from netmon.correlate.maintenance import Maintenance
from netmon.correlate.own import OwnAlarms
from netmon.correlate.polled import Polled
from netmon.correlate.refused import RefusedSources
from netmon.correlate.repeats import Repeats
from netmon.correlate.shed import ShedStorms
from netmon.correlate.situation import Situation
from netmon.correlate.storms import Storms
from netmon.correlate.structure import FoundOf, Parts, Structure, no_parts, nothing_found
from netmon.correlate.topology import REACHABILITY, SILENT, Topology
from netmon.correlate.unknown import UnknownTrap, UnknownTraps
from netmon.correlate.uptimes import Uptimes
from netmon.correlate.windows import Windows
from netmon.domain.alarm import AlarmChange, AlarmKey, AlarmStates, Edge, Look
from netmon.domain.event import Event, State
from netmon.domain.found import FoundLink, StructureChange
from netmon.domain.inventory import Inventory, ObjectNames, Service
from netmon.domain.observation import HealthRow, PollFailed, PollResult, ShedRow
from netmon.domain.outcomes import Outcomes
from netmon.domain.sample import SampleBlock
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook, RuleKind, SampleRule

Input = Event | State | SampleBlock | AlarmChange | StructureChange

LATE_INTERVALS = 2
"""A sample older than so many poll intervals decides nothing."""

_NO_NAMES = MibView(())
_MOST_ASKED = 1_000


class Engine:
    """All rules and what they remember."""

    def __init__(self, parts: Parts = no_parts, found: FoundOf = nothing_found) -> None:
        self._structure = Structure(parts, found)
        self.counts = Outcomes()
        """What became of inputs of which no edge came."""
        self._polled = Polled()
        self._described = Descriptions()
        self._looks = Looks()
        self._origins = Origins()
        self._uptimes, self._windows = Uptimes(), Windows()
        self._unknown = UnknownTraps()
        self._topology, self.own = Topology(), OwnAlarms()
        self._shed = ShedStorms()
        self._storms = Storms()
        self.charge = self._storms.charge
        self._refused = RefusedSources()
        self._links = Links()
        self.maintenance = Maintenance()
        self._dispatch = Dispatch(Rulebook(hash="", kinds=()))
        self.load(Rulebook(hash="", kinds=()), Inventory())

    @property
    def strata(self) -> int:
        """How often what alarms mean to other alarms is asked: links stand above their ends, rules on alarms above."""
        above = self._dispatch.alarm_strata
        return 2 + above if above or self._links else 1

    def are_heard_above(self, changes: Iterable[AlarmChange]) -> bool:
        """Tell whether changes may mean anything to alarms above: a rule or a link looks at alarms of a type."""
        types = self._dispatch.alarm_types
        for change in changes:
            type_ = change.after.type
            if type_ in types or (type_ == LINK_END and self._links):
                return True
        return False

    @property
    def outcomes(self) -> dict[str, int]:
        """How often inputs came to what, without an edge (specs/rules.md 4.5)."""
        return self.counts.totals()

    @property
    def enriches(self) -> bool:
        """Whether any rule reads tags from the inventory."""
        return bool(self._enriched)

    @property
    def unknown(self) -> list[UnknownTrap]:
        """Traps that no rule names, in order of their first one."""
        return self._unknown.all()

    @property
    def left_over(self) -> bool:
        """Whether work that is cut by count waits for the next Tick."""
        return self._topology.left_over or self.maintenance.left_over or self._dispatch.left_over

    def origins(self) -> Iterator[tuple[str, int]]:
        """Yield (origin id, when it was seen) of the last 150 s, oldest first: what a listener must not take twice."""
        return self._origins.all()

    def description(self, path: str) -> str:
        """Return what operators wrote on an interface, as polls read it; empty: nothing, or not known."""
        return self._described.of(path)

    def load(
        self,
        rulebook: Rulebook,
        inventory: Inventory,
        view: MibView = _NO_NAMES,
        *,
        found: Iterable[FoundLink] = (),
    ) -> None:
        """Take new rules or a new inventory; what rules remember stays with those that are still there.

        Args:
            rulebook: the rules.
            inventory: elements and links.
            view: the words for what traps say in numbers.
            found: links that neighbors tell of.
        """
        remembered = self._dispatch.dump()
        old, self._dispatch = self._dispatch, Dispatch(rulebook)
        self.explain = self._dispatch.explain
        self.counts.forget(old.rules - self._dispatch.rules)
        self._dispatch.load(remembered, old.forms)
        self._settle_ms = _settle_ms(rulebook.kinds)
        self.link(inventory, found)
        self._shed.use(inventory)
        self._storms.load(rulebook, inventory, view)
        self._refused.use(inventory)
        self._polled_elements = frozenset(id_ for id_, element in inventory.elements.items() if element.credential)
        self._polled.use(rulebook.polled, frozenset(inventory.elements))
        self._windows.use(rulebook.spans, frozenset(inventory.elements))
        self._described.use(frozenset(inventory.elements))
        self._looks.use(inventory.elements)
        self._enriched = {kind.rule.id: kind.rule for kind in rulebook.kinds if kind.rule.enrich}
        self._sampled_rules = frozenset(kind.rule.id for kind in rulebook.kinds if isinstance(kind, SampleRule))
        self._situation = Situation(
            inventory,
            self._polled,
            self.counts,
            described=self._described,
            looks=self._looks,
            uptimes=self._uptimes,
            windows=self._windows,
            view=view,
            is_silent=self._topology.is_silent,
            structure=self._structure,
        )
        self._repeats = Repeats()
        self.heard = self._repeats.heard
        """Returns what a trap led to that came before, without making an event of it; None: make one and ask."""
        self.folding = Folding(self._storms, dispatch=self._dispatch, origins=self._origins, situation=self._situation)
        self.maintenance.use(rulebook, self._situation, view)

    def serve(self, services: Mapping[str, Service]) -> None:
        """Take the services with the objects that their members are, as far as these are known."""
        self._situation.serve(services)

    def link(self, inventory: Inventory, found: Iterable[FoundLink]) -> None:
        """Take the links as they are now, those of the inventory and those that neighbors tell of."""
        self.connections = Connections(inventory, found)
        links = self.connections.all()
        self._topology.load(inventory.elements, self._settle_ms, links)
        self._links.load(inventory, links)

    def relink(self, found: Iterable[FoundLink]) -> None:
        """Take what has changed of the links that neighbors tell of; one without ends is there no more."""
        change = self.connections.change(found)
        if change:
            self._topology.relink(change)
            self._links.relink(change)

    def tags(self, rule: str, object_: str, *, now: int) -> tuple[tuple[str, str], ...] | None:
        """Return the tags that an alarm of a rule has by the inventory of now; None: its rule reads none there."""
        known = self._enriched.get(rule)
        if known is None:
            return None
        self._situation.tick(now, 0)
        self._situation.idle(object_)
        return self._situation.tags(known, object_)

    def edges(
        self, stratum: int, inputs: Sequence[Input], *, now: int, states: AlarmStates, names: ObjectNames
    ) -> Found:
        """Return what the inputs mean to the rules of a stratum."""
        situation = self._situation
        situation.begin(states, names)
        if stratum:
            return self._of_alarms(stratum, inputs, states, now=now)
        for input_ in inputs:
            if isinstance(input_, Event):
                self._event(input_)
            elif isinstance(input_, SampleBlock):
                self._block(input_, now)
            elif isinstance(input_, State):
                self._state(input_)
        return situation.found

    def _of_alarms(self, stratum: int, inputs: Sequence[Input], states: AlarmStates, *, now: int) -> Found:
        """Return what changes of alarms, and of how elements are built, mean to alarms above them."""
        changes = [one for one in inputs if isinstance(one, AlarmChange)]
        built = [one for one in inputs if isinstance(one, StructureChange)]
        if stratum > 1 and (changes or built):
            self._situation.tick(now, (changes or built)[-1].cause_seq)
            elements = [one.element for one in built]
            self._dispatch.alarms(stratum - 1, changes, self._situation, elements=elements)
        elif changes:
            edges = self._links.edges(changes, states, now=now, seq=changes[-1].cause_seq)
            self._situation.found.edges.extend(edges)
        return self._situation.found

    def without_object(self, states: AlarmStates, *, now: int, seq: int) -> list[Edge]:
        """Return the end of alarms whose object the inventory has no longer."""
        return list(self._links.gone(states, now=now, seq=seq))

    def polled(self, seq: int, result: PollResult, blocks: Sequence[SampleBlock], states: AlarmStates) -> None:
        """Keep which objects with alarms a run saw, once its samples are judged."""
        self._looks.polled(seq, result, blocks, states)

    def poll_failed(self, seq: int, failed: PollFailed) -> None:
        """Keep that a run brought nothing."""
        self._looks.failed(seq, failed)

    def look(self, key: AlarmKey, *, rule: str, now: int) -> Look | None:
        """Return what was seen last of the condition of a rule's alarm; None if nobody has looked lately."""
        return self._looks.look(key, now, judged_only=rule in self._sampled_rules)

    def tick(
        self,
        now: int,
        seq: int,
        states: AlarmStates,
        *,
        health: Sequence[HealthRow] = (),
        shed: Sequence[ShedRow] = (),
    ) -> Found:
        """Let time pass: timers of operators, origin ids that are too old to matter; and hear how netmon is."""
        self._situation.begin(states, None)
        self._situation.found.edges.extend(self.own.tick(health, now=now, seq=seq))
        self._situation.found.edges.extend(self._refused.tick(shed, now=now, seq=seq))
        self._situation.tick(now, seq)
        gap_ms = self._topology.gap(now)
        self._dispatch.tick(now, self._situation, gap_ms=gap_ms)
        calm = self._storms.tick(self._shed.lost(shed), states, self._situation, now=now, seq=seq, gap_ms=gap_ms)
        self._origins.expire(now)
        self._windows.expire(now)
        if calm := [*calm, *self._shed.tick(shed, now)]:
            self._ask_after_storm(set(calm), now)
        plans = self.maintenance.tick(now, states.elements)
        settled = self._topology.tick(now, seq)
        if self._topology.was_blind:
            self._ask_again(states.elements(), now, "gap")
        if settled is None:
            found = self._situation.found
            return found if plans is None else msgspec.structs.replace(found, plans=plans)
        for state in settled.states:
            self._situation.found.silent[state.object] = True
            self._dispatch.state(state, self._situation)
        return msgspec.structs.replace(self._situation.found, behind=settled.behind, ways=settled.ways, plans=plans)

    def dump(self) -> list[Any]:
        """Return all state as small items."""
        items: list[Any] = [["polled", *item] for item in self._polled.dump()]
        items += [["described", *item] for item in self._described.dump()]
        items += [["look", *item] for item in self._looks.dump()]
        items += [["origin", *item] for item in self._origins.dump()]
        items += [["window", *item] for item in self._windows.dump()]
        items += [["uptime", *item] for item in self._uptimes.dump()]
        items += [["unknown", *item] for item in self._unknown.dump()]
        items += [["topology", *item] for item in self._topology.dump()]
        items += [["own", *item] for item in self.own.dump()]
        items += [["shed", *item] for item in self._shed.dump()]
        items += [["storm", *item] for item in self._storms.dump()]
        items += [["refused", *item] for item in self._refused.dump()]
        items += [["maintenance", *item] for item in self.maintenance.dump()]
        return items + [["run", *run] for run in self._dispatch.dump()]

    def load_state(self, items: list[Any]) -> None:
        """Take back what ``dump`` gave; load the rules first."""
        loaders = {
            "polled": self._polled.load_item,
            "described": self._described.load_item,
            "look": self._looks.load_item,
            "origin": self._origins.load_item,
            "uptime": self._uptimes.load_item,
            "window": self._windows.load_item,
            "unknown": self._unknown.load_item,
            "own": self.own.load_item,
            "shed": self._shed.load_item,
            "storm": self._storms.load_item,
            "refused": self._refused.load_item,
        }
        for kind, *item in items:
            if kind in loaders:
                loaders[kind](item)
        self._topology.load_state([item for kind, *item in items if kind == "topology"])
        self.maintenance.load_state([item for kind, *item in items if kind == "maintenance"])
        self._dispatch.load([item for kind, *item in items if kind == "run"])

    def _event(self, event: Event) -> None:
        situation = self._situation
        if event.origin_id and self._origins.known(event.origin_id, event.received):
            situation.drop("duplicate", event.name, event.seq)
            return
        if not event.is_memorable:
            self._judge(event)
            return
        heard = self._repeats.heard_event(event, situation.names)
        edges = heard.edges((event.time, event.seq), situation.states) if heard is not None else None
        if edges is not None:
            situation.found.edges.extend(edges)
            return
        first = len(situation.found.edges)
        situation.watch()
        self._judge(event)
        self._repeats.keep(situation, first)

    def _judge(self, event: Event) -> None:
        """Ask the rules; say why nothing came of an event that none of them took."""
        situation = self._situation
        if self._dispatch.event(event, situation):
            return
        if event.kind == "trap" and not self._dispatch.index.named(event):
            self._unknown.count(event)
            situation.drop("unknown_trap", event.name, event.seq)
        else:
            for rule in ("", *self._dispatch.asked()):
                situation.count("condition_false", rule)

    def _state(self, state: State) -> None:
        if state.name == REACHABILITY:
            if state.value == "up":
                self._ask_again([state.object, *self._topology.behind(state.object)], state.time, "reachability")
            if not self._topology.take(state):
                return
            self._situation.found.silent[state.object] = state.value in SILENT
        self._dispatch.state(state, self._situation)

    def _ask_again(self, elements: Sequence[str], at: int, why: str) -> None:
        """Wish to poll elements that have alarms: of what is polled these then clear, or are kept."""
        has_alarms = self._situation.states.has_alarms
        self._ask([element for element in elements if has_alarms(element)], at, why)

    def _ask_after_storm(self, calm: set[str], at: int) -> None:
        """Wish to poll elements that lost traps, those with alarms first: what was lost may be a first raise."""
        has_alarms = self._situation.states.has_alarms
        self._ask(sorted(calm, key=lambda element: (not has_alarms(element), element)), at, "storm")

    def _ask(self, elements: Sequence[str], at: int, why: str) -> None:
        polled = [element for element in elements if element in self._polled_elements]
        self._situation.found.wanted.extend([resync(element, at, why) for element in polled[:_MOST_ASKED]])

    def _block(self, block: SampleBlock, now: int) -> None:
        self._polled.keep(block)
        if ALIAS in block.names and self._described.keep(block, block.names.index(ALIAS)):
            # What rules said of raises has the descriptions in it.
            self._repeats.forget()
        if block.trusted:
            self._windows.keep(block, self._situation.overflow)
        if not block.trusted or not self._dispatch.wanted(block.names):
            return
        if block.interval_ms and now - block.time > LATE_INTERVALS * block.interval_ms:
            self._situation.drop("late", block.table, block.seq)
            return
        self._dispatch.block(block, self._situation)


def _settle_ms(kinds: Iterable[RuleKind]) -> int | None:
    """Return how long elements settle before rules learn that they do not answer; None: they do not."""
    hides = [kind.rule.manner.hides for kind in kinds if kind.rule.manner is not None]
    return max((one.settle_ms for one in hides if one is not None and one.downstream), default=None)
