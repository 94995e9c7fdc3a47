"""Which active alarms hide which: the areas they cover, by path, and the alarms in need of another look.

A cause covers areas from its raise to its clear, and for ``settle`` after it. What a covered alarm then is, hidden or
shown, is decided once per step, by `hiding`; here is only what it is decided from.
"""

from collections.abc import Container, Mapping
from heapq import nsmallest

import msgspec

from netmon.alarms.objects import Objects, ancestors
from netmon.alarms.sessions import Sessions
from netmon.alarms.ways import Ways
from netmon.domain.alarm import AlarmKey, key_text
from netmon.domain.managed_object import is_link, kind_and_name, segments
from netmon.domain.manner import Hides
from netmon.domain.plan import Plan
from netmon.domain.way import Way

MOST_CHILDREN = 10_000

MAINTENANCE_REASON = "maint:"
"""Begins a reason to be hidden that is planned work; its id follows."""


class Area(msgspec.Struct, frozen=True):
    """What one cause hides at one path and below."""

    cause: AlarmKey
    reason: str
    parent: str
    """Id of the cause's alarm."""
    itself: bool
    """The object at the path is hidden too, not only what it contains."""
    types: tuple[str, ...]
    kind: str = ""

    def hides(self, key: AlarmKey, path: str) -> bool:
        """Tell whether it hides an alarm, the area lying at ``path``."""
        if key == self.cause or (self.kind and kind_and_name(key[0])[0] != self.kind):
            return False  # an alarm never hides itself
        return (self.itself or key[0] != path) and (not self.types or key[1] in self.types)


