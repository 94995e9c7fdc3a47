"""Alarms, their changes, and the edges that cause them (specs/alarms.md section 1, RFC 8632, X.733)."""

import hashlib
from typing import Any, Literal, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from netmon.domain.manner import ActionEvent, Manner

ALARM_NAMESPACE: UUID = uuid5(NAMESPACE_URL, "urn:netmon:alarm:v1")
_NAMESPACE = ALARM_NAMESPACE.bytes

Severity = Literal["cleared", "indeterminate", "warning", "minor", "major", "critical"]
SEVERITIES: tuple[Severity, ...] = ("cleared", "indeterminate", "warning", "minor", "major", "critical")
"""From low to high; the position is the rank."""

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""RFC 9562 section 4.1: the two upper bits of this digit are 10."""

AlarmKey = tuple[str, str, str]
"""(managed object, alarm type, qualifier): the identity of an alarm."""

Order = tuple[int, int]
"""(event time, seq); the greater one is newer."""

ChangeKind = Literal[
    "raised",
    "updated",
    "severity",
    "cleared",
    "hidden",
    "shown",
    "stale",
    "fresh",
    "acknowledged",
    "unacknowledged",
    "assigned",
    "closed",
    "shelved",
    "unshelved",
    "commented",
    "parent_set",
    "parent_unset",
    "flapping",
    "steady",
    "edge",
    "action",
    "purged",
]


class Content(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a rule says of an alarm when it raises it."""

    severity: Severity
    text: str
    probable_cause: str
    event_type: str
    object_type: str = ""
    specific_problem: str = ""
    repair: str = ""
    service_affecting: bool | None = None
    clearable: bool = False
    additional_info: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()
    """What is doubtful about it: ``unstable_identity``."""


