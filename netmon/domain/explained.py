"""Answers to why and why not: the life of an alarm, and what the rules made of an observation (specs/rules.md 10.3)."""

from typing import Literal

import msgspec


class StoryEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step in the life of an alarm."""

    at: int
    """UTC ms."""
    what: str
    """What happened."""
    effect: str
    """What became of the alarm."""
    seq: int = 0
    """The observation; 0: not known any more."""
    rule: str = ""
    """``link-down@9f2c``, where a rule said it."""
    because: str = ""
    """Rule and condition, timer or request that caused it."""
    values: dict[str, str] = {}
    """What the alarm keeps of its raise."""


class AlarmStory(msgspec.Struct, frozen=True):
    """An alarm as it stands, and how it came to that."""

    alarm_id: str
    key: str
    """``object|type|qualifier``."""
    object: str
    type: str
    severity: str
    state: str
    text: str
    marks: tuple[str, ...]
    """``hidden``, ``acknowledged``, ``flapping``."""
    events: tuple[StoryEvent, ...]
    """The first one first."""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was asked or done."""

    subject: str
    """The rule, storm or event entry; empty: netmon itself."""
    what: str
    outcome: str = ""
    """Of specs/rules.md 4.5, or the kind of a change; empty for a condition, which is true or false."""


class EventAnswer(msgspec.Struct, frozen=True):
    """What became of an observation."""

    seq: int
    at: int
    """UTC ms."""
    observation: str
    """What it is."""
    candidates: int
    """Rules whose conditions were asked."""
    findings: tuple[Finding, ...]
    without_samples: bool
    """What polls brought before is kept no longer, so what rests on it may have been otherwise."""


class Unexplained(msgspec.Struct, frozen=True, tag="unexplained"):
    """Why there is no answer, where nothing is broken."""

    reason: Literal["unknown", "gone"]
    """There is no such alarm or observation; or it is kept no longer."""
    message: str
    """One sentence, for the caller."""
