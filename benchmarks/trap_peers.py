"""Other receivers of traps: net-snmp's daemon that logs them, and one written with pysnmp."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.engine_process import wait_for
from benchmarks.traffic import ENTERPRISE
from benchmarks.version3 import AUTH, ENGINE_ID, NAME, PRIV
from tests.wire.peers import free_port, program, running

_MARK = ENTERPRISE.encode() + b"."


class Receiver(msgspec.Struct):
    """A receiver that writes a line per trap."""

    process: "subprocess.Popen[bytes]"
    traps: int
    """Port it listens to."""
    log: Path
    _read: int = 0
    _logged: int = 0

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def logged(self) -> int:
        """Return how many traps its log has; only what is new is read."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            lines, _, _ = log.read().rpartition(b"\n")
        self._read += len(lines)
        self._logged += lines.count(_MARK)
        return self._logged


@contextlib.contextmanager
def snmptrapd(folder: Path) -> Iterator[Receiver]:
    """Run net-snmp's receiver, which only logs."""
    folder.mkdir(parents=True, exist_ok=True)
    config, log, port = folder / "snmptrapd.conf", folder / "traps.log", free_port(socket.SOCK_DGRAM)
    user = f"createUser -e 0x{ENGINE_ID.hex()} {NAME} SHA-256 {AUTH} AES {PRIV}"
    config.write_text(f"disableAuthorization yes\n{user}\n")
    log.touch()
    command = (program("snmptrapd"), "-f", "-On", "-Lf", str(log), "-n", "-C", "-c", str(config),
               "-x", str(folder / "agentx"), "-p", str(folder / "pid"), f"udp:127.0.0.1:{port}")  # fmt: skip
    environment = {"SNMP_PERSISTENT_DIR": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
    with running(*command, log=folder / "snmptrapd.out", env=environment) as process:
        yield _listening(Receiver(process, port, log))


@contextlib.contextmanager
def pysnmp_receiver(folder: Path) -> Iterator[Receiver]:
    """Run a receiver made with pysnmp, which only logs."""
    folder.mkdir(parents=True, exist_ok=True)
    log, port = folder / "traps.log", free_port(socket.SOCK_DGRAM)
    log.touch()
    command = (sys.executable, "-m", "benchmarks.pysnmp_receiver", str(port), str(log))
    with running(*command, log=folder / "pysnmp.out") as process:
        yield _listening(Receiver(process, port, log))


def _listening(receiver: Receiver) -> Receiver:
    """Wait until the kernel knows the receiver's socket."""
    entry = f":{receiver.traps:04X} "
    wait_for(lambda: entry in Path("/proc/net/udp").read_text(), what="a receiver to listen")
    return receiver
