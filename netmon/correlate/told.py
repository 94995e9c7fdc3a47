"""``trap.NAME`` of expressions: what a trap says of an alarm by itself (specs/rules.md 4.2)."""

from typing import Any

from netmon.domain.event import Event
from netmon.mib.names import MibView
from netmon.mib.render import render_value
from netmon.mib.telling import Telling, Tellings


class Told:
    """Answers for the trap that is looked at; it is found out only when a rule asks."""

    def __init__(self, view: MibView) -> None:
        self.event: Event | None = None
        self._view = view
        self._tellings = Tellings(view)

    def get(self, name: str) -> Any:
        """Return ``name``, ``severity`` or ``subject`` of the trap; None where it says nothing."""
        event = self.event
        if event is None:
            return None
        if name == "name":
            return self._view.name_of(event.name)
        telling = self._tellings.of((event.name, *event.aliases))
        if telling is None or not (telling.carried or telling.which or self._tellings.knows(event.varbinds)):
            # What nobody can read may say which object it is: alarms of two must never be one by accident.
            return None
        return telling.severity(event.fields) if name == "severity" else self._subject(telling, event)

    def _subject(self, telling: Telling, event: Event) -> str:
        """Return what the alarm is about and of which object: by the varbinds that say so, else by the row."""
        said = [self._in_words(name, event.fields[name]) for name in telling.which if name in event.fields]
        instance = self._tellings.instance(event.varbinds) if not said else ""
        return " ".join(filter(None, (telling.subject.partition("::")[2], *said, instance)))

    def _in_words(self, name: str, value: Any) -> str:
        node = self._view.find(name)
        return render_value(node.type, value) if node is not None and isinstance(value, int) else str(value)
