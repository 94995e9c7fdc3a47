"""Everything that can change a decision of the core; nothing else does (DESIGN section 1).

All times are integer UTC milliseconds. Structs are arrays on the wire of the log: fields are only ever appended.
"""

from typing import Any, Literal

import msgspec

from netmon.domain.found import FoundLink, Layer, Part, Stranger
from netmon.domain.inventory import Element, Group, Link, Service, Site
from netmon.domain.oid import Oid, Varbind
from netmon.domain.usage import Assignment, Reassignment, Rejection

PollFailure = Literal[
    "timeout",
    "unreachable",
    "refused",
    "unknown_user",
    "wrong_digest",
    "decryption_failed",
    "unsupported_security_level",
    "not_in_time_window",
    "no_credential",
    "overrun",
    "budget",
    "agent_error",
    "unknown_engine",
    "unknown_security_model",
    "invalid_message",
    "unknown_pdu_handler",
    "unavailable_context",
    "unknown_context",
]

REFUSALS: frozenset[PollFailure] = frozenset(
    (
        "unknown_user",
        "wrong_digest",
        "decryption_failed",
        "unsupported_security_level",
        "not_in_time_window",
        "agent_error",
        "unknown_engine",
        "unknown_security_model",
        "invalid_message",
        "unknown_pdu_handler",
        "unavailable_context",
        "unknown_context",
    )
)
"""Reports by which an agent says that it will not answer us, so it is there (specs/snmp.md 2.6, 4.9)."""
NO_CONTEXT: frozenset[PollFailure] = frozenset(("agent_error", "unavailable_context", "unknown_context"))
"""What an agent says that answers, but does not have or serve a context."""


class Trap(msgspec.Struct, frozen=True, gc=False, tag="trap", array_like=True):
    """One accepted SNMP trap or inform, v1 already mapped to v2 form (RFC 3584 section 3.1)."""

    at: int
    realm: str
    source: str
    port: int
    listener: str
    version: str
    security_name: str
    """Credential id, never the community itself."""
    element: str
    element_by: str
    trap_oid: Oid
    varbinds: tuple[Varbind, ...]
    """In order, without sysUpTime.0 and snmpTrapOID.0."""
    uptime_cs: int | None = None
    enterprise: Oid = ""
    origin_id: str = ""
    """Duplicate key of an inform, empty for a trap."""
    flags: tuple[str, ...] = ()
    level: str = ""
    engine_id: str = ""
    boots: int = 0
    engine_time: int = 0
    context: str = ""
    context_engine_id: str = ""
    """Of an inform, whose ``engine_id`` is netmon's own, the only sign of its sender's engine."""

    def aliases(self) -> tuple[str, ...]:
        """Return the other names to look rules up by: of a mapped v1 trap the one without the 0 (RFC 3584 3.1)."""
        if "v1_mapped" not in self.flags:
            return ()
        head, _, specific = self.trap_oid.rpartition(".0.")
        return (f"{head}.{specific}",) if head else ()


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Cells of one table read by one request, column by column; one row with index "0" for scalars."""

    t: int
    """Midpoint of request and response, on the anchored monotonic line."""
    mono_ms: int
    rtt_us: int
    uptime_cs: int | None
    boots: int | None
    profile: str
    table: str
    columns: tuple[str, ...]
    """Symbols of the columns, e.g. ``ifHCInOctets``."""
    oids: tuple[Oid, ...]
    """Column OIDs: cell (row r, column c) was read from ``oids[c] + "." + index[r]``."""
    tags: tuple[int, ...]
    """BER tag of each column's cells; a cell of another type was dropped by the poller."""
    index: tuple[str, ...]
    cells: tuple[tuple[Any, ...], ...]
    """One tuple per column; None where a cell is missing."""
    offset_ms: int = 0
    """How far the wall clock was from the anchored line."""
    exceptions: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    """(column, reason, rows) of cells for which the agent gave no value, or none that holds.

    A column without any value is listed, too, though it has no place in ``columns``.
    """


class PollResult(msgspec.Struct, frozen=True, tag="poll", array_like=True):
    """What one run of a poll group brought, in parts of at most 1,000 cells (specs/snmp.md 4.7)."""

    at: int
    element: str
    context: str
    group: str
    slot: int
    """Wall-clock time at which the run was due."""
    part: int
    last: bool
    complete: bool
    protocol: str
    run: str
    """Poller run id; one per start of the poller."""
    blocks: tuple[Block, ...]
    errors: tuple[tuple[str, str], ...] = ()
    """(table or OID, reason) for what is missing."""
    interval_ms: int = 0
    icmp: tuple[int, int, int, int, int] | None = None
    """sent, received, rtt min, average, max in microseconds."""
    elapsed_ms: int = 0
    """From the first request of the run to its last answer; 0: not told."""
    walked: tuple[str, ...] = ()
    """With the last part: tables that the run read from their first row to the last, so that nothing is missing."""


class PollFailed(msgspec.Struct, frozen=True, tag="poll_failed", array_like=True):
    """A run of a poll group that brought nothing; never a value."""

    at: int
    element: str
    context: str
    group: str
    slot: int
    protocol: str
    reason: PollFailure
    attempts: int
    elapsed_ms: int


class MqttMessage(msgspec.Struct, frozen=True, tag="mqtt", array_like=True):
    """A message of a subscribed topic."""

    at: int
    source: str
    topic: str
    payload: bytes
    origin_id: str = ""


