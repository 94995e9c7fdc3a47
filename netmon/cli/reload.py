"""``netmon reload``: a changed configuration into the running daemon."""

from http import HTTPStatus

import typer

from netmon.cli.engine import NoEngine, ask
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, examples, fail, print_json, read_settings

EPILOG = examples(
    ("netmon reload", "checks everything first; with any error the old configuration runs on"),
    ("kill -HUP PID", "does the same, but tells the result only in the log"),
)


def reload(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Let the running daemon read its configuration, inventory and rules again: all of it or nothing.

    What may change while it runs: inventory, credentials, mibs, rules, polling, retention, log, traps.communities,
    traps.limits, traps.proxies. A change of any other key is refused by name and needs a restart.

    Exit code 1: something is wrong and nothing was changed.
    """
    data_dir = read_settings(config).data_dir
    try:
        status, answer = ask(data_dir, "/internal/v1/reload", {})
    except NoEngine as error:
        fail(str(error))
    if json:
        print_json({"reloaded": status == HTTPStatus.OK, **answer})
    else:
        _tell(answer, taken=status == HTTPStatus.OK)
    if status != HTTPStatus.OK:
        raise typer.Exit(PROBLEM)


def _tell(answer: dict[str, list[str]], *, taken: bool) -> None:
    for line in answer.get("problems", ()):
        typer.echo(line, err=True)
    if not taken:
        typer.echo("nothing was changed; the old configuration runs on", err=True)
        return
    changed = answer.get("changed", [])
    of_config = f"changed keys: {', '.join(changed)}" if changed else "config.yaml has no changed key"
    typer.echo(f"reloaded: inventory, rules and MIBs are as their files say; {of_config}")