class Edge(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A condition went on or off for one alarm key."""

    key: AlarmKey
    on: bool
    order: Order
    seq: int
    """Observation that caused it."""
    rule: str
    rule_rev: str
    element: str
    condition: int
    """Which of the rule's raise (on) or clear (off) conditions, from 0."""
    content: Content | None = None
    """With ``on`` only."""
    for_ms: int = 0
    """The condition must last this long; 0 when it already has."""
    after_ms: int = 0
    """Clear by timer this long after the last raise; 0: never."""
    reopen_ms: int = 86_400_000
    reason: str = ""
    """With off: the reason in the history."""
    manner: Manner | None = None
    """With on: what else the rule says of the alarm; None for most."""
    words: str = ""
    """The condition as the rule has it: ``trap IF-MIB::linkDown for 3s``."""
    restates: bool = False
    """Says anew what is on already, with another severity or text: no raise event of its own, so not counted."""
    voice: str = ""
    """Of a rule with ``evidence: all``: which input says so, ``trap`` or ``metric``."""


class Comment(msgspec.Struct, frozen=True):
    """A remark of a person or a system."""

    at: int
    user: str
    system: str
    text: str


class Alarm(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One occurrence, from raise to clear, as it stands after its last change."""

    alarm_id: str
    version: int
    object: str
    element: str
    type: str
    qualifier: str
    state: Literal["active", "cleared"]
    severity: Severity
    original_severity: Severity
    event_type: str
    probable_cause: str
    text: str
    rule: str
    rule_rev: str
    cause_seq: int
    raised: int
    changed: int
    reported: int
    chain_start: int
    count: int
    last_raise: Order
    last_clear: Order | None = None
    cleared: int | None = None
    clear_reason: str = ""
    last_severity: Severity | None = None
    previous_id: str = ""
    object_type: str = ""
    specific_problem: str = ""
    repair: str = ""
    service_affecting: bool | None = None
    clearable: bool = False
    additional_info: dict[str, str] = {}
    tags: dict[str, str] = {}
    flags: tuple[str, ...] = ()
    hidden_by: tuple[str, ...] = ()
    ever_shown: bool = True
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    root_cause: bool = False
    ack: bool = False
    ack_user: str = ""
    ack_at: int | None = None
    ack_system: str = ""
    closed: bool = False
    owner: str = ""
    shelved_until: int | None = None
    shelved_by: str = ""
    comments: tuple[Comment, ...] = ()
    source_system: str = "netmon"
    clear_user: str = ""
    clear_system: str = ""
    revised: bool = False
    """Severity or text changed since it was raised."""
    group_parent: str = ""
    """The one of its parents that an operator gave it."""


class Acted(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an output is to do."""

    do: str
    """Name of the output."""
    on: ActionEvent
    """Why."""


class AlarmChange(msgspec.Struct, frozen=True, gc=False, tag="alarm"):
    """One step in the life of an alarm; ``seq`` is gapless over the store and is the alarm's version from then on."""

    seq: int
    alarm_id: str
    kind: ChangeKind
    at: int
    cause_seq: int
    because: str
    """Rule and condition, timer or request that caused it: ``link-down raise[0] for: trap IF-MIB::linkDown for 3s``."""
    before: dict[str, Any]
    """The fields that changed, as they were; empty when raised."""
    after: Alarm
    action: Acted | None = None
    """Of kind action: what is to be done; nothing has changed."""


def is_sent(change: AlarmChange) -> bool:
    """Tell whether outputs send a change (specs/rules.md 7).

    Of an alarm that is hidden they send nothing, not even its clear; that it became hidden they send, as a clear.
    """
    if change.kind in _UNSENT or (change.kind == "unshelved" and change.after.state == "cleared"):
        return False
    return not change.after.hidden_by or ("hidden_by" in change.before and not change.before["hidden_by"])


_UNSENT = frozenset(("edge", "action", "purged"))


class Standing(msgspec.Struct, frozen=True):
    """What ``correlate`` may know of one alarm key."""

    active: bool
    pending: bool
    severity: Severity
    last_raise: Order
    last_clear: Order


class Look(msgspec.Struct, frozen=True, array_like=True):
    """What the newest poll saw of the condition of an alarm."""

    order: Order
    """When it was asked, and the observation that told; of one that failed when it did."""
    result: Literal["observed", "gone", "failed"]
    words: str = ""
    """What decided: ``ifOperStatus was down``."""


class Looks(Protocol):
    """What polls saw, handed to the alarm book by ``step.py``."""

    def look(self, key: AlarmKey, *, rule: str, now: int) -> Look | None:
        """Return what was seen last of the condition of a rule's alarm; None if nobody has looked lately."""
        ...


class AlarmStates(Protocol):
    """Read-only look at the alarm book, handed to ``correlate`` by ``step.py``."""

    def standing(self, key: AlarmKey) -> Standing | None:
        """Return how an alarm key stands, None if nothing is known of it."""
        ...

    def is_active(self, key: AlarmKey) -> bool | None:
        """Tell whether the alarm of a key is active, None if nothing is known of it."""
        ...

    def active(self, object_: str, type_: str) -> bool:
        """Tell whether an alarm of that type is active at that object, whatever its qualifier."""
        ...

    def of_types(self, types: tuple[str, ...]) -> list[Alarm]:
        """Return the active alarms of some types, in order of their keys; it looks at all there are."""
        ...

    def of_element(self, element: str, types: tuple[str, ...]) -> list[Alarm]:
        """Return the active alarms of some types, of an element and its parts, in order of their keys."""
        ...

    def elements(self) -> list[str]:
        """Return the elements, and other roots, that have active alarms or ends of links with one, in order."""
        ...

    def has_alarm(self, object_: str) -> bool:
        """Tell whether an object has active alarms of its own."""
        ...

    def has_alarms(self, element: str) -> bool:
        """Tell whether an element has active alarms, of its own or of its parts."""
        ...


def quote_part(part: str) -> str:
    """Encode one part of a key for the text form ``object|type|qualifier`` (specs/alarms.md section 1)."""
    if "%" not in part and "|" not in part and part.isprintable():
        return part
    return "".join(
        "".join(f"%{octet:02X}" for octet in c.encode("utf-8", "surrogatepass"))
        if c in "|%" or ord(c) < 0x20 or c == "\x7f"
        else c
        for c in part
    )


def key_text(key: AlarmKey) -> str:
    """Return the text form of an alarm key."""
    text = "|".join(key)
    # Nearly always nothing is to be encoded.
    if text.count("|") == 2 and "%" not in text and text.isprintable():
        return text
    return "|".join(map(quote_part, key))


def alarm_id(key: AlarmKey, seq: int) -> str:
    """Return the id of the occurrence of ``key`` raised by observation ``seq`` (UUIDv5)."""
    name = f"{key_text(key)}|{seq}".encode()
    # RFC 9562 section 5.5, as uuid5() does it, without building a UUID only to print it.
    text = hashlib.sha1(_NAMESPACE + name, usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"
