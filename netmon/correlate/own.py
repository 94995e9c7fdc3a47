"""netmon's own alarms, from what its parts report with each Tick: so they replay (specs/rules.md 6, alarms.md 3)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from netmon.domain.alarm import Content, Edge, Severity
from netmon.domain.managed_object import NETMON
from netmon.domain.observation import (
    FEED_INTEGRITY_PART,
    FEED_STORAGE_PART,
    FEED_UNCOLLECTED_PART,
    UNBILLABLE_PART,
    HealthRow,
)

UNBILLABLE = "usage-series-unbillable"
"""Type of the alarm of a metered port of which nothing can be billed; the qualifier is its series."""

Kind = Literal["grows", "nonzero", "beyond", "state"]


class OwnAlarm(msgspec.Struct, frozen=True):
    """One alarm: of which report, when it is on, and what it says."""

    type: str
    part: str
    """Part of the report it looks at; the name of the report is the qualifier."""
    kind: Kind
    """``grows``: a count that rose, until it rests for ``rest_ms``; ``beyond``: above ``limit`` on either side of 0;
    ``state``: 0 is good, any other number says what is wrong, and another one is told anew."""
    severity: Severity
    probable_cause: str
    event_type: str
    text: str
    """``{name}``, ``{value}``, ``{about}``."""
    repair: str
    limit: int = 0
    below: int = 0
    """``beyond`` ends at or under this."""
    mild: int = 0
    """``state``: up to this number it is only a warning."""
    rest_ms: int = 0
    for_ms: int = 0
    """It must last so long."""
    after_ms: int = 0
    """It ends so long after the last time."""
    clear_for_ms: int = 0
    """It must be over for so long."""
    clearable: bool = False
    """What happened once stays until an operator has seen it."""

    def filled(self, name: str, value: str, about: str) -> str:
        """Return the text of an alarm."""
        return self.text.replace("{name}", name).replace("{value}", value).replace("{about}", about)


OWN_ALARMS = (
    OwnAlarm(
        "kernel-drops", "kernel_drops", "grows", "major", "informationMissing", "processingErrorAlarm",
        "The kernel dropped messages for {name} before they were read: {value} so far",
        "Raise net.core.rmem_max (packaging/90-netmon.conf) or traps.receive_buffer, or lower the load of this host",
        rest_ms=300_000,
    ),
    OwnAlarm(
        "observation-loss", "unaccounted", "nonzero", "critical", "informationMissing", "processingErrorAlarm",
        "The books of {name} do not balance: {value} messages cannot be accounted for",
        "This is a fault of netmon: keep its log and its metrics, and report it", clearable=True,
    ),
    OwnAlarm(
        "clock-step", "offset_ms", "beyond", "major", "delayedInformation", "timeDomainViolation",
        "The clock of this host is {value} ms away from the time that passed since netmon started",
        "Look at the time service of this host (chronyc tracking)", limit=1_000, below=500,
    ),
    OwnAlarm(
        "clock-step", "behind_ms", "beyond", "critical", "delayedInformation", "timeDomainViolation",
        "The clock of this host went back: for {value} ms from now it tells times that are over. Until it has passed "
        "them no interval of usage ends and no usage is read, and all else goes on at half the pace",
        "Look at the time service of this host (chronyc tracking); it ends by itself", limit=1_000,
    ),
    OwnAlarm(
        "self-overload", "late_permille", "beyond", "major", "systemResourcesOverload", "processingErrorAlarm",
        "Polls start late: 1 in 100 by {value} ‰ of the poll interval or more",
        "Poll less often, raise polling.max_in_flight, or give netmon a faster host",
        limit=100, below=50, for_ms=60_000,
    ),
    OwnAlarm(
        "state-mismatch", "mismatch", "nonzero", "critical", "softwareProgramError", "processingErrorAlarm",
        "After the start netmon came to another state than the one that was committed, which was kept",
        "Keep the log of the start and report it", clearable=True,
    ),
    OwnAlarm(
        "usage-feed-integrity", FEED_INTEGRITY_PART, "nonzero", "critical", "informationModificationDetected",
        "integrityViolation",
        "Files of the usage feed {name} are not what was recorded: {about}",
        "A file that is missing or changed in the folder: netmon usage redeliver puts it back. A wrong hash from "
        "billing: let billing take the file again and verify it. A file that stands where the next one goes, so that "
        "nothing more is published: was an older database restored? Stop netmon and bring back the newest one. If "
        "there is none, ask billing whether it took the file: if not, move it and its manifest out of the folder, and "
        "netmon goes on; if so, meter for a feed of another id and agree with billing on where the old one ends",
        clearable=True,
    ),
    OwnAlarm(
        "usage-feed-not-collected", FEED_UNCOLLECTED_PART, "state", "major", "informationMissing",
        "processingErrorAlarm",
        "Nobody acknowledges the files of the usage feed {name}: {about}",
        "Look at the consumer: it must acknowledge what it has taken (docs/how-to/bill-from-the-feed.md). Nothing that "
        "waits is ever deleted",
    ),
    OwnAlarm(
        "usage-feed-storage", FEED_STORAGE_PART, "state", "major", "storageCapacityProblem", "processingErrorAlarm",
        "There is no room for the usage feed {name}: {about}",
        "Free room on the disk or make retention shorter; mount or mend the folder of the feed. Records stay in the "
        "database, and all files come in order once there is room", mild=1,
    ),
    OwnAlarm(
        UNBILLABLE, UNBILLABLE_PART, "state", "major", "thresholdCrossed", "processingErrorAlarm",
        "{name}: octets cannot be billed: {about}",
        "Mend the port of the service in the inventory or of the usage rule (netmon inventory show ELEMENT lists "
        "ports); where the element tells a wrong speed set speed_override_bps, with 32-bit counters poll more often",
    ),
    OwnAlarm(
        "series-limit", "series_full", "state", "major", "thresholdCrossed", "processingErrorAlarm",
        "{name}: new time series are refused, what is known goes on: {about}",
        "Find out what makes so many (netmon series list --element ...): an index or a label that is another one each "
        "time is to go out of the profile; where that is right, raise retention.max_series",
    ),
    OwnAlarm(
        "rule-limit", "rule_full", "state", "major", "softwareProgramError", "processingErrorAlarm",
        "{name}: {value} alarms of this rule are active, which is its limit; it raises no new ones",
        "Find out what raises so many; where that is right, raise limit of the rule", clear_for_ms=60_000,
    ),
    OwnAlarm(
        "rule-limit", "keys_full", "state", "major", "softwareProgramError", "processingErrorAlarm",
        "There are {value} alarm keys, which is the most: no alarm of a new one is raised",
        "Find the rule whose object or qualifier is another one each time", clear_for_ms=60_000,
    ),
    OwnAlarm(
        "rule-limit", "children_full", "state", "major", "softwareProgramError", "processingErrorAlarm",
        "{name}: this alarm hides {value} others, which is the most; it does not hide any more",
        "Find out what raises so many below it; where that is right, divide what the rule hides", clear_for_ms=60_000,
    ),
)  # fmt: skip

RULE_ERROR = OwnAlarm(
    "rule-error", "", "nonzero", "warning", "softwareProgramError", "processingErrorAlarm",
    "{name}: this rule could not judge what it was given: {about}",
    "Compare what the rule asks for with what comes, then mend its object, qualifier or severity", after_ms=3_600_000,
)  # fmt: skip
"""Not of a report: `Situation.fail` raises it."""

_BY_PART = {own.part: own for own in OWN_ALARMS}
_GROWING = tuple(own for own in OWN_ALARMS if own.kind == "grows")


class OwnAlarms:
    """What was reported last, and what is on."""

    def __init__(self) -> None:
        self._on: dict[tuple[str, str], int] = {}
        """(type, name of the report) to when it was last bad."""
        self._counts: dict[tuple[str, str], int] = {}
        """Newest value of what grows."""

    def tick(self, rows: Sequence[HealthRow], *, now: int, seq: int) -> list[Edge]:
        """Return the edges of a Tick: reports that turned bad or good, and counts that rested long enough."""
        edges = self.heard(rows, now=now, seq=seq)
        return [*edges, *self._rested(now, seq)] if self._on else edges

    def heard(self, rows: Iterable[HealthRow], *, now: int, seq: int) -> list[Edge]:
        """Return the edges of reports that turned bad or good; also between Ticks, for what a step reports."""
        edges: list[Edge] = []
        for row in rows:
            own = _BY_PART.get(row.part)
            if own is not None and self._turned(own, row, now):
                on = (own.type, row.name) in self._on
                edges.append(edge(own, row.name, on, now, seq, row=row))
        return edges

    def values(self, type_: str) -> list[int]:
        """Return what the alarms of a type that are on were told last."""
        return [count for (type_of, _), count in self._counts.items() if type_of == type_]

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        on = [["on", *key, at] for key, at in sorted(self._on.items())]
        return on + [["count", *key, count] for key, count in sorted(self._counts.items())]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave."""
        what, type_, name, value = item
        (self._on if what == "on" else self._counts)[type_, name] = value

    def _turned(self, own: OwnAlarm, row: HealthRow, now: int) -> bool:
        """Judge a report; tell whether that is worth an edge."""
        key = (own.type, row.name)
        match own.kind:
            case "grows":
                # A count begins anew with every start of netmon.
                grew = row.value > self._counts.get(key, 0)
                self._counts[key] = row.value
                if grew:
                    self._on[key] = now
                return grew
            case "nonzero":
                new = row.value != 0 and key not in self._on
                if row.value != 0:
                    self._on[key] = now
                elif own.clearable:
                    self._on.pop(key, None)
                return new
            case "state":
                return self._changed(key, row.value, now)
            case "beyond":
                return self._crossed(key, own, abs(row.value), now)

    def _changed(self, key: tuple[str, str], value: int, now: int) -> bool:
        before = self._counts.pop(key, 0)
        self._on.pop(key, None)
        if value:
            self._counts[key] = value
            self._on[key] = now
        return value != before

    def _crossed(self, key: tuple[str, str], own: OwnAlarm, value: int, now: int) -> bool:
        if key not in self._on and value > own.limit:
            self._on[key] = now
            return True
        return key in self._on and value <= own.below and self._on.pop(key) is not None

    def _rested(self, now: int, seq: int) -> Iterator[Edge]:
        for own in _GROWING:
            over = [key for key, at in self._on.items() if key[0] == own.type and now - at >= own.rest_ms]
            for key in sorted(over):
                del self._on[key]
                yield edge(own, key[1], False, now, seq)


def edge(own: OwnAlarm, name: str, on: bool, now: int, seq: int, *, row: HealthRow | None = None) -> Edge:
    """Return the edge of an alarm of netmon; of one that is on, with the report that says so."""
    value, about = (row.value, row.about) if row is not None else (0, "")
    content = Content(
        severity="warning" if 0 < value <= own.mild else own.severity,
        text=own.filled(name, str(value), about),
        probable_cause=own.probable_cause,
        event_type=own.event_type,
        object_type=NETMON,
        repair=own.repair,
        service_affecting=False,
        clearable=own.clearable,
    )
    return Edge(
        (NETMON, own.type, name),
        on,
        (now, seq),
        seq,
        own.type,
        "",
        NETMON,
        0,
        content if on else None,
        own.for_ms if on else own.clear_for_ms,
        own.after_ms,
    )
