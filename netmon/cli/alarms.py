"""``netmon alarms``: what is wrong now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.frame import ConfigOption, JsonOption, examples, fail, print_json, print_table, read_loosely
from netmon.cli.help import Commands
from netmon.domain.alarm import SEVERITIES, Alarm, Severity
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import StoreError

alarms = Commands(no_args_is_help=True, help="Alarms as they stand.")

_EPILOG = examples(
    ("netmon alarms list", "active and visible ones, the worst first"),
    ("netmon alarms list --severity major --json", "major and critical, for programs"),
    ("netmon alarms list --all", "also cleared and hidden ones"),
)


@alarms.command("list", epilog=_EPILOG)
def list_(
    config: ConfigOption = None,
    all_: Annotated[bool, typer.Option("--all", help="Cleared and hidden ones too.")] = False,
    severity: Annotated[str, typer.Option(metavar="NAME", help="At least this severe.")] = "cleared",
    json: JsonOption = False,
) -> None:
    """List alarms, read from the committed store; the daemon may run or not."""
    if severity not in SEVERITIES:
        fail(f"unknown severity '{severity}' (one of {', '.join(SEVERITIES)})")
    path = read_loosely(config).data_dir / "netmon.db"
    found = [alarm for alarm in _stored(path) if _wanted(alarm, least=_rank(severity), everything=all_)]
    found.sort(key=lambda alarm: (-_rank(alarm.severity), -alarm.changed, alarm.alarm_id))
    if json:
        print_json(found)
    else:
        print_table(("severity", "raised", "object", "type", "count", "ack", "text"), map(_row, found))
        typer.echo(f"{len(found)} alarm{'s' if len(found) != 1 else ''}")


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
    if _rank(alarm.severity) < least:
        return False
    return everything or (alarm.state == "active" and not alarm.hidden_by)


def _rank(severity: Severity | str) -> int:
    return SEVERITIES.index(severity)


def _row(alarm: Alarm) -> tuple[str, ...]:
    raised = datetime.fromtimestamp(alarm.raised / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    ack = alarm.ack_user if alarm.ack else ""
    return alarm.severity, raised, alarm.object, alarm.type, str(alarm.count), ack, alarm.text
