"""The batch loop: take what arrived, step the core, commit both in one transaction, then let go (DESIGN section 1)."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from netmon.alarms.operator import refused
from netmon.domain.alarm import AlarmChange
from netmon.domain.dropped import Dropped
from netmon.domain.observation import HealthRow, InventoryChange, Observation, OperatorRequest, ShedRow, Tick
from netmon.domain.output import Answer, Output, PollRequest
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import UsageRecord
from netmon.step import Core
from netmon.storage.commits import Commits
from netmon.storage.observations import Unstorable, encode
from netmon.storage.store import Batch, SnapshotRow, Store
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.pipeline")

_BATCH_S = 0.020
_WORK_S = 0.008
_SILENCE_S = 1.0
_CHUNK = 4
"""Observations of a backlog between two looks at the time and at the others."""
_LARGE = 4
"""The same of those that were put: a poll's may hold a thousand cells."""
_FULL = 1_000
"""So many that wait are a batch, whatever the time."""

Acknowledge = Callable[[], None]
Arrival = tuple[Observation, Acknowledge | None]


class Backlog(Protocol):
    """What a source holds back until the core comes for it."""

    def __len__(self) -> int: ...

    def begin(self) -> None:
        """Begin a batch."""
        ...

    def take(self, most: int) -> Sequence[Arrival]:
        """Return up to ``most`` observations and what is called once they are committed."""
        ...


def step(core: Core, observation: Observation, *, failed: Callable[[], object]) -> list[Output]:
    """Step the core; a bug costs the rest of this one observation, not the daemon, and the same when it is replayed."""
    outputs: list[Output] = []
    step_into(outputs, core, observation, failed=failed)
    return outputs


def step_into(outputs: list[Output], core: Core, observation: Observation, *, failed: Callable[[], object]) -> None:
    """Step as ``step`` does, and add what comes of it to ``outputs``."""
    try:
        core.step_into(outputs, observation)
    except Exception:
        failed()
        log.exception("observation failed", seq=core.seq, kind=type(observation).__name__)


class Surroundings(Protocol):
    """What the pipeline asks of the parts around it; ``app.py`` answers."""

    def now_ms(self) -> int:
        """Return the time on the anchored monotonic line."""
        ...

    def behind_ms(self, at_ms: int) -> int:
        """Return how far the time of usage is behind that line at a moment, after the clock of the host went back."""
        ...

    def shed(self) -> tuple[ShedRow, ...]:
        """Return what the sources gave up since the last call."""
        ...

    def health(self) -> tuple[HealthRow, ...]:
        """Return what sources, store and outputs report about themselves."""
        ...

    def poll(self, request: PollRequest) -> None:
        """Hand a wish of the core to the poller."""
        ...

    def committed(self, done: "Committed") -> None:
        """Let outputs go: everything in ``done`` is on disk."""
        ...

    def snapshot_row(self, batch: int) -> SnapshotRow | None:
        """Return the next row of a snapshot, if one is due or under way."""
        ...

    def snapshotting(self) -> bool:
        """Tell whether rows of a snapshot are still to be written."""
        ...

    def full(self) -> None:
        """The disk is full: free what is kept in reserve."""
        ...


class Committed(msgspec.Struct, frozen=True):
    """What one transaction made true."""

    last_seq: int
    blocks: tuple[SampleBlock, ...]
    changes: tuple[AlarmChange, ...]
    records: tuple[UsageRecord, ...]
    found: tuple[InventoryChange, ...] = ()
    """What the core found in what polls brought."""


class _Work(msgspec.Struct):
    """A batch in the making: what was taken and what the core made of it."""

    began: float
    observations: list[Observation] = []
    octets: list[bytes] = []
    outputs: list[Output] = []
    """Made by the core and not yet sorted."""
    acknowledge: list[Acknowledge] = []
    answers: list[tuple[str, bytes]] = []
    changes: list[AlarmChange] = []
    blocks: list[SampleBlock] = []
    records: list[UsageRecord] = []
    found: list[InventoryChange] = []
    wishes: list[PollRequest] = []
    dropped: Counter[str] = msgspec.field(default_factory=Counter)


