"""What the commands on recorded hours share: the store that must be there, rule sets to try, progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from netmon.app.history import LogIncomplete
from netmon.app.rule_sets import RuleSet, rule_set
from netmon.cli.frame import IMPOSSIBLE, PROBLEM, count, fail, print_problems, read_loosely
from netmon.config.load import Loaded
from netmon.config.rules import names_of
from netmon.mib.names import MibView
from netmon.rulebook.compile import RulesError
from netmon.storage.store import StoreError

FromOption = Annotated[
    str,
    typer.Option(
        "--from", metavar="PLACE", help="Begin here: a UTC time, or the number of an observation.", show_default=False
    ),
]
ToOption = Annotated[str, typer.Option("--to", metavar="PLACE", help="End here.", show_default=False)]
WithoutSamplesOption = Annotated[
    bool,
    typer.Option("--without-samples", help="Leave out what polls brought, which is kept for a shorter time."),
]


class Recorded(msgspec.Struct, frozen=True):
    """A configuration whose store has something in it."""

    loaded: Loaded
    database: Path
    names: MibView


def recorded(config: Path | None) -> Recorded:
    """Return a configuration, its store and its MIBs, or leave."""
    loaded = read_loosely(config)
    database = loaded.data_dir / "netmon.db"
    if not database.is_file():
        fail(f"nothing is recorded in {loaded.data_dir} (it has no netmon.db)")
    return Recorded(loaded, database, names_of(loaded))


def rules_at(loaded: Loaded, path: Path) -> RuleSet:
    """Return the rules of a file or folder; with errors in them say all and leave."""
    if not path.exists():
        fail(f"there is no file or folder {path}")
    try:
        return rule_set(loaded, path)
    except RulesError as error:
        print_problems(error.problems)
        fail(f"{count(len(error.problems), 'error')} in {path}; see netmon rules check", code=PROBLEM)


@contextmanager
def told_failures() -> Iterator[None]:
    """Say in one line why recorded hours cannot be stepped again, and leave."""
    try:
        yield
    except LogIncomplete as error:
        fail(str(error), code=IMPOSSIBLE)
    except StoreError as error:
        fail(str(error), code=PROBLEM)
    except RulesError as error:
        print_problems(error.problems)
        fail("the recorded rules do not compile with these MIBs", code=PROBLEM)


def progress_of(*, json: bool) -> Callable[[int, int], None] | None:
    """Return what tells how far it is; programs hear nothing."""
    return None if json else _progress


def _progress(seq: int, last: int) -> None:
    typer.echo(f"observation {seq:,} of {last:,}", err=True)
