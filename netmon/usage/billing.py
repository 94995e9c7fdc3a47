"""What is metered, and what of it cannot be billed."""

from collections.abc import Collection, Iterable, Sequence

from netmon.domain.inventory import Element
from netmon.domain.observation import HealthRow
from netmon.domain.usage import Assignment, Pair, UsageSettings
from netmon.usage.meter import Meter
from netmon.usage.unbillable import Unbillable

Absent = Iterable[tuple[str, str]]
"""(series, reason) of metered series that cannot be read now."""


class Billing:
    """The meter, and the doubts about what it is given."""

    def __init__(self) -> None:
        self.meter = Meter()
        self.unbillable = Unbillable()

    def time(self, now: int) -> int:
        """Return the time that usage has come to, which series begin and end by; engine time before the first Tick."""
        return self.meter.now or now

    def configure(
        self, assignments: Sequence[Assignment], settings: UsageSettings, elements: Collection[Element], *, now: int
    ) -> list[HealthRow]:
        """Meter these series from now on; return reports on what cannot be metered."""
        self.meter.configure(assignments, settings)
        return self.unbillable.configure(assignments, elements, now=self.time(now))

    def read(self, pairs: Sequence[Pair], absent: Absent, present: Iterable[str], *, now: int) -> list[HealthRow]:
        """Count judged pairs, and note what could not be read; return reports on what cannot be billed."""
        self.meter.pairs(pairs)
        absent, now = list(absent), self.time(now)
        for series, reason in absent:
            self.meter.absent(series, reason)
        return [*self.unbillable.judged(pairs, now=now), *self.unbillable.polled(absent, present, now=now)]
