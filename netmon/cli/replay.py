"""``netmon replay``: the same observations again."""

from pathlib import Path
from typing import Annotated

import typer

from netmon import app
from netmon.app.replay import Replayed
from netmon.cli.frame import ConfigOption, JsonOption, examples, print_json
from netmon.cli.places import place_of
from netmon.cli.recorded import (
    FromOption,
    ToOption,
    WithoutSamplesOption,
    progress_of,
    recorded,
    rules_at,
    told_failures,
)

EPILOG = examples(
    ("netmon replay", "steps over all that is kept and prints the digest"),
    ("netmon replay --from 2026-11-21T04:00Z --to 2026-11-21T05:00Z", "an hour, from the kept snapshot before it"),
    ("netmon replay --from 120000 --rules rules.new", "the same observations with other rules"),
)


def replay(
    config: ConfigOption = None,
    from_: FromOption = "",
    to: ToOption = "",
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="PATH", help="Rules in the place of the recorded ones: a file or a folder."),
    ] = None,
    without_samples: WithoutSamplesOption = False,
    json: JsonOption = False,
) -> None:
    """Step the recorded log again; print what came of it and the digest.

    Nothing is changed and nothing is sent. The same log gives the same digest, every time and on every machine. Exit
    code 2: the log does not reach back that far.
    """
    begin, end = place_of(from_, "--from"), place_of(to, "--to")
    found = recorded(config)
    chosen = rules_at(found.loaded, rules).change if rules is not None else None
    with told_failures():
        replayed = app.replay(
            found.database, found.names, begin=begin, end=end, rules=chosen, samples=not without_samples,
            progress=progress_of(json=json),
        )  # fmt: skip
    if json:
        print_json(replayed)
    else:
        _tell(replayed)


def _tell(replayed: Replayed) -> None:
    marked = ", without samples" if replayed.without_samples else ""
    changes = ", ".join(f"{number} {kind}" for kind, number in replayed.changes.items()) or "none"
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in replayed.outcomes.items()) or "none"
    typer.echo(f"observations   {replayed.observations} ({replayed.first_seq} to {replayed.last_seq}){marked}")
    typer.echo(f"outcomes       {outcomes}")
    typer.echo(f"alarm changes  {changes}")
    typer.echo(f"usage records  {replayed.records}")
    typer.echo(f"digest         {replayed.digest}")
