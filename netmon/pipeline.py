"""The batch loop: take what arrived, step the core, commit both in one transaction, then let go (DESIGN section 1)."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Protocol

import structlog

from netmon.alarms.operator import refused
from netmon.domain.dropped import Dropped
from netmon.domain.observation import HealthRow, Observation, OperatorRequest, ShedRow, Tick
from netmon.domain.output import Answer, PollRequest
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.commits import Commit, Commits
from netmon.storage.observations import Unstorable, encode
from netmon.storage.store import SnapshotRow, Store
from netmon.telemetry.metrics import Metrics
from netmon.telemetry.seldom import Seldom
from netmon.work import Acknowledge, Committed, Work

log = structlog.get_logger("netmon.pipeline")

_BATCH_S = 0.020
_WORK_S = 0.008
_SILENCE_S = 1.0
_CHUNK = 16
"""Observations of a backlog between two looks at the time and at the others."""
_LARGE = 4
"""The same of those that were put: a poll's may hold a thousand cells."""
_FULL = 1_000
"""So many that wait are a batch, whatever the time."""

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


class Surroundings(Protocol):
    """What the pipeline asks of the parts around it; ``app/engine.py`` answers."""

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

    def committed(self, done: Committed) -> None:
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


class Pipeline:
    """Takes observations from the sources and runs them through the core, batch by batch."""

    def __init__(self, core: Core, store: Store, around: Surroundings, metrics: Metrics) -> None:
        self._core = core
        self._commits = Commits(store, full=around.full)
        self._around = around
        self._metrics = metrics
        self._stepping = Stepping(core, failed=metrics.bugs.inc)
        self._seldom = Seldom()
        """Lines on what the log cannot hold: a sender may be able to bring one about with each datagram."""
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
        self._took_at = time.perf_counter()
        around = self._around
        # Tick times never fall, whatever the clock does (specs/rules.md section 3).
        at = max(self._core.now, around.now_ms())
        work = Work(self._core.seq + 1, at, began)
        self._step(work, Tick(at, around.shed(), around.health(), around.behind_ms(at)), None)
        work.sort()
        self._step_arrivals(work)
        self._number += 1
        row = around.snapshot_row(self._number)
        self._commits.add(Commit(work.batch(self._number), row, lambda: self._let_go(work)))

    def _step_arrivals(self, work: Work) -> None:
        for backlog in self._backlogs:
            backlog.begin()
        until = time.perf_counter() + _WORK_S
        while chunk := self._chunk():
            for observation, acknowledge in chunk:
                self._step(work, observation, acknowledge)
            work.sort()
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

    def _step(self, work: Work, observation: Observation, acknowledge: Acknowledge | None) -> None:
        if acknowledge is not None:
            work.acknowledge.append(acknowledge)
        try:
            octets = encode(observation)
        except Unstorable as error:
            self._give_up(work, observation, error)
            return
        work.octets.append(octets)
        work.observations.append(observation)
        self._stepping.step_into(work.outputs, observation)
        if isinstance(observation, OperatorRequest):
            _answer_anyway(work, observation)

    def _give_up(self, work: Work, observation: Observation, error: Unstorable) -> None:
        """Leave out what the log cannot hold: stepped all the same, no replay could agree with it."""
        if (left_out := self._seldom.turn()) is not None:
            kind = type(observation).__name__
            log.error("observation cannot be stored", kind=kind, error=str(error), left_out=left_out)
        work.outputs.append(Dropped("unstorable", str(error), self._core.seq + 1))
        if isinstance(observation, Tick):
            self._step(work, Tick(observation.at, behind_ms=observation.behind_ms), None)
        elif isinstance(observation, OperatorRequest):
            body = refused(observation, "badValue", status=400, evidence=f"the request cannot be stored: {error}")
            work.refused.append(Answer(observation.request_id, body))

    def _let_go(self, work: Work) -> None:
        """Let go who waits for the batch; a bug with one of them holds up no other, nor what comes next."""
        answers = (partial(self._hand_back, one) for one in (*work.answers, *work.refused))
        wishes = (partial(self._around.poll, one) for one in work.wishes)
        last = (partial(work.count, self._metrics), lambda: self._around.committed(work.committed()))
        acts: Iterable[Callable[[], None]] = chain(work.acknowledge, answers, wishes, last)
        for act in acts:
            try:
                act()
            except Exception:
                self._metrics.part_failures.labels("pipeline").inc()
                if (left_out := self._seldom.turn()) is not None:
                    log.exception("what was kept could not be let go", left_out=left_out)

    def _hand_back(self, answer: Answer) -> None:
        to = self._answers.pop(answer.request_id, None)
        if to is not None:
            to(answer.body)


def _answer_anyway(work: Work, request: OperatorRequest) -> None:
    """Have a request answered that a bug left without an answer: nobody waits for one that never comes."""
    if not any(isinstance(one, Answer) and one.request_id == request.request_id for one in work.outputs):
        body = refused(request, "bug", status=500, evidence="netmon has a bug here; its log tells more")
        work.outputs.append(Answer(request.request_id, body))
