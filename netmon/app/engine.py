"""The engine process: restores the core, starts and stops every part; with ``pipeline.py`` the only maker of tasks."""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import msgspec
import structlog

from netmon.app.doors import Doors
from netmon.app.elements import Elements
from netmon.app.exporter import Exporter
from netmon.app.first_account import make_first_account
from netmon.app.gauges import Gauges
from netmon.app.hang_up import HangUp
from netmon.app.health import Health
from netmon.app.memory import settle_memory
from netmon.app.outputs import build_outputs, feeds_health
from netmon.app.own_engine import boot
from netmon.app.reassign import reassign
from netmon.app.recovery import recover
from netmon.app.rejected import Rejected
from netmon.app.reserve import free_reserve, make_reserve, renew_reserve
from netmon.app.ruleset import compile_change, inventory_change, rules_change
from netmon.app.snapshots import Snapshots
from netmon.app.sources import Sources
from netmon.app.wal import WalSize
from netmon.app.web import WebProcesses
from netmon.config.rules import Judged
from netmon.domain.inventory import Inventory
from netmon.domain.observation import HealthRow, Observation, RulesChange, ShedRow
from netmon.domain.output import PollRequest
from netmon.domain.sample import SampleBlock
from netmon.outputs.output import EMBEDDED
from netmon.outputs.room import LAST_PCT, used_pct
from netmon.outputs.series_limit import SeriesLimit
from netmon.pipeline import Pipeline
from netmon.rulebook.compile import RulesError
from netmon.rulebook.ruleset import Ruleset
from netmon.runtime.supervise import guarded, supervise
from netmon.sources.clock import Clock
from netmon.step import Core
from netmon.storage.sqlite.disk import sync_p99_ms
from netmon.storage.sqlite.retention import Limits
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.store import SnapshotRow, StoreError
from netmon.telemetry.metrics import Metrics
from netmon.work import Committed

log = structlog.get_logger("netmon.engine")

_GRACE_S = 5.0
_RETIRE_S = 10.0
_SLOW_SYNC_MS = 5.0


