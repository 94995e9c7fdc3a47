"""Queries of time series: how many at once, for how long, what their parameters mean (specs/dashboard.md 2.2)."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from netmon.domain.moment import moment_ms
from netmon.storage.chart import Chart, NoRate, SeriesQuery, TooMany, TooSlow
from netmon.web.config import WebConfig
from netmon.web.error import Refusal
from netmon.web.lane import Lane

if TYPE_CHECKING:
    from netmon.storage.series_reader import SeriesReader

Value = TypeVar("Value")

MOST_SERIES = 50
MOST_POINTS = 5_000
MOST_RANGE_MS = 400 * 86_400_000
_AT_ONCE = 2
_WAITING = 8
_WORDS = {
    "percent": "%",
    "celsius": "°C",
    "seconds": "s",
    "volts": "V",
    "amperes": "A",
    "watts": "W",
    "hertz": "Hz",
}


class Queries:
    """Runs queries of the series store in threads: two at a time, eight wait, the others are turned away."""

    def __init__(self, folder: Path, config: WebConfig) -> None:
        self._folder = folder
        self._timeout_s = config.query_timeout.seconds
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._lane = Lane("series", _AT_ONCE)

    async def run(self, read: "Callable[[SeriesReader], Value]") -> Value:
        """Return what ``read(reader)`` returns.

        Raises:
            Refusal: 503 too many wait, 504 it took too long.
        """
        if self._room.locked() and self._waiting >= _WAITING:
            raise Refusal(503, "busy", message="too many queries of time series at once", headers={"Retry-After": "2"})
        self._waiting += 1
        try:
            await self._room.acquire()
        finally:
            self._waiting -= 1
        task = asyncio.ensure_future(self._lane.run(self._read, read))
        # A thread cannot be stopped: its room is free when it ends, not when its caller has gone.
        task.add_done_callback(self._ended)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._timeout_s)
        except TimeoutError:
            raise self._too_slow() from None

    def close(self) -> None:
        """Let go of the threads."""
        self._lane.close()

    async def draw(self, query: SeriesQuery) -> Chart:
        """Return a chart.

        Raises:
            Refusal: 400 more series than may be, or no rate; 503, 504 as ``run``.
        """
        try:
            return await self.run(lambda reader: reader.draw(query))
        except TooMany:
            text = f"more than {query.most_series} series fit; name elements or objects"
            raise Refusal(400, "tooMany", message=text) from None
        except NoRate as error:
            raise Refusal(400, "badValue", message=f"fn: {error}") from None
        except TooSlow:
            raise self._too_slow() from None

    def _too_slow(self) -> Refusal:
        text = f"query took longer than {self._timeout_s:g} s; choose a shorter range or fewer series"
        return Refusal(504, "tooSlow", message=text)

    def _read(self, read: "Callable[[SeriesReader], Value]") -> Value:
        # Loads polars, which a process without queries does not need (STYLE section 13).
        from netmon.storage.series import SeriesStore
        from netmon.storage.series_reader import SeriesReader

        return read(SeriesReader(SeriesStore(self._folder), time.monotonic() + self._timeout_s))

    def _ended(self, task: "asyncio.Future[Value]") -> None:
        self._room.release()
        if not task.cancelled():
            # Read once here: if its caller has gone, nobody else will.
            task.exception()


def time_range(begin: str, end: str, *, now: int) -> tuple[int, int]:
    """Return (from, to) in UTC ms.

    Raises:
        Refusal: 400, one is no time, or they make no range.
    """
    start, stop = instant("from", begin, now=now), instant("to", end, now=now)
    if start >= stop:
        raise _bad("from", f"{begin} is not before to, {end}")
    if stop - start > MOST_RANGE_MS:
        raise _bad("from", "the range is longer than 400 days")
    return start, stop


def instant(name: str, text: str, *, now: int) -> int:
    """Return a time in UTC ms: RFC 3339, ``now`` or ``now-6h``.

    Raises:
        Refusal: 400, it is none.
    """
    try:
        return moment_ms(text, now=now)
    except ValueError as error:
        raise _bad(name, str(error)) from None


def unit_text(unit: str) -> str:
    """Return a unit as it is written beside a number."""
    word, _, per = unit.partition("/")
    return f"{_WORDS.get(word, word)}{'/' if per else ''}{per}"


def _bad(name: str, message: str) -> Refusal:
    return Refusal(400, "badValue", message=f"{name}: {message}")
