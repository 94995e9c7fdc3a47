"""``netmon demo``: a simulated network, the daemon over it, its alarms in the terminal."""

import asyncio
import contextlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.demo_files import write_demo_files
from netmon.cli.demo_screen import Screen
from netmon.cli.frame import examples, fail
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.script import play
from netmon.cli.simulate.town import MODELS, PERIOD_S, SCRIPT

EPILOG = examples(
    ("netmon demo", "until Ctrl-C; leaves nothing behind"),
    ("netmon demo --data-dir demo-data", "keeps what it recorded, for netmon replay and netmon alarms list"),
    ("netmon demo --seconds 60", "ends by itself"),
)

_GRACE_S = 15.0
_PATIENCE_S = 60.0


def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the web process; a taken one gives a free one.")
    ] = 8080,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to keep its state; default: a temporary folder.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, metavar="N", help="End after so many seconds; 0: run until Ctrl-C.")
    ] = 0,
) -> None:
    """Show netmon at work: a small simulated network with scripted faults, and the alarms they raise.

    No server and no configuration is needed. Everything stays on 127.0.0.1.
    """
    with _folder(data_dir) as folder:
        raise typer.Exit(asyncio.run(_demo(folder, port=_usable(port), seconds=seconds)))


@contextlib.contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="netmon-demo-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{wanted}: {(error.strerror or 'cannot be made').lower()}")
    yield wanted.absolute()


def _usable(port: int) -> int:
    """Return the port, or a free one where somebody else has it."""
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


async def _demo(folder: Path, *, port: int, seconds: float) -> int:
    """Run simulator, daemon and screen until Ctrl-C; return the exit code."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    traps, engine = _free(socket.SOCK_DGRAM), _free(socket.SOCK_STREAM)
    community = secrets.token_hex(8)
    async with Network(MODELS, community=community.encode()) as network:
        config = write_demo_files(folder, network, community=community, traps=traps, web=port, engine=engine)
        screen = Screen(folder, web=f"127.0.0.1:{port}", engine=f"127.0.0.1:{engine}")
        screen.say(f"{len(MODELS)} simulated elements in three sites answer SNMP; starting netmon ...")
        with _daemon(folder, config) as daemon:
            return await _watch(screen, network, daemon, traps=traps, stop=stop, seconds=seconds)


@contextlib.contextmanager
def _daemon(folder: Path, config: Path) -> Iterator["subprocess.Popen[bytes]"]:
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
                daemon.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


async def _watch(
    screen: Screen,
    network: Network,
    daemon: "subprocess.Popen[bytes]",
    *,
    traps: int,
    stop: asyncio.Event,
    seconds: float,
) -> int:
    if not await _running(screen, daemon, stop):
        return screen.failed() if not stop.is_set() else 0
    script = asyncio.create_task(_play(network, screen, traps))
    try:
        with screen.live():
            await _until_stopped(screen, daemon, stop, seconds=seconds)
    finally:
        script.cancel()
    if daemon.poll() is not None:
        return screen.failed()
    screen.say("ending ...")
    return 0


async def _running(screen: Screen, daemon: "subprocess.Popen[bytes]", stop: asyncio.Event) -> bool:
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while asyncio.get_running_loop().time() < deadline and daemon.poll() is None and not stop.is_set():
        if await asyncio.to_thread(screen.ready):
            return True
        await asyncio.sleep(0.2)
    return False


async def _until_stopped(
    screen: Screen, daemon: "subprocess.Popen[bytes]", stop: asyncio.Event, *, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds if seconds else float("inf")
    while not stop.is_set() and daemon.poll() is None and loop.time() < deadline:
        await asyncio.to_thread(screen.refresh)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)


async def _play(network: Network, screen: Screen, traps: int) -> None:
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await play(SCRIPT, network, traps_to=("127.0.0.1", traps), tell=lambda fault: screen.happened(str(fault)))
        await asyncio.sleep(began + PERIOD_S - loop.time())