class Pipeline:
    """Takes observations from the sources and runs them through the core, batch by batch."""

    def __init__(self, core: Core, store: Store, around: Surroundings, metrics: Metrics) -> None:
        self._core = core
        self._commits = Commits(store, full=around.full)
        self._around = around
        self._metrics = metrics
        self._failed = metrics.bugs.inc
        self._intake: deque[Arrival] = deque()
        self._backlogs: list[Backlog] = []
        self._answers: dict[str, Callable[[bytes], None]] = {}
        self._arrived = asyncio.Event()
        self._took_at = 0.0
        """When the batch before began to be stepped."""
        self._left_over = False
        """It did not get through what had arrived."""
        self._number = store.position()[0]
        self._stopping = False

    def put(self, observation: Observation, acknowledge: Acknowledge | None = None) -> None:
        """Take an observation; ``acknowledge`` is called once its batch is committed, never if it is not."""
        self._intake.append((observation, acknowledge))
        self._arrived.set()

    def draw(self, backlog: Backlog) -> None:
        """Take from a backlog as well, a chunk at a time, so that its source decides who is next."""
        self._backlogs.append(backlog)

    def wake(self) -> None:
        """Take note that a backlog has something."""
        self._arrived.set()

    def ask(self, request: OperatorRequest, answer: Callable[[bytes], None]) -> None:
        """Take an operator request; ``answer`` gets the core's JSON once it is committed."""
        self._answers[request.request_id] = answer
        self.put(request)

    def waiting(self) -> int:
        """Return how many observations wait to be stepped."""
        return len(self._intake) + sum(map(len, self._backlogs))

    @property
    def stuck(self) -> str:
        """Why the store takes nothing at the moment."""
        return self._commits.stuck

    def stop(self) -> None:
        """Step and commit what has arrived, then let ``run`` return; not where the store takes nothing."""
        self._stopping = True
        self._commits.stop()
        self._arrived.set()

    async def run(self) -> None:
        """Run until ``stop``. While one batch is being committed the next one is stepped; commits keep their order.

        At the end there is a batch that begins when nothing waits any more: its Tick tells what was shed before.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._commits.run())
            last = False
            while not last or self._around.snapshotting():
                began = await self._wait()
                await self._commits.room()
                if self._commits.given_up:
                    break
                last = last or (self._stopping and not self.waiting())
                self._take(began)
            self._commits.end()

    async def _wait(self) -> float:
        """Wait for something to do: an arrival, or a second of silence.

        A batch gathers until 20 ms after the one before began; what that one left over has waited long enough.
        """
        if self._stopping:
            await asyncio.sleep(0)
            return time.perf_counter()
        try:
            async with asyncio.timeout(_BATCH_S if self._core.left_over else _SILENCE_S):
                await self._arrived.wait()
        except TimeoutError:
            return time.perf_counter()
        began = time.perf_counter()
        behind = self._left_over or self.waiting() >= _FULL
        await asyncio.sleep(0 if behind else max(0.0, self._took_at + _BATCH_S - began))
        return began

    def _take(self, began: float) -> None:
        """Step the core over a Tick and then over arrivals until the work of one batch is done; commit that."""
        work = _Work(began)
        self._took_at = time.perf_counter()
        first_seq = self._core.seq + 1
        # Tick times never fall, whatever the clock does (specs/rules.md section 3).
        at = max(self._core.now, self._around.now_ms())
        around = self._around
        self._step(work, Tick(at, around.shed(), around.health(), around.behind_ms(at)), None)
        self._sort_all(work)
        self._step_arrivals(work)
        self._number += 1
        row = self._around.snapshot_row(self._number)
        batch = Batch(
            number=self._number,
            first_seq=first_seq,
            at=at,
            observations=tuple(work.observations),
            changes=tuple(work.changes),
            records=tuple(work.records),
            answers=tuple(work.answers),
            octets=tuple(work.octets),
        )
        self._commits.add(batch, row, lambda: self._let_go(work, batch))

    def _step_arrivals(self, work: _Work) -> None:
        for backlog in self._backlogs:
            backlog.begin()
        until = time.perf_counter() + _WORK_S
        while chunk := self._chunk():
            for observation, acknowledge in chunk:
                self._step(work, observation, acknowledge)
            self._sort_all(work)
            if time.perf_counter() >= until:
                break
        self._left_over = self.waiting() > 0
        if not self._left_over:
            self._arrived.clear()

    def _chunk(self) -> list[Arrival]:
        """Return what is stepped next: a little of everything that waits."""
        intake = self._intake
        chunk = [intake.popleft() for _ in range(min(_LARGE, len(intake)))]
        for backlog in self._backlogs:
            chunk += backlog.take(_CHUNK)
        return chunk

    def _step(self, work: _Work, observation: Observation, acknowledge: Acknowledge | None) -> None:
        if acknowledge is not None:
            work.acknowledge.append(acknowledge)
        try:
            octets = encode(observation)
        except Unstorable as error:
            self._give_up(work, observation, error)
            return
        work.octets.append(octets)
        work.observations.append(observation)
        step_into(work.outputs, self._core, observation, failed=self._failed)
        if isinstance(observation, OperatorRequest):
            self._answer_anyway(work, observation)

    def _answer_anyway(self, work: _Work, request: OperatorRequest) -> None:
        """Have a request answered that a bug left without an answer: nobody waits for one that never comes."""
        if not any(isinstance(one, Answer) and one.request_id == request.request_id for one in work.outputs):
            body = refused(request, "bug", status=500, evidence="netmon has a bug here; its log tells more")
            work.outputs.append(Answer(request.request_id, body))

    def _give_up(self, work: _Work, observation: Observation, error: Unstorable) -> None:
        """Leave out what the log cannot hold: stepped all the same, no replay could agree with it."""
        log.error("observation cannot be stored", kind=type(observation).__name__, error=str(error))
        work.outputs.append(Dropped("unstorable", str(error), self._core.seq + 1))
        if isinstance(observation, Tick):
            self._step(work, Tick(observation.at, behind_ms=observation.behind_ms), None)
        elif isinstance(observation, OperatorRequest):
            body = refused(observation, "badValue", status=400, evidence=f"the request cannot be stored: {error}")
            self._hand_back(work, observation.request_id, body)

    def _sort_all(self, work: _Work) -> None:
        for output in work.outputs:
            self._sort(work, output)
        work.outputs.clear()

    def _sort(self, work: _Work, output: Output) -> None:
        match output:
            case AlarmChange():
                work.changes.append(output)
            case SampleBlock():
                work.blocks.append(output)
            case UsageRecord():
                work.records.append(output)
            case PollRequest():
                work.wishes.append(output)
            case InventoryChange():
                work.found.append(output)
            case Dropped():
                work.dropped[output.reason] += output.count
            case Answer():
                self._answer(work, output)

    def _answer(self, work: _Work, answer: Answer) -> None:
        work.answers.append((answer.request_id, answer.body))
        self._hand_back(work, answer.request_id, answer.body)

    def _hand_back(self, work: _Work, request_id: str, body: bytes) -> None:
        to = self._answers.pop(request_id, None)
        if to is not None:
            work.acknowledge.append(lambda: to(body))

    def _let_go(self, work: _Work, batch: Batch) -> None:
        for acknowledge in work.acknowledge:
            acknowledge()
        for wish in work.wishes:
            self._around.poll(wish)
        self._count(work)
        last_seq = batch.first_seq + len(batch.observations) - 1
        done = Committed(last_seq, tuple(work.blocks), batch.changes, batch.records, tuple(work.found))
        self._around.committed(done)

    def _count(self, work: _Work) -> None:
        metrics = self._metrics
        metrics.batch_seconds.observe(time.perf_counter() - work.began)
        metrics.batch_observations.observe(len(work.observations))
        for type_, count in Counter(map(type, work.observations)).items():
            metrics.observations.labels(type_.__name__).inc(count)
        for reason, count in work.dropped.items():
            metrics.dropped.labels(reason).inc(count)
        for kind, count in Counter(change.kind for change in work.changes).items():
            metrics.alarm_changes.labels(kind).inc(count)
