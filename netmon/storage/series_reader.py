"""Everything that is read of series, within one limit of time; its methods block."""

import msgspec

from netmon.storage.chart import Chart, Sample, Series, SeriesQuery
from netmon.storage.series import SeriesStore
from netmon.storage.series_list import samples_of, series_of
from netmon.storage.series_query import draw


class SeriesReader:
    """Reads a series store; ``deadline`` is on ``time.monotonic``."""

    def __init__(self, store: SeriesStore, deadline: float) -> None:
        self._store = store
        self._deadline = deadline

    def draw(self, query: SeriesQuery) -> Chart:
        """Return a chart.

        Raises:
            TooMany, TooSlow, NoRate: see there.
        """
        return draw(self._store, msgspec.structs.replace(query, deadline=self._deadline))

    def series(self, *, element: str, metric: str, start: int, end: int, most: int) -> list[Series]:
        """Return which series there are: see ``series_of``."""
        return series_of(self._store, element=element, metric=metric, start=start, end=end, most=most)

    def samples(self, *, metric: str, object_: str, start: int, end: int, most: int) -> list[Sample]:
        """Return exact samples: see ``samples_of``."""
        return samples_of(self._store, metric=metric, object_=object_, start=start, end=end, most=most)
