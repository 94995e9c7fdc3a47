"""``netmon traps``: what the running daemon makes of the traps it receives."""

from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import msgspec
import typer

from netmon.cli.engine import NoEngine, read
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, examples, fail, print_json, print_table, read_settings
from netmon.cli.help import Commands
from netmon.domain.request import RejectionsWanted, TrapBooks, TrapRejections
from netmon.domain.scalar import unknown
from netmon.sources.traps.reasons import SENTENCES

traps = Commands(no_args_is_help=True, help="Traps: which were turned away, and why.")

_SHOWN = 20
_EPILOG = examples(
    ("netmon traps rejected", "who was turned away in the last 24 hours, and the last messages"),
    ("netmon traps rejected --source 192.0.2.7", "of one sender"),
    ("netmon traps rejected --reason wrong_digest --limit 100", "for one reason"),
)


@traps.callback()
def _group() -> None:
    """Traps: which were turned away, and why."""


@traps.command("rejected", epilog=_EPILOG)
def rejected(
    config: ConfigOption = None,
    source: Annotated[
        str, typer.Option("--source", metavar="ADDRESS", help="Of this address only.", show_default=False)
    ] = "",
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="NAME", help="For this reason only, e.g. wrong_digest.", show_default=False),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1_000, help="Rows of each list.")] = _SHOWN,
    json: JsonOption = False,
) -> None:
    """Show which messages the receiver of traps turned away; asks the running daemon over its socket."""
    _check(source, reason)
    found = _ask(read_settings(config).data_dir, RejectionsWanted(source, reason, limit))
    if json:
        print_json(found)
        return
    titles = ("source", "realm", "reason", "last 24 h", "last", "meaning")
    rows = ((one.source, one.realm, one.reason, str(one.count), _time(one.last), one.meaning) for one in found.counts)
    print_table(titles, rows)
    typer.echo()
    print_table(("time", "what", "first octets"), ((_time(one.at), one.text, one.head) for one in found.last))
    typer.echo()
    typer.echo(_account(found.books))


def _check(source: str, reason: str) -> None:
    """Refuse what can be found nowhere; an empty table would say that nothing was turned away."""
    try:
        ip_address(source or "::")
    except ValueError:
        fail(f"--source: '{source}' is no address")
    if reason and reason not in SENTENCES:
        fail(f"--reason: {unknown('reason', reason, list(SENTENCES))}")


def _account(books: TrapBooks) -> str:
    """Return the books in one sentence."""
    parts = (
        f"{books.queued} queued",
        f"{books.duplicates} repeated",
        f"{books.discoveries} discoveries",
        f"{books.rejected} rejected",
        f"{books.shed} shed",
        *([f"{books.unread} not looked at yet"] if books.unread else []),
    )
    balance = "the books balance" if not books.missing else f"{books.missing} CANNOT BE ACCOUNTED FOR"
    kernel = f"; the kernel dropped {books.kernel_drops} unread" if books.kernel_drops else ""
    return f"since the start {books.read} read = {', '.join(parts)}; {balance}{kernel}"


def _ask(data_dir: Path, wanted: RejectionsWanted) -> TrapRejections:
    try:
        status, body = read(data_dir, f"/internal/v1/traps/rejected?{urlencode(msgspec.structs.asdict(wanted))}")
    except NoEngine as error:
        fail(str(error))
    if status != HTTPStatus.OK:
        fail("; ".join(msgspec.json.decode(body)["problems"]), code=PROBLEM)
    return msgspec.json.decode(body, type=TrapRejections)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else ""
