"""``netmon check``: every mistake of a configuration in one pass."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer

from netmon.cli.alarms import stored_alarms
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, count, examples, fail, print_json, print_problems
from netmon.cli.names import unanswered
from netmon.config.load import Loaded, find_config, load
from netmon.config.metered import place_of
from netmon.config.rules import Judged, judge
from netmon.correlate.own import UNBILLABLE
from netmon.domain.place import Problem
from netmon.rulebook.compile import summary
from netmon.sources.traps.sockets import SMALL, possible_buffer
from netmon.storage.store import StoreError

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
    problems = tuple(sorted([*judged.problems, *_of_this_host(judged.loaded), *_unbillable(judged)]))
    tell(problems, last_line=_last_line(judged, problems), strict=strict, json=json)


def _of_this_host(loaded: Loaded) -> Iterator[Problem]:
    """Yield what this host lacks, apart from what the configuration names."""
    wanted = loaded.config.traps.receive_buffer
    given = possible_buffer(wanted.octets)
    if given < min(wanted.octets, SMALL):
        yield Problem(
            loaded.document.place(("traps", "receive_buffer")),
            f"traps.receive_buffer: this host gives {given >> 10} KiB of {wanted}: raise net.core.rmem_max "
            "(packaging/90-netmon.conf, for /etc/sysctl.d, does)",
            warning=True,
        )
    yield from unanswered(loaded)


def _unbillable(judged: Judged) -> Iterator[Problem]:
    """Yield the metered ports that netmon, where it has run with this data_dir, found no way to bill."""
    path = judged.loaded.data_dir / "netmon.db"
    followed = [one.assignment for one in judged.metering.followed if one.assignment.series]
    metered = (*judged.assignments, *followed)
    if not metered or not path.is_file():
        return
    try:
        alarms = stored_alarms(path)
    except (StoreError, OSError):
        # A store of another user says nothing here; that it cannot be used is the daemon's to tell.
        return
    told = {alarm.qualifier: alarm.text for alarm in alarms if alarm.type == UNBILLABLE and alarm.state == "active"}
    for one in {one.series: one for one in metered}.values():
        if one.series in told:
            yield Problem(place_of(judged.loaded, one), told[one.series], warning=True)


def tell(problems: tuple[Problem, ...], *, last_line: str, strict: bool, json: bool, seen: Any = None) -> None:
    """Print problems and the summary, as JSON also what was ``seen``; leave with 1 when there are errors."""
    if json:
        told = [_told(problem) for problem in problems]
        print_json(told if seen is None else {"problems": told, "seen": seen})
    else:
        print_problems(problems, err=False)
        typer.echo(last_line)
    if any(strict or not problem.warning for problem in problems):
        raise typer.Exit(PROBLEM)


def _last_line(judged: Judged, problems: tuple[Problem, ...]) -> str:
    loaded = judged.loaded
    named = {loaded.document.file, loaded.inventory_document.file}
    read = named | loaded.files.names() | {problem.place.file for problem in problems}
    told = summary(problems, files=len(read), rules=judged.compiled.rules)
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
