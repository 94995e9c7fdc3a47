"""What a rule says of an alarm, put into the alarm: a new occurrence, or news of one that is active."""

from collections.abc import Mapping
from typing import Any

import msgspec

from netmon.alarms.register import NEVER, Register
from netmon.domain.alarm import Alarm, Content, Edge, Order, alarm_id
from netmon.domain.alarm_text import filled

_EMPTY: dict[str, str] = {}
"""Shared, never written to: most alarms have no tags."""


def occurrence(
    register: Register, edge: Edge, *, first: Order, previous: Alarm | None, now: int, cause: int, version: int
) -> Alarm:
    """Return a new occurrence as the edge's rule describes it.

    Args:
        register: its key, and what is counted.
        edge: what raises it.
        first: the first raise of it.
        previous: the occurrence that it continues.
        now: engine time.
        cause: number of the observation.
        version: number of the change.
    """
    content = edge.content
    assert content is not None, "only an on-Edge raises"
    object_, type_, qualifier = register.key
    # By position: of so many fields each name would have to be looked for.
    alarm = Alarm(
        alarm_id(register.key, cause),
        version,
        object_,
        edge.element,
        type_,
        qualifier,
        "active",
        content.severity,
        content.severity,
        content.event_type,
        content.probable_cause,
        filled(register.form, count=register.count, hides=0) if register.form else content.text,
        edge.rule,
        edge.rule_rev,
        cause,
        first[0],
        now,
        now,
        previous.chain_start if previous is not None else first[0],
        register.count,
        register.last_raise,
        register.last_clear if register.last_clear != NEVER else None,
        None,
        "",
        None,
        previous.alarm_id if previous is not None else "",
        content.object_type,
        content.specific_problem,
        content.repair,
        content.service_affecting,
        content.clearable,
        _mapping(content.additional_info),
        _mapping(content.tags),
        content.flags,
    )
    if previous is None:
        return alarm
    return msgspec.structs.replace(alarm, owner=previous.owner, comments=previous.comments)


_AT = {name: position for position, name in enumerate(Alarm.__struct_fields__)}
_VERSION, _CHANGED, _CAUSE = _AT["version"], _AT["changed"], _AT["cause_seq"]


def rewritten(
    alarm: Alarm, fields: Mapping[str, Any], *, now: int, cause: int, version: int
) -> tuple[Alarm, dict[str, Any]]:
    """Return an alarm as the next change leaves it, and the fields that change, as they were.

    Args:
        alarm: as it is.
        fields: what it is to be.
        now: engine time.
        cause: number of the observation.
        version: number of the change.
    """
    values, before = list(msgspec.structs.astuple(alarm)), dict[str, Any]()
    for name, value in fields.items():
        position = _AT[name]
        if values[position] != value:
            before[name], values[position] = values[position], value
    values[_VERSION], values[_CHANGED], values[_CAUSE] = version, now, cause
    return Alarm(*values), before


def form_of(edge: Edge) -> str:
    """Return the text of a raise where it has places for what the book knows; else nothing."""
    return edge.content.text if edge.content is not None and edge.manner is not None and edge.manner.fills else ""


def said(content: Content) -> dict[str, Any]:
    """Return what a newer raise says of an alarm that is active."""
    return {
        "severity": content.severity,
        "text": content.text,
        "probable_cause": content.probable_cause,
        "event_type": content.event_type,
        "specific_problem": content.specific_problem,
        "repair": content.repair,
        "service_affecting": content.service_affecting,
        "clearable": content.clearable,
    }


def _mapping(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(pairs) if pairs else _EMPTY
