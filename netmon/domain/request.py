"""What the web process and the command line ask of the engine over its unix socket (specs/dashboard.md 2)."""

from typing import Annotated

import msgspec

VERSION_HEADER = "netmon-version"
"""Both sides are the same build: a caller that names another version here is refused."""


class OperatorCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operator request as it comes in; the engine adds the time."""

    action: str
    alarms: tuple[str, ...]
    user: str
    request_id: str = ""
    """Sent again with the same id, the first answer comes back; made by the engine when empty."""
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
    """Where the request came from; with the role for the audit."""
    elements: tuple[str, ...] = ()
    """With action ``poll``: ids of elements."""
    where: str = ""
    """With action ``maintenance-begin``: on what work is planned, a condition; ``until`` is its end, UTC ms."""
    since: int = 0
    """When it begins; 0: now."""
    mode: str = ""
    """``hide``, or ``mark``; empty: hide."""
    windows: tuple[str, ...] = ()
    """With action ``maintenance-end``: ids of windows that operators made."""


class AckCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Billing has the files of a feed up to one number."""

    feed: str
    through_file_seq: int
    user: str
    sha256: str = ""
    """Of that file as it was taken; empty: not told."""
    audit: bool = False
    """Whether the engine writes it into the audit."""


class AckAnswer(msgspec.Struct, frozen=True):
    """What became of an acknowledgment."""

    feed: str
    through_file_seq: int
    acknowledged: int
    """Files of which this was news; 0: they were acknowledged before."""


class RedeliverCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files of a feed are to be put back as they were published."""

    feed: str
    first: int
    last: int


class EngineStatus(msgspec.Struct, frozen=True):
    """How the engine is doing."""

    seq: int
    """Number of the last observation it took."""
    now: int
    """Its time, UTC ms: of the newest Tick."""
    waiting: int
    """Observations that wait for a batch."""
    change_seq: int
    """Number of the last alarm change."""
    rules: str
    """Hash of the rule set in use."""
    traps: tuple[str, ...]
    """Addresses where it listens for traps."""
    engine: str
    """Address of its metrics."""
    web: str
    """First address of the web process, empty where there is none."""


class LiveStats(msgspec.Struct, frozen=True):
    """Figures of the live feed of a web process since it began."""

    clients: int = 0
    clients_refused: int = 0
    events: int = 0
    """Events handed to clients, each counted once per client."""
    bytes: int = 0
    resyncs: dict[str, int] = {}
    """By reason: slow, burst, too-old, reloaded."""
    lag_ms: int = 0
    """From the time of the newest change to the moment it was handed to the clients."""
    worst_lag_ms: int = 0
    """The worst of the last 60 batches."""
    seq: int = 0


class LiveReport(msgspec.Struct, frozen=True):
    """What a web process tells the engine every 5 s."""

    worker: int
    """Which of ``web.workers``, from 1; one that is started again has the same number."""
    live: LiveStats


class RejectedCount(msgspec.Struct, frozen=True):
    """How often messages of one source were turned away for one reason in the last 24 hours."""

    realm: str
    source: str
    """``*``: many sources together, too many to tell apart."""
    reason: str
    count: int
    last: int
    """UTC ms."""
    meaning: str


class RejectedMessage(msgspec.Struct, frozen=True):
    """One message that was turned away."""

    at: int
    """UTC ms."""
    realm: str
    source: str
    reason: str
    text: str
    """What it means and what to look at."""
    head: str
    """Its first 64 octets in hex; asterisks stand where the community was."""


class TrapBooks(msgspec.Struct, frozen=True):
    """What became of every datagram since the start.

    ``read = queued + duplicates + discoveries + rejected + shed + unread`` and
    ``queued = committed + queue_full + waiting``; ``missing`` is what either lacks, which is a fault of netmon.
    """

    read: int
    queued: int
    duplicates: int
    """Informs that were sent again."""
    discoveries: int
    """Questions of version 3 which engine this is."""
    rejected: int
    shed: int
    """By the storm limits."""
    queue_full: int
    committed: int
    waiting: int
    missing: int
    kernel_drops: int
    """What the kernel dropped before it could be read; of no other figure a part."""
    unread: int = 0
    """Read from the socket, and not looked at yet."""


class RejectionsWanted(msgspec.Struct, frozen=True):
    """Which rejections."""

    source: str = ""
    """Of this address only."""
    reason: str = ""
    """For this reason only."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1_000
    """Rows of each list, at most."""


class TrapRejections(msgspec.Struct, frozen=True):
    """What the receiver of traps turned away, before a restart, too; the books begin with the engine."""

    books: TrapBooks
    counts: list[RejectedCount]
    """Of the last 24 hours, the most frequent first."""
    last: list[RejectedMessage]
    """The newest first."""


class SharedEngine(msgspec.Struct, frozen=True):
    """An SNMP engine id that several elements have: cloned devices."""

    engine_id: str
    """In hex."""
    realm: str
    elements: list[str]


class OwnSnmpEngine(msgspec.Struct, frozen=True):
    """netmon as an SNMP engine, to which informs of version 3 are sent."""

    engine_id: str
    """In hex."""
    boots: int
    time_s: int
    """Since it booted."""
    shared: list[SharedEngine]
    """Engines of others that are not told apart by their id."""
