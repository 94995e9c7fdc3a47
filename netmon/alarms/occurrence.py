"""What a rule says of an alarm, put into the alarm: a new occurrence, or news of one that is active."""

from typing import Any

from netmon.alarms.register import NEVER, Register
from netmon.domain.alarm import Alarm, Content, Edge, Order, alarm_id

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
    return Alarm(
        alarm_id=alarm_id(register.key, cause),
        version=version,
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
        cause_seq=cause,
        raised=first[0],
        changed=now,
        reported=now,
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
