"""``walks.*``: recordings served by netmon's agents and by snmpsim, read by netmon's walker: every row as recorded."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from netmon.cli.simulate.endpoint import Endpoint
from netmon.domain.oid import Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.agent import Agent
from netmon.snmp.client import Client, Target
from netmon.snmp.errors import SnmpFailure
from netmon.snmp.message import V2C, Message, decode, encode
from netmon.snmp.pdu import RESPONSE
from netmon.snmp.recording import load, recording_name
from netmon.snmp.responder import Responder
from tests.field.sheet import Sheet, progress
from tests.snmp.test_snmp_client import clock_ms
from tests.snmp.walking import by_pages
from tests.wire.snmpsim import NotServing, snmpsim

Served = contextlib.AbstractAsyncContextManager[int]
Row = tuple[int, Any]
"""Tag and value."""

_REPETITIONS = 25
_MOST_ROWS = 1_000_000


def score_walks(folder: Path, sheet: Sheet) -> None:
    """Count every row of every recording, once for each of the two that serve them."""
    recordings = dict(recordings_of(folder)) if folder.is_dir() else {}
    if not recordings:
        return
    with tempfile.TemporaryDirectory(prefix="netmon-walks-") as work:
        serve: dict[str, Callable[[], Served]] = {
            "walks.responder": lambda: ours(recordings),
            "walks.snmpsim": lambda: theirs(recordings, Path(work)),
        }
        for score, served in serve.items():
            asyncio.run(_score(score, served, recordings, sheet))


async def _score(
    score: str, served: Callable[[], Served], recordings: dict[str, tuple[Varbind, ...]], sheet: Sheet
) -> None:
    found: dict[str, dict[Oid, Row]] = {}
    try:
        async with served() as port, Client(clock_ms) as client:
            for name, rows in recordings.items():
                progress(f"{score} {name}")
                found[name] = await walked(client, port, name, rows)
    except NotServing as error:
        progress(f"{score}: {error}")
    for name, rows in recordings.items():
        for oid, tag, value in rows:
            had = found.get(name, {}).get(oid)
            sheet.row(score, had == on_the_wire(oid, tag, value), recording=name, row=[oid, tag, value], had=had)


def recordings_of(folder: Path) -> Iterator[tuple[str, tuple[Varbind, ...]]]:
    for path in sorted(folder.iterdir()):
        if name := recording_name(path):
            try:
                yield name, load(path).rows
            except (OSError, EOFError) as error:
                progress(f"{path}: {error}")


async def walked(client: Client, port: int, community: str, rows: tuple[Varbind, ...]) -> dict[Oid, Row]:
    """Return what a walk of everything below the first two arcs of some rows brings."""
    target = Target("127.0.0.1", port, community=community.encode(), timeout_ms=5_000, retries=3)
    found: dict[Oid, Row] = {}
    for root in sorted({".".join(oid.split(".")[:2]) for oid, _, _ in rows}):
        with contextlib.suppress(SnmpFailure):
            walk = await by_pages(client, target, [root], max_repetitions=_REPETITIONS, max_rows=_MOST_ROWS)
            found |= {cell[0]: (cell[1], cell[2]) for (cell,) in walk.rows.values() if cell is not None}
    return found


@contextlib.asynccontextmanager
async def ours(recordings: dict[str, tuple[Varbind, ...]]) -> AsyncIterator[int]:
    """Serve recordings by netmon's agents, for which time stands still; yield the port."""
    agents = [Agent(rows, name=name, community=name.encode()) for name, rows in recordings.items()]
    endpoint = Endpoint(Responder(agents), ("127.0.0.1", 0), clock=lambda: 0)
    endpoint.start()
    try:
        yield endpoint.address[1]
    finally:
        endpoint.stop()


@contextlib.asynccontextmanager
async def theirs(recordings: dict[str, tuple[Varbind, ...]], work: Path) -> AsyncIterator[int]:
    """Serve the same by snmpsim; yield the port.

    It finds rows by halving the file, so that they must stand in order, and takes blanks off the ends of text: it is
    given the rows sorted, and their octets in hex.
    """
    data, cache = work / "data", work / "cache"
    for made in (data, cache):
        made.mkdir()
    for name, rows in recordings.items():
        (data / f"{name}.snmprec").write_text("".join(f"{_line(*row)}\n" for row in rows))
    async with snmpsim(data, cache) as port:
        yield port


def _line(oid: Oid, tag: int, value: Any) -> str:
    if isinstance(value, float):
        value = ber.write_value(tag, value)[2:]
    if isinstance(value, bytes):
        return f"{oid}|{tag}x|{value.hex()}" if value else f"{oid}|{tag}|"
    return f"{oid}|{tag}|{'' if value is None else value}"


def on_the_wire(oid: Oid, tag: int, value: Any) -> Row:
    """Return tag and value as they come out of a message: an Opaque that holds a float is one."""
    message = Message(V2C, b"", RESPONSE, 1, 0, 0, ((oid, tag, value),))
    [(_, tag, value)] = decode(encode(message)).varbinds
    return tag, value
