"""All commands joined."""

from typing import Annotated

import typer

import netmon
from netmon.cli import check, demo, init, reload, replay, run
from netmon.cli.alarms import alarms
from netmon.cli.frame import examples
from netmon.cli.help import Commands
from netmon.cli.inventory import inventory
from netmon.cli.maintenance import maintenance
from netmon.cli.mib import mib
from netmon.cli.rules import rules
from netmon.cli.series import series
from netmon.cli.simulate import command as simulate
from netmon.cli.traps import traps
from netmon.cli.usage import usage
from netmon.cli.user import user

cli = Commands(
    name="netmon",
    help="Network fault and performance monitoring: alarms, time series and proven usage.",
    epilog=examples(
        ("netmon demo", "a simulated network, to see what this is"),
        ("netmon init && netmon check && netmon run", "your own"),
        ("netmon COMMAND --help", "what a command does, with examples"),
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

cli.command(epilog=init.EPILOG)(init.init)
cli.command(epilog=check.EPILOG)(check.check)
cli.command(epilog=run.EPILOG)(run.run)
cli.command(epilog=reload.EPILOG)(reload.reload)
cli.command(epilog=demo.EPILOG)(demo.demo)
cli.command(epilog=simulate.EPILOG)(simulate.simulate)
cli.command(epilog=replay.EPILOG)(replay.replay)
cli.add_typer(alarms, name="alarms")
cli.add_typer(maintenance, name="maintenance")
cli.add_typer(inventory, name="inventory")
cli.add_typer(traps, name="traps")
cli.add_typer(rules, name="rules")
cli.add_typer(mib, name="mib")
cli.add_typer(series, name="series")
cli.add_typer(usage, name="usage")
cli.add_typer(user, name="user")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"netmon {netmon.__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Network fault and performance monitoring: alarms, time series and proven usage."""


def main() -> None:
    """Run the command of ``sys.argv``."""
    cli()
