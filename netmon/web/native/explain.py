"""``/api/v1/explain``: why an alarm is, and what the rules made of an observation (specs/rules.md 10.3)."""

import re
from typing import Annotated

import msgspec

from netmon.alarms.tmf642 import instant
from netmon.domain.explained import AlarmStory, EventAnswer, Finding, StoryEvent
from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.openapi import operation

_ALARM = re.compile(r"[0-9a-f-]{4,36}")
_SEQ = re.compile(r"[1-9][0-9]{0,17}")

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, UTC, with milliseconds."""


class ToldEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step in the life of an alarm."""

    at: Time
    what: str
    """What happened."""
    effect: str
    """What became of the alarm."""
    seq: int = 0
    """Number of the observation, to be asked for under /explain/event; absent: not known any more."""
    rule: str = ""
    """Rule and the first digits of its revision."""
    because: str = ""
    """Rule and condition, timer or request that caused it."""
    values: dict[str, str] = {}
    """What the alarm keeps of its raise."""


class ToldAlarm(msgspec.Struct, frozen=True):
    """The life of an alarm."""

    alarm_id: str
    key: str
    """Managed object, alarm type and qualifier."""
    severity: str
    state: str
    marks: tuple[str, ...]
    """Such as hidden, acknowledged, flapping."""
    events: tuple[ToldEvent, ...]
    """The first one first."""


class ToldObservation(msgspec.Struct, frozen=True):
    """What the rules made of an observation."""

    seq: int
    at: Time
    observation: str
    """What it is."""
    candidates: int
    """Rules whose conditions were asked."""
    findings: tuple[Finding, ...]
    without_samples: bool
    """What polls brought before is kept no longer, so what rests on it may have been otherwise."""


@operation(
    "GET",
    "/api/v1/explain/alarm/{id}",
    summary="Explain an alarm",
    role="read",
    answer=ToldAlarm,
    errors=(404, 500, 504),
)
async def explain_alarm(call: Call[None, None]) -> ToldAlarm:
    """Tell the life of an alarm: what happened, which rule said what, what became of it. One answer at a time."""
    name = call.path["id"]
    if not _ALARM.fullmatch(name):
        raise Refusal(404, "notFound", message=f"there is no alarm {name}")
    told = msgspec.json.decode(await call.web.explainer.ask("--", name), type=AlarmStory)
    return ToldAlarm(told.alarm_id, told.key, told.severity, told.state, told.marks, tuple(map(_event, told.events)))


@operation(
    "GET",
    "/api/v1/explain/event/{seq}",
    summary="Explain what became of an observation",
    role="read",
    answer=ToldObservation,
    errors=(404, 410, 500, 504),
)
async def explain_event(call: Call[None, None]) -> ToldObservation:
    """Step an observation again, on the kept snapshot before it; tell what each rule asked and what came of it."""
    seq = call.path["seq"]
    if not _SEQ.fullmatch(seq):
        raise Refusal(404, "notFound", message=f"there is no observation {seq}")
    told = msgspec.json.decode(await call.web.explainer.ask("--event", seq), type=EventAnswer)
    return ToldObservation(
        told.seq, instant(told.at), told.observation, told.candidates, told.findings, told.without_samples
    )


def _event(one: StoryEvent) -> ToldEvent:
    return ToldEvent(instant(one.at), one.what, one.effect, one.seq, one.rule, one.because, one.values)


OPERATIONS = (explain_alarm, explain_event)
