"""What every command shares: options, output for people and for programs, one line for each expected failure."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from netmon.config.load import Loaded, find_config, load, load_settings
from netmon.domain.place import Problem

_UNCUT = 1 << 16
"""Columns of a pipe or a file, which has no width."""

OK, PROBLEM, IMPOSSIBLE = 0, 1, 2
"""Exit codes: fine; a problem was found; wrong use, or a start that cannot be."""

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Configuration; default: config.yaml here, else /etc/netmon/config.yaml, else none at all.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]


def examples(*lines: tuple[str, str]) -> str:
    """Return the epilog of a command's help from (command, what it does)."""
    shown = "\n\n".join(f"[green]{command}[/green]  [dim]{what}[/dim]" for command, what in lines)
    return f"[bold]Examples[/bold]\n\n{shown}"


def fail(message: str, *, code: int = IMPOSSIBLE) -> NoReturn:
    """Print one line to stderr and leave."""
    typer.echo(f"netmon: {message}", err=True)
    raise typer.Exit(code)


def read_config(path: Path | None) -> Loaded:
    """Return a configuration without errors, or say all that is wrong and leave."""
    loaded = load(path or find_config())
    if loaded.errors:
        print_problems(loaded.problems)
        fail(f"{count(len(loaded.errors), 'error')} in the configuration; see netmon check")
    return loaded


def read_loosely(path: Path | None) -> Loaded:
    """Return a configuration for a command that starts nothing: only one that cannot be read as YAML stops it."""
    return _readable(load(path or find_config()))


def read_settings(path: Path | None) -> Loaded:
    """Return the same without the rule files, for a command that asks for none of them."""
    return _readable(load_settings(path or find_config()))


def _readable(loaded: Loaded) -> Loaded:
    if loaded.document.data is None and loaded.errors:
        print_problems(loaded.errors)
        fail("the configuration cannot be read")
    return loaded


def print_problems(problems: Iterable[Problem], *, err: bool = True) -> None:
    """Print one line per problem, sorted by place."""
    for problem in sorted(problems):
        typer.echo(f"{problem.place}: {'warning: ' if problem.warning else ''}{problem.line}", err=err)


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; markup in its cells is text like any other. Only a terminal breaks what is too wide for it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*map(_plain, row))
    console = Console(markup=False)
    if not sys.stdout.isatty():
        console.width = _UNCUT
    console.print(table)


def natural(text: str) -> list[tuple[bool, int, str]]:
    """Return by what a text is sorted where numbers in it count as numbers: ge-0/0/2 before ge-0/0/10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return [(False, int(part), "") if part[0] in "0123456789" else (True, 0, part) for part in parts]


def is_narrow(columns: int) -> bool:
    """Tell whether output goes to a terminal with fewer columns."""
    return sys.stdout.isatty() and Console().width < columns


def without_empty(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Return a table without the columns that say nothing in any row; the first one stays."""
    told = [tuple(row) for row in rows]
    kept = [place for place in range(len(titles)) if place == 0 or any(row[place] for row in told)]
    return [titles[place] for place in kept], [[row[place] for place in kept] for row in told]


def span(ms: int) -> str:
    """Return a span of time as people write it: ``250ms``, ``2.5s``, ``5m``, ``1h30m``."""
    if ms < 1_000:
        return f"{ms}ms"
    if ms % 1_000 and ms < 60_000:
        return f"{ms / 1_000:.1f}s"
    minutes, seconds = divmod(round(ms / 1_000), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def count(number: int, noun: str) -> str:
    """Return ``1 error``, ``2 errors``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _plain(text: str) -> str:
    """Keep what an element or a user wrote from steering the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
