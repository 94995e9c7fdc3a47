"""The books of the receiver as metrics: counters follow what was counted already."""

from collections import Counter
from collections.abc import Mapping

from netmon.domain.request import TrapBooks
from netmon.telemetry.metrics import Metrics


class Figures:
    """Raises the metrics of a source to its books."""

    def __init__(self, source: str, metrics: Metrics) -> None:
        self._metrics = metrics
        outcomes = ("committed", "duplicate", "discovery")
        self._processed = {outcome: metrics.source_processed.labels(source, outcome) for outcome in outcomes}
        self._unaccounted = metrics.source_unaccounted.labels(source)
        self._told: Counter[str] = Counter()

    def tell(self, books: TrapBooks) -> None:
        """Take the books as they are now."""
        self._raise("committed", books.committed)
        self._raise("duplicate", books.duplicates)
        self._raise("discovery", books.discoveries)
        self._unaccounted.set(books.missing)

    def dropped_by_the_kernel(self, drops: Mapping[str, int]) -> None:
        """Take what the kernel counted for each listener."""
        for listener, count in drops.items():
            self._metrics.kernel_drops.labels(listener).inc(max(count - self._told[listener], 0))
            self._told[listener] = count

    def _raise(self, outcome: str, count: int) -> None:
        if count != self._told[outcome]:
            self._processed[outcome].inc(count - self._told[outcome])
            self._told[outcome] = count
