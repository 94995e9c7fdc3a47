"""How the live feed of each web process is doing, as metrics of the engine (specs/dashboard.md 3.1)."""

from collections.abc import Callable
from time import monotonic

from prometheus_client import Counter

from netmon.domain.request import LiveReport, LiveStats
from netmon.telemetry.metrics import Metrics

_SILENT_S = 15.0
"""A process that reports every 5 s and was not heard of for so long is gone."""
_BEGIN = LiveStats()


class LiveFigures:
    """Keeps what web processes report; their counts go on when one is started again."""

    def __init__(self, metrics: Metrics, *, now_s: Callable[[], float] = monotonic) -> None:
        self._metrics = metrics
        self._now_s = now_s
        self._last: dict[str, tuple[float, LiveStats]] = {}

    def take(self, report: LiveReport) -> None:
        """Take what a web process reports."""
        metrics, worker, stats = self._metrics, str(report.worker), report.live
        _, before = self._last.get(worker, (0.0, _BEGIN))
        self._last[worker] = (self._now_s(), stats)
        metrics.live_clients.labels(worker).set(stats.clients)
        metrics.live_lag.labels(worker).set(stats.lag_ms / 1000)
        for counter, was, now in (
            (metrics.live_refused, before.clients_refused, stats.clients_refused),
            (metrics.live_events, before.events, stats.events),
            (metrics.live_bytes, before.bytes, stats.bytes),
        ):
            _raise(counter.labels(worker), was, now)
        for reason, count in sorted(stats.resyncs.items()):
            _raise(metrics.live_resyncs.labels(worker, reason), before.resyncs.get(reason, 0), count)

    def refresh(self) -> None:
        """Forget the state of processes that are gone, before the metrics are rendered; what they counted stays."""
        oldest = self._now_s() - _SILENT_S
        for worker, (at, _) in self._last.items():
            if at < oldest:
                self._metrics.live_clients.labels(worker).set(0)
                self._metrics.live_lag.labels(worker).set(0)


def _raise(counter: Counter, was: int, now: int) -> None:
    """Raise a counter by what came since; a smaller count is that of a process that began anew."""
    counter.inc(now - was if now >= was else now)
