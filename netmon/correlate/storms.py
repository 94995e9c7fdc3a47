"""Storms of traps: what is too much of one element or site is folded into one alarm (specs/rules.md 6.11).

trap ──meter: tokens left──> judged as ever
     └─storm─> only clears, restart, kept, sampled ──> judged as ever
               raises what is active ──> counts
               the rest ──> ``folded``: counted by trap name and object
Tick ──calm for long enough──> the alarm clears, its elements are polled again
"""

from collections.abc import Iterator, Sequence
from typing import Any

from netmon.correlate.situation import Situation
from netmon.correlate.storm_meter import OTHERS, Counted, Going, Meter
from netmon.domain.alarm import AlarmStates, Content, Edge, Order
from netmon.domain.event import Event
from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import SITE
from netmon.domain.observation import Trap
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.storm import Storm

_TELL_MS = 10_000
_UNREAD = "unread"

Shed = tuple[str, str, int]
"""(element, trap OID, count) of what the listener gave up."""


class Storms:
    """All meters of one rule set; storms go on over a reload while their entry is there."""

    def __init__(self) -> None:
        self._meters: tuple[Meter, ...] = ()
        self._sites: dict[str, str] = {}
        self._protected: frozenset[str] = frozenset()
        self._wide: tuple[str, ...] = ()
        self._view = MibView(())
        self._left: dict[tuple[str, str], list[Any]] = {}
        """Storms whose entry is gone while their alarm stands, as dumped: they go on if it comes back."""
        self._new: list[tuple[Meter, str, Going]] = []
        """Storms that began in this step."""

    def load(self, rulebook: Rulebook, inventory: Inventory, view: MibView) -> None:
        """Take new rules or a new inventory."""
        items = list(self.dump())
        self._meters = tuple(map(Meter, rulebook.storms))
        self._sites = {id_: SITE + one.site for id_, one in inventory.elements.items() if one.site}
        self._protected = frozenset(rulebook.protected)
        self._wide = tuple(name[:-1] for name in rulebook.protected if name.endswith("*"))
        self._view = view
        self._left = {}
        for item in items:
            self.load_item(item)

    def charge(self, trap: Trap) -> bool:
        """Charge a trap to its element or site; tell whether it is part of a storm."""
        is_storm = False
        for meter in self._meters:
            key = self._sites.get(trap.element) if meter.storm.by_site else trap.element
            going = meter.take(key, trap.at) if key is not None else None
            if key is not None and going is not None:
                is_storm = True
                if not going.told_at:
                    self._new.append((meter, key, going))
        return is_storm

    def began(self, situation: Situation, *, at: int, seq: int) -> list[Edge]:
        """Return the alarms of storms that have none yet."""
        edges: list[Edge] = []
        for meter, key, going in self._new:
            if not going.told_at:
                going.told_at = at
                edges.append(_edge(meter.storm, key, self._told(going, situation, key, meter.storm), (at, seq)))
        self._new = []
        return edges

    @property
    def has_begun(self) -> bool:
        """Whether a storm waits for its alarm."""
        return bool(self._new)

    def is_protected(self, trap: Trap) -> bool:
        """Tell whether a trap only clears, or whatever else never is left out."""
        return self._is_protected(trap.trap_oid, trap.aliases() if trap.flags else ())

    def leaves_out(self, trap: Trap) -> bool:
        """Tell whether nothing lets a trap pass that is not protected, whatever it holds; false: ask `passes`."""
        return not any(
            meter.storm.keep is not None or going.is_due(trap.trap_oid, trap.at, meter.storm.sample_ms)
            for meter, going in self._of(trap.element)
        )

    def passes(self, event: Event, situation: Situation) -> bool:
        """Tell whether a trap of a storm is judged as ever."""
        if self._is_protected(event.name, event.aliases):
            return True
        going = self._of(event.element)
        situation.event(event)
        situation.place(situation.known(event.object))
        if any(meter.storm.keep is not None and meter.storm.keep(situation.scope) for meter, _ in going):
            return True
        sampled = [one.samples(event.name, event.time, meter.storm.sample_ms) for meter, one in going]
        return any(sampled)

    def fold(self, element: str, name: str, object_: str) -> str:
        """Count a trap that is not judged; return the entry that it is folded by, the first of several."""
        storms = self._of(element)
        for _, going in storms:
            going.leave_out(name, object_, element)
        return storms[0][0].storm.id if storms else ""

    def tick(
        self, shed: Sequence[Shed], states: AlarmStates, situation: Situation, *, now: int, seq: int, gap_ms: int
    ) -> list[str]:
        """Add what becomes of the alarms of storms; return the elements whose storm is over, in order."""
        for element, trap_oid, count in shed:
            self._shed(element, trap_oid or _UNREAD, count, now)
        edges = situation.found.edges
        edges += self.began(situation, at=now, seq=seq)
        calm = self._leave(states)
        for meter in self._meters:
            over = meter.tick(now, gap_ms)
            for key, going in meter.going.items():
                if going.left_out != going.told and (key in over or now - going.told_at >= _TELL_MS):
                    going.told, going.told_at = going.left_out, now
                    if states.is_active((key, meter.storm.id, "")):
                        content = self._told(going, situation, key, meter.storm)
                        edges.append(_edge(meter.storm, key, content, (now, seq), restates=True))
            for key in over:
                calm |= meter.going.pop(key).elements.keys()
                if states.is_active((key, meter.storm.id, "")):
                    edges.append(_clear(meter.storm, key, (now, seq)))
        return sorted(calm)

    def dump(self) -> Iterator[list[Any]]:
        """Yield all state as small items."""
        for meter in self._meters:
            for item in meter.dump():
                yield [meter.storm.id, *_scale(meter.storm), *item]
        yield from self._left.values()

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave; the bucket of an entry that is gone, or of another kind, is none."""
        id_, by_site, per_ms, *rest = item
        if rest[0] == "going" and all(meter.storm.id != id_ for meter in self._meters):
            self._left[id_, rest[1]] = item
        for meter in self._meters:
            if meter.storm.id == id_ and (rest[0] == "going" or _scale(meter.storm) == (by_site, per_ms)):
                meter.load_item(rest)

    def _leave(self, states: AlarmStates) -> set[str]:
        """Return the elements that lost traps to entries that are gone, once; forget storms whose alarm has ended."""
        if not self._left:
            return set()
        self._left = {
            key: item for key, item in self._left.items() if item[-1] or states.is_active((key[1], key[0], ""))
        }
        lost = {element for item in self._left.values() for element in item[-1]}
        self._left = {key: [*item[:-1], []] for key, item in self._left.items()}
        return lost

    def _is_protected(self, name: str, aliases: tuple[str, ...]) -> bool:
        names = (name, *aliases)
        return any(one in self._protected or one.startswith(self._wide) for one in names)

    def _of(self, element: str) -> list[tuple[Meter, Going]]:
        """Return the storms that an element is in."""
        found: list[tuple[Meter, Going]] = []
        for meter in self._meters:
            going = meter.going.get(self._sites.get(element, "") if meter.storm.by_site else element)
            if going is not None:
                found.append((meter, going))
        return found

    def _shed(self, element: str, name: str, count: int, now: int) -> None:
        for meter in self._meters:
            key = self._sites.get(element) if meter.storm.by_site else element
            going = meter.take(key, now, count) if key is not None else None
            if key is not None and going is not None:
                going.leave_out(name, element, element, count=count)
                if not going.told_at:
                    self._new.append((meter, key, going))

    def _told(self, going: Going, situation: Situation, key: str, storm: Storm) -> Content:
        situation.idle(key)
        name = situation.scope.object.get("name", key)
        left_out = f", {going.left_out} left out" if going.left_out else ""
        return Content(
            "minor",
            f"{name} sends more traps than {storm.above}{left_out}",
            "congestion",
            "qualityOfServiceAlarm",
            object_type="site" if storm.by_site else "element",
            repair="Find out what makes the device send so much; what was left out is polled again once it is calm",
            additional_info=tuple((self._name(counted), str(count)) for counted, count in going.most()),
        )

    def _name(self, counted: Counted) -> str:
        name, object_ = counted
        if name in (OTHERS, _UNREAD):
            return f"{name} {object_}".rstrip()
        node = self._view.find(name)
        return f"{f'{node.module}::{node.symbol}' if node is not None else name} {object_}"


def _scale(storm: Storm) -> tuple[bool, int]:
    """Return what the tokens of buckets are counted by."""
    return storm.by_site, storm.per_ms


def _edge(storm: Storm, key: str, content: Content, order: Order, *, restates: bool = False) -> Edge:
    words, alarm = f"more than {storm.above} from {key}", (key, storm.id, "")
    return Edge(alarm, True, order, order[1], storm.id, storm.rev, key, 0, content, words=words, restates=restates)


def _clear(storm: Storm, key: str, order: Order) -> Edge:
    return Edge((key, storm.id, ""), False, order, order[1], storm.id, storm.rev, key, 0, words=storm.calm)
