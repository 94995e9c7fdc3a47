"""The ways up of an element by the inventory, and those that are gone: what a group of kind ``uplink`` counts.

An uplink is gone when it or one of its ends is in alarm, or when the element above does not answer
(specs/rules.md 7: the loss of one of several paths).
"""

from collections.abc import Callable, Iterable

from netmon.correlate.members import Judge, tells
from netmon.correlate.situation import Situation
from netmon.domain.alarm import SEVERITIES, AlarmChange, AlarmKey, Severity
from netmon.domain.inventory import Link
from netmon.domain.managed_object import LINK
from netmon.rulebook.kinds import NODE

_Active = dict[AlarmKey, Severity]


class Uplinks:
    """The same to a group as `Members`; of an element that does not answer nothing is counted."""

    def __init__(self, of: str, *, but: str) -> None:
        self._of = of
        self._but = but
        """A flag: alarms that have it are not meant."""
        self._ways: dict[str, tuple[Link, ...]] = {}
        self._about: dict[str, dict[str, None]] = {}
        """By object: the elements that its alarms mean something to."""
        self._active: dict[str, _Active] = {}
        """By object."""
        self.known = False
        """They were read from inventory and book."""

    def read(self, situation: Situation) -> None:
        """Read them from the inventory, and what is in alarm from the book."""
        self._ways, self._about, self._active, self.known = situation.uplinks, {}, {}, True
        for element, links in self._ways.items():
            objects = [element, *(object_ for link in links for object_ in (*_carrying(link), _upper(link)))]
            for object_ in objects:
                self._about.setdefault(object_, {})[element] = None
        for alarm in situation.states.of_types((self._of, NODE)):
            if self._but not in alarm.flags:
                self._put((alarm.object, alarm.type, alarm.qualifier), alarm.severity)

    def sizes(self) -> dict[str, int]:
        """Return how many ways up each element has."""
        return {element: len(links) for element, links in self._ways.items()}

    def judge_changes(
        self, changes: Iterable[AlarmChange], situation: Situation, *, read: Callable[[Situation], None], judge: Judge
    ) -> bool:
        """Judge what changes may mean something to, each once they are all known; tell whether an Edge came of it."""
        told = [change for change in changes if tells(change)]
        if not told:
            return False
        read(situation)
        first = len(situation.found.edges)
        for path in sorted({path for change in told for path in self._take(change)}):
            judge(path, situation)
        return len(situation.found.edges) > first

    def judge_all(self, type_: str, situation: Situation, *, more: Iterable[str] = (), judge: Judge) -> None:
        """Judge all elements with ways up, and those with an alarm of the type that the rule makes, in order."""
        own = [alarm.object for alarm in situation.states.of_types((type_,))]
        concerned = (element for object_ in self._active for element in self._about.get(object_, ()))
        for path in sorted({*concerned, *more, *own}):
            judge(path, situation)

    def at(self, path: str) -> dict[str, Severity]:
        """Return the uplinks of an element that are gone."""
        if self._severity(path, NODE) is not None:
            return {}
        found = ((link.id, self._lost(link)) for link in self._ways.get(path, ()))
        return {id_: severity for id_, severity in found if severity is not None}

    def worst(self, path: str) -> Severity:
        """Return the worst severity of what is gone; of nothing, indeterminate."""
        return max(self.at(path).values(), key=SEVERITIES.index, default="indeterminate")

    def _take(self, change: AlarmChange) -> set[str]:
        """Take a change; return the elements it may mean something to."""
        alarm = change.after
        former = change.before.get("object", alarm.object)
        for object_ in {former, alarm.object}:
            there = self._active.get(object_, {})
            there.pop((object_, alarm.type, alarm.qualifier), None)
            if not there:
                self._active.pop(object_, None)
        if alarm.state == "active" and self._but not in alarm.flags:
            self._put((alarm.object, alarm.type, alarm.qualifier), alarm.severity)
        return {element for object_ in (former, alarm.object) for element in self._about.get(object_, ())}

    def _put(self, key: AlarmKey, severity: Severity) -> None:
        if key[0] in self._about:
            self._active.setdefault(key[0], {})[key] = severity

    def _lost(self, link: Link) -> Severity | None:
        """Return how bad it is that an uplink is gone, None: it is not."""
        found = [self._severity(object_, self._of) for object_ in _carrying(link)]
        found.append(self._severity(_upper(link), NODE))
        return max((one for one in found if one is not None), key=SEVERITIES.index, default=None)

    def _severity(self, object_: str, type_: str) -> Severity | None:
        there = self._active.get(object_, {})
        return max((one for key, one in there.items() if key[1] == type_), key=SEVERITIES.index, default=None)


def _carrying(link: Link) -> tuple[str, str, str]:
    return link.a, link.b, f"{LINK}{link.id}"


def _upper(link: Link) -> str:
    return link.a.partition("/")[0]
