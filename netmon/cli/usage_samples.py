"""``netmon usage samples``: the readings that a record was made from, for ``netmon usage recompute``."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from netmon.app.moves import Undecided
from netmon.app.readings import Measured, Readings, evidence, metered, readings, usage_record
from netmon.cli.frame import PROBLEM, ConfigOption, count, examples, fail, read_loosely
from netmon.config.load import Loaded
from netmon.config.rules import metering_of
from netmon.domain.usage import Assignment
from netmon.outputs.usage.sample_text import anchor_line, sample_line
from netmon.storage.store import StoreError
from netmon.usage.periods import ceil_to, floor_to, parse_utc, utc_text
from netmon.usage.record_line import canonical

EPILOG = examples(
    ("netmon usage samples 636a4cfc-a6c0-5fe5-b082-79890bdc6ef9", "of one record: writes samples.jsonl and pairs.json"),
    ("netmon usage recompute --samples samples.jsonl --config pairs.json", "computes it again"),
    (
        "netmon usage samples --series NAME --from 2026-03-02T00:00:00Z --to 2026-03-02T01:00:00Z",
        "of an hour",
    ),
)


class Wanted(msgspec.Struct, frozen=True):
    """Whose readings, and for which intervals."""

    feed: str
    series: str
    start: int
    end: int
    element: str
    service: str
    port: str
    """That is read for it."""
    poll_ms: int | None = None
    """How often it was polled, as its record tells."""
    first: str = ""
    """Time of the first reading, as its record tells."""


def samples(
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="Id of a usage record; or give --series.", show_default=False)
    ] = "",
    series: Annotated[str, typer.Option(metavar="NAME", help="A series, with --from and --to.")] = "",
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="Start, UTC; rounded down to intervals.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="End, UTC; rounded up to intervals.")] = "",
    feed: Annotated[str, typer.Option(metavar="NAME", help="Feed of the series, where it is in several.")] = "",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Readings, as JSON lines.")] = Path("samples.jsonl"),
    rules: Annotated[Path, typer.Option(metavar="FILE", help="Period, intervals and limits.")] = Path("pairs.json"),
    config: ConfigOption = None,
) -> None:
    """Write the counter readings that a usage record was made from, and what they are judged by.

    They come from the log of observations, which keeps polls for some hours (`retention.polls`); the daemon may
    run or not. `netmon usage recompute` computes the record again from the two files, on any host.

    Exit code 1: readings that decide are no longer kept; nothing is written.
    """
    loaded = read_loosely(config)
    path = loaded.data_dir / "netmon.db"
    if not path.is_file():
        fail(f"there is no {path}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    if bool(record) == bool(series):
        fail("give the id of a RECORD, or --series with --from and --to")
    metering = metering_of(loaded)
    try:
        known = (*metering.assignments, *metered(path))
        assignments = [one for one in known if not feed or one.feed == feed]
        wanted = _of_record(path, record) if record else _of_series(loaded, assignments, series, since, until)
        found = _read(path, wanted)
    except StoreError as error:
        fail(f"{path}: {error}")
    _refuse_what_is_gone(wanted, found)
    _write(out, b"".join(canonical(line) + b"\n" for line in _lines(wanted.series, found)))
    # What polls showed at the time may be found no more; the rule that follows it still says how it is metered.
    assignments += [one.assignment for one in metering.followed]
    assigned = next((one for one in assignments if _is_meant(one, wanted)), None)
    _write(rules, canonical(_rules(loaded, assigned, wanted)) + b"\n")
    typer.echo(f"wrote {out}: {count(len(found.samples), 'reading')} of {wanted.series}")
    typer.echo(f"wrote {rules}: {utc_text(wanted.start)} to {utc_text(wanted.end)}, feed {wanted.feed}")
    typer.echo(f"next: netmon usage recompute --samples {out} --config {rules}")


def _of_record(path: Path, record_id: str) -> Wanted:
    found = usage_record(path, record_id)
    if found is None:
        fail(f"there is no usage record {record_id}", code=PROBLEM)
    line = msgspec.json.decode(found.line)
    if found.kind == "exception":
        fail(
            f"{record_id} is an exception, which has no octets; give --series '{found.series}' --from --to",
            code=PROBLEM,
        )
    first = line["evidence"]["first"]
    poll_ms = line["source"]["poll_s"] * 1000
    return Wanted(
        *(found.feed, found.series, found.start, found.end, line["element"], line["service_id"] or ""),
        port=line["resource"]["name"],
        poll_ms=poll_ms,
        first=first["t"] if first else "",
    )


def _read(path: Path, wanted: Wanted) -> Readings:
    try:
        return readings(path, _measured(path, wanted), wanted.start, wanted.end)
    except Undecided as error:
        fail(f"{wanted.series}: {error}", code=PROBLEM)


def _measured(path: Path, wanted: Wanted) -> Measured:
    if _basis(wanted.series) == "ifName":
        return Measured(wanted.series)
    told = evidence(path, wanted.feed, wanted.series, start=wanted.start, end=wanted.end)
    return Measured(wanted.series, wanted.port, told)


def _basis(series: str) -> str:
    return series.partition("|")[2].partition(":")[0]


def _is_meant(one: Assignment, wanted: Wanted) -> bool:
    """Tell whether an assignment, or that of a rule which follows ports, is the one of the series."""
    if one.series:
        return (one.series, one.feed) == (wanted.series, wanted.feed)
    of_rule = (one.element, one.feed, one.basis, one.service)
    return of_rule == (wanted.element, wanted.feed, _basis(wanted.series), wanted.service)


def _of_series(loaded: Loaded, assignments: list[Assignment], series: str, since: str, until: str) -> Wanted:
    feeds = sorted({one.feed for one in assignments if one.series == series})
    if not feeds:
        known = ", ".join(sorted({one.series for one in assignments})[:5]) or "none is"
        fail(f"series '{series}' is not metered ({known})")
    if len(feeds) > 1:
        fail(f"series '{series}' is in several feeds: give --feed ({', '.join(feeds)})")
    step = loaded.config.usage.settings(loaded.node_id).interval_ms
    start, end = floor_to(_time("--from", since), step), ceil_to(_time("--to", until), step)
    if start >= end:
        fail("--to is not after --from")
    one = next(one for one in assignments if one.series == series)
    return Wanted(feeds[0], series, start, end, one.element, one.service, one.name)


def _time(option: str, text: str) -> int:
    try:
        return parse_utc(text)
    except ValueError as error:
        fail(f"{option}: {error}")


def _refuse_what_is_gone(wanted: Wanted, found: Readings) -> None:
    """Refuse what could be computed wrongly, since a reading that decides may be missing."""
    has_first = wanted.first in {utc_text(sample.t) for sample in found.samples}
    if not (has_first if wanted.first else found.reach(wanted.start)):
        since = f"those since {utc_text(found.kept_from)}" if found.kept_from else "the others"
        fail(
            f"readings of {wanted.series} before {utc_text(wanted.start)} are no longer kept, only {since}",
            code=PROBLEM,
        )


def _lines(series: str, found: Readings) -> list[dict[str, Any]]:
    anchors = {sample.run: anchor_line(sample) for sample in reversed(found.samples)}
    return [*anchors.values(), *(sample_line(series, sample) for sample in found.samples)]


def _rules(loaded: Loaded, assigned: Assignment | None, wanted: Wanted) -> dict[str, Any]:
    """Return the configuration of ``netmon usage recompute``; limits as they are configured now."""
    settings = loaded.config.usage.settings(loaded.node_id)
    element = loaded.inventory.elements.get(wanted.element)
    limits = msgspec.structs.asdict(settings.pairs)
    limits["counters_survive_agent_restart"] = element is not None and element.counters_survive_agent_restart
    limits["poll_interval_ms"] = wanted.poll_ms or (assigned.poll_ms if assigned is not None else settings.poll_ms)
    return {
        **limits,
        "period": [utc_text(wanted.start), utc_text(wanted.end)],
        "feed": wanted.feed,
        "series": wanted.series,
        "interval_ms": settings.interval_ms,
        "speed_override_bps": assigned.speed_override_bps if assigned is not None else None,
    }


def _write(path: Path, octets: bytes) -> None:
    try:
        path.write_bytes(octets)
    except OSError as error:
        fail(f"{path}: {(error.strerror or 'cannot be written').lower()}")
