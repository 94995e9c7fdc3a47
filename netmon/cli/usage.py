"""``netmon usage``: proves published files, computes records from samples again."""

import gzip
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from netmon.cli import usage_exceptions, usage_redeliver, usage_samples, usage_statement
from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_problems,
    read_loosely,
)
from netmon.cli.help import Commands
from netmon.config import yaml
from netmon.domain.decode import Invalid, decode
from netmon.domain.place import Problem
from netmon.outputs.usage.recompute import BadSamples, Recomputed
from netmon.outputs.usage.recompute import recompute as recomputed
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import Finding
from netmon.outputs.usage.verify import verify as findings_in
from netmon.usage.recompute import RecomputeConfig
from netmon.usage.record_line import canonical

_NUMBER = re.compile(r"_-_(\d{10})\.")
"""The number of a file in its name."""

usage = Commands(
    no_args_is_help=True,
    help="Usage: prove published files, list what is in doubt, compute records again from readings.",
)


@usage.command(
    "verify",
    epilog=examples(
        ("netmon usage verify", "what every feed of the data_dir has published"),
        ("netmon usage verify --feed main", "one feed"),
        ("netmon usage verify delivered/ --json", "files at the consumer, of one feed; no netmon needs to run there"),
    ),
)
def verify(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files or folders of one feed; default: those of the data_dir."),
    ] = None,
    feed: Annotated[str, typer.Option(metavar="NAME", help="Only this feed of the data_dir.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Prove from the files alone that nothing is missing, doubled or changed: numbers, hash chain, ids, manifests.

    Exit code 1: something is wrong; every finding is told with its file and line.
    """
    if paths and feed:
        fail("either PATH or --feed, not both")
    parts = [_files(paths)] if paths else [_files([out]) for out in _published(read_loosely(config).data_dir, feed)]
    if paths and not parts[0]:
        fail(f"there is no usage file in {', '.join(map(str, paths))}")
    found = [finding for files in parts for finding in _verified(files)]
    if json:
        print_json(found)
    else:
        for finding in found:
            typer.echo(_line(finding))
        typer.echo(_summary(len(found), parts))
        for span in filter(None, map(_span, parts)):
            typer.echo(f"seen: {span}; what came before and after is not judged")
    if found:
        raise typer.Exit(PROBLEM)


def _summary(findings: int, parts: list[dict[str, Path]]) -> str:
    number = sum(not name.endswith(MANIFEST) for files in parts for name in files)
    if not number and not findings:
        return "no usage file is published yet: nothing was verified"
    return f"{count(findings, 'finding')} in {count(number, 'file')} of {count(len(parts), 'feed')}"


def _span(files: Iterable[str]) -> str:
    """Return the numbers of the first and the last file of a feed, as their names tell them."""
    numbers = sorted(int(found[1]) for found in map(_NUMBER.search, files) if found is not None)
    return f"file {numbers[0]} to file {numbers[-1]}" if numbers else ""


def _published(data_dir: Path, feed: str) -> list[Path]:
    """Return the folder of published files of each feed."""
    found = {path.parent.name: path for path in sorted((data_dir / "usage").glob("*/out"))}
    if not found:
        fail(f"no feed has published anything in {data_dir / 'usage'}")
    if feed and feed not in found:
        fail(f"there is no feed {feed} in {data_dir / 'usage'} (one of {', '.join(found)})")
    return [found[feed]] if feed else list(found.values())


def _files(paths: Iterable[Path]) -> dict[str, Path]:
    """Return usage files and their manifests by name."""
    try:
        files = [file for path in paths for file in (path.iterdir() if path.is_dir() else [path])]
        missing = next((file for file in files if not file.exists()), None)
    except OSError as error:
        fail(f"{error.filename}: {(error.strerror or 'cannot be read').lower()}")
    if missing is not None:
        fail(f"there is no file or folder {missing}")
    return {file.name: file for file in files if ".jsonl" in file.name}


def _verified(files: dict[str, Path]) -> list[Finding]:
    """Return what is wrong in the files of one feed, with paths instead of names."""
    found = []
    for finding in findings_in(files.values()):
        beside = files.get(finding.file.removesuffix(MANIFEST)) or files.get(finding.file)
        path = beside.with_name(finding.file) if beside is not None else Path(finding.file)
        found.append(msgspec.structs.replace(finding, file=str(path)))
    return found


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    what = " ".join(filter(None, (finding.series, finding.start)))
    return f"{place}: {finding.check}: {finding.text}{f' ({what})' if what else ''}"


usage.command("exceptions", epilog=usage_exceptions.EPILOG)(usage_exceptions.exceptions)
usage.command("statement", epilog=usage_statement.EPILOG)(usage_statement.statement)
usage.command("redeliver", epilog=usage_redeliver.EPILOG)(usage_redeliver.redeliver)
usage.command("samples", epilog=usage_samples.EPILOG)(usage_samples.samples)


@usage.command(
    "recompute",
    epilog=examples(
        ("netmon usage recompute --samples samples.jsonl.gz --config pairs.yaml", "a record line per interval"),
        (
            "netmon usage recompute --samples samples.jsonl --config pairs.yaml --explain",
            "judged pairs of readings, too",
        ),
    ),
)
def recompute(
    samples: Annotated[Path, typer.Option(metavar="FILE", help="JSON lines, also .gz; - reads stdin.")],
    config: Annotated[Path, typer.Option(metavar="FILE", help="Period, intervals and limits, YAML or JSON.")],
    explain: Annotated[bool, typer.Option("--explain", help="Notes and judged pairs before the records.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here; default: stdout.")] = None,
) -> None:
    """Compute final totals per interval from counter readings, by the daemon's own rules.

    So whoever has the readings can check every record.

    Exit code 1: lines of the file of samples are bad; all of them are told, and no record is printed.
    """
    rules = _rules(config)
    try:
        with _opened(samples) as lines:
            found = list(recomputed(rules, lines, file=str(samples)))
    except BadSamples as bad:
        for problem in bad.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(PROBLEM) from None
    except (OSError, EOFError, zlib.error) as error:
        fail(f"{samples}: cannot be read ({getattr(error, 'strerror', None) or error})")
    text = b"".join(canonical(item) + b"\n" for one in found for item in _items(one, explain=explain))
    try:
        _write(text, out)
    except OSError as error:
        fail(f"{out or 'stdout'}: {(error.strerror or 'cannot be written').lower()}")


def _rules(path: Path) -> RecomputeConfig:
    read = yaml.read(path)
    if read.problems:
        _refuse(path, read.problems)
    try:
        return decode(RecomputeConfig, read.document)
    except Invalid as invalid:
        _refuse(path, invalid.problems)


def _refuse(path: Path, problems: Sequence[Problem]) -> NoReturn:
    print_problems(problems)
    fail(f"{count(len(problems), 'error')} in {path}")


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[bytes]]:
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    with path.open("rb") as file:
        if path.suffix == ".gz":
            with gzip.open(file) as unpacked:
                yield unpacked
        else:
            yield file


def _items(one: Recomputed, *, explain: bool) -> Iterator[dict[str, Any]]:
    if explain:
        yield from one.notes
        yield from one.pairs
    yield from one.records


def _write(text: bytes, out: Path | None) -> None:
    if out is not None:
        out.write_bytes(text)
    else:
        sys.stdout.buffer.write(text)
        sys.stdout.flush()
