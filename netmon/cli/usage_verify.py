"""``netmon usage verify``: proves from published files alone that a feed is whole and unchanged."""

import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, count, examples, fail, print_json, read_settings
from netmon.config.load import Loaded
from netmon.config.secret import text as secret_text
from netmon.domain.secret import Secret
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.sign import signing_key
from netmon.outputs.usage.verify import Finding, Verified, verified
from netmon.usage.periods import utc_text
from netmon.usage.report import Check, Report, Where, check, report

EPILOG = examples(
    ("netmon usage verify", "what every feed of the data_dir has published"),
    ("netmon usage verify --feed main", "one feed"),
    ("netmon usage verify delivered/ --json", "files at the consumer, of one feed; no netmon needs to run there"),
    ("netmon usage verify delivered/ --key feed.key", "signatures, too"),
)

_NUMBER = re.compile(r"_-_(\d{10})\.")
"""The number of a file in its name."""


def verify(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files or folders of one feed; default: those of the data_dir."),
    ] = None,
    feed: Annotated[str, typer.Option(metavar="NAME", help="Only this feed of the data_dir.")] = "",
    key: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A key of signed manifests; default: those of the configuration."),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Prove from the files alone that nothing is missing, doubled or changed: numbers, hash chain, ids, manifests.

    Of the data_dir what was archived counts, too. With --json one object for each feed.

    Exit code 1: something is wrong; every finding is told with its file and line.
    """
    if paths and feed:
        fail("either PATH or --feed, not both")
    keys = {one.id: one.key for one in (signing_key(_text(path)) for path in key or ())}
    parts = [(_given(paths), keys)] if paths else list(_own(read_settings(config), feed, keys))
    found = [_verified(files, known) for files, known in parts]
    if json:
        for one in found:
            print_json(_report(one))
    else:
        _tell([finding for one in found for finding in one.findings], [files for files, _ in parts])
    if any(one.findings for one in found):
        raise typer.Exit(PROBLEM)


def _given(paths: list[Path]) -> dict[str, Path]:
    files = _files(paths)
    if not files:
        fail(f"there is no usage file in {', '.join(map(str, paths))}")
    return files


def _own(loaded: Loaded, feed: str, keys: dict[str, bytes]) -> Iterator[tuple[dict[str, Path], dict[str, bytes]]]:
    """Yield the files of each feed of the data_dir, and the keys that its manifests are signed with."""
    for name, places in _published(loaded.data_dir, feed).items():
        yield _files(places), keys or _configured(loaded, name)


def _tell(found: list[Finding], parts: list[dict[str, Path]]) -> None:
    for finding in found:
        typer.echo(_line(finding))
    typer.echo(_summary(len(found), parts))
    for span in filter(None, map(_span, parts)):
        typer.echo(f"seen: {span}; what came before and after is not judged")


def _report(one: Verified) -> Report:
    seen = one.seen
    since, until = seen.times or (None, None)
    counts = {"R1": _counts(seen.file_seq, seen.files), "R2": _counts(seen.rec_seq, seen.records)}
    return report(
        seen.feed,
        [_check(id_, one.findings, *counts.get(id_, (None, None))) for id_ in ("R1", "R2", "R3", "R4", "R10")],
        since=since,
        until=until,
        generated=utc_text(time.time_ns() // 1_000_000),
    )


def _counts(numbers: tuple[int, int] | None, many: int) -> tuple[int, int]:
    return (numbers[1] - numbers[0] + 1 if numbers else 0, many)


def _check(id_: str, findings: Iterable[Finding], expected: int | None, measured: int | None) -> Check:
    found = [Where(one.series, one.start, one.file, one.line, one.text) for one in findings if one.check == id_]
    return check(id_, found, expected=expected, measured=measured)


def _summary(findings: int, parts: list[dict[str, Path]]) -> str:
    number = sum(not name.endswith(MANIFEST) for files in parts for name in files)
    if not number and not findings:
        return "no usage file is published yet: nothing was verified"
    return f"{count(findings, 'finding')} in {count(number, 'file')} of {count(len(parts), 'feed')}"


def _span(files: Iterable[str]) -> str:
    """Return the numbers of the first and the last file of a feed, as their names tell them."""
    numbers = sorted(int(found[1]) for found in map(_NUMBER.search, files) if found is not None)
    return f"file {numbers[0]} to file {numbers[-1]}" if numbers else ""


def _published(data_dir: Path, feed: str) -> dict[str, list[Path]]:
    """Return the folders of published files of each feed; what stands in ``out/`` counts before the archive."""
    found = {
        path.parent.name: [one for one in (path.with_name("archive"), path) if one.is_dir()]
        for path in sorted((data_dir / "usage").glob("*/out"))
    }
    if not found:
        fail(f"no feed has published anything in {data_dir / 'usage'}")
    if feed and feed not in found:
        fail(f"there is no feed {feed} in {data_dir / 'usage'} (one of {', '.join(found)})")
    return {feed: found[feed]} if feed else found


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


def _verified(files: dict[str, Path], keys: dict[str, bytes]) -> Verified:
    """Return what is wrong in the files of one feed, with paths instead of names."""
    result = verified(files.values(), keys=keys)
    found = []
    for finding in result.findings:
        beside = files.get(finding.file.removesuffix(MANIFEST)) or files.get(finding.file)
        path = beside.with_name(finding.file) if beside is not None else Path(finding.file)
        found.append(msgspec.structs.replace(finding, file=str(path)))
    return Verified(found, result.seen)


def _configured(loaded: Loaded, feed: str) -> dict[str, bytes]:
    """Return the key by which a feed is signed."""
    secret = next((one.sign for one in loaded.config.usage.feeds if one.id == feed), None)
    if secret is None:
        return {}
    key = signing_key(loaded.secret(secret))
    return {key.id: key.key}


def _text(path: Path) -> str:
    try:
        return secret_text(Secret(file=str(path)), Path())
    except (OSError, ValueError) as error:
        fail(f"--key: {path}: {error}")


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    what = " ".join(filter(None, (finding.series, finding.start)))
    return f"{place}: {finding.check}: {finding.text}{f' ({what})' if what else ''}"
