"""What the poller keeps of each element: its groups, what was learned, how it answers."""

from collections.abc import Iterable, Mapping

import msgspec

from netmon.domain.element import Run
from netmon.domain.inventory import Element
from netmon.domain.output import ALL
from netmon.domain.usage import Assignment
from netmon.rulebook.profile_values import Profile
from netmon.sources.credential import Credential
from netmon.sources.poller.billed import USAGE, Interfaces
from netmon.sources.poller.lane import Lane
from netmon.sources.poller.limits import Limits
from netmon.sources.poller.plan import Facts, Part, Preferred, choose, groups
from netmon.sources.poller.room import Room
from netmon.sources.poller.rows import Rows
from netmon.sources.poller.schedule import BILLED, DISCOVERY, OTHER, STATE, PollingConfig

_RELEARN_MS = 6 * 3_600_000

Billed = Mapping[int, tuple[str, ...]]
"""Interface names by poll interval."""


class Group:
    """All parts of one element that are read at one interval; ``busy`` from the slot until the run has ended."""

    __slots__ = ("billed", "busy", "extra", "interval_ms", "last", "live", "name", "parts", "polled", "slot", "wish")

    def __init__(self, polled: "Polled", name: str, interval_ms: int, *, billed: tuple[str, ...] = ()) -> None:
        self.polled = polled
        self.name = name
        self.interval_ms = interval_ms
        self.billed = billed
        self.parts: tuple[Part, ...] = ()
        self.last = Run()
        self.busy = False
        self.extra = False
        """Busy because of a wish, not of a slot."""
        self.slot = 0
        """Of a billed group, when it is due by the anchored wall clock."""
        self.wish: int | None = None
        """Deadline of an extra look that has not begun, 0: none."""
        self.live = True
        """False once the plan has no such group any more; the agenda may still hold it."""

    def idle(self) -> None:
        """Take that no run of it waits or is under way."""
        self.busy = self.extra = False
        self.wish = None

    @property
    def class_(self) -> int:
        """What it goes before when not everything can start."""
        if self.billed:
            return BILLED
        if self.polled.facts is None:
            return DISCOVERY
        columns = (column for part in self.parts for column in part.table.columns)
        return STATE if any(column.kind == "state" for column in columns) else OTHER


class Extra(msgspec.Struct, frozen=True):
    """One run of a group outside its slots."""

    group: Group


class Common:
    """What all contexts of one element have in common: how it answers, and how much it may be asked at a time."""

    def __init__(self, room: Room, lane: Lane) -> None:
        self.room = room
        self.lane = lane
        self.pending: list[tuple[int, Group, int]] = []
        """(due, group, class) of runs that wait for another run of the element."""