class Engine:
    """Everything of one engine. Building it opens the store and restores the core; nothing runs yet."""

    def __init__(self, judged: Judged, web: WebProcesses) -> None:
        self.judged, self.web = judged, web
        loaded = judged.loaded
        self.metrics = Metrics()
        self.clock = Clock()
        self.store: SqliteStore = open_store(loaded.data_dir / "netmon.db")
        # Loads polars, which no command but the daemon needs (STYLE section 13).
        from netmon.storage.series import SeriesStore

        self._series = SeriesLimit(lambda: self.judged.loaded.config.retention.max_series, self.metrics)
        self.outputs = build_outputs(
            loaded,
            store=self.store,
            series=SeriesStore(loaded.data_dir / "series"),
            metrics=self.metrics,
            observe=self._observe,
        )
        self._views = {judged.names.hash: judged.names}
        self._rulebooks = {rules_change(judged, 0).hash: judged.compiled.rulebook}
        """Compiled off the loop when they were judged: of the present rules and of those before."""
        self.core = self._recover()
        self._handed = (self.core.inventory, self.core.rules_hash)
        """Inventory and rules that the core has or will have when it has stepped what it was handed."""
        self._snapshots = Snapshots(self.core)
        self.pipeline = Pipeline(self.core, self.store, self, self.metrics)
        self.sources = Sources(
            loaded.config,
            intake=self.pipeline,
            clock=self.clock,
            metrics=self.metrics,
            kept=self._kept_answer,
        )
        self.traps, self.poller, self.operator = self.sources.traps, self.sources.poller, self.sources.operator
        self.elements = Elements(
            self.core,
            store=self.store,
            poller=self.poller,
            rulebook=lambda: self.judged.compiled.rulebook,
            names=lambda: self.judged.names,
        )
        self.exporter, self.gauges = Exporter(self.poller, self.metrics), Gauges(self.core, self.metrics)
        self.rejected = Rejected(self.traps, self.store, self.clock.now_ms)
        self._restore_sources()
        self._change_seq = self.core.book.next_seq - 1
        self._health = Health(self.clock.now_ms, self._reports(), failed=self._count_failure("health"))
        self._stop, self.doors = asyncio.Event(), Doors(self)

    def _reports(self) -> tuple[Callable[[], tuple[HealthRow, ...]], ...]:
        """Return all that report with the Ticks."""
        outputs = partial(feeds_health, self.outputs.values())
        return (*self.sources.health(), self._recovery_health, self._wal_health(), outputs, self._series.health)

    def _wal_health(self) -> Callable[[], tuple[HealthRow, ...]]:
        self.metrics.store_wal_bytes.set_function(self.store.wal_bytes)
        return WalSize(self.store.wal_bytes).health

    def _recover(self) -> Core:
        core, recovered = recover(
            lambda: Core(self._compile, self.judged.names),
            self.store,
            samples_from=self.store.cursor(EMBEDDED),
            deliver=self._deliver_samples,
        )
        self._mismatches = recovered.mismatches
        # The clock may be behind what is committed.
        self.clock.resume(core.now, billed_ms=core.meter.now)
        log.info("restored", seq=core.seq, alarms=len(core.book.alarms()), **msgspec.structs.asdict(recovered))
        return core

    def _compile(self, change: RulesChange, inventory: Inventory) -> Ruleset:
        """Compile recorded rules with the MIBs they were recorded with; without these with the present ones."""
        try:
            view = self._views.get(change.mibs, self.judged.names)
            return compile_change(change, inventory, view, rulebook=self._rulebooks.get(change.hash))
        except RulesError as error:
            # A module that the rules need is gone. The present rules follow at once as an observation of their own.
            log.error("recorded rules do not compile with the present MIBs, taking the present rules", error=str(error))
            return compile_change(rules_change(self.judged, change.at), inventory, self.judged.names)

    async def _kept_answer(self, request_id: str) -> bytes | None:
        return await asyncio.to_thread(self.store.answer, request_id)

    async def _observe(self, observation: Observation) -> None:
        """Hand an observation of an output to the core; returns once it is committed."""
        kept = asyncio.Event()
        self.pipeline.put(msgspec.structs.replace(observation, at=self.clock.now_ms()), kept.set)
        await kept.wait()

    def _restore_sources(self) -> None:
        """Let repeats of informs committed before the start be answered, not taken again; say who has which address."""
        self.traps.restore(self.core.engine.origins())
        found, elements = self.core.found, self.core.inventory.elements
        self.sources.addressed(found.addresses)
        self.sources.meter(self.core.metered.found)
        self.sources.named(
            {
                (elements[id_].realm, name): address
                for id_, names in found.names.items()
                for name, address in names.items()
            }
        )

    # What the pipeline asks of its surroundings.

    def now_ms(self) -> int:
        """Return the time on the anchored monotonic line."""
        return self.clock.now_ms()

    def behind_ms(self, at_ms: int) -> int:
        """Return how far the time of usage is behind that line."""
        return self.clock.behind_ms(at_ms)

    def shed(self) -> tuple[ShedRow, ...]:
        """Return what the listener gave up."""
        return self.traps.shed()

    def _recovery_health(self) -> tuple[HealthRow, ...]:
        return (HealthRow("recovery", "mismatch", self._mismatches),)

    def health(self) -> tuple[HealthRow, ...]:
        """Return what changed in what the parts report."""
        return self._health.rows()

    def poll(self, request: PollRequest) -> None:
        """Hand a wish of the core to the poller."""
        self.poller.request(request)

    def committed(self, done: Committed) -> None:
        """Let the outputs go."""
        self.gauges.committed(done.changes, done.records)
        self.elements.committed(done.blocks)
        self.sources.found(done.found)
        self._deliver_samples(list(done.blocks), done.last_seq)
        if done.changes or done.records:
            if done.changes:
                self._change_seq = done.changes[-1].seq
            for name, output in self.outputs.items():
                guarded(name, partial(output.committed, self._change_seq), self._count_failure(name))
        self.doors.committed(self._change_seq, self.core.now)

    def snapshot_row(self, batch: int) -> SnapshotRow | None:
        """Return the next row of a snapshot, if one is due or under way."""
        return self._snapshots.next_row(batch)

    def snapshotting(self) -> bool:
        """Tell whether rows of a snapshot are still to be written."""
        return self._snapshots.open

    def full(self) -> None:
        """Free what is kept in reserve, so that the transaction under way has room."""
        free_reserve(self.judged.loaded.data_dir)

    # Start, stop, reload.

    async def boot(self) -> None:
        """Become an SNMP engine of a new life.

        Raises:
            StoreError: that cannot be committed.
        """
        own = await boot(self.store, self.judged.loaded.config.traps.engine_id, self.clock)
        self.sources.boot(own, self.store)

    def open(self) -> None:
        """Bind every address, before anything runs.

        Raises:
            OSError, CannotListen, ListenError: an address cannot be had; the text says which and why.
        """
        addresses = self.traps.open()
        self.doors.open()
        make_reserve(self.judged.loaded.data_dir)
        if (took_ms := sync_p99_ms(self.judged.loaded.data_dir)) > _SLOW_SYNC_MS:
            log.warning(
                "slow disk: every commit, and so every trap, takes at least this long", sync_p99_ms=round(took_ms, 1)
            )
        log.info("open", traps=list(addresses), engine=self.doors.engine_address, web=self.doors.web_address)

    async def run(self, hang_up: HangUp) -> None:
        """Run until SIGTERM or SIGINT, then commit what came in, write a snapshot and flush the outputs."""
        self._hear_signals(hang_up)
        self.use(self.judged, rules_change(self.judged, 0))
        if self.judged.loaded.config.web.enabled:
            await make_first_account(self.store, self.judged.loaded.data_dir, self.clock)
        async with asyncio.TaskGroup() as group:
            pipeline = group.create_task(self.pipeline.run())
            outputs = [self._start(group, name, output.run) for name, output in self.outputs.items()]
            others = [self._start(group, name, run) for name, run in self._parts()]
            settle_memory()
            log.info("running", elements=len(self.judged.loaded.inventory.elements))
            await self._stop.wait()
            log.info("stopping")
            with contextlib.suppress(StoreError):
                await self.sources.keep_last(self.store)
                await self.rejected.keep_all()
            await _cancel(others)
            self._snapshots.write_last()
            self.pipeline.stop()
            await pipeline
            await _cancel(outputs)
        log.info("stopped", seq=self.core.seq, digest=self.core.digest())

    def _hear_signals(self, hang_up: HangUp) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.doors.reload_soon)
        if hang_up.came:
            self.doors.reload_soon()

    def close(self) -> None:
        """Let go of the store and of every address."""
        self.traps.close()
        self.doors.close()
        self.store.close()

    def use(self, judged: Judged, rules: RulesChange) -> None:
        """Take over a configuration: the core learns of it by observations, the sources at once.

        Args:
            judged: the configuration.
            rules: its rules as text, which takes too long to write in the loop; it is of now, whatever it says.
        """
        self.judged = judged
        loaded, now = judged.loaded, self.clock.now_ms()
        self._views[judged.names.hash] = judged.names
        inventory, rules_hash = self._handed
        hash_ = loaded.inventory_document.sha256
        if (change := inventory_change(inventory, loaded.inventory, now, hash_=hash_)) is not None:
            self.pipeline.put(change)
        rules = msgspec.structs.replace(rules, at=now)
        self._rulebooks = {rules.hash: judged.compiled.rulebook, **dict(list(self._rulebooks.items())[:1])}
        if rules.hash != rules_hash:
            self.pipeline.put(rules)
        self._handed = (loaded.inventory, rules.hash)
        self.sources.load(judged)
        self.exporter.use(
            judged.exporter,
            credentials=loaded.credentials,
            elements=loaded.inventory.elements.values(),
            polling=loaded.config.polling,
        )

    def _parts(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        return [
            *self.sources.parts(),
            ("retention", self._retire),
            ("usage-moves", partial(reassign, self.core.meter, self.store, self._observe)),
            ("memory", partial(self.sources.keep, self.store)),
            ("elements", self.elements.run),
            ("rejected", self.rejected.run),
            *self.doors.parts(),
        ]

    def _start(
        self, group: asyncio.TaskGroup, name: str, run: Callable[[], Coroutine[Any, Any, None]]
    ) -> asyncio.Task[None]:
        return group.create_task(supervise(name, run, self._count_failure(name)), name=name)

    def _count_failure(self, name: str) -> Callable[[], None]:
        return self.metrics.part_failures.labels(name).inc

    async def _retire(self) -> None:
        """Delete what is past its retention, a little at a time."""
        while True:
            gone = await self.store.retire(self.clock.now_ms(), self._limits())
            await asyncio.to_thread(renew_reserve, self.judged.loaded.data_dir)
            await asyncio.sleep(0.1 if gone else _RETIRE_S)

    def _limits(self) -> Limits:
        """Return what is configured, but for the log at most a tenth of the disk each (DESIGN section 6)."""
        loaded = self.judged.loaded
        limits = loaded.config.retention.limits()
        if used_pct(loaded.data_dir) >= LAST_PCT:
            # What retention may delete goes first, a little at a time (specs/usage.md section 7).
            return msgspec.structs.replace(limits, log_bytes=0, polls_bytes=0)
        most = shutil.disk_usage(loaded.data_dir).total // 10
        return msgspec.structs.replace(
            limits, log_bytes=min(limits.log_bytes, most), polls_bytes=min(limits.polls_bytes, most)
        )

    def _deliver_samples(self, blocks: list[SampleBlock], seq: int) -> None:
        admitted = self._series.admit(blocks)
        for name, output in self.outputs.items():
            guarded(name, partial(output.samples, admitted, seq), self._count_failure(name))


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_GRACE_S)
