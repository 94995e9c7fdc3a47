"""What a rule says of an alarm, put into the alarm: a new occurrence, or news of one that is active."""

from typing import Any

import msgspec

from netmon.alarms.register import NEVER, Register
from netmon.domain.alarm import Alarm, Content, Edge, Order, alarm_id

_EMPTY: dict[str, str] = {}
"""Shared, never written to: most alarms have no tags."""


class Moment(msgspec.Struct, frozen=True):
    """When a change is written."""

    now: int
    cause: int
    """Number of the observation."""
    next_seq: int
    """Number of the change."""


def occurrence(register: Register, edge: Edge, *, first: Order, previous: Alarm | None, moment: Moment) -> Alarm:
    """Return a new occurrence as the edge's rule describes it."""
    content = edge.content
    assert content is not None, "only an on-Edge raises"
    object_, type_, qualifier = register.key
    return Alarm(
        alarm_id=alarm_id(register.key, moment.cause),
        version=moment.next_seq,
        object=object_,
        element=edge.element,
        type=type_,
        qualifier=qualifier,
        state="active",
        severity=content.severity,
        original_severity=content.severity,
        event_type=content.event_type,
        probable_cause=content.probable_cause,
        text=content.text,
        rule=edge.rule,
        rule_rev=edge.rule_rev,
        cause_seq=moment.cause,
        raised=first[0],
        changed=moment.now,
        reported=moment.now,
        chain_start=previous.chain_start if previous is not None else first[0],
        count=register.count,
        last_raise=register.last_raise,
        last_clear=register.last_clear if register.last_clear != NEVER else None,
        previous_id=previous.alarm_id if previous is not None else "",
        object_type=content.object_type,
        specific_problem=content.specific_problem,
        repair=content.repair,
        service_affecting=content.service_affecting,
        clearable=content.clearable,
        additional_info=_mapping(content.additional_info),
        tags=_mapping(content.tags),
        flags=content.flags,
        owner=previous.owner if previous is not None else "",
        comments=previous.comments if previous is not None else (),
    )


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
