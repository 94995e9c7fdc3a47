"""The web processes as children of the engine: started, watched, started again, gone when the engine is gone."""

import asyncio
import contextlib
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

import structlog

from netmon.runtime.retry import backoff
from netmon.telemetry.log import LogConfig
from netmon.web.config import WebSetup
from netmon.web.launch import Launch, launch_line

log = structlog.get_logger("netmon.web")

_STEADY_S = 30.0
_GRACE_S = 5.0


class WebProcesses:
    """Web processes on sockets that are bound already; each ``run`` keeps one alive.

    A process of its own, not ``multiprocessing``: that would load this whole program into it once more.
    """

    def __init__(self, setup: WebSetup, bound: Sequence[socket.socket], *, log_config: LogConfig) -> None:
        self._launch = Launch(setup, tuple(one.fileno() for one in bound), log_config)
        self._children: set[Process] = set()

    async def run(self) -> None:
        """Run a web process until cancelled, anew whenever it ends."""
        waits = backoff()
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            child = await self._start()
            try:
                await _watch(child)
            finally:
                self._children.discard(child)
            if loop.time() - began > _STEADY_S:
                waits = backoff()
            wait_s = next(waits)
            log.error("web process ended", code=child.returncode, restart_in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)

    def reload(self) -> None:
        """Have the files of TLS read again."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGHUP)

    async def _start(self) -> Process:
        command = (sys.executable, "-m", "netmon.web")
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, pass_fds=self._launch.sockets)
        self._children.add(child)
        assert child.stdin is not None
        # Never closed: its end tells the child that this process is gone.
        child.stdin.write(launch_line(self._launch))
        return child


async def _watch(child: Process) -> None:
    """Wait until the child ends; end it when this task is cancelled."""
    try:
        await child.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            await asyncio.wait_for(child.wait(), _GRACE_S)
        except TimeoutError:
            child.kill()
            await child.wait()
        raise
