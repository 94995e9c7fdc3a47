"""What the core reasons about: events and states made from observations (specs/rules.md 2.2)."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from netmon.domain.oid import Varbind

HARDWARE_CHANGED = "hardware_changed"
"""A part is another one under the same name."""
LINK_MISMATCH, LINK_MATCHES = "link_mismatch", "link_matches"
"""A configured link does not lead where neighbors say; it does again."""
OBJECT_PENDING, OBJECT_SEEN = "object_pending", "object_seen"
"""An interface that the inventory names is not there; it is."""
MEMBER_MISMATCH, MEMBER_MATCHES = "member_mismatch", "member_matches"
"""A member of a service that is followed by its description is not one port; it is."""

COMMON_EVENTS = frozenset(("heartbeat", "onu-dying-gasp", "onu-los", "onu-up", "pon-port-los", "pon-port-up"))
"""What starter rules are about; which traps they are, ``events:`` of rule files say."""

FOUND_EVENTS = frozenset(
    (
        HARDWARE_CHANGED,
        LINK_MISMATCH,
        LINK_MATCHES,
        OBJECT_PENDING,
        OBJECT_SEEN,
        MEMBER_MISMATCH,
        MEMBER_MATCHES,
    )
)
"""Events that the core makes of polls; rules name them as they name those of ``events:``."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened at one moment on a managed object."""

    seq: int
    """Number of the observation it came from."""
    time: int
    received: int
    element: str
    object: str
    """The element, until a rule's object template says more."""
    kind: Literal["trap", "mqtt", "event"]
    name: str
    """Trap OID, topic, or name of an ``events:`` entry."""
    aliases: tuple[str, ...] = ()
    """Other names to look rules up by: the second RFC 3584 candidate of a v1 trap."""
    fields: Mapping[str, Any] = {}
    """Varbinds by MIB symbol (numeric OID where unknown); enums stay numbers."""
    origin_id: str = ""
    uptime_cs: int | None = None
    varbinds: tuple[Varbind, ...] = ()
    """Of a trap, as they came: equal ones make equal fields."""
    is_memorable: bool = False
    """Whether what it led to may be kept by its varbinds: they are all there is to it, and are small."""


class State(msgspec.Struct, frozen=True):
    """A state of a managed object that changed: ``reachability`` or ``agent``."""

    seq: int
    time: int
    object: str
    name: str
    value: str
    previous: str
    reason: str = ""
    """Why polls of the agent fail; for the text of an alarm."""
