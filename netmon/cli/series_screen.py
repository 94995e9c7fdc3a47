"""What ``netmon series`` shows: how far reading is, series as lines of a table, charts as small bars."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from netmon.cli.frame import span
from netmon.domain.instant import iso
from netmon.storage.chart import Chart, Fn, Line, Ranked, Series
from netmon.usage.periods import utc_text

_BARS = "▁▂▃▄▅▆▇█"
_GAP = " "


class Reading:
    """Progress on stderr, on a terminal only; use it as a context."""

    def __init__(self, what: str) -> None:
        self._what = what
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(f"reading {what}", total=None)

    def passed(self, done: int, of: int) -> None:
        """Tell how many are read."""
        self._progress.update(self._task, completed=done, total=of)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def line_of(one: Series) -> tuple[str, ...]:
    """Return the cells of a series in a list; labels that the object's name tells already are left out."""
    labels = _labels(one)
    every = span(one.interval_ms) if one.interval_ms else ""
    return (one.object, one.metric, labels, one.unit, every, iso(one.last))


def ranked_line(one: Ranked) -> tuple[str, ...]:
    """Return the cells of a series in a ranking."""
    return (one.object, _labels(one), _number(one.value), one.unit, str(one.samples))


def _labels(one: Series | Ranked) -> str:
    return ", ".join(f"{name}={value}" for name, value in one.labels.items() if value and value not in one.object)


def chart_lines(chart: Chart, fn: Fn) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a chart as a table: a line per series with its course, least, mean, greatest and newest value."""
    titles = ("object", "metric", "course", "min", "avg", "max", "last", "unit", "gaps")
    return titles, [_summary(line, fn) for line in chart.lines]


def _summary(line: Line, fn: Fn) -> tuple[str, ...]:
    known = [value for value in line.avg if value is not None]
    least = min((value for value in line.min if value is not None), default=None)
    most = max((value for value in line.max if value is not None), default=None)
    newest = next((value for value in reversed(line.last) if value is not None), None)
    mean = sum(known) / len(known) if known else None
    numbers = [_number(value) for value in (least, mean, most, newest)]
    drawn = {"min": line.min, "max": line.max, "last": line.last}.get(fn, line.avg)
    gaps = str(len(line.gaps)) if line.gaps else ""
    return (line.object, line.metric, bars(drawn), *numbers, line.unit, gaps)


def bars(values: list[float | None]) -> str:
    """Return one character per value, from the least to the greatest; a blank where there is none."""
    known = [value for value in values if value is not None]
    low = min(known, default=0.0)
    height = (max(known, default=0.0) - low) or 1.0
    top = len(_BARS) - 1
    return "".join(_GAP if value is None else _BARS[round((value - low) / height * top)] for value in values)


def points(chart: Chart) -> list[dict[str, Any]]:
    """Return the series of a chart with their points as (time, avg, min, max, last) and their gaps."""
    times = [utc_text(chart.t0 + place * chart.step_ms) for place in range(chart.n)]
    return [
        {
            "element": line.element,
            "object": line.object,
            "metric": line.metric,
            "labels": line.labels,
            "unit": line.unit,
            "interval_ms": line.interval_ms,
            "step_ms": chart.step_ms,
            "points": [
                {"time": at, "avg": avg, "min": low, "max": high, "last": last}
                for at, avg, low, high, last in zip(times, line.avg, line.min, line.max, line.last, strict=True)
                if avg is not None
            ],
            "gaps": [[utc_text(a), utc_text(b)] for a, b in line.gaps],
        }
        for line in chart.lines
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
