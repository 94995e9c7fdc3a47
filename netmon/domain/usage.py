"""Usage: counter samples, judged pairs, records (specs/usage.md sections 1 to 6)."""

from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

USAGE_NAMESPACE: UUID = uuid5(NAMESPACE_URL, "urn:netmon:usage:v1")


class CounterSample(msgspec.Struct, frozen=True, array_like=True):
    """One reading of the octet counters of an interface, all from one PDU (specs/usage.md section 1)."""

    t: int
    """Sample time, UTC ms, already on the anchored monotonic line."""
    run: str
    mono_ms: int | None
    uptime_cs: int
    boots: int | None
    disc_cs: int
    ifindex: int
    ifname: str
    width: int
    speed_bps: int
    in_octets: int
    out_octets: int
    conflict: bool = False
    wall: int | None = None
    """Wall-clock midpoint as told, where it differs from ``t``."""


class PairSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the pair rules (specs/usage.md section 11)."""

    poll_interval_ms: int = 300_000
    uptime_tol_ms: int = 10_000
    rate_tol_pct: int = 10
    rate_tol_octets: int = 65_536
    max_gap_factor_pct: int = 250
    max_bridge_ms: int = 86_400_000
    counters_survive_agent_restart: bool = False


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """Two consecutive samples and what is proven between them."""

    series: str
    a: CounterSample
    b: CounterSample
    ok: bool
    reason: str
    """Why it was dropped, empty when accepted."""
    d_in: int | None
    d_out: int | None
    flags: tuple[str, ...]
    gap: bool = False
    quarantined: tuple[str, int, int | None] | None = None
    """(direction, octets, cap) kept as evidence of a dropped pair."""
    withdrawn: bool = False
    """What was said of these two samples before no longer holds: a late sample came between, or a conflicting one."""


Quality = Literal["measured", "estimated", "partial", "unknown"]


class Assignment(msgspec.Struct, frozen=True, array_like=True):
    """Who is charged for a series in one feed, from when to when (UTC ms, exclusive end)."""

    series: str
    element: str
    object: str
    name: str
    basis: str
    feed: str
    rule: str
    contract: str = ""
    service: str = ""
    party: str = ""
    facing: str = ""
    poll_ms: int = 60_000
    speed_override_bps: int | None = None
    valid_from: int | None = None
    valid_to: int | None = None


class Followed(msgspec.Struct, frozen=True, array_like=True):
    """A port, or ports, that a usage rule meters as polls show them: by description or by a pattern."""

    assignment: Assignment
    """Without what only polls tell: name, object, and mostly the series."""
    position: int = -1
    """Of the member in its service; -1: ``objects`` says which ports."""
    objects: str = ""
    """A path of an interface, or a pattern of such paths."""
    alias: str = ""
    """The one description that the series is named by, where it is known."""


class UsageSettings(msgspec.Struct, frozen=True):
    """What the meter must know; part of every ``RulesChange``."""

    feeds: dict[str, str] = msgspec.field(default_factory=lambda: {"main": "netmon"})
    """Feed id to node id."""
    interval_ms: int = 900_000
    poll_ms: int = 60_000
    grace_ms: int = 180_000
    pairs: PairSettings = PairSettings(poll_interval_ms=60_000)
    late_ms: int = 1_800_000
    """A sample this much older than the newest one of its series still finds its place; see ``kept`` of Counters."""
    horizons_ms: dict[str, int] = {}
    """Late horizon by feed; default 90 days."""


class UsageRecord(msgspec.Struct, frozen=True, tag="usage"):
    """A committed line of a feed: the canonical JSON is made once, where the record is made."""

    feed: str
    rec_seq: int
    id: str
    kind: Literal["usage", "adjustment", "exception"]
    series: str
    start: int
    end: int
    revision: int
    line: bytes
    """Canonical JSON without the line feed (specs/usage.md section 6)."""
    hash: str
    """Lower-case hex SHA-256 of ``line``; the next record's ``prev``."""


class Rejection(msgspec.Struct, frozen=True, array_like=True):
    """A record that the consumer of a feed refuses."""

    who: Assignment
    """As the record tells it."""
    start: int
    end: int
    number: int
    """Exceptions of the same series, start and end that are committed."""
    record: str
    """Its id."""
    reason: str
    """``nack_`` and the code that the consumer gave."""


class Reassignment(msgspec.Struct, frozen=True, array_like=True):
    """A closed interval that is to be written again, because another service has it."""

    feed: str
    series: str
    start: int
    line: bytes
    """Its newest record; empty: there is none any more."""


class UsageSettled(msgspec.Struct, frozen=True, array_like=True):
    """A statement of the core: every metered interval of a feed that ends by ``through`` has its record."""

    feed: str
    through: int
    """UTC ms, a whole minute."""
    rec_seq: int
    """Last record of the feed then; 0: it had none."""


def quote_name(text: str) -> str:
    """Encode one component of a series name (specs/usage.md section 1)."""
    out: list[str] = []
    for octet_text in text:
        code = ord(octet_text)
        if octet_text in "|%" or code < 0x20 or code == 0x7F or 0xDC80 <= code <= 0xDCFF:
            out.extend(f"%{octet:02X}" for octet in octet_text.encode("utf-8", "surrogateescape"))
        else:
            out.append(octet_text)
    return "".join(out)


def series_name(element: str, basis: str, name: str) -> str:
    """Return ``<element>|<basis>:<name>`` with both components encoded."""
    return f"{quote_name(element)}|{basis}:{quote_name(name)}"
