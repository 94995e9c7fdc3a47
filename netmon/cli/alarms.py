"""``netmon alarms``: what is wrong now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.frame import (
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    is_narrow,
    print_json,
    print_table,
    read_settings,
    without_empty,
)
from netmon.cli.help import Commands
from netmon.domain.alarm import SEVERITIES, Alarm, Severity
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import StoreError

alarms = Commands(no_args_is_help=True, help="Alarms as they stand.")

_NARROW = 140
"""Columns of a terminal in which object and text have room beside all else."""

_EPILOG = examples(
    ("netmon alarms list", "active ones that nothing hides, the worst first"),
    ("netmon alarms list --severity major --json", "major and critical, for programs"),
    ("netmon alarms list --all", "also hidden, shelved, closed and cleared ones"),
)


@alarms.command("list", epilog=_EPILOG)
def list_(
    config: ConfigOption = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Also those that are hidden, shelved, closed or cleared; state says which.")
    ] = False,
    severity: Annotated[
        str, typer.Option(metavar="NAME", help="At least this severe; default: all.", show_default=False)
    ] = "cleared",
    json: JsonOption = False,
) -> None:
    """List alarms, read from the committed store; the daemon may run or not.

    Times are UTC. Of a cleared alarm the severity is that before its clear.
    """
    if severity not in SEVERITIES:
        fail(f"unknown severity '{severity}' (one of {', '.join(SEVERITIES)})")
    path = read_settings(config).data_dir / "netmon.db"
    found = [alarm for alarm in _stored(path) if _wanted(alarm, least=_rank(severity), everything=all_)]
    found.sort(key=lambda alarm: (-_rank(alarm.severity), -alarm.changed, alarm.alarm_id))
    if json:
        print_json(found)
        return
    if is_narrow(_NARROW):
        print_table(*without_empty(("severity", "raised", "state", "alarm"), chain.from_iterable(map(_lines, found))))
    else:
        titles = ("severity", "raised", "state", "object", "type", "count", "ack", "text")
        print_table(*without_empty(titles, map(_row, found)))
    typer.echo(count(len(found), "alarm"))


def stored_alarms(path: Path) -> list[Alarm]:
    """Return the alarms of a store, which may be in use.

    Raises:
        StoreError: it is none that can be read.
        OSError: nor can the file.
    """
    store = open_store(path, read_only=True)
    try:
        return store.alarms()
    finally:
        store.close()


def _stored(path: Path) -> list[Alarm]:
    if not path.is_file():
        fail(f"there is no {path}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    try:
        return stored_alarms(path)
    except (StoreError, OSError) as error:
        fail(f"{path}: {error}")


def _wanted(alarm: Alarm, *, least: int, everything: bool) -> bool:
    if _rank(_severity(alarm)) < least:
        return False
    return everything or (alarm.state == "active" and not (alarm.hidden_by or alarm.closed))


def _rank(severity: Severity | str) -> int:
    return SEVERITIES.index(severity)


def _severity(alarm: Alarm) -> Severity:
    return alarm.last_severity or alarm.severity if alarm.state == "cleared" else alarm.severity


def _row(alarm: Alarm) -> tuple[str, ...]:
    ack = alarm.ack_user if alarm.ack else ""
    number = str(alarm.count)
    return (_severity(alarm), _time(alarm.raised), _state(alarm), alarm.object, alarm.type, number, ack, alarm.text)


def _lines(alarm: Alarm) -> Iterator[tuple[str, ...]]:
    """Yield an alarm on two lines: a narrow terminal would cut the object or the text."""
    yield _severity(alarm), _time(alarm.raised)[5:], _state(alarm), alarm.object
    yield "", "", f"ack {alarm.ack_user}" if alarm.ack else "", alarm.text


def _state(alarm: Alarm) -> str:
    """Return why an alarm is not in the default list, empty when it is."""
    words = {
        "cleared": alarm.state == "cleared",
        "shelved": any(reason.startswith("shelf:") for reason in alarm.hidden_by),
        "hidden": any(not reason.startswith("shelf:") for reason in alarm.hidden_by),
        "closed": alarm.closed,
    }
    return next((word for word, applies in words.items() if applies), "")


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
