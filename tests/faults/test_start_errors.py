"""Whatever keeps netmon from starting: one clear line for each thing that is wrong, exit code 2, no traceback."""

import contextlib
import os
import resource
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netmon.config.data_dir import prepare_data_dir
from tests.wire.daemon import Daemon, environment
from tests.wire.peers import end, netmon_command

pytestmark = pytest.mark.slow

SILENT = {"level": "error"}
"""What goes well is not told, so that the one line is the only one."""


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    made = Daemon(tmp_path, elements=[{"id": "r1", "addresses": ["192.0.2.1"], "credential": "lab"}], log=SILENT)
    # What is wrong with it is for each test to say.
    shutil.rmtree(made.data_dir)
    return made


def refused(daemon: Daemon, *before: str, limit: Callable[[], None] | None = None) -> list[str]:
    """Start netmon, which must end by itself with code 2; return its lines."""
    command = [*before, *netmon_command("run", "--config", str(daemon.config))]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environment({}), preexec_fn=limit
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()


@contextlib.contextmanager
def taken(address: str, kind: socket.SocketKind) -> Iterator[None]:
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind((host, int(port)))
        if kind == socket.SOCK_STREAM:
            other.listen()
        yield


def test_taken_ports(daemon: Daemon) -> None:
    traps = f"127.0.0.1:{daemon.traps}"
    for address, kind in (
        (traps, socket.SOCK_DGRAM),
        (daemon.engine, socket.SOCK_STREAM),
        (daemon.web, socket.SOCK_STREAM),
    ):
        with taken(address, kind):
            [line] = refused(daemon)
        assert line.startswith("netmon: cannot start: ")
        assert address.rpartition(":")[2] in line
        assert "in use" in line.lower()


@pytest.mark.parametrize(
    ("realm", "line"),
    [
        ({"bind": "192.0.2.77"}, "bind: 192.0.2.77 is no address on this host: cannot assign requested address"),
        ({"device": "vrf-nowhere"}, 'device: no network device "vrf-nowhere" on this host'),
    ],
    ids=["address", "device"],
)
def test_a_realm_that_this_host_has_no_way_into(tmp_path: Path, realm: dict[str, str], line: str) -> None:
    daemon = Daemon(tmp_path, elements=[], log=SILENT, realms={"cust-a": realm})
    told, summary = refused(daemon)
    assert told.endswith(f": realms.cust-a.{line}")
    assert summary == "netmon: 1 error in the configuration; see netmon check"


def test_a_data_directory_that_cannot_be_made(daemon: Daemon) -> None:
    daemon.data_dir.write_text("a file, not a folder")
    [line] = refused(daemon)
    assert line == f"netmon: cannot start: {daemon.data_dir}: not a directory"
    config = daemon.config.read_text().replace(str(daemon.data_dir), str(daemon.data_dir / "below"))
    daemon.config.write_text(config)
    [line] = refused(daemon)
    assert line == f"netmon: cannot start: {daemon.data_dir / 'below'}: not a directory"


def test_a_data_directory_that_may_not_be_written(daemon: Daemon) -> None:
    # Root may write everywhere, unless it gives that away.
    plain = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
    daemon.data_dir.mkdir()
    for _ in range(2):
        daemon.data_dir.chmod(0o500)
        [line] = refused(daemon, *plain)
        assert line == f"netmon: cannot start: {daemon.data_dir}: permission denied"
        # The second time all folders that it needs are there.
        daemon.data_dir.chmod(0o700)
        prepare_data_dir(daemon.data_dir)


def test_a_full_data_directory(daemon: Daemon, tmp_path: Path) -> None:
    """On a file system of its own where that is permitted, else with files that may not grow."""
    daemon.data_dir.mkdir()
    # Modules compiled before, so that it is the store that finds no room.
    assert subprocess.run(netmon_command("check", "--config", str(daemon.config)), capture_output=True).returncode == 0
    shutil.move(daemon.data_dir, tmp_path / "compiled")
    daemon.data_dir.mkdir()
    mount = (
        "unshare",
        "-rm",
        "sh",
        "-c",
        'mount -t tmpfs -o size="$0" none "$1" && cp -r "$2"/. "$1" && shift 2 && "$@"',
    )
    size = 4096 * (
        16 + sum(-(-one.stat().st_size // 4096) for one in (tmp_path / "compiled").rglob("*") if one.is_file())
    )
    own = (*mount, str(size), str(daemon.data_dir), str(tmp_path / "compiled"))
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode == 0:
        [line] = refused(daemon, *own)
        assert "no room on the disk" in line or "no space left on device" in line
    else:
        [line] = refused(daemon, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert line.startswith("netmon: cannot start: ")
    assert str(daemon.data_dir) in line


async def test_a_second_engine(daemon: Daemon) -> None:
    try:
        await daemon.start()
        [line] = refused(daemon)
        assert line == f"netmon: cannot start: data directory {daemon.data_dir} is in use by another netmon"
    finally:
        assert daemon.process is not None
        end(daemon.process)


CONFIGS = {
    "version: 1\noutputs: [\n": ["config.yaml:3:1: "],
    "version: 1\nengin: {listen: '127.0.0.1:1'}\n": ["config.yaml:2:1: unknown key 'engin' (did you mean 'engine'?)"],
    "version: 1\npolling: {timeout: 5}\n": ["config.yaml:2:20: polling.timeout: "],
    "version: 1\ncredentials: [{id: a, version: v2c, community: {file: gone}}]\n": [
        "config.yaml:2:48: credentials[0].community: secret file gone cannot be read: no such file or directory"
    ],
    "version: 1\nengin: {}\npolling: {timeout: 5}\n": [
        "config.yaml:2:1: unknown key ",
        "config.yaml:3:20: polling.timeout: ",
    ],
}


@pytest.mark.parametrize("text", CONFIGS, ids=["broken YAML", "unknown key", "wrong unit", "secret", "two problems"])
def test_a_configuration_with_errors(tmp_path: Path, text: str) -> None:
    daemon = Daemon(tmp_path, elements=[])
    daemon.config.write_text(text)
    *lines, summary = refused(daemon)
    starts = CONFIGS[text]
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.removeprefix(f"{tmp_path}/").startswith(start), line
    count = "1 error" if len(starts) == 1 else f"{len(starts)} errors"
    assert summary == f"netmon: {count} in the configuration; see netmon check"
