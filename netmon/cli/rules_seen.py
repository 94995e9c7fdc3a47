"""``netmon rules check --seen``: what the running daemon received and no rule names, as rules to begin with."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from netmon.cli.engine import NoEngine, read
from netmon.cli.frame import PROBLEM, count, fail
from netmon.domain.duration import Duration
from netmon.domain.element import SeenTraps
from netmon.mib.names import MibView
from netmon.rulebook.skeleton import Seen, Skeleton, lines, skeletons

SeenOption = Annotated[
    str,
    typer.Option(
        "--seen",
        metavar="SPAN",
        help="Also print rules to begin with, for the traps that no rule names and that the daemon received within "
        "this time, e.g. 24h.",
        show_default=False,
    ),
]


def span_of(text: str) -> Duration:
    """Return the time that ``--seen`` names, or say what is wrong with it and leave."""
    try:
        return Duration(text)
    except ValueError as error:
        fail(f"--seen: {error}")


def seen_by(data_dir: Path, within: Duration, names: MibView) -> list[Skeleton]:
    """Return a rule for each trap without one that the engine has received lately; leave when none answers."""
    try:
        status, body = read(data_dir, "/internal/v1/traps/unmatched")
    except NoEngine as error:
        fail(str(error))
    if status != HTTPStatus.OK:
        fail("; ".join(msgspec.json.decode(body)["problems"]), code=PROBLEM)
    return skeletons(_gathered(msgspec.json.decode(body, type=SeenTraps), within), names)


def told(found: list[Skeleton], within: Duration) -> Iterator[str]:
    """Yield the text of a rule file."""
    yield f"# {count(len(found), 'trap')} without a rule within {within}"
    if found:
        yield "version: 1"
        yield "rules:"
    for skeleton in found:
        yield from lines(skeleton)


def _gathered(told: SeenTraps, within: Duration) -> Iterator[Seen]:
    """Yield what came within a time, all elements that sent one trap together."""
    by_oid: dict[str, list[tuple[str, int, int]]] = {}
    for one in told.traps:
        if one.last > told.now - within.ms:
            by_oid.setdefault(one.oid, []).append((one.element or "other elements", one.count, one.last))
    for oid, rows in by_oid.items():
        last = datetime.fromtimestamp(max(last for _, _, last in rows) / 1000, UTC)
        elements = tuple(sorted({element for element, _, _ in rows}))
        yield Seen(oid, sum(number for _, number, _ in rows), last.strftime("%Y-%m-%d %H:%M:%SZ"), elements)
