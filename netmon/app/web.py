"""The web processes as children of the engine: started, watched, started again, gone when the engine is gone."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from netmon.runtime.retry import backoff
from netmon.web.launch import Launch, send_launch

log = structlog.get_logger("netmon.web")

_STEADY_S = 30.0
_GRACE_S = 5.0


class WebProcesses:
    """Web processes on sockets that are bound already; each ``run`` keeps one alive.

    A process of its own, not ``multiprocessing``: that would load this whole program into it once more.
    """

    def __init__(self) -> None:
        self._launch: Launch | None = None
        self._bound: Sequence[socket.socket] = ()
        self._warm: list[_Child] = []
        """They load their modules while the engine restores its state, and wait for the word."""
        self._children: set[_Child] = set()
        self._environment = dict(os.environ)
        """As this process got it: what the engine sets for itself is not for them."""

    async def warm_up(self, count: int) -> None:
        """Start so many processes before it is known what they serve."""
        self._warm += [await _Child.start(self._environment) for _ in range(count)]

    def use(self, launch: Launch, bound: Sequence[socket.socket]) -> None:
        """Serve this, from the next start of each process on."""
        self._launch, self._bound = launch, bound

    async def run(self, worker: int) -> None:
        """Run the web process of a number until cancelled, anew whenever it ends."""
        waits = backoff()
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            child = self._warm.pop() if self._warm else await _Child.start(self._environment)
            self._children.add(child)
            try:
                await self._serve(child, worker)
            finally:
                self._children.discard(child)
            if loop.time() - began > _STEADY_S:
                waits = backoff()
            wait_s = next(waits)
            log.error("web process ended", code=child.process.returncode, restart_in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)

    async def _serve(self, child: "_Child", worker: int) -> None:
        assert self._launch is not None, "nothing to serve"
        with contextlib.suppress(OSError):
            # One that is gone already is seen to be so at once.
            setup = msgspec.structs.replace(self._launch.setup, worker=worker)
            send_launch(child.line, msgspec.structs.replace(self._launch, setup=setup), self._bound)
        await child.watch()

    def reload(self) -> None:
        """Have the files of TLS read again."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGHUP)

    async def close(self) -> None:
        """End those that were never told what to serve."""
        for child in self._warm:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
            await child.process.wait()
            child.line.close()
        self._warm.clear()


class _Child:
    """One web process, and the line to it."""

    def __init__(self, process: Process, line: socket.socket) -> None:
        self.process = process
        self.line = line
        """Open as long as it lives: its end tells the process that this one is gone."""

    @classmethod
    async def start(cls, environment: Mapping[str, str]) -> "_Child":
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "netmon.web", stdin=theirs.fileno(), env=environment
            )
        return cls(process, ours)

    async def watch(self) -> None:
        """Wait until it ends; end it when this task is cancelled."""
        try:
            await self.process.wait()
        except asyncio.CancelledError:
            await self._end()
            raise
        finally:
            self.line.close()

    async def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _GRACE_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
