"""``netmon maintenance``: planned work, so that its alarms disturb nobody."""

import getpass
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import msgspec
import typer

from netmon.cli.engine import NoEngine, ask, read
from netmon.cli.frame import (
    IMPOSSIBLE,
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_table,
    read_settings,
)
from netmon.cli.help import Commands
from netmon.domain.duration import Duration
from netmon.domain.inventory import Inventory
from netmon.domain.place import suggestion
from netmon.domain.plan import BEGIN, END, WindowState, WorkAnswer
from netmon.domain.request import OperatorCall

maintenance = Commands(no_args_is_help=True, help="Planned work: whose alarms disturb nobody, and until when.")


@maintenance.callback()
def _group() -> None:
    """Planned work: whose alarms disturb nobody, and until when.

    While a window is open, alarms of what it covers are judged, counted and stored as ever, but hidden: nothing is
    sent. When it ends, also while netmon is down, what is still active is shown and sent once. Windows made here live
    in the running daemon, over restarts and reloads. Work that comes again and again stands in rule files
    (maintenance: in docs/reference/rule-kinds.md).
    """


@maintenance.command(
    "add",
    epilog=examples(
        ("netmon maintenance add -e r1 --for 2h --comment 'new line card'", "r1 and all its parts, from now"),
        ("netmon maintenance add -e r1 -e r2 --from 2026-12-01T22:00Z --to 2026-12-02T02:00Z", "two, at night"),
        ("netmon maintenance add --where \"element.site == 'riga'\" --for 30m", "all of a site"),
        (
            "netmon maintenance add --where \"element.id == 'r1' and object.path == 'r1/if:ge-0/0/1'\" --for 1h",
            "a port",
        ),
        ("netmon maintenance add -e r1 --for 8h --mark", "marked 'planned', yet shown and sent"),
    ),
)
def add(
    config: ConfigOption = None,
    element: Annotated[
        list[str] | None,
        typer.Option(
            "--element", "-e", metavar="ID", help="This element with all its parts; several times for several."
        ),
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            metavar="CONDITION",
            help="Instead: a condition on element, tag and object, as in rules; true: everything.",
            show_default=False,
        ),
    ] = "",
    span: Annotated[
        str, typer.Option("--for", metavar="SPAN", help="How long, e.g. 30m, 2h, 3d.", show_default=False)
    ] = "",
    begin: Annotated[
        str, typer.Option("--from", metavar="TIME", help="From when, UTC: 2026-12-01T22:00Z; default: now.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="TIME", help="Until when, instead of --for.", show_default=False)] = "",
    mark: Annotated[bool, typer.Option("--mark", help="Do not hide: mark as planned only, and send as ever.")] = False,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="What is done; shown beside the alarms.")] = "",
    json: JsonOption = False,
) -> None:
    """Plan work: hide the alarms of what is worked on, from now or later. Prints the id of the window.

    It begins within a second, and ends by itself. Of very many alarms that stand already some thousand change in each
    second; one that is raised meanwhile is right at once. The daemon must run.
    """
    data_dir = read_settings(config).data_dir
    since = _moment(begin, "--from") if begin else 0
    wanted = OperatorCall(
        action=BEGIN,
        alarms=(),
        user=f"cli:{getpass.getuser()}",
        request_id=str(uuid.uuid4()),
        comment=comment,
        until=_end(since, span, to),
        role="admin",
        where=_where(data_dir, element or [], where),
        since=since,
        mode="mark" if mark else "hide",
    )
    [id_] = _asked(data_dir, wanted)
    if json:
        print_json({"id": id_})
    else:
        typer.echo(f"{id_}: {wanted.where}, until {_time(wanted.until)}")


@maintenance.command(
    "list",
    epilog=examples(
        ("netmon maintenance list", "what is open, until when and by whom, then what will open"),
        ("netmon maintenance list --element r1", "what covers r1 or a part of it"),
        ("netmon maintenance list --json", "for programs"),
    ),
)
def list_(
    config: ConfigOption = None,
    element: Annotated[
        str, typer.Option("--element", "-e", metavar="ID", help="Of this element only.", show_default=False)
    ] = "",
    json: JsonOption = False,
) -> None:
    """List windows that are open or will open, those of rule files, too. Times are UTC. The daemon must run."""
    found = _windows(read_settings(config).data_dir, element)
    if json:
        print_json(found)
        return
    titles = ("window", "state", "from", "to", "mode", "where", "by", "comment")
    print_table(titles, map(_row, found))
    is_open = sum(one.open for one in found)
    typer.echo(f"{count(len(found), 'window')}, {is_open} open")