class ShedRow(msgspec.Struct, frozen=True, array_like=True):
    """Traps given up by the listener since the last Tick."""

    realm: str
    source: str
    reason: str
    trap_oid: Oid
    count: int
    element: str = ""
    """Of the inventory, where the listener knew whose trap it was, which the source does not always tell."""


UNBILLABLE_PART = "unbillable"
"""Part of the report on a metered series: 0, or a number for why nothing of it can be billed."""

FEED_INTEGRITY_PART = "feed_integrity"
"""Part of the report on a usage feed: 1 while a file stands in its folder that is not the one to publish, else 0."""


FEED_UNCOLLECTED_PART = "feed_uncollected"
"""The same: 1 while files wait longer for billing than was agreed, else 0."""

FEED_STORAGE_PART = "feed_storage"
"""The same: 0 while there is room for it; 1: little, 2: very little, 3: almost none, 4: its folder takes nothing."""


class HealthRow(msgspec.Struct, frozen=True, array_like=True):
    """What a source, the store, an output or a step reports about itself."""

    name: str
    part: str
    value: int
    about: str = ""
    """What the number means, for people."""


class Tick(msgspec.Struct, frozen=True, tag="tick", array_like=True):
    """Engine time; heads every batch and comes once per second in silence."""

    at: int
    shed: tuple[ShedRow, ...] = ()
    health: tuple[HealthRow, ...] = ()
    behind_ms: int = 0
    """How far the time of usage is behind, after the clock of the host went back (docs/adr/0018)."""


class OperatorRequest(msgspec.Struct, frozen=True, tag="operator", array_like=True):
    """What a person or a system asks of alarms (specs/alarms.md section 2)."""

    at: int
    request_id: str
    user: str
    action: str
    alarms: tuple[str, ...]
    """Alarm ids."""
    comment: str = ""
    until: int = 0
    owner: str = ""
    parent: str = ""
    on_behalf_of: str = ""
    system: str = ""
    seen: tuple[int, ...] = ()
    """Versions of the alarms as the operator saw them, one per alarm, 0: not told."""
    role: str = ""
    address: str = ""
    """Where the request came from; with the role for the audit only."""
    elements: tuple[str, ...] = ()
    """With action ``poll``: ids of elements to look at again, soon."""
    where: str = ""
    """With action ``maintenance-begin``: on what work is planned, a condition; ``until`` is its end."""
    since: int = 0
    """When it begins; 0: now."""
    mode: str = ""
    """``hide``, or ``mark``; empty: hide."""
    windows: tuple[str, ...] = ()
    """With action ``maintenance-end``: ids of windows that operators made."""


class InventoryChange(msgspec.Struct, frozen=True, tag="inventory", array_like=True):
    """A difference of the inventory: a file loaded, or a fact that the core found in what polls brought.

    | kind            | says                                                                       |
    |-----------------|----------------------------------------------------------------------------|
    | `loaded`        | what a file added, changed and removed, and its lists as they are now      |
    | `adopted`       | `old`, a sender the inventory did not have, is the element `new`           |
    | `renamed`       | the managed object `old` is called `new`                                   |
    | `removed`       | `old` is in no walk any more                                               |
    | `parts`         | the parts of `new`, an element                                             |
    | `layers`        | which interfaces of `new` lie on which                                     |
    | `addresses`     | further addresses of `new`                                                 |
    | `resolved`      | the DNS name `old` of `new` has the one address of `addresses`             |
    | `links`         | links as they are now, by id; one with the ends empty is gone              |
    | `strangers`     | neighbors of `new` that the inventory does not have                        |
    | `pending`       | `old`, an interface that the inventory names: by `new`, but no poll shows it; empty: one does |
    | `members`       | `services` that have ports of `new` as members, by description, as they are now |
    | `member_mismatch` | the member `words` of `old`, a service, is not one port of `element` but `new`; empty: it is |
    | `metered`       | `metered`, the series that usage rules mean and polls show, as they are now |
    | `link_mismatch` | `old`, a configured link, does not lead where neighbors say: `new`; empty: it does |
    """

    at: int
    kind: str
    added: tuple[Element, ...] = ()
    changed: tuple[Element, ...] = ()
    removed: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    links: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()
    services: tuple[Service, ...] = ()
    """Of kind loaded: the whole lists as they are now."""
    hash: str = ""
    """Of kind loaded: SHA-256 of the file that the inventory stands in, in hex."""
    old: str = ""
    new: str = ""
    parts: tuple[Part, ...] = ()
    layers: tuple[Layer, ...] = ()
    addresses: tuple[str, ...] = ()
    found: tuple[FoundLink, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    element: str = ""
    words: str = ""
    metered: tuple[Assignment, ...] = ()


class UsageRejected(msgspec.Struct, frozen=True, tag="usage_rejected", array_like=True):
    """What the consumer of a usage feed refuses (specs/usage.md section 7)."""

    at: int
    rejections: tuple[Rejection, ...]


class UsageReassigned(msgspec.Struct, frozen=True, tag="usage_reassigned", array_like=True):
    """The newest records of intervals that a change of the past gives to another service (specs/usage.md section 4)."""

    at: int
    intervals: tuple[Reassignment, ...]


class RulesChange(msgspec.Struct, frozen=True, tag="rules", array_like=True):
    """A new rule set with all the core needs to know: rules, profiles, metering, settings, as canonical JSON."""

    at: int
    text: bytes
    hash: str
    mibs: str = ""
    """Hash of the MIB set the names were resolved with."""


Observation = (
    Trap
    | PollResult
    | PollFailed
    | MqttMessage
    | Tick
    | OperatorRequest
    | InventoryChange
    | RulesChange
    | UsageRejected
    | UsageReassigned
)