class Polled:
    """One element as the poller knows it, in the context of its credential or in another one of its ``contexts``.

    Args:
        element: from the inventory.
        credential: None where there is no such one.
        config: what holds where the element says nothing itself.
        around: the room of all elements.
        context: name of a further context.
        of: the same element in the context of its credential.
    """

    def __init__(
        self,
        element: Element,
        credential: Credential | None,
        config: PollingConfig,
        *,
        around: Room,
        context: str = "",
        of: "Polled | None" = None,
    ) -> None:
        self.element = element
        self.credential = credential
        self.context = context
        self.main: Polled = of or self
        self._common: Common = _common(element, config, around) if of is None else of._common
        self.billed: Billed = {}
        self.limits = Limits(timeout_ms=element.timeout_ms or config.timeout.ms, max_response=config.max_response)
        self.rows = Rows()
        self.interfaces = Interfaces()
        self.preferred = Preferred()
        self.facts: Facts | None = None
        self.groups: dict[str, Group] = {}
        self.last = Run()
        """How the newest run of any group or probe went."""
        self.asked = ""
        """The numeric address it was asked at last."""
        self.live = True
        """False once it is polled no more; the agenda may still hold it."""
        self.chosen: tuple[str, ...] = ()
        """Names of the profiles it is read by."""
        self._learned_ms: int | None = None
        self._uptime_cs = 0
        self.others: tuple[Polled, ...] = tuple(
            Polled(element, credential, config, around=around, context=name, of=self)
            for name in element.contexts
            if of is None
        )
        """The same element in its further contexts."""
        self.configure(config)

    @property
    def key(self) -> str:
        """What it is called where each context counts: the id, with the context where that is a further one."""
        return f"{self.element.id}@{self.context}" if self.context else self.element.id

    @property
    def context_name(self) -> bytes:
        """The contextName of its requests."""
        return self.context.encode() or (self.credential.context if self.credential is not None else b"")

    @property
    def everywhere(self) -> "tuple[Polled, ...]":
        """The element in all its contexts, from the point of the first."""
        return (self, *self.others)

    @property
    def room(self) -> Room:
        """How many requests it may have open, in all contexts together."""
        return self._common.room

    @property
    def lane(self) -> Lane:
        """How it answers."""
        return self._common.lane

    @property
    def pending(self) -> list[tuple[int, Group, int]]:
        """Runs that wait for another run of the element: (due, group, class)."""
        return self._common.pending

    def configure(self, config: PollingConfig) -> None:
        """Take what the configuration says where the element says nothing itself; what was learned stays."""
        self.every_ms = self.element.every_ms or config.default_every.ms
        self.retries = self.element.retries if self.element.retries >= 0 else config.retries
        self.limits.configure(
            timeout_ms=self.element.timeout_ms or config.timeout.ms,
            max_response=self.element.max_response or config.max_response,
        )
        self.room.limit = self.element.per_element_in_flight or config.per_element_in_flight
        self.lane.probe_every(self.every_ms)

    def knows_itself(self, now_ms: int) -> bool:
        """Tell whether its profiles need not be chosen anew."""
        return self._learned_ms is not None and now_ms - self._learned_ms < _RELEARN_MS

    def learned(self, facts: Facts, now_ms: int) -> None:
        """Take what the element says it is."""
        self.facts = facts
        self._learned_ms = now_ms

    def outdated(self) -> None:
        """Let the next run ask what the element is; until then the old facts hold."""
        self._learned_ms = None
        self.rows.forget()

    def interrupted(self) -> None:
        """Forget runs and probes under way."""
        self.room.clear()
        self.pending.clear()
        self._common.lane = Lane(self.element.id, interval_ms=self.every_ms)
        for group in (group for one in self.everywhere for group in one.groups.values()):
            group.idle()

    @property
    def wishes(self) -> int:
        """How many groups of the element have an extra look before them."""
        return sum(group.wish is not None for one in self.main.everywhere for group in one.groups.values())

    def wanted(self, what: str) -> list[Group]:
        """Return the groups that read ``what`` (``if:xe-0/0/1``, its whole path, or a table); else the usual group."""
        kind = what.removeprefix(f"{self.element.id}/").partition(":")[0]
        plain = [group for group in self.groups.values() if not group.billed]
        if what == ALL:
            return plain
        tables = [(group, part.table) for group in plain for part in group.parts]
        reading = (group for group, one in tables if kind in (one.object.partition(":")[0], one.name))
        fitting = list(dict.fromkeys(reading))
        return (kind and fitting) or [group for group in plain if group.interval_ms == self.every_ms]

    def saw_uptime(self, uptime_cs: int | None) -> None:
        """Take sysUpTime of a run: when it went back the agent restarted, and everything learned of it may be wrong."""
        if uptime_cs is None:
            return
        if uptime_cs < self._uptime_cs:
            self.outdated()
            self.interfaces.learned_ms = None
            self.preferred.forget()
        self._uptime_cs = uptime_cs

    def plan(self, profiles: Iterable[Profile]) -> list[Group]:
        """Make the groups that should be; return the new ones, which are not on the agenda yet."""
        chosen = choose(profiles, self.element, self.facts) if self.facts is not None else ()
        self.chosen = tuple(profile.name for profile in chosen)
        wanted = {group_name(interval_ms): (interval_ms, parts, ()) for interval_ms, parts in self._plain(chosen)}
        usage = {f"{USAGE}-{group_name(ms)}": (ms, (), names) for ms, names in sorted(self.billed.items())}
        new = []
        for name, (interval_ms, parts, names) in (wanted | usage).items():
            group = self.groups.get(name)
            if group is None:
                group = self.groups[name] = Group(self, name, interval_ms, billed=names)
                new.append(group)
            group.parts, group.billed = parts, names
        for name in [name for name in self.groups if name not in wanted and name not in usage]:
            self.groups.pop(name).live = False
        return new

    def retire(self) -> None:
        """Leave the agenda: the element is gone or another one took its place."""
        self.live = False
        for group in self.groups.values():
            group.live = False
        self.groups = {}
        self.pending.clear()
        for one in self.others:
            one.retire()

    def _plain(self, chosen: Iterable[Profile]) -> Iterable[tuple[int, tuple[Part, ...]]]:
        return groups(chosen, every_ms=self.every_ms).items()


def _common(element: Element, config: PollingConfig, around: Room) -> Common:
    lane = Lane(element.id, interval_ms=element.every_ms or config.default_every.ms)
    return Common(Room(config.per_element_in_flight, around), lane)


def group_name(interval_ms: int) -> str:
    """Return the name of a group: its interval."""
    return f"{interval_ms // 1000}s" if interval_ms % 1000 == 0 else f"{interval_ms}ms"


def billed_names(assignments: Iterable[Assignment]) -> dict[str, dict[int, tuple[str, ...]]]:
    """Return the interfaces to meter by element and poll interval; one that several feeds want is read once."""
    shortest: dict[tuple[str, str], int] = {}
    for item in (one for one in assignments if one.name):
        key = (item.element, item.name)
        shortest[key] = min(item.poll_ms, shortest.get(key, item.poll_ms))
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    for (element, name), poll_ms in sorted(shortest.items()):
        of_element = found.setdefault(element, {})
        of_element[poll_ms] = (*of_element.get(poll_ms, ()), name)
    return found
