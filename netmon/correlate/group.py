"""N of M: so many members of a site, an element or what contains them are in alarm (specs/rules.md 6.9)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from netmon.correlate.edges import add_clear, add_raise, first_true
from netmon.correlate.members import Members, tells
from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.operator import Wake
from netmon.correlate.situation import Situation
from netmon.correlate.uplinks import Uplinks
from netmon.domain.alarm import AlarmChange, AlarmKey, Order, Standing
from netmon.domain.managed_object import element_of
from netmon.domain.plan import PLANNED
from netmon.rulebook.kinds import UPLINK, GroupRule

_ALL: AlarmKey = ("", "", "")

_Said = tuple[str, int, int | None]
"""(severity, n, m)."""


class GroupOperator:
    """One rule on groups; what it remembers is what was said of each."""

    def __init__(self, kind: GroupRule, wake: Wake) -> None:
        self.kind = kind
        self.rule = kind.rule
        self._members = _members(kind)
        self._sizes: dict[str, int] = {}
        self._said: dict[str, _Said] = {}
        # All groups are looked at in the first Tick with these rules and this inventory.
        wake(0, _ALL)

    def on_input(self, wanted: None, changes: Sequence[AlarmChange], situation: Situation, /) -> bool:
        """Take changes of members."""
        return self._members.judge_changes(changes, situation, read=self._read, judge=self._judge)

    def on_structure(self, elements: Sequence[str], changes: Sequence[AlarmChange], situation: Situation, /) -> None:
        """Look at the groups of elements that are built otherwise now, and take changes of members of the same step."""
        members = self._members
        if not isinstance(members, Members):
            return
        self._read(situation)
        paths = [path for element in elements for path in self._within(element, members, situation)]
        paths += [path for change in changes if tells(change) for path in members.take(change, situation)]
        for path in dict.fromkeys(paths):
            self._judge(path, situation)

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> None:
        """Look at all groups, also at those of which none is left."""
        self._read(situation)
        self._members.judge_all(self.rule.type, situation, more=self._said, judge=self._judge)

    def dump(self) -> Iterator[list[Any]]:
        """Yield what was said."""
        for path, said in self._said.items():
            yield [path, *said]

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take that back."""
        self._said = {path: (severity, n, m) for path, severity, n, m in items}

    def explain(self, key: AlarmKey) -> str:
        """Return how many of how many."""
        said = self._said.get(key[0])
        return self._counted(key[0], said[2] if said is not None else self._sizes.get(key[0]))

    def _read(self, situation: Situation) -> None:
        if self._members.known:
            return
        self._members.read(situation)
        self._sizes = self._members.sizes() if isinstance(self._members, Uplinks) else {}
        if isinstance(self._members, Members) and self.kind.member_kind in ("", "element"):
            for element in situation.elements:
                path = self._members.joined(element, situation)
                if path is not None:
                    self._sizes[path] = self._sizes.get(path, 0) + 1

    def _within(self, element: str, members: Members, situation: Situation) -> list[str]:
        """Return the groups of an element, also those of which none is left."""
        own = situation.states.of_element(element, (self.rule.type,))
        said = [path for path in self._said if element_of(path) == element]
        return sorted({*members.rejoin(element, situation), *said, *(alarm.object for alarm in own)})

    def _judge(self, path: str, situation: Situation) -> None:
        scope, n, m = situation.scope, len(self._members.at(path)), self._size(path, situation)
        managed = situation.idle(path)
        scope.n, scope.m, scope.left = n, m, None if m is None else m - n
        try:
            if self.rule.where is None or self.rule.where(scope):
                key = situation.key(self.rule, managed)
                self._say(key, managed, situation, standing=situation.states.standing(key))
        except UnusableObject:
            situation.fail(self.rule.id, "missing part of qualifier", order=(situation.time, situation.seq))
        finally:
            scope.n = scope.m = scope.left = None

    def _say(self, key: AlarmKey, managed: ManagedObject, situation: Situation, *, standing: Standing | None) -> None:
        scope, path = situation.scope, managed.path
        order: Order = (situation.time, situation.seq)
        is_on = standing is not None and (standing.active or standing.pending)
        raised = first_true(self.kind.raises, scope)
        if raised is not None:
            said = (self._severity(path, situation), scope.n, scope.m)
            if not is_on or (standing is not None and standing.active and said != self._said.get(path)):
                _unsay(key, situation)
                add_raise(
                    situation, self.rule, managed, key=key, order=order, condition=raised.position,
                    for_ms=raised.for_ms, severity=said[0], restates=is_on, told=self._counted(path, scope.m),
                )  # fmt: skip
            self._said[path] = said
            return
        cleared = first_true(self.kind.clears, scope)
        if is_on and (cleared is not None or not self.kind.clears):
            position, for_ms, reason = (cleared.position, cleared.for_ms, cleared.reason) if cleared else (0, 0, "")
            add_clear(situation, self.rule, key=key, order=order, condition=position, for_ms=for_ms, reason=reason)
        if cleared is not None or not self.kind.clears:
            self._said.pop(path, None)

    def _severity(self, path: str, situation: Situation) -> str:
        if not self.kind.worst:
            return self.rule.severity(situation.scope)
        return self._members.worst(path)

    def _size(self, path: str, situation: Situation) -> int | None:
        """Return how many members there are, in alarm or not; None: nobody knows."""
        kind, join, members = self.kind.member_kind, self.kind.join, self._members
        if kind in ("", "element") or isinstance(members, Uplinks):
            return self._sizes.get(path)
        if join not in ("element", "lag"):
            return None
        known = situation.structure.bundled(path) if join == "lag" else situation.structure.parts(path, kind)
        meant = {one for one in known if members.means(one, situation)}
        # A part that is in alarm is one, whether polls still show it or not.
        return len(meant.union(key[0] for key in members.at(path))) or None

    def _counted(self, path: str, m: int | None) -> str:
        return f"{len(self._members.at(path))} of {'?' if m is None else m}"


def _unsay(key: AlarmKey, situation: Situation) -> None:
    """Take back what was said of a group in this step: of words of one moment the alarm book keeps the first."""
    edges = situation.found.edges
    at = next((at for at in reversed(range(len(edges))) if edges[at].key == key), None)
    if at is not None:
        del edges[at]


def _members(kind: GroupRule) -> Members | Uplinks:
    if kind.member_kind == UPLINK:
        return Uplinks(kind.of, but=PLANNED)
    return Members((kind.of,), kind.join, kind=kind.member_kind, where=kind.where, but=PLANNED)
