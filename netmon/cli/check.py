"""``netmon check``: every mistake of a configuration in one pass."""

from typing import Annotated

import msgspec
import typer

from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, count, examples, fail, print_json, print_problems
from netmon.config.load import find_config, load
from netmon.config.rules import Judged, judge
from netmon.domain.place import Problem
from netmon.rulebook.compile import summary

EPILOG = examples(
    ("netmon check", "config.yaml here, else /etc/netmon/config.yaml"),
    ("netmon check --config new.yaml --strict", "before a change goes live: warnings count as errors"),
    ("netmon check --json", "for editors and pipelines: a list of file, line, column, message"),
)

StrictOption = Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")]


class Told(msgspec.Struct, frozen=True):
    """A problem as JSON."""

    file: str
    line: int
    column: int
    message: str
    severity: str


def check(config: ConfigOption = None, strict: StrictOption = False, json: JsonOption = False) -> None:
    """Check configuration, inventory, secrets, MIBs and rules; tell every mistake with its place and a suggestion.

    Nothing is started and nothing is changed. Exit code 1: there are errors.
    """
    try:
        judged = judge(load(config or find_config()))
    except OSError as error:
        fail(f"{error.filename or 'MIB cache'}: {(error.strerror or str(error)).lower()}")
    tell(judged.problems, last_line=_last_line(judged), strict=strict, json=json)


def tell(problems: tuple[Problem, ...], *, last_line: str, strict: bool, json: bool) -> None:
    """Print problems and the summary; leave with 1 when there are errors."""
    if json:
        print_json([_told(problem) for problem in problems])
    else:
        print_problems(problems, err=False)
        typer.echo(last_line)
    if any(strict or not problem.warning for problem in problems):
        raise typer.Exit(PROBLEM)


def _last_line(judged: Judged) -> str:
    loaded = judged.loaded
    named = {loaded.document.file, loaded.inventory_document.file}
    read = named | loaded.files.names() | {problem.place.file for problem in judged.problems}
    told = summary(judged.problems, files=len(read), rules=judged.compiled.rules)
    return f"{told}, {count(len(loaded.inventory.elements), 'element')}"


def _told(problem: Problem) -> Told:
    place = problem.place
    return Told(
        file=place.file,
        line=place.line,
        column=place.column,
        message=problem.message,
        severity="warning" if problem.warning else "error",
    )
