"""``netmon series``: which time series there are, what they look like, and all their samples for other tools."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_table,
    read_settings,
    span,
    without_empty,
)
from netmon.cli.help import Commands
from netmon.cli.series_export import Format, written
from netmon.cli.series_screen import Reading, chart_lines, line_of, points, ranked_line
from netmon.domain.instant import iso
from netmon.domain.moment import moment_ms
from netmon.storage.chart import Chart, Fn, Measure, NoRate, SeriesQuery, TooMany

if TYPE_CHECKING:
    from netmon.storage.series import SeriesStore

_MOST_LISTED = 1_000
_POINTS = 48
"""Of a chart in a terminal."""
_MOST_DRAWN = 200

series = Commands(no_args_is_help=True, help="Time series: list them, look at them, take them elsewhere.")

From = Annotated[str, typer.Option("--from", metavar="TIME", help="RFC 3339, or like now-6h (s m h d w).")]
To = Annotated[str, typer.Option("--to", metavar="TIME", help="The same; the range ends just before it.")]
Element = Annotated[
    list[str] | None, typer.Option("--element", metavar="GLOB", help="Only these elements; may be repeated.")
]
Object = Annotated[
    list[str] | None,
    typer.Option("--object", metavar="GLOB", help="Only these objects, with or without the element: 'if:xe-*'."),
]
Metric = Annotated[list[str] | None, typer.Argument(metavar="METRIC", help="Metrics or globs; none: all.")]


@series.command(
    "list",
    epilog=examples(
        ("netmon series list", "every series with samples in the last hour"),
        ("netmon series list 'ifHC*' --element 'core-*' --from now-7d", "of a week, by name"),
        ("netmon series list --json", "for programs, all of them"),
    ),
)
def list_(
    metric: Metric = None,
    element: Element = None,
    object_: Object = None,
    since: From = "now-1h",
    until: To = "now",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the series with samples in a range: object, metric, unit, interval, newest sample.

    Exit code 1: there is none.
    """
    from netmon.storage.series_choice import Choice, chosen_series

    start, end = _range(since, until)
    choice = Choice(start, end, tuple(metric or ()), tuple(element or ()), tuple(object_ or ()))
    with Reading("hours") as reading:
        found = chosen_series(_store(config), choice, passed=reading.passed)
    if json:
        print_json(found)
    elif found:
        titles = ("object", "metric", "labels", "unit", "every", "newest")
        print_table(*without_empty(titles, map(line_of, found[:_MOST_LISTED])))
        if len(found) > _MOST_LISTED:
            typer.echo(f"... and {len(found) - _MOST_LISTED} more: name metrics or elements, or --json", err=True)
    if not found:
        fail(f"no series has samples from {iso(start)} to {iso(end)} that fit", code=PROBLEM)


