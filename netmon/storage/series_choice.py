"""Series chosen by globs, to be listed and taken elsewhere: which there are, and all their samples."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import polars as pl

from netmon.storage.chart import Series
from netmon.storage.glob import glob_pattern
from netmon.storage.series import SeriesStore
from netmon.storage.series_list import described
from netmon.storage.series_reader import again
from netmon.storage.slices import ORDER, merged


class Choice(msgspec.Struct, frozen=True):
    """Which samples; a glob (``*``) alone or several, of which one must fit; none: all. Times are UTC ms."""

    start: int
    end: int
    """The range is [start, end)."""
    metrics: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    """Whole paths, or below the element."""


def chosen_series(store: SeriesStore, choice: Choice, *, passed: Callable[[int, int], None]) -> list[Series]:
    """Return the series with samples of the choice, in order; blocks.

    Args:
        store: where to look.
        choice: which.
        passed: told after each hour how many of how many are read.
    """
    return again(lambda: _series(store, choice, passed))


def _series(store: SeriesStore, choice: Choice, passed: Callable[[int, int], None]) -> list[Series]:
    found: dict[tuple[str, str, str, str], Series] = {}
    for paths in _hours(store, choice, passed):
        for labels, one in described(paths, _wanted(choice)):
            key = (one.element, one.object, one.metric, labels)
            older = found.get(key)
            found[key] = one if older is None else msgspec.structs.replace(one, first=min(one.first, older.first))
    return [found[key] for key in sorted(found)]


def chosen_samples(store: SeriesStore, choice: Choice, *, passed: Callable[[int, int], None]) -> Iterator[pl.DataFrame]:
    """Yield the samples of the choice hour by hour, the oldest hour first, within it by series; each once; blocks."""
    wanted = _wanted(choice)
    for paths in _hours(store, choice, passed):
        for frame in _once(store, paths, wanted, choice):
            if frame.height:
                yield frame.unique([*ORDER, "labels"], keep="last", maintain_order=True)


def _once(store: SeriesStore, paths: list[Path], wanted: pl.Expr, choice: Choice) -> Iterator[pl.DataFrame]:
    """Yield the slices of an hour; when the engine merged its files meanwhile, go on where it was, in the new ones."""
    given: tuple[str, str] | None = None
    while True:
        rest = wanted if given is None else wanted & _beyond(*given)
        try:
            for frame in merged(paths, wanted=rest):
                yield frame
                given = (frame["metric"][-1], frame["element"][-1])
        except FileNotFoundError:
            hour = paths[0].parent.name, paths[0].name[:2]
            now = {(one[0].parent.name, one[0].name[:2]): one for one in store.hours(choice.start, choice.end)}
            paths = now.get(hour, [])
            if not paths:
                return
        else:
            return


def _beyond(metric: str, element: str) -> pl.Expr:
    """Return what comes after a slice: one always ends with the last sample of a metric of an element."""
    return (pl.col("metric") > metric) | ((pl.col("metric") == metric) & (pl.col("element") > element))


def _hours(store: SeriesStore, choice: Choice, passed: Callable[[int, int], None]) -> Iterator[list[Path]]:
    hours = store.hours(choice.start, choice.end)
    for number, paths in enumerate(reversed(hours), 1):
        yield paths
        passed(number, len(hours))


def _wanted(choice: Choice) -> pl.Expr:
    wanted = pl.col("time").is_between(choice.start, choice.end - 1)
    for column, globs in (("metric", choice.metrics), ("element", choice.elements)):
        if globs:
            wanted &= pl.col(column).str.contains(glob_pattern(globs))
    if choice.objects:
        wanted &= pl.col("object").str.contains(glob_pattern(choice.objects, before="(?:[^/]+/)?"))
    return wanted
