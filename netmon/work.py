"""A batch in the making: what was taken, what the core made of it, and what its commit makes true."""

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from netmon.domain.alarm import AlarmChange
from netmon.domain.dropped import Dropped
from netmon.domain.observation import InventoryChange, Observation
from netmon.domain.output import Answer, Output, PollRequest
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import UsageRecord, UsageSettled
from netmon.storage.store import Batch
from netmon.telemetry.metrics import Metrics

Acknowledge = Callable[[], None]


class Committed(msgspec.Struct, frozen=True):
    """What one transaction made true."""

    last_seq: int
    blocks: tuple[SampleBlock, ...]
    changes: tuple[AlarmChange, ...]
    records: tuple[UsageRecord, ...]
    found: tuple[InventoryChange, ...] = ()
    """What the core found in what polls brought."""


class Work(msgspec.Struct):
    """What is gathered for one transaction, and for those who wait for it."""

    first_seq: int
    at: int
    """Engine time."""
    began: float
    """When its first observation arrived, seconds of ``perf_counter``."""
    observations: list[Observation] = []
    octets: list[bytes] = []
    outputs: list[Output] = []
    """Made by the core and not yet sorted."""
    acknowledge: list[Acknowledge] = []
    answers: list[Answer] = []
    refused: list[Answer] = []
    """Answers to requests that no log can hold: told, and not kept."""
    changes: list[AlarmChange] = []
    blocks: list[SampleBlock] = []
    records: list[UsageRecord] = []
    settled: list[UsageSettled] = []
    found: list[InventoryChange] = []
    wishes: list[PollRequest] = []
    dropped: Counter[str] = msgspec.field(default_factory=Counter)

    def sort(self) -> None:
        """Put each output where it belongs."""
        for output in self.outputs:
            self._sort(output)
        self.outputs.clear()

    def _sort(self, output: Output) -> None:
        match output:
            case AlarmChange():
                self.changes.append(output)
            case SampleBlock():
                self.blocks.append(output)
            case UsageRecord() | UsageSettled():
                self._sort_usage(output)
            case PollRequest():
                self.wishes.append(output)
            case InventoryChange():
                self.found.append(output)
            case Dropped():
                self.dropped[output.reason] += output.count
            case Answer():
                self.answers.append(output)

    def _sort_usage(self, output: UsageRecord | UsageSettled) -> None:
        if isinstance(output, UsageRecord):
            self.records.append(output)
        else:
            self.settled.append(output)

    def batch(self, number: int) -> Batch:
        """Return what is to be committed."""
        return Batch(
            number=number,
            first_seq=self.first_seq,
            at=self.at,
            observations=tuple(self.observations),
            changes=tuple(self.changes),
            records=tuple(self.records),
            settled=tuple(self.settled),
            answers=tuple((answer.request_id, answer.body) for answer in self.answers),
            octets=tuple(self.octets),
        )

    def committed(self) -> Committed:
        """Return what is true once it is committed."""
        last_seq = self.first_seq + len(self.observations) - 1
        return Committed(last_seq, tuple(self.blocks), tuple(self.changes), tuple(self.records), tuple(self.found))

    def count(self, metrics: Metrics) -> None:
        """Count what was committed, and how long it took since it arrived."""
        metrics.batch_seconds.observe(time.perf_counter() - self.began)
        metrics.batch_observations.observe(len(self.observations))
        for type_, count in Counter(map(type, self.observations)).items():
            metrics.observations.labels(type_.__name__).inc(count)
        for reason, count in self.dropped.items():
            metrics.dropped.labels(reason).inc(count)
        for kind, count in Counter(change.kind for change in self.changes).items():
            metrics.alarm_changes.labels(kind).inc(count)
