"""The services that an alarm affects: those of its object, and of all that it explains (specs/alarms.md 5)."""

from collections.abc import Collection
from functools import cached_property

from netmon.domain.alarm import Alarm
from netmon.web.rows import Entry, Places, Row, where_of


class Affected:
    """Of one list of alarms; who is below whom is found out once, and only where it is asked."""

    def __init__(self, entries: Collection[Entry], places: Places) -> None:
        self._entries = entries
        self._places = places

    def services(self, alarm: Alarm) -> tuple[str, ...]:
        """Return the services that an alarm affects, by id, each once: first those of its object."""
        own = where_of(alarm, self._places).services
        below = self.below(alarm.alarm_id) if alarm.children else ()
        return tuple(dict.fromkeys((*own, *below)))

    def below(self, alarm_id: str) -> list[str]:
        """Return the services affected by the alarms that one explains, at any depth, in order."""
        found: set[str] = set()
        waiting, seen = [alarm_id], {alarm_id}
        while waiting:
            for row in self._children.get(waiting.pop(), ()):
                if row.id not in seen and row.cleared is None:
                    seen.add(row.id)
                    waiting.append(row.id)
                    found |= {*row.svc} if row.affects else set()
        return sorted(found)

    @cached_property
    def _children(self) -> dict[str, list[Row]]:
        children: dict[str, list[Row]] = {}
        for entry in self._entries:
            for parent in entry.row.parents:
                children.setdefault(parent, []).append(entry.row)
        return children
