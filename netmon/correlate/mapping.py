"""Common events from vendors' traps: the ``events:`` entries of rule files (specs/rules.md 4.2)."""

from netmon.correlate.objects import UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.event import Event
from netmon.rulebook.kinds import EventMapping


def common_event(mapping: EventMapping, trap: Event, situation: Situation) -> Event | None:
    """Return the common event a mapping makes of a trap; None where its condition is false.

    Raises:
        UnusableObject: the object it names lacks a part.
    """
    situation.event(trap)
    situation.place(situation.known(trap.object))
    scope = situation.scope
    if mapping.when is not None and not mapping.when(scope):
        return None
    path = trap.object
    if mapping.object is not None:
        text = mapping.object(scope)
        if not text:
            raise UnusableObject(mapping.event)
        path = situation.below(trap.element, text).path
    values = ((name, template(scope)) for name, template in mapping.set)
    return Event(
        seq=trap.seq,
        time=trap.time,
        received=trap.received,
        element=trap.element,
        object=path,
        kind="event",
        name=mapping.event,
        fields={name: value for name, value in values if value is not None},
        uptime_cs=trap.uptime_cs,
    )
