"""``netmon replay``: the same observations again."""

from typing import Annotated

import typer

from netmon import app
from netmon.app.replay import LogIncomplete, Replayed
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, examples, fail, print_json, read_loosely
from netmon.storage.store import StoreError

EPILOG = examples(
    ("netmon replay", "steps over all that is kept and prints the digest"),
    ("netmon replay --from 120000", "from a kept snapshot at or before that observation"),
)


def replay(
    config: ConfigOption = None,
    from_seq: Annotated[int, typer.Option("--from", min=0, metavar="SEQ", help="First observation to step over.")] = 0,
    json: JsonOption = False,
) -> None:
    """Step the recorded log again and print the digest of what comes out.

    Nothing is changed and nothing is sent. The same log gives the same digest, every time and on every machine.
    """
    loaded = read_loosely(config)
    if not (loaded.data_dir / "netmon.db").is_file():
        fail(f"nothing is recorded in {loaded.data_dir} (it has no netmon.db)")
    try:
        replayed = app.replay(loaded, from_seq=from_seq, progress=None if json else _progress)
    except (LogIncomplete, StoreError) as error:
        fail(str(error), code=PROBLEM)
    if json:
        print_json(replayed)
    else:
        _tell(replayed)


def _progress(seq: int, last: int) -> None:
    typer.echo(f"observation {seq:,} of {last:,}", err=True)


def _tell(replayed: Replayed) -> None:
    changes = ", ".join(f"{number} {kind}" for kind, number in replayed.changes.items()) or "none"
    typer.echo(f"observations   {replayed.observations} ({replayed.first_seq} to {replayed.last_seq})")
    typer.echo(f"alarm changes  {changes}")
    typer.echo(f"usage records  {replayed.records}")
    typer.echo(f"digest         {replayed.digest}")
