"""One alarm for one link: when both ends are down, ``link:<id>`` is, and hides them (specs/rules.md 7).

| ends in alarm   | the link's alarm                         |
|---|---|
| none            | cleared                                  |
| one             | as it was: what is left of it stays with it |
| both, or one and the other still held | raised, as bad as the worse end |
"""

from collections.abc import Iterable, Iterator

from netmon.correlate.connections import Relinking, joins_elements, shared_ports
from netmon.correlate.objects import managed_object
from netmon.domain.alarm import SEVERITIES, Alarm, AlarmChange, AlarmKey, AlarmStates, Content, Edge, Severity
from netmon.domain.inventory import Inventory, Link
from netmon.domain.managed_object import LINK, is_link, kind_and_name, segments
from netmon.domain.manner import Hides, Manner

TYPE = "link-alarm"

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_TOLD = ("raised", "severity", "cleared", "updated")
"""Kinds of changes after which a link may stand otherwise."""


class Links:
    """The links of the inventory with their ends; what is on is in the alarm book alone."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._at: dict[str, dict[str, None]] = {}
        """Ids of links by the object at one of their ends."""
        self._names: dict[str, str] = {}
        self._shared: frozenset[str] = frozenset()
        """Ports on which many depend: what is down there is the port, not a link of it."""

    def load(self, inventory: Inventory, links: Iterable[Link]) -> None:
        """Take a new inventory; of the links that count those between interfaces of two elements."""
        self._links, self._at = {}, {}
        self._names = {id_: element.name or id_ for id_, element in inventory.elements.items()}
        self._shared = shared_ports(inventory.links.values())
        self.relink(Relinking((), tuple(links)))

    def relink(self, change: Relinking) -> None:
        """Take what has changed of the links that count."""
        for link in filter(self._has_ends, change.gone):
            del self._links[link.id]
            for end in (link.a, link.b):
                del self._at[end][link.id]
        for link in filter(self._has_ends, change.new):
            self._links[link.id] = link
            for end in (link.a, link.b):
                self._at.setdefault(end, {})[link.id] = None

    def _has_ends(self, link: Link) -> bool:
        return link.a not in self._shared and joins_elements(link) and _is_interface(link.a) and _is_interface(link.b)

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._links)

    def edges(self, changes: Iterable[AlarmChange], states: AlarmStates, *, now: int, seq: int) -> Iterator[Edge]:
        """Yield what changes at the ends mean to their links."""
        newest: dict[str, Alarm] = {}
        for change in changes:
            if change.after.type == TYPE and change.kind in _TOLD:
                newest |= dict.fromkeys(self._at.get(change.after.object, ()), change.after)
        for id_ in sorted(newest):
            edge = self._edge(self._links[id_], newest[id_], states, order=(now, seq))
            if edge is not None:
                yield edge

    def gone(self, states: AlarmStates, *, now: int, seq: int) -> Iterator[Edge]:
        """Yield the end of alarms of links that the inventory has no longer."""
        for root in states.elements():
            if is_link(root) and root.removeprefix(LINK) not in self._links:
                yield Edge(_key(root), False, (now, seq), seq, TYPE, "", root, 0, reason="object_removed")

    def _edge(self, link: Link, end: Alarm, states: AlarmStates, *, order: tuple[int, int]) -> Edge | None:
        """Return what follows for a link from the newest change of one of its ends."""
        key = _key(f"{LINK}{link.id}")
        standing = states.standing(key)
        is_on = standing is not None and standing.active
        ends = [states.standing((path, TYPE, "")) for path in (link.a, link.b)]
        active = [one for one in ends if one is not None and one.active]
        if not active:
            return _off(key, end, order) if is_on else None
        if not is_on and not all(one is not None and (one.active or one.pending) for one in ends):
            return None
        worst = max((one.severity for one in active), key=_RANK.__getitem__)
        if is_on and standing is not None and standing.severity == worst:
            return None
        return self._on(key, link, end, severity=worst, order=order)

    def _on(self, key: AlarmKey, link: Link, end: Alarm, *, severity: Severity, order: tuple[int, int]) -> Edge:
        content = Content(
            severity,
            f"Link {self._end(link.a)} to {self._end(link.b)} is down",
            end.probable_cause,
            end.event_type,
            "link",
            service_affecting=end.service_affecting,
            repair=end.repair,
            additional_info=(("a", link.a), ("b", link.b)),
        )
        hides = Manner(hides=Hides(objects=tuple(sorted((link.a, link.b)))))
        words = "both ends of the link are down"
        return Edge(key, True, order, order[1], end.rule, end.rule_rev, key[0], 0, content, manner=hides, words=words)

    def _end(self, path: str) -> str:
        element = segments(path)[0]
        return f"{self._names.get(element, element)} {managed_object(path).name}"


def _off(key: AlarmKey, end: Alarm, order: tuple[int, int]) -> Edge:
    words = "no end of the link is down any more"
    return Edge(key, False, order, order[1], end.rule, end.rule_rev, key[0], 0, words=words)


def _key(object_: str) -> AlarmKey:
    return object_, TYPE, ""


def _is_interface(end: str) -> bool:
    return kind_and_name(end)[0] == "if"
