r"""The pure story of netmon on one page: an observation goes in, what it means comes out.

    Observation -> normalize -> storm -> [ correlate -> alarms ] per stratum -> outputs
                           \-> usage -------------------------------------/

No clock, no random, no I/O: the same observations give the same outputs, every time.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from netmon.alarms.again import POLL, poll_again
from netmon.domain.alarm import AlarmChange
from netmon.domain.dropped import Dropped
from netmon.domain.event import Event, State
from netmon.domain.found import StructureChange
from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import LINK
from netmon.domain.observation import (
    Block,
    HealthRow,
    InventoryChange,
    MqttMessage,
    Observation,
    OperatorRequest,
    PollFailed,
    PollResult,
    RulesChange,
    Tick,
    Trap,
    UsageReassigned,
    UsageRejected,
)
from netmon.domain.output import Answer, Output
from netmon.domain.plan import BEGIN, END
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import UsageRecord
from netmon.mib.names import MibView
from netmon.normalize.answering import silent
from netmon.normalize.inventory import adoptions, changed_hardware, changed_inventory, contradiction
from netmon.normalize.triggers import STARTED
from netmon.parts import COUNTS, Parts, Sections
from netmon.rules_in_use import CompileRules, RulesInUse

Input = Event | State | SampleBlock | AlarmChange | StructureChange


class Core:
    """All state that decides, and the one function that moves it."""

    def __init__(self, compile_rules: CompileRules, view: MibView) -> None:
        self.seq = 0
        """Number of the last observation."""
        self.now = 0
        """Engine time: the newest Tick."""
        self.inventory = Inventory()
        parts = self._parts = Parts()
        self.identity, self.reachability, self.samples = parts.identity, parts.reachability, parts.samples
        self.found, self.members, self.metered = parts.found, parts.members, parts.metered
        self.engine, self.book = parts.engine, parts.book
        self.meter = parts.billing.meter
        self._rules = RulesInUse(parts, compile_rules=compile_rules, view=view)
        self._chain = b""
        """Hash over every change and record so far."""
        self._steps: dict[type[Observation], Callable[[Any], Iterable[Output]]] = {
            Trap: self._trap,
            Tick: self._tick,
            PollResult: self._polled,
            PollFailed: self._poll_failed,
            OperatorRequest: self._operator,
            InventoryChange: self._inventory,
            RulesChange: self._load_rules,
            MqttMessage: self._mqtt,
            UsageRejected: self._rejected,
            UsageReassigned: lambda moved: self.meter.reassign(moved.intervals),
        }

    def step(self, observation: Observation) -> list[Output]:
        """Take the next observation and return what it means; the only way in."""
        outputs: list[Output] = []
        self.step_into(outputs, observation)
        return outputs

    def step_into(self, outputs: list[Output], observation: Observation) -> None:
        """Step, and add each output as it is made: what was decided before a bug ends the step still holds."""
        self.seq += 1
        for output in self._steps[type(observation)](observation):
            outputs.append(output)
            if isinstance(output, AlarmChange):
                self._link(f"{output.seq}|{output.alarm_id}|{output.kind}|{output.at}|{output.cause_seq}")
            elif isinstance(output, UsageRecord):
                self._link(output.hash)
        if self.book.told.refused:
            outputs += self.book.told.refused
            self.book.told.refused.clear()

    def _trap(self, trap: Trap) -> Iterable[Output]:
        meant = self._in_storm(trap) if self.engine.charge(trap) else self._judged(trap)
        if trap.trap_oid in STARTED and trap.element in self.inventory.elements:
            # Whatever rules make of it, and whether or not it came before.
            return chain(meant, self._parts.triggers.trap(trap))
        return meant

    def _in_storm(self, trap: Trap) -> Iterable[Output]:
        folding = self.engine.folding
        if folding.passes(trap):
            return self._judged(trap)
        heard = folding.heard(trap, self.identity)
        if heard is not None:
            if heard.repeat is not None and self.book.repeated(heard.repeat, (trap.at, self.seq)):
                return ()
            dropped = folding.left_out(trap, heard, seq=self.seq, states=self.book)
            if dropped is not None:
                return (dropped,)
        return self._asked_in_storm(trap)

    def _asked_in_storm(self, trap: Trap) -> Iterator[Output]:
        event = self._rules.names.event(self.seq, trap)
        found, passes = self.engine.folding.storm(event, states=self.book, names=self.identity)
        changes = self.book.apply(found.edges, now=self.now, seq=self.seq)
        yield from self._told(changes)
        yield from found.dropped
        if passes:
            yield from self._judged(trap)

    def _judged(self, trap: Trap) -> Iterable[Output]:
        heard = self.engine.heard(trap, self.identity)
        if heard is not None:
            order = (trap.at, self.seq)
            if heard.repeat is not None and self.book.repeated(heard.repeat, order):
                return ()
            edges = heard.edges(order, self.book)
            if edges is not None:
                return self._told(self.book.apply(edges, now=self.now, seq=self.seq))
        return self.reason([self._rules.names.event(self.seq, trap)])

    def _told(self, changes: list[AlarmChange]) -> Iterable[Output]:
        """Return changes, and what they mean to the strata above."""
        return chain(changes, self.reason(changes, lowest=1)) if self.engine.are_heard_above(changes) else changes

    def _poll_failed(self, failed: PollFailed) -> Iterator[Output]:
        yield from self.reason(self.reachability.failed(self.seq, failed))
        blocks = silent(self.seq, failed, self.reachability.state(failed.element)[0])
        yield from blocks
        yield from self.reason(blocks)
        self.engine.poll_failed(self.seq, failed)

    def _mqtt(self, message: MqttMessage) -> list[Output]:
        return [Dropped("unmapped", message.topic, self.seq)]

    def _rejected(self, rejected: UsageRejected) -> Iterable[Output]:
        self.meter.reject(rejected.rejections)
        return ()

    def reason(self, inputs: Sequence[Input], *, lowest: int = 0) -> Iterator[Output]:
        """Correlate and alarms, stratum by stratum: changes below are inputs above. Public for rule tests only."""
        if lowest and not inputs:
            return
        for stratum in range(lowest, self.engine.strata):
            found = self.engine.edges(stratum, inputs, now=self.now, states=self.book, names=self.identity)
            changes: list[AlarmChange] = []
            if found.edges or found.silent:
                changes = self.book.apply(found.edges, now=self.now, seq=self.seq, silent=found.silent)
            yield from changes
            yield from found.dropped
            yield from found.wanted
            if not stratum and not self.engine.are_heard_above(changes):
                return
            inputs = [*inputs, *changes]

    def _tick(self, tick: Tick) -> Iterator[Output]:
        if self.metered.changed():
            yield from self._heard(self._rules.meter(self.inventory, self.now))
            yield InventoryChange(self.now, "metered", metered=self.metered.found)
            yield from (Dropped("metered_twice", what, self.seq) for what in self.metered.twice)
        self.now = tick.at
        yield from self._relink()
        found = self.engine.tick(self.now, self.seq, self.book, health=tick.health, shed=tick.shed)
        changes = self.book.apply(
            found.edges,
            now=self.now,
            seq=self.seq,
            behind=found.behind,
            ways=found.ways,
            silent=found.silent,
            plans=found.plans,
        )
        yield from changes
        timed = self.book.tick(self.now, self.seq)
        yield from timed
        yield from self.reason([*changes, *timed], lowest=1)
        yield from self._heard(self.book.bounds())
        yield from chain(found.dropped, found.wanted)
        yield from self.meter.tick(self.now - tick.behind_ms, self.seq)

    def _polled(self, result: PollResult) -> Iterator[Output]:
        element = self.inventory.elements.get(result.element)
        polled = element is not None and bool(element.credential)
        yield from self.reason(self.reachability.answered(self.seq, result, polled=polled))
        names = self.identity.names(result.element, "if")
        read = self.samples.read(self.seq, result)
        if self.identity.names(result.element, "if") != names:
            self.book.readdress(result.element)
        for old, new in read.renamed:
            moved = self.book.resolved(old, new, now=self.now, seq=self.seq)
            yield from self._told(moved)
        yield from self._found(chain(read.changes, self.found.read(result, read.whole)))
        if read.parts:
            yield from self._grouped(result.element)
        if read.hardware:
            yield from self.reason([changed_hardware(self.seq, result, path) for path in read.hardware])
        if read.whole:
            yield from self._parts.triggers.polled(result, read.whole, restarted=read.restarted)
        yield from self._heard(self._parts.billing.read(read.pairs, read.absent, read.present, now=self.now))
        yield from (Dropped(reason, result.element, self.seq, count) for reason, count in sorted(read.dropped.items()))
        yield from read.blocks
        yield from self.reason(read.blocks)
        self.engine.polled(self.seq, result, read.blocks, self.book)
        if read.whole and not result.context:
            yield from self._found(self._named(result, read.whole))
            absent = self.metered.look(result.element, read.whole, self._parts.billing.time(self.now))
            yield from self._heard(self._parts.billing.read((), absent, (), now=self.now))

    def _named(self, result: PollResult, blocks: Sequence[Block]) -> Iterator[InventoryChange]:
        """Compare what the inventory names with what a run brought."""
        matched = list(self.members.look(result.element, blocks, result.at))
        if matched:
            self.engine.serve(self.members.services)
        yield from matched
        yield from self._parts.pending.look(result.element, result.at)

    def _operator(self, request: OperatorRequest) -> list[Output]:
        if request.action == POLL:
            return poll_again(request, self.inventory)
        if request.action in (BEGIN, END):
            return [Answer(request.request_id, self.engine.maintenance.ask(request, self.now))]
        changes, answer = self.book.request(request, self.seq, self.engine)
        return [*changes, *self.reason(changes, lowest=1), Answer(request.request_id, answer)]

    def _inventory(self, change: InventoryChange) -> Iterator[Output]:
        self.inventory = changed_inventory(self.inventory, change)
        for element in change.removed:
            self.reachability.forget(element)
            self.identity.forget(element)
            self.samples.forget(element)
            self._parts.triggers.forget(element)
        adopted = adoptions(change, self.inventory, self.book.elements())
        if change.kind == "resolved":
            yield from self._found([*adopted, *self.found.resolved(change, self.inventory)])
            return
        named = [*self.members.load(self.inventory, change.at), *self._parts.pending.load(self.inventory, change.at)]
        known = [*adopted, *self.found.load(self.inventory, change.at), *named]
        yield from self._use_rules() if self._rules.change is not None else []
        yield from self._cleared(change.removed, "object_removed")
        yield from self._found(known)

    def _found(self, changes: Iterable[InventoryChange]) -> Iterator[Output]:
        """Take what was found: it is told, and decides from now on. Links count from a Tick soon."""
        for change in changes:
            yield change
            match change.kind:
                case "renamed" | "adopted":
                    yield from self._cleared([change.old], change.kind)
                case "removed":
                    yield from self._cleared([change.old], "object_removed")
                case "parts" | "layers" | "addresses":
                    yield from self._built(change)
                case "links":
                    self._parts.relinked.add(change.found, self.engine.connections.found)
                case "link_mismatch" if change.old not in self.inventory.links:
                    yield from self._cleared([LINK + change.old], "object_removed")
                case "link_mismatch" | "pending" | "member_mismatch":
                    yield from self.reason([contradiction(self.seq, change, self.inventory)])

    def _built(self, change: InventoryChange) -> Iterable[Output]:
        """Take what is known anew of how an element is built: what fails with which part, and where sessions run."""
        if change.kind == "addresses":
            self.book.readdress(change.new)
            return ()
        carried = self._carried(self._parts.containment.element(change.new, *self.found.of(change.new)))
        return chain(carried, self._grouped(change.new)) if change.kind == "layers" else carried

    def _grouped(self, element: str) -> Iterable[Output]:
        """Judge the groups of an element that is built otherwise than was known, as a core that is restored does."""
        return self.reason([StructureChange(element, self.seq)], lowest=1)

    def _cleared(self, objects: Sequence[str], reason: str) -> Iterator[Output]:
        changes = self.book.gone(objects, reason=reason, now=self.now, seq=self.seq) if objects else []
        yield from self._told(changes)

    def _carried(self, carried: dict[str, tuple[str, ...]]) -> Iterator[Output]:
        if carried:
            changes = self.book.carries(carried, now=self.now, seq=self.seq)
            yield from self._told(changes)

    def _relink(self) -> Iterator[Output]:
        """Let the links that were found since the last Tick count."""
        yield from self._found(chain(self.found.tick(self.now), self._parts.pending.tick(self.now)))
        if relinked := self._parts.relinked.due(self.now):
            self.engine.relink(relinked)
            yield from self._carried(self._parts.containment.links(relinked))
            gone = self.engine.without_object(self.book, now=self.now, seq=self.seq)
            yield from self._told(self.book.apply(gone, now=self.now, seq=self.seq))

    def _load_rules(self, change: RulesChange) -> Iterable[Output]:
        self._rules.change = change
        return self._use_rules()

    def _use_rules(self) -> Iterable[Output]:
        """Configure everything by the rules and the inventory as they are now."""
        changes, unbillable = self._rules.configure(self.inventory, now=self.now, seq=self.seq)
        # Reports are heard when outputs are taken, so not by a core that is restored: its state knows them.
        return chain(changes, self._heard(unbillable))

    def _heard(self, reports: Iterable[HealthRow]) -> Iterator[Output]:
        """Hear what a step reports of netmon itself."""
        edges = self.engine.own.heard(reports, now=self.now, seq=self.seq)
        if edges:
            changes = self.book.apply(edges, now=self.now, seq=self.seq)
            yield from self._told(changes)

    def _link(self, told: str) -> None:
        self._chain = hashlib.sha256(self._chain + told.encode()).digest()

    @property
    def left_over(self) -> bool:
        """Whether work that is cut by count waits for the next Tick, which should come soon."""
        by_count = (self.meter, self.engine, self.book, self._parts.relinked)
        return any(part.left_over for part in by_count)

    @property
    def outcomes(self) -> Counter[str]:
        """What became of inputs and edges so far, by how many."""
        return Counter(self.engine.outcomes) + Counter(self.book.outcomes)

    @property
    def rules_hash(self) -> str:
        """Hash of the rule set in use; empty before the first one."""
        return self._rules.change.hash if self._rules.change is not None else ""

    def digest(self) -> str:
        """Return ``sha256:...`` over every change and record so far and all state that decides what comes next."""
        told = hashlib.sha256(self._chain)
        for name, items in self.dump():
            if name == COUNTS:
                continue
            told.update(name.encode())
            for item in items:
                told.update(msgspec.msgpack.encode(item))
        return f"sha256:{told.hexdigest()}"

    def dump(self) -> list[tuple[str, list[Any]]]:
        """Return all state as named sections of small items, for a snapshot."""
        return [
            ("core", [(self.seq, self.now, self._chain)]),
            ("inventory", [self.inventory]),
            ("rules", [self._rules.change] if self._rules.change is not None else []),
            *self._parts.dump(),
        ]

    def load(self, sections: Sections) -> None:
        """Take back what ``dump`` gave, as it was decoded from a snapshot."""
        [(self.seq, self.now, self._chain)] = sections["core"]
        self.inventory = msgspec.convert(sections["inventory"][0], Inventory)
        if sections["rules"]:
            self._rules.change = msgspec.convert(sections["rules"][0], RulesChange)
            self._use_rules()
        self._parts.load_learned(sections, self.inventory, now=self.now, seq=self.seq)
        if self._rules.change is not None:
            self._rules.meter(self.inventory, self.now)
        self._parts.load_decided(sections, now=self.now, seq=self.seq)
