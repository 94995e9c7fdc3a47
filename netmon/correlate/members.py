"""The active alarms that a rule on alarms looks at, joined by what they have in common (specs/rules.md 6.9, 6.14).

All of it follows from the alarm book, so nothing of it is in a snapshot: it is read anew where rules or inventory are.
"""

from collections.abc import Callable, Iterable, Iterator

from netmon.correlate.objects import UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.alarm import SEVERITIES, Alarm, AlarmChange, AlarmKey, Severity
from netmon.rulebook.scope import Test

_TOLD = frozenset(("raised", "severity", "cleared", "updated"))


def tells(change: AlarmChange) -> bool:
    """Tell whether other alarms may stand otherwise after a change."""
    return change.kind in _TOLD or "flags" in change.before


Judge = Callable[[str, Situation], None]


class Members:
    """Active alarms of some types by the path of what joins them."""

    def __init__(
        self,
        types: tuple[str, ...],
        join: str,
        *,
        kind: str = "",
        where: Test | None = None,
        but: str = "",
    ) -> None:
        self._types = types
        self._join = join
        self._kind = kind
        """Of their managed objects; empty: any."""
        self._where = where
        self._but = but
        """A flag: alarms that have it are not meant."""
        self._at: dict[str, dict[AlarmKey, Severity]] = {}
        self._ranks: dict[str, list[int]] = {}
        """How many there are of each severity: the worst of many is found without asking all."""
        self._paths: dict[AlarmKey, str] = {}
        self.known = False
        """They were read from the book."""

    def read(self, situation: Situation) -> None:
        """Read them from the alarm book."""
        self._at, self._ranks, self._paths, self.known = {}, {}, {}, True
        for alarm in situation.states.of_types(self._types):
            if self._but not in alarm.flags:
                self._put(_key(alarm, alarm.object), alarm.severity, situation)

    def judge_changes(
        self, changes: Iterable[AlarmChange], situation: Situation, *, read: Callable[[Situation], None], judge: Judge
    ) -> bool:
        """Judge what changes may mean something to, each once they are all known; tell whether an Edge came of it.

        Args:
            changes: of any alarms, all of one step.
            situation: what is looked at.
            read: reads what is to be known first.
            judge: judges what joins members, by its path.
        """
        told = [change for change in changes if tells(change)]
        if not told:
            return False
        read(situation)
        first = len(situation.found.edges)
        for path in dict.fromkeys(path for change in told for path in self.take(change, situation)):
            judge(path, situation)
        return len(situation.found.edges) > first

    def judge_all(self, type_: str, situation: Situation, *, more: Iterable[str] = (), judge: Judge) -> None:
        """Judge wherever there are members, or an alarm of the type that the rule makes, in order."""
        own = [alarm.object for alarm in situation.states.of_types((type_,))]
        for path in sorted({*self._at, *more, *own}):
            judge(path, situation)

    def take(self, change: AlarmChange, situation: Situation) -> Iterator[str]:
        """Take a change; yield the paths of what it may mean something to."""
        alarm = change.after
        key = _key(alarm, alarm.object)
        former = _key(alarm, change.before.get("object", alarm.object))
        paths = dict.fromkeys(path for key_ in (former, key) if (path := self._drop(key_)) is not None)
        if not paths and self._was_meant(change):
            # It ended before the first reading, as in the first step after a restart.
            path = self.joined(former[0], situation)
            paths |= {path: None} if path is not None else {}
        if alarm.state == "active" and self._but not in alarm.flags:
            path = self._put(key, alarm.severity, situation)
            if path is not None:
                paths[path] = None
        yield from paths

    def rejoin(self, element: str, situation: Situation) -> set[str]:
        """Join the alarms of an element as it is built now; return the paths of what joins them and of what did."""
        paths: set[str | None] = set()
        for alarm in situation.states.of_element(element, self._types):
            key = _key(alarm, alarm.object)
            paths.add(self._drop(key))
            if self._but not in alarm.flags:
                paths.add(self._put(key, alarm.severity, situation))
        return {path for path in paths if path is not None}

    def _was_meant(self, change: AlarmChange) -> bool:
        before, alarm = change.before, change.after
        was_active = change.kind != "raised" and before.get("state", alarm.state) == "active"
        return was_active and self._but not in before.get("flags", alarm.flags)

    def at(self, path: str) -> dict[AlarmKey, Severity]:
        """Return the alarms that are joined there."""
        return self._at.get(path, {})

    def worst(self, path: str) -> Severity:
        """Return the worst severity there; of none, indeterminate."""
        ranks = self._ranks.get(path, ())
        return next((SEVERITIES[rank] for rank in reversed(range(len(ranks))) if ranks[rank]), "indeterminate")

    def _put(self, key: AlarmKey, severity: Severity, situation: Situation) -> str | None:
        path = self.joined(key[0], situation)
        if path is not None:
            self._at.setdefault(path, {})[key] = severity
            self._ranks.setdefault(path, [0] * len(SEVERITIES))[SEVERITIES.index(severity)] += 1
            self._paths[key] = path
        return path

    def _drop(self, key: AlarmKey) -> str | None:
        path = self._paths.pop(key, None)
        if path is not None:
            there = self._at[path]
            self._ranks[path][SEVERITIES.index(there.pop(key))] -= 1
            if not there:
                del self._at[path], self._ranks[path]
        return path

    def means(self, object_: str, situation: Situation) -> bool:
        """Tell whether a managed object is one of those that are meant."""
        managed = situation.idle(object_)
        if self._kind and managed.kind != self._kind:
            return False
        return self._where is None or self._where(situation.scope)

    def joined(self, object_: str, situation: Situation) -> str | None:
        """Return what joins a managed object; None: nothing does, or it is none of those that are meant."""
        if not self.means(object_, situation):
            return None
        managed = situation.known(object_)
        try:
            return situation.joined(self._join, managed).path if self._join else managed.path
        except UnusableObject:
            return None


def _key(alarm: Alarm, object_: str) -> AlarmKey:
    return object_, alarm.type, alarm.qualifier
