"""Everything that is read of series, within one limit of time; its methods block."""

import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec

from netmon.storage.chart import Chart, Sample, Series, SeriesQuery
from netmon.storage.series import SeriesStore
from netmon.storage.series_list import samples_of, series_of
from netmon.storage.series_query import draw

Value = TypeVar("Value")

_TRIES = 10
_PAUSE_S = 0.02


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
        asked = msgspec.structs.replace(query, deadline=self._deadline)
        return again(lambda: draw(self._store, asked))

    def series(self, *, element: str, metric: str, start: int, end: int, most: int) -> list[Series]:
        """Return which series there are: see ``series_of``."""
        ask = partial(series_of, self._store, element=element, metric=metric, start=start, end=end, most=most)
        return again(ask)

    def samples(self, *, metric: str, object_: str, start: int, end: int, most: int) -> list[Sample]:
        """Return exact samples: see ``samples_of``."""
        ask = partial(samples_of, self._store, metric=metric, object_=object_, start=start, end=end, most=most)
        return again(ask)


def again(read: Callable[[], Value]) -> Value:
    """Read once more when a file went away in between: the engine merges files while they are read."""
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):
            return read()
        time.sleep(_PAUSE_S)
    return read()