@series.command(
    "query",
    epilog=examples(
        ("netmon series query netmon_cpu_percent --element core-1", "the last six hours"),
        ("netmon series query ifHCInOctets --element core-1 --object 'if:xe-*' --fn rate --from now-1d", "octets/s"),
        ("netmon series query netmon_element_up --element core-1 --json", "points and gaps for programs"),
    ),
)
def query(
    metric: Annotated[list[str], typer.Argument(metavar="METRIC", help="Metrics, by their whole names.")],
    element: Annotated[list[str], typer.Option("--element", metavar="ID", help="Elements; may be repeated.")],
    object_: Object = None,
    since: From = "now-6h",
    until: To = "now",
    step: Annotated[int, typer.Option(metavar="SECONDS", help="Of a point; raised to what the range allows.")] = 0,
    fn: Annotated[Fn, typer.Option(help="Of each step; rate: per second, of counters of interfaces.")] = "avg",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Look at series as a chart does: averages with least and greatest on a grid of time, gaps as gaps.

    Exit code 1: no sample fits.
    """
    start, end = _range(since, until)
    asked = SeriesQuery(
        tuple(metric),
        tuple(element),
        start,
        end,
        objects=tuple(object_ or ()),
        fn=fn,
        step_ms=step * 1000,
        max_points=5_000 if json or step else _POINTS,
        most_series=_MOST_DRAWN,
    )
    chart = _drawn(_store(config), asked)
    if json:
        print_json(points(chart))
    elif chart.lines:
        print_table(*without_empty(*chart_lines(chart, fn)))
        typer.echo(f"{iso(start)} to {iso(end)}, {count(chart.n, 'step')} of {span(chart.step_ms)}")
    if not chart.lines:
        fail("no sample fits; see netmon series list", code=PROBLEM)


@series.command(
    "top",
    epilog=examples(
        ("netmon series top netmon_if_in_utilization_percent --by p95", "the 20 busiest ports of the last hour"),
        ("netmon series top netmon_cpu_percent --element 'core-*' --from now-1d", "by their mean of a day"),
        ("netmon series top ifInErrors --by last --most 5 --json", "for programs"),
    ),
)
def top_(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="One metric, by its whole name.")],
    by: Annotated[Measure, typer.Option(help="What series are compared by.")] = "avg",
    most: Annotated[int, typer.Option(metavar="N", min=1, help="So many series.")] = 20,
    least: Annotated[bool, typer.Option("--least", help="The least instead of the greatest.")] = False,
    element: Element = None,
    object_: Object = None,
    since: From = "now-1h",
    until: To = "now",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Rank the series of a metric: by mean, extremes, newest value or a percentile of their samples.

    Exit code 1: no sample fits.
    """
    from netmon.storage.series_top import TopQuery, top

    start, end = _range(since, until)
    asked = TopQuery(metric, start, end, by, most, tuple(element or ()), tuple(object_ or ()), least)
    found = top(_store(config), asked)
    if json:
        print_json(found)
    elif found:
        print_table(*without_empty(("object", "labels", by, "unit", "samples"), map(ranked_line, found)))
    if not found:
        fail(f"no sample of {metric} from {iso(start)} to {iso(end)} fits; see netmon series list", code=PROBLEM)


@series.command(
    "export",
    epilog=examples(
        ("netmon series export --from now-1d --out day.parquet", "everything of a day, exact counters too"),
        ("netmon series export 'ifHC*' --element core-1 --format csv", "to the standard output"),
        ("netmon series export --from now-30d --format lines --out lines.txt", "line protocol, times in ms"),
    ),
)
def export(
    metric: Metric = None,
    element: Element = None,
    object_: Object = None,
    since: From = "now-1h",
    until: To = "now",
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the name of the file, else csv.", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: the standard output.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write every sample of a range, hour by hour: CSV, Parquet or line protocol.

    Counters are written exactly, up to 64 bits. A file is there whole or not at all. The daemon may run or not.

    Exit code 1: no sample fits; nothing is written.
    """
    from netmon.storage.series_choice import Choice, chosen_samples

    start, end = _range(since, until)
    chosen = format_ or Format.of(out)
    if chosen is Format.parquet and out is None:
        fail("Parquet needs a file: --out FILE")
    choice = Choice(start, end, tuple(metric or ()), tuple(element or ()), tuple(object_ or ()))
    try:
        with Reading("hours") as reading:
            samples = written(chosen_samples(_store(config), choice, passed=reading.passed), chosen, out)
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(f"{out or 'standard output'}: {error.strerror or error}")
    if not samples:
        fail(f"no sample from {iso(start)} to {iso(end)} fits; nothing was written", code=PROBLEM)
    if out is not None:
        typer.echo(f"wrote {out}: {count(samples, 'sample')} from {iso(start)} to {iso(end)}")


def _store(config: Path | None) -> "SeriesStore":
    from netmon.storage.series import SeriesStore

    folder = read_settings(config).data_dir / "series"
    if not folder.is_dir():
        fail(f"there is no {folder}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    return SeriesStore(folder)


def _range(since: str, until: str) -> tuple[int, int]:
    now = int(time.time() * 1000)
    found = []
    for option, text in (("--from", since), ("--to", until)):
        try:
            found.append(moment_ms(text, now=now))
        except ValueError as error:
            fail(f"{option}: {error}")
    start, end = found
    if start >= end:
        fail(f"--from: {since} is not before --to, {until}")
    return start, end


def _drawn(store: "SeriesStore", asked: SeriesQuery) -> Chart:
    from netmon.storage.series_reader import SeriesReader

    try:
        return SeriesReader(store, float("inf")).draw(asked)
    except TooMany:
        fail(f"more than {_MOST_DRAWN} series fit; name elements or objects")
    except NoRate as error:
        fail(f"--fn: {error}")
