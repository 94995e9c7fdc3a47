"""``netmon usage``: proves published files, computes records from samples again."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from netmon.cli import (
    usage_ack,
    usage_exceptions,
    usage_reconcile,
    usage_redeliver,
    usage_samples,
    usage_statement,
    usage_verify,
)
from netmon.cli.frame import (
    PROBLEM,
    count,
    examples,
    fail,
    print_problems,
)
from netmon.cli.help import Commands
from netmon.config import yaml
from netmon.domain.decode import Invalid, decode
from netmon.domain.place import Problem
from netmon.outputs.usage.recompute import BadSamples, Recomputed
from netmon.outputs.usage.recompute import recompute as recomputed
from netmon.usage.recompute import RecomputeConfig
from netmon.usage.record_line import canonical

usage = Commands(
    no_args_is_help=True,
    help="Usage: prove published files, list what is in doubt, compute records again from readings.",
)


usage.command("verify", epilog=usage_verify.EPILOG)(usage_verify.verify)
usage.command("reconcile", epilog=usage_reconcile.EPILOG)(usage_reconcile.reconcile)
usage.command("ack", epilog=usage_ack.EPILOG)(usage_ack.ack)
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