class Shade:
    """All areas, and who stands in them."""

    def __init__(self) -> None:
        self.objects = Objects()
        """Active alarms by managed object."""
        self.behind: dict[str, tuple[str, ...]] = {}
        """Elements that do not answer because of the one that is named: its key in here makes it a root cause."""
        self.contained: dict[str, tuple[str, ...]] = {}
        """Parts that fail with the one that is named, though their paths do not lie below it."""
        self.silent: dict[str, None] = {}
        """Elements that do not answer: their alarms are stale."""
        self.plans: tuple[Plan, ...] = ()
        """Planned work that is going on, in order of the ids."""
        self.dirty: dict[AlarmKey, None] = {}
        """Alarms in need of another look."""
        self._areas: dict[str, dict[AlarmKey, Area]] = {}
        self._paths: dict[AlarmKey, tuple[str, ...]] = {}
        """Where a cause has areas."""
        self._hides: dict[AlarmKey, tuple[Hides, str]] = {}
        """What the rule of a cause says, and the id of its alarm."""
        self.sessions = Sessions()
        """What runs over interfaces."""
        self.ways = Ways()
        """How the elements that are root causes are reached."""
        self._ends = Objects()
        """What links hide by name: (end, type, link); what explains an end explains the link."""

    def __bool__(self) -> bool:
        """Tell whether anything is hidden by alarms or planned work, or stale, at all."""
        return bool(self._areas or self.silent or self.plans)

    def enter(self, key: AlarmKey) -> None:
        """Take an alarm that became active."""
        self.objects.add(key)
        self.sessions.add(key)

    def leave(self, key: AlarmKey) -> None:
        """Forget an alarm that is active no more."""
        self.objects.remove(key)
        self.sessions.remove(key)

    def readdress(self, element: str) -> list[AlarmKey]:
        """Take that sessions of an element may run over other interfaces; return in order those that do.

        All at once: what is raised or cleared next must find them where a core that is restored would. That costs a
        look-up for each alarm of the element; to look at those that moved costs much more, and can wait.
        """
        return sorted(key for key in self.objects.below(element) if self.sessions.again(key))

    def cover(self, key: AlarmKey, hides: Hides, parent: str) -> None:
        """Let an alarm hide what its rule says, in place of what it hid before."""
        self.uncover(key)
        self._hides[key] = (hides, parent)
        reason = f"alarm:{key_text(key)}"
        for end in hides.objects:
            self._ends.add((end, key[1], key[0]))
        reach = self._reach(key[0], hides)
        if not reach:
            return
        self._paths[key] = tuple(reach)
        # One for all paths: a dead element may have thousands behind it.
        area, below = (Area(key, reason, parent, itself, hides.types, hides.kind) for itself in (True, False))
        for path, itself in reach.items():
            self._areas.setdefault(path, {})[key] = one = area if itself else below
            self._look_at(path, one)

    def uncover(self, key: AlarmKey) -> None:
        """Let an alarm hide nothing any more."""
        hides, _ = self._hides.pop(key, (None, ""))
        for end in hides.objects if hides is not None else ():
            self._ends.remove((end, key[1], key[0]))
        for path in self._paths.pop(key, ()):
            areas = self._areas[path]
            self._look_at(path, areas.pop(key))
            if not areas:
                del self._areas[path]

    def lie_behind(self, behind: dict[str, tuple[str, ...]], ways: Mapping[str, tuple[Way, ...]]) -> None:
        """Take what the topology says now: what lies behind root causes, and how these are reached."""
        changed = {root for root in {**self.behind, **behind} if self.behind.get(root) != behind.get(root)}
        self.behind = behind
        for object_ in self.ways.take(ways):
            self.dirty |= dict.fromkeys(self.objects.at(object_))
        for key in [key for key, (hides, _) in self._hides.items() if key[0] in changed and hides.downstream]:
            self.dirty[key] = None
            self.cover(key, *self._hides[key])

    def fall_silent(self, elements: dict[str, bool]) -> None:
        """Take which elements have fallen silent, and which answer again."""
        for element, is_silent in elements.items():
            if is_silent == (element in self.silent):
                continue
            if is_silent:
                self.silent[element] = None
            else:
                del self.silent[element]
            self.dirty |= dict.fromkeys((*self.objects.at(element), *self.objects.below(element)))

    def contain(self, contained: dict[str, tuple[str, ...]]) -> None:
        """Take what the inventory says now: what fails with which part."""
        known = self.contained
        changed = {part for part in {**known, **contained} if known.get(part) != contained.get(part)}
        self.contained = dict(contained)
        self._cover_again(changed)

    def contain_some(self, contained: dict[str, tuple[str, ...]]) -> None:
        """Take what changed of that; a part with nothing in it is forgotten."""
        self.contained |= contained
        for part in [part for part, inside in contained.items() if not inside]:
            del self.contained[part]
        self._cover_again(contained)

    def _cover_again(self, changed: Container[str]) -> None:
        for key in [key for key, (hides, _) in self._hides.items() if key[0] in changed and hides.parts]:
            self.dirty[key] = None
            self.cover(key, *self._hides[key])

    def is_root(self, key: AlarmKey, hides: Hides) -> bool:
        """Tell whether a cause is the root of what other objects suffer."""
        object_ = key[0]
        if hides.downstream:
            return object_ in self.behind and not self._before(key)
        return hides.parts and not hides.kind and (object_ in self.contained or self.ways.ends_at(object_))

    def over(self, key: AlarmKey, hides: Hides | None = None) -> list[Area]:
        """Return the areas that an alarm stands in, in order of their reason.

        The alarm of a link stands where its ends do; no link hides another one, for they may share an end. That of an
        element stands, too, where all ways to it do.
        """
        found = self._over(key)
        if hides is not None and hides.downstream:
            found += self._before(key)
        for end in hides.objects if hides is not None else ():
            found += [area for area in self._over((end, key[1], "")) if not is_link(area.cause[0])]
        by_reason = {area.reason: area for area in found}
        return [by_reason[reason] for reason in sorted(by_reason)]

    def planned(self, object_: str, ends: tuple[str, ...] = ()) -> tuple[tuple[str, ...], bool]:
        """Return by what planned work an object or an end of it is hidden, in order, and whether there is any."""
        covering = [plan for plan in self.plans if any(map(plan.covers, (object_, *ends)))]
        return tuple(f"{MAINTENANCE_REASON}{plan.id}" for plan in covering if plan.hides), bool(covering)

    def roots(self) -> list[str]:
        """Return the elements, and other roots, that have active alarms, or where a link ends that has one."""
        return sorted({*self.objects.roots(), *self._ends.roots()})

    def page(self, root: str, after: str, *, most: int) -> tuple[list[str], int]:
        """Return the next objects of a root with active alarms, or ends of links with one; and how many there are."""
        paths = self.objects.paths(root)
        if self._ends.has_root(root):
            paths = list({*paths, *self._ends.paths(root)})
        return nsmallest(most, (path for path in paths if path > after)), len(paths)

    def standing_at(self, path: str) -> set[AlarmKey]:
        """Return the active alarms of an object, and of links that end there."""
        return {*self.objects.at(path), *((link, type_, "") for _, type_, link in self._ends.at(path))}

    def _over(self, key: AlarmKey) -> list[Area]:
        areas, paths = self._areas, ancestors(key[0])
        session = self.sessions.path(key)
        if session:
            paths += ancestors(session)[1:-1]
        return [area for path in paths for area in areas.get(path, {}).values() if area.hides(key, path)]

    def _before(self, key: AlarmKey) -> list[Area]:
        """Return the areas of parts that explain why an element does not answer: one at least on each way to it."""
        ways = self.ways.of(key[0])
        if not ways:
            return []
        on_ways = [self._on(way, key) for way in ways]
        return [area for areas in on_ways for area in areas] if all(on_ways) else []

    def _on(self, way: Way, key: AlarmKey) -> list[Area]:
        found = self._over((way.port, key[1], ""))
        if way.shared:
            own = (area for area in self._areas.get(way.port, {}).values() if area.cause[0] == way.port)
            found += [area for area in own if not area.types or key[1] in area.types]
        element = segments(way.port)[0]
        return [area for area in found if area.cause[0] != element and segments(area.cause[0])[0] == element]

    def _reach(self, object_: str, hides: Hides) -> dict[str, bool]:
        """Return the paths of a cause's areas, each with whether it lies over the object itself."""
        reach = dict.fromkeys(hides.objects, True)
        if hides.parts:
            reach[object_] = False
            reach |= dict.fromkeys(self.contained.get(object_, ()), True)
        if hides.downstream:
            reach |= dict.fromkeys(self.behind.get(object_, ()), True)
        return reach

    def _look_at(self, path: str, area: Area) -> None:
        at = self.objects.at(path) if area.itself else ()
        for key in (*at, *self.objects.below(path)):
            if not area.types or key[1] in area.types:
                self.dirty[key] = None
        if self.sessions:
            self.dirty |= dict.fromkeys(self.sessions.below(path))
        if self.ways:
            for root in self.ways.through(path):
                self.dirty |= dict.fromkeys(self.objects.at(root))
        if self._ends:
            for _, type_, link in (*self._ends.at(path), *self._ends.below(path)):
                self.dirty[link, type_, ""] = None
