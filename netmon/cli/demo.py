"""``netmon demo``: a simulated network, the daemon over it, its dashboard, and its alarms in the terminal."""

import asyncio
import contextlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from netmon.cli.demo_access import Access, make_access
from netmon.cli.demo_files import write_demo_files
from netmon.cli.demo_screen import Screen
from netmon.cli.demo_story import tell_story
from netmon.cli.demo_usage import QUARTER_MS, meter_past, past_since
from netmon.cli.frame import examples, fail
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.town import PEERS, UPLINKS, models, uplinks
from netmon.cli.simulate.wave import wall_ms
from netmon.config.data_dir import prepare_data_dir, share_mib_cache
from netmon.storage.store import StoreError
from netmon.usage.periods import floor_to
from netmon.web.login import DEMO_ACCESS

EPILOG = examples(
    ("netmon demo", "until Ctrl-C; leaves nothing behind"),
    ("netmon demo --data-dir demo-data", "keeps what it recorded, and access.json for scripts"),
    ("netmon demo --port 8090 --data-dir other", "a second one beside it"),
    ("netmon demo --seconds 60", "ends by itself"),
)

_GRACE_S = 15.0
_PATIENCE_S = 180.0
_ENDINGS = (signal.SIGINT, signal.SIGTERM)

Daemon = subprocess.Popen[bytes]


class _Ports(msgspec.Struct, frozen=True):
    """Addresses that were free a moment ago."""

    web: str
    engine: str
    traps: str


def demo(
    port: Annotated[
        int,
        typer.Option(metavar="PORT", min=0, max=65535, help="Port of the dashboard; where it is taken, a free one."),
    ] = 8080,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to keep its state; default: a temporary folder.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, metavar="N", help="End after so many seconds; 0: run until Ctrl-C.")
    ] = 0,
) -> None:
    """Show netmon at work: a simulated network with scripted faults, and the alarms they raise.

    No server and no configuration is needed. Everything stays on 127.0.0.1. It prints the address of the dashboard and
    a log-in made for this run, and writes both, with a token, to DIR/access.json for scripts.
    """
    code = 0
    with _one_ending(), _folder(data_dir) as folder, contextlib.suppress(KeyboardInterrupt):
        try:
            code = asyncio.run(_demo(folder, port=port, seconds=seconds))
        except OSError as error:
            fail(f"{error.filename or folder}: {(error.strerror or str(error)).lower()}")
        finally:
            _take_no_more_endings()
    raise typer.Exit(code)


@contextlib.contextmanager
def _one_ending() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the block, and no further one disturb its clean-up."""

    def ended(*_: Any) -> NoReturn:
        _take_no_more_endings()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, ended) for number in _ENDINGS}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _take_no_more_endings() -> None:
    for number in _ENDINGS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="netmon-demo-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    try:
        prepare_data_dir(wanted)
    except OSError as error:
        fail(f"{wanted}: {(error.strerror or 'cannot be made').lower()}")
    yield wanted.absolute()


def _choose_ports(port: int) -> _Ports:
    """Return the port that is wanted, or a free one where somebody else has it, and two more."""
    with contextlib.ExitStack() as stack:

        def bound(kind: socket.SocketKind, wanted: int = 0) -> str:
            asked = stack.enter_context(socket.socket(socket.AF_INET, kind))
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
            try:
                asked.bind(("127.0.0.1", wanted))
            except OSError:
                asked.bind(("127.0.0.1", 0))
            return f"127.0.0.1:{asked.getsockname()[1]}"

        return _Ports(bound(socket.SOCK_STREAM, port), bound(socket.SOCK_STREAM), bound(socket.SOCK_DGRAM))


async def _demo(folder: Path, *, port: int, seconds: float) -> int:
    """Run simulator, daemon and screen until Ctrl-C; return the exit code."""
    stop = asyncio.Event()
    for number in _ENDINGS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    is_new = not (folder / "netmon.db").exists()
    since = past_since(wall_ms()) if is_new else floor_to(wall_ms(), QUARTER_MS)
    share_mib_cache(folder)
    ports, community = _choose_ports(port), secrets.token_hex(8)
    screen = Screen(folder, engine=ports.engine)
    pairs = (*PEERS, *UPLINKS)
    async with (
        _access(folder, ports) as access,
        Network(
            models(),
            links=pairs,
            uplinks=uplinks(),
            community=community.encode(),
            since=since if is_new else None,
        ) as network,
    ):
        screen.welcome(access)
        config = write_demo_files(folder, network, community=community, since=since, **msgspec.structs.asdict(ports))
        if is_new:
            await meter_past(folder, network, since=since, until=wall_ms())
        with _past(folder) if is_new else contextlib.nullcontext():
            async with _daemon(folder, config) as daemon:
                return await _watch(screen, network, daemon, access, stop=stop, seconds=seconds)


@contextlib.asynccontextmanager
async def _access(folder: Path, ports: _Ports) -> AsyncIterator[Access]:
    """Make account and token; ``access.json`` is there as long as they are of use."""
    file = folder / DEMO_ACCESS
    file.unlink(missing_ok=True)
    try:
        yield await make_access(file, web=ports.web, traps=ports.traps, engine=ports.engine)
    except StoreError as error:
        fail(f"{folder}: {error}")
    finally:
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def _past(folder: Path) -> Iterator[None]:
    """Write the past hours in a process of its own, while the daemon starts."""
    command = (sys.executable, "-m", "netmon.cli.demo_history", str(folder))
    with (folder / "netmon.log").open("ab") as log:
        writing = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        writing.kill()
        writing.wait()


@contextlib.asynccontextmanager
async def _daemon(folder: Path, config: Path) -> AsyncIterator[Daemon]:
    """Run the daemon in a session of its own, so that Ctrl-C reaches it through us and in order."""
    with (folder / "netmon.log").open("ab") as log:
        command = (sys.executable, "-m", "netmon", "run", "--config", str(config))
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield daemon
    finally:
        if daemon.poll() is None:
            daemon.terminate()
            try:
                await asyncio.to_thread(daemon.wait, _GRACE_S)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


async def _watch(
    screen: Screen, network: Network, daemon: Daemon, access: Access, *, stop: asyncio.Event, seconds: float
) -> int:
    if not await _until(screen.ready, daemon, stop):
        return 0 if stop.is_set() else screen.failed()
    host, _, port = access.traps.rpartition(":")
    story = asyncio.create_task(tell_story(network, screen, (host, int(port))))
    try:
        with screen.live():
            await _until_stopped(screen, daemon, stop, story, seconds=seconds)
    finally:
        story.cancel()
        await asyncio.wait([story])
    if not story.cancelled():
        story.result()
    if daemon.poll() is not None:
        return screen.failed()
    screen.say("ending ...")
    return 0


async def _until(ready: Callable[[], bool], daemon: Daemon, stop: asyncio.Event) -> bool:
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while asyncio.get_running_loop().time() < deadline and daemon.poll() is None and not stop.is_set():
        if await asyncio.to_thread(ready):
            return True
        await _wait(stop, 0.1)
    return False


async def _until_stopped(
    screen: Screen, daemon: Daemon, stop: asyncio.Event, story: "asyncio.Task[None]", *, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds if seconds else float("inf")
    while not (stop.is_set() or story.done()) and daemon.poll() is None and loop.time() < deadline:
        await asyncio.to_thread(screen.refresh)
        await _wait(stop, 0.5)
    await asyncio.to_thread(screen.refresh)


async def _wait(stop: asyncio.Event, at_most_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), at_most_s)
