"""The series that usage rules mean, as polls show them: by description, by pattern (specs/usage.md 1 and 10)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace

from netmon.domain.managed_object import kind_and_name, part_path
from netmon.domain.observation import Block
from netmon.domain.usage import Assignment, Followed, UsageSettings, series_name
from netmon.normalize.identity import Identity
from netmon.normalize.members import ALIAS, Members

_Ports = dict[str, str]
"""Interface to its description."""

_Found = tuple[Assignment, ...]
_Since = dict[tuple[str, ...], int]
"""(rule, feed, service, series) to when it was found, UTC ms."""

Absent = tuple[tuple[str, str], ...]
"""(series, reason) of series that no port is, or that several are."""


class Metered:
    """All assignments: those of ports that rules name, and those that follow from what polls show.

    What is found begins at the next interval boundary; what is found no longer is measured up to it.
    """

    def __init__(self, identity: Identity, described: Callable[[str], str], members: Members) -> None:
        self.settings = UsageSettings()
        self._identity = identity
        self._described = described
        self._members = members
        self._fixed: tuple[Assignment, ...] = ()
        self._followed: dict[str, list[Followed]] = {}
        """By element."""
        self._found: dict[str, _Found] = {}
        self._leaving: dict[str, _Found] = {}
        self._since: dict[str, _Since] = {}
        self._twice: dict[str, tuple[str, ...]] = {}
        self._changed = False

    def changed(self) -> bool:
        """Tell whether other series are found than at the last call."""
        changed, self._changed = self._changed, False
        return changed

    @property
    def twice(self) -> list[str]:
        """Series that two rules mean, and which they are."""
        return [text for _, texts in sorted(self._twice.items()) for text in texts]

    @property
    def found(self) -> _Found:
        """What polls show, in order of the elements."""
        by_element = sorted(self._found.keys() | self._leaving.keys())
        return tuple(item for id_ in by_element for item in (*self._found.get(id_, ()), *self._leaving.get(id_, ())))

    @property
    def assignments(self) -> _Found:
        """Everything that is metered."""
        return (*self._fixed, *self.found)

    def configure(
        self, fixed: Sequence[Assignment], followed: Iterable[Followed], settings: UsageSettings, *, now: int
    ) -> None:
        """Take what the rules mean."""
        self._fixed, self.settings = tuple(fixed), settings
        self._followed = {}
        for one in followed:
            self._followed.setdefault(one.assignment.element, []).append(one)
        left = sorted((self._found.keys() | self._leaving.keys()) - self._followed.keys())
        for element in (*self._followed, *left):
            self._look(element, now)

    def look(self, element: str, blocks: Iterable[Block], now: int) -> Absent:
        """Look at the ports of an element again after a run; return what is metered and cannot be read."""
        known = element in self._followed or element in self._leaving
        if not known or not any(ALIAS in block.columns for block in blocks):
            return ()
        return self._look(element, now)

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        found = [["found", element, list(all_)] for element, all_ in sorted(self._found.items())]
        leaving = [["leaving", element, list(all_)] for element, all_ in sorted(self._leaving.items()) if all_]
        since = [["since", element, [[*key, at] for key, at in all_.items()]] for element, all_ in self._sorted()]
        twice = [["twice", element, list(texts)] for element, texts in sorted(self._twice.items()) if texts]
        return [*found, *leaving, *since, *twice, *([["changed", "", []]] if self._changed else [])]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave; after ``configure``."""
        self._found, self._leaving, self._since, self._twice, self._changed = {}, {}, {}, {}, False
        for what, element, all_ in items:
            match what:
                case "found":
                    self._found[element] = msgspec.convert(all_, _Found)
                case "leaving":
                    self._leaving[element] = msgspec.convert(all_, _Found)
                case "since":
                    self._since[element] = {tuple(key): at for *key, at in all_}
                case "twice":
                    self._twice[element] = tuple(all_)
                case "changed":
                    self._changed = True

    def _sorted(self) -> list[tuple[str, _Since]]:
        return [(element, dict(sorted(all_.items()))) for element, all_ in sorted(self._since.items()) if all_]

    def _look(self, element: str, now: int) -> Absent:
        names = self._identity.names(element, "if").values()
        paths = sorted(part_path(element, "if", name) for name in names if not name.startswith("#"))
        ports = {path: self._described(path) for path in paths}
        step = self.settings.interval_ms
        boundary = -(-now // step) * step
        taken = [item for item in self._fixed if item.element == element]
        search = _Search(ports, self._member, self._since.get(element, {}), taken)
        for one in self._followed.get(element, ()):
            search.take(one, boundary)
        found, leaving = tuple(search.found), self._left(element, search.found, boundary, now)
        self._changed |= (found, leaving) != (self._found.get(element, ()), self._leaving.get(element, ()))
        self._twice[element] = tuple(search.twice)
        self._found[element], self._leaving[element], self._since[element] = found, leaving, search.since
        if not leaving and element not in self._followed:
            for by_element in (self._found, self._leaving, self._since, self._twice):
                del by_element[element]
        return tuple(search.absent.items())

    def _member(self, one: Followed) -> str:
        service = self._members.services.get(one.assignment.service)
        return service.members[one.position].object if service is not None else ""

    def _left(self, element: str, found: Iterable[Assignment], boundary: int, now: int) -> _Found:
        """Return what is measured up to the boundary, although it is metered no more; the sample after it counts."""
        there = {(item.series, item.feed) for item in found}
        left = [*self._leaving.get(element, ())]
        for item in self._found.get(element, ()):
            end = boundary if item.valid_to is None else min(item.valid_to, boundary)
            if item.name and (item.valid_from or 0) < end:
                left.append(replace(item, valid_to=end))
        oldest = now - self.settings.grace_ms
        return tuple(item for item in left if (item.series, item.feed) not in there and (item.valid_to or 0) > oldest)


class _Search:
    """Looks for the ports of one element."""

    def __init__(
        self, ports: _Ports, member: Callable[[Followed], str], since: _Since, taken: Iterable[Assignment]
    ) -> None:
        self.found: list[Assignment] = []
        self.absent: dict[str, str] = {}
        self.since: _Since = {}
        self.twice: list[str] = []
        self._ports = ports
        self._having = Counter(ports.values())
        self._member = member
        self._before = since
        self._taken: dict[tuple[str, str], list[Assignment]] = {}
        for item in taken:
            self._taken.setdefault((item.series, item.feed), []).append(item)

    def take(self, one: Followed, boundary: int) -> None:
        """Find what a rule means; a series that an earlier rule has for that time is left to it."""
        for item in self._meant(one, boundary):
            taken = self._taken.setdefault((item.series, item.feed), [])
            other = next((other for other in taken if _overlap(item, other)), None)
            if other is None:
                taken.append(item)
                self.found.append(item)
            else:
                self.twice.append(f"{item.series} of {item.rule} has {other.rule}")

    def _meant(self, one: Followed, boundary: int) -> Iterator[Assignment]:
        template = one.assignment
        if template.series:
            path = self._member(one)
            yield self._of(template, path) if path else self._nowhere(template, one.alias)
            return
        for path in self._paths(one):
            alias = self._ports.get(path, "")
            name = alias if template.basis == "ifAlias" else unquote(kind_and_name(path)[1])
            if not name:
                continue
            series = series_name(template.element, template.basis, name)
            key = (template.rule, template.feed, template.service, series)
            start = self.since[key] = self._before.get(key, boundary)
            item = replace(template, series=series, valid_from=max(template.valid_from or start, start))
            alone = template.basis != "ifAlias" or self._having[alias] == 1
            yield self._of(item, path) if alone else self._nowhere(item, alias)

    def _paths(self, one: Followed) -> list[str]:
        if one.position >= 0:
            path = self._member(one)
            return [path] if path else []
        if one.objects in self._ports:
            return [one.objects]
        return [path for path in self._ports if fnmatchcase(path, one.objects)]

    def _of(self, item: Assignment, path: str) -> Assignment:
        return replace(item, object=path, name=unquote(kind_and_name(path)[1]))

    def _nowhere(self, item: Assignment, alias: str) -> Assignment:
        """Note that a series cannot be read; it has records all the same, that say so."""
        self.absent[item.series] = "series_ambiguous" if self._having[alias] > 1 else "series_missing"
        return item


def kept(items: Iterable[Any]) -> tuple[Assignment, ...]:
    """Return what polls showed, out of what ``Metered.dump`` gave."""
    found = [all_ for what, _, all_ in items if what in {"found", "leaving"}]
    return tuple(item for all_ in found for item in msgspec.convert(all_, _Found))


def _overlap(one: Assignment, other: Assignment) -> bool:
    first, second = sorted((one, other), key=lambda item: item.valid_from or 0)
    return first.valid_to is None or (second.valid_from or 0) < first.valid_to
