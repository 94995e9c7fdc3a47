"""``netmon rules explain``: why an alarm is, and why an observation made none (specs/rules.md 10.3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from netmon.app.history import LogIncomplete
from netmon.app.story import NoSuchAlarm, story
from netmon.app.why_not import NoSuchObservation, why_not
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, examples, fail, print_json
from netmon.cli.recorded import progress_of, recorded, told_failures
from netmon.domain.explained import AlarmStory, EventAnswer, Unexplained
from netmon.domain.instant import clock, iso

EPILOG = examples(
    ("netmon rules explain f0948e9d", "the life of an alarm, by its id or the first digits of it"),
    ("netmon rules explain f0948e9d --json", "the same with whole conditions and what the trap said"),
    ("netmon rules explain --event 5120338", "what the rules made of an observation, and why not more"),
)
_SHORT = 8
_DAY_MS = 86_400_000


def explain(
    alarm: Annotated[
        str | None,
        typer.Argument(metavar="ALARM", help="An alarm: its id, the first digits of it, or object|type|qualifier."),
    ] = None,
    event: Annotated[
        int, typer.Option("--event", min=0, metavar="SEQ", help="An observation, by its number.", show_default=False)
    ] = 0,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why an alarm is, step by step; or of an observation, what each rule asked and what became of it.

    The observation is stepped again on the kept snapshot before it; nothing is changed and nothing is sent. Exit code
    1: there is no such alarm; 2: it is kept no longer.
    """
    if (alarm is None) == (not event):
        fail("name an alarm, or --event SEQ")
    at = recorded(config)
    with told_failures(), _told_to_programs(json=json):
        if alarm is None:
            answer = why_not(at.database, at.names, event, progress=progress_of(json=json))
            _print(answer, why_lines(answer), json=json)
            return
        told = story(at.database, at.names, alarm)
        _print(told, story_lines(told), json=json)


@contextmanager
def _told_to_programs(*, json: bool) -> Iterator[None]:
    """Print as JSON, too, that something is not there; all else that fails is not for who asks from afar."""
    try:
        yield
    except (NoSuchAlarm, LogIncomplete) as error:
        if json:
            unknown = isinstance(error, NoSuchAlarm | NoSuchObservation)
            print_json(Unexplained("unknown" if unknown else "gone", str(error)))
        if isinstance(error, NoSuchAlarm):
            fail(str(error), code=PROBLEM)
        raise


def _print(answer: EventAnswer | AlarmStory, lines: Iterator[str], *, json: bool) -> None:
    if json:
        print_json(answer)
        return
    for line in lines:
        typer.echo(line)


def story_lines(told: AlarmStory) -> Iterator[str]:
    """Yield the life of an alarm for people."""
    marks = "".join(f", {mark}" for mark in told.marks)
    yield f"{told.object} {told.type}, {told.alarm_id[:_SHORT]}, {told.severity}, {told.state}{marks}"
    rows = [(f"#{one.seq}" if one.seq else "", one.what, one.rule, one.effect) for one in told.events]
    wide = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    day = 0
    for event, row in zip(told.events, rows, strict=True):
        if event.at // _DAY_MS != day:
            day = event.at // _DAY_MS
            yield f" {iso(event.at)[:10]}"
        cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row[1:3], wide[1:], strict=True))
        yield f" {clock(event.at)} {row[0]:<{wide[0]}} {cells}  {row[3]}"


def why_lines(answer: EventAnswer) -> Iterator[str]:
    """Yield what became of an observation for people."""
    candidates = f", {answer.candidates} candidate{'' if answer.candidates == 1 else 's'}" if answer.candidates else ""
    marked = " (without samples)" if answer.without_samples else ""
    yield f"{iso(answer.at)} #{answer.seq} {answer.observation}{candidates}{marked}"
    subjects = max((len(row.subject) for row in answer.findings), default=0)
    whats = max((len(row.what) for row in answer.findings if row.outcome), default=0)
    for row in answer.findings:
        outcome = f"  -> {row.outcome}" if row.outcome else ""
        what = f"{row.what:<{whats}}" if row.outcome else row.what
        yield f" {row.subject:<{subjects}}  {what}{outcome}".rstrip()
