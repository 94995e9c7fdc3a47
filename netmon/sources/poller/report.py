"""What runs brought, told as observations (specs/snmp.md 4.7)."""

from collections import Counter
from collections.abc import Callable
from typing import Literal, get_args

from netmon.domain.observation import Observation, PollFailed, PollResult
from netmon.sources.clock import Clock
from netmon.sources.poller.blocks import Gathered, parts_of
from netmon.sources.poller.clients import Clients
from netmon.sources.poller.run import Failed
from netmon.sources.source import Intake
from netmon.telemetry.metrics import Metrics

NoData = Literal["late", "foreign", "unexpected", "mismatched", "undecodable"]
"""Why no data was taken of an answer."""


class Report:
    """Puts results and failures into the Intake and knows how many of them are not committed yet."""

    def __init__(
        self, source: str, *, intake: Intake, clock: Clock, metrics: Metrics, committed: Callable[[], None]
    ) -> None:
        self.uncommitted = 0
        self._source = source
        self._intake = intake
        self._clock = clock
        self._metrics = metrics
        self._committed = committed
        self._received = metrics.source_received.labels(source)
        self._heard: Counter[tuple[str, str]] = Counter()
        self._succeeded = metrics.source_last_success.labels(source)

    def result(
        self,
        element: str,
        group: str,
        slot: int,
        gathered: Gathered,
        *,
        began: int,
        interval_ms: int,
        context: str = "",
    ) -> None:
        """Tell what a run brought, in parts of at most 1,000 cells."""
        now = self._clock.now_ms()
        parts = parts_of(gathered.blocks)
        for number, blocks in enumerate(parts):
            last = number == len(parts) - 1
            self._put(
                PollResult(
                    at=now,
                    element=element,
                    context=context,
                    group=group,
                    slot=slot,
                    part=number,
                    last=last,
                    complete=gathered.complete,
                    protocol="snmp",
                    run=self._clock.run,
                    blocks=blocks,
                    errors=tuple(gathered.errors) if last else (),
                    interval_ms=interval_ms,
                    elapsed_ms=now - began,
                    walked=tuple(gathered.walked) if last else (),
                )
            )
        for reason, count in sorted((+gathered.dropped).items()):
            self._metrics.poll_cells_dropped.labels(reason).inc(count)
        self._succeeded.set(now / 1000)

    def heard(self, clients: Clients) -> None:
        """Count what came that is no data: answers that were not taken, Reports, engines whose time had moved."""
        now = Counter[tuple[str, str]]()
        for client in clients.all():
            now.update({("not taken", reason): client.counters[reason] for reason in get_args(NoData)})
        for asking in clients.asking():
            now.update({("report", reason): count for reason, count in asking.reports.items()})
            now["resync", ""] += asking.resyncs
        new, self._heard = now - self._heard, now
        for (what, reason), count in new.items():
            match what:
                case "not taken":
                    self._metrics.source_dropped.labels(self._source, reason).inc(count)
                case "report":
                    self._metrics.snmp_reports.labels("received", reason).inc(count)
                case _:
                    self._metrics.snmp_usm_resyncs.inc(count)

    def failed(self, element: str, group: str, slot: int, failed: Failed, *, began: int, context: str = "") -> None:
        """Tell that a run brought nothing."""
        now = self._clock.now_ms()
        self._metrics.source_errors.labels(self._source, failed.reason).inc()
        self._put(
            PollFailed(
                at=now,
                element=element,
                context=context,
                group=group,
                slot=slot,
                protocol="snmp",
                reason=failed.reason,
                attempts=failed.attempts,
                elapsed_ms=now - began,
            )
        )

    def _put(self, observation: Observation) -> None:
        self.uncommitted += 1
        self._received.inc()
        self._intake.put(observation, self._done)

    def _done(self) -> None:
        self.uncommitted -= 1
        self._committed()