@maintenance.command(
    "end",
    epilog=examples(
        ("netmon maintenance end 5f0c1d2e", "the first characters of an id are enough"),
        ("netmon maintenance end 5f0c1d2e 77aa01bc", "several"),
    ),
)
def end(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As netmon maintenance list shows them.")],
    config: ConfigOption = None,
) -> None:
    """End windows now, or before they open: what is still active is shown and sent once.

    A window of a rule file is ended there, by a change of the file and `netmon reload`.
    """
    data_dir = read_settings(config).data_dir
    known = _windows(data_dir, "")
    wanted = OperatorCall(
        action=END,
        alarms=(),
        user=f"cli:{getpass.getuser()}",
        request_id=str(uuid.uuid4()),
        role="admin",
        windows=tuple(_whole(id_, known) for id_ in ids),
    )
    for id_ in _asked(data_dir, wanted):
        typer.echo(f"{id_} has ended")


def _whole(text: str, known: Sequence[WindowState]) -> str:
    """Return the id that begins so."""
    found = [one.id for one in known if one.id.startswith(text)]
    if text in found or not found:
        return text
    if len(found) > 1:
        fail(f"'{text}' is the beginning of {len(found)} windows: {', '.join(found)}")
    return found[0]


def _where(data_dir: Path, elements: list[str], where: str) -> str:
    """Return the condition that is meant; an element must be there, for a wrong name would hide nothing."""
    if bool(elements) == bool(where):
        fail("write --element ID, once or several times, or --where CONDITION")
    if where:
        return where
    known = msgspec.json.decode(_read(data_dir, "/internal/v1/inventory"), type=Inventory).elements
    for id_ in elements:
        if id_ not in known:
            fail(f"--element: there is no element '{id_}'{suggestion(id_, known)}")
        if "'" in id_:
            fail(f"--element: write '{id_}' into a --where instead")
    names = ", ".join(f"'{id_}'" for id_ in dict.fromkeys(elements))
    return f"element.id == {names}" if len(set(elements)) == 1 else f"element.id in [{names}]"


def _end(since: int, span: str, to: str) -> int:
    if bool(span) == bool(to):
        fail("write --for SPAN or --to TIME")
    if to:
        return _moment(to, "--to")
    try:
        return (since or time.time_ns() // 1_000_000) + Duration(span).ms
    except ValueError as error:
        fail(f"--for: {error}")


def _moment(text: str, option: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        fail(f"{option}: '{text}' is no time with its offset (write 2026-12-01T22:00Z)")
    return int(at.timestamp()) * 1000


def _asked(data_dir: Path, wanted: OperatorCall) -> list[str]:
    """Return the ids of windows for which it was done; say what was refused, and leave."""
    try:
        status, answer = ask(data_dir, "/internal/v1/operator", wanted)
    except NoEngine as error:
        fail(str(error))
    if status != HTTPStatus.OK:
        fail("; ".join(answer["problems"]), code=PROBLEM)
    replies = msgspec.convert(answer, WorkAnswer).results
    done = [one.id for one in replies if one.result == "done"]
    if wrong := [one for one in replies if one.result != "done"]:
        for id_ in done:
            typer.echo(f"{id_}: done")
        is_wrong_use = wrong[0].status == HTTPStatus.BAD_REQUEST
        fail("; ".join(one.evidence for one in wrong), code=IMPOSSIBLE if is_wrong_use else PROBLEM)
    return done


def _windows(data_dir: Path, element: str) -> list[WindowState]:
    body = _read(data_dir, f"/internal/v1/maintenance?{urlencode({'element': element})}")
    return [one for one in msgspec.json.decode(body, type=list[WindowState]) if one.concerns is not False]


def _read(data_dir: Path, path: str) -> bytes:
    try:
        _, body = read(data_dir, path)
    except NoEngine as error:
        fail(str(error))
    return body


def _row(one: WindowState) -> tuple[str, ...]:
    by = "rules" if one.from_rules else one.user
    state = "open" if one.open else "will open"
    said = one.comment or one.recurs
    return (one.id, state, _time(one.start), _time(one.end), one.mode, one.where or "everything", by, said)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
