"""Figures of the core as metrics: active alarms, outcomes, unknown traps."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from netmon.correlate.own import UNBILLABLE
from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.usage import UsageRecord
from netmon.step import Core
from netmon.telemetry.metrics import Metrics
from netmon.telemetry.rule_events import rendered
from netmon.usage.unbillable import REASONS

_MOST_TRAPS = 1_000
"""Unknown traps with a series of their own; the rest is one series."""


class _Left(msgspec.Struct, frozen=True):
    """What a record tells of a pair that was dropped."""

    reason: str
    octets_in: int | None
    octets_out: int | None


class _Evidence(msgspec.Struct, frozen=True):
    dropped: tuple[_Left, ...]


class _Counted(msgspec.Struct, frozen=True):
    """What is counted of a record."""

    quality: str | None
    reason: str | None
    octets_in: int | None
    octets_out: int | None
    coverage_ms: int
    evidence: _Evidence


class _Newest(msgspec.Struct):
    """The newest interval of a feed that has records."""

    start: int = 0
    covered_ms: int = 0
    whole_ms: int = 0


class Gauges:
    """Keeps the metrics of the core true: alarms by what was committed, the rest when somebody asks."""

    def __init__(self, core: Core, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics
        self._active: dict[str, tuple[str, str]] = {}
        self._newest: dict[str, _Newest] = {}
        self._told: Counter[tuple[str, str]] = Counter()
        for alarm in core.book.alarms():
            self._take(alarm)

    def committed(self, changes: Iterable[AlarmChange], records: Iterable[UsageRecord]) -> None:
        """Take what was committed."""
        for change in changes:
            self._take(change.after)
        for record in records:
            self._count(record)

    def refresh(self) -> None:
        """Bring everything up to date before it is rendered."""
        self._metrics.tasks.set(len(asyncio.all_tasks()))
        counts = Counter(self._active.values())
        self._metrics.alarms.clear()
        for (severity, visible), count in sorted(counts.items()):
            self._metrics.alarms.labels(severity, visible).set(count)
        for feed, missing in self._core.meter.missing().items():
            self._metrics.usage_missing.labels(feed).set(missing)
        self._metrics.usage_unbillable.clear()
        for reason, many in Counter(map(REASONS.__getitem__, self._core.engine.own.values(UNBILLABLE))).items():
            self._metrics.usage_unbillable.labels(reason).set(many)
        for outcome, count in sorted(self._core.outcomes.items()):
            self._tell("outcome", outcome, count)
        for result, count in self._core.book.actions.items():
            self._tell("action", result, count)
        unknown: Counter[str] = Counter()
        for trap in self._core.engine.unknown:
            known = trap.name in unknown or len(unknown) < _MOST_TRAPS
            unknown[trap.name if known else "other"] += trap.count
        for name, count in unknown.items():
            self._tell("trap", name, count)

    def rule_events(self) -> Iterator[bytes]:
        """Yield the text exposition of what became of the inputs of each rule, piece by piece."""
        core = self._core
        return rendered(self._metrics.rule_events, core.book.told.outcomes.by_rule, core.engine.counts.by_rule)

    def _count(self, record: UsageRecord) -> None:
        line = msgspec.json.decode(record.line, type=_Counted)
        self._metrics.usage_records.labels(record.feed, record.kind, line.quality or "").inc()
        if record.kind == "usage":
            self._measured(record, line)
        elif record.kind == "adjustment":
            self._metrics.usage_adjustments.labels(record.feed, line.reason or "").inc()
        else:
            for dropped in line.evidence.dropped:
                self._metrics.usage_dropped_pairs.labels(record.feed, dropped.reason).inc()
                octets = (dropped.octets_in or 0) + (dropped.octets_out or 0)
                self._metrics.usage_quarantined.labels(record.feed).inc(octets)

    def _measured(self, record: UsageRecord, line: _Counted) -> None:
        for direction, octets in (("in", line.octets_in), ("out", line.octets_out)):
            self._metrics.usage_octets.labels(record.feed, direction).inc(octets or 0)
        newest = self._newest.setdefault(record.feed, _Newest())
        if record.start > newest.start:
            newest = self._newest[record.feed] = _Newest(record.start)
        if record.start == newest.start:
            newest.covered_ms += line.coverage_ms
            newest.whole_ms += record.end - record.start
            self._metrics.usage_coverage.labels(record.feed).set(newest.covered_ms / newest.whole_ms)

    def _take(self, alarm: Alarm) -> None:
        if alarm.state == "active":
            self._active[alarm.alarm_id] = (alarm.severity, "false" if alarm.hidden_by else "true")
        else:
            self._active.pop(alarm.alarm_id, None)

    def _tell(self, what: str, name: str, count: int) -> None:
        """Raise a counter to ``count``: the core counts, the metric follows."""
        metrics = self._metrics
        counters = {"outcome": metrics.rule_outcomes, "action": metrics.rule_actions, "trap": metrics.unknown_traps}
        counters[what].labels(name).inc(max(0, count - self._told[what, name]))
        self._told[what, name] = count
