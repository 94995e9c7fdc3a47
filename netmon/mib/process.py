"""The parent's end of the compiler's worker process: one request at a time, with a time limit."""

import os
import select
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import IO

import msgspec

from netmon.mib.sources import Source

_CHUNK = 65_536


class WorkerTimeout(Exception):
    """A module took longer than it may; the worker was killed."""


class WorkerDied(Exception):
    """The worker ended instead of answering; the text holds its last words."""


class Part(msgspec.Struct, frozen=True):
    """A module and what its compiled form will be filed under."""

    source: Source
    key: str


class Request(msgspec.Struct, frozen=True):
    """Compile the last part into the cache; those before it are all it needs, in order."""

    parts: tuple[Part, ...]
    cache_dir: str


class Worker:
    """Starts ``python -m netmon.mib.worker`` with the first request, and again after it was killed."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """Its process, 0 where it has none."""
        return self._process.pid if self._process is not None else 0

    def ask(self, request: Request) -> None:
        """Have a module compiled; its cache entry is written when this returns.

        Raises:
            WorkerTimeout: the limit is over.
            WorkerDied: out of memory, or a bug in the compiler.
        """
        process = self._process or self._start()
        deadline = time.monotonic() + self._limit_s
        line = msgspec.json.encode(request) + b"\n"
        try:
            _send(process, line, deadline)
            _await_line(process, deadline)
        except TimeoutError:
            self._stop()
            raise WorkerTimeout(f"took longer than {self._limit_s:g} s") from None
        except EOFError:
            words = self._last_words()
            self._stop()
            raise WorkerDied(f"the compiler stopped: {words}") from None

    def _start(self) -> "subprocess.Popen[bytes]":
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the child
        # The child looks for packages where this process does.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "netmon.mib.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            bufsize=0,
            env=environment,
        )
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._words is not None:
            self._words.close()
            self._words = None

    def _last_words(self) -> str:
        if self._words is None:
            return ""
        self._words.seek(0)
        return (self._words.read().decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]


def _send(process: "subprocess.Popen[bytes]", octets: bytes, deadline: float) -> None:
    if process.stdin is None:
        raise EOFError
    at = 0
    while at < len(octets):
        _wait(process.stdin.fileno(), select.POLLOUT, deadline)
        try:
            at += os.write(process.stdin.fileno(), octets[at : at + _CHUNK])
        except BlockingIOError:
            continue
        except BrokenPipeError:
            raise EOFError from None


def _await_line(process: "subprocess.Popen[bytes]", deadline: float) -> None:
    if process.stdout is None:
        raise EOFError
    octets = b""
    while not octets.endswith(b"\n"):
        _wait(process.stdout.fileno(), select.POLLIN, deadline)
        read = os.read(process.stdout.fileno(), _CHUNK)
        if not read:
            raise EOFError
        octets += read


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Wait until a pipe is ready.

    Raises:
        TimeoutError: it was not by the deadline.
    """
    poller = select.poll()
    poller.register(descriptor, event)
    if not poller.poll(max(deadline - time.monotonic(), 0.0) * 1000):
        raise TimeoutError
