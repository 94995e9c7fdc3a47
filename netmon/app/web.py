"""The web processes as children of the engine: started, watched, started again, gone when the engine is gone."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
from collections.abc import Sequence
from multiprocessing.context import SpawnProcess

import structlog

from netmon.runtime.retry import backoff
from netmon.telemetry.log import LogConfig, configure_log
from netmon.web.config import WebSetup
from netmon.web.process import serve

log = structlog.get_logger("netmon.web")

_STEADY_S = 30.0
_GRACE_S = 5.0


class WebProcesses:
    """Web processes on sockets that are bound already; each ``run`` keeps one alive."""

    def __init__(self, setup: WebSetup, bound: Sequence[socket.socket], *, log_config: LogConfig) -> None:
        self._args = (setup, tuple(bound), log_config)
        self._children: set[SpawnProcess] = set()

    async def run(self) -> None:
        """Run a web process until cancelled, anew whenever it ends."""
        waits = backoff()
        loop = asyncio.get_running_loop()
        context = multiprocessing.get_context("spawn")
        while True:
            began = loop.time()
            child = context.Process(target=_serve, args=self._args, name="netmon-web", daemon=True)
            await asyncio.to_thread(child.start)
            self._children.add(child)
            try:
                await _watch(child)
            finally:
                self._children.discard(child)
            if loop.time() - began > _STEADY_S:
                waits = backoff()
            wait_s = next(waits)
            log.error("web process ended", code=child.exitcode, restart_in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)

    def reload(self) -> None:
        """Have the files of TLS read again."""
        for child in self._children:
            if child.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGHUP)


def _serve(setup: WebSetup, bound: Sequence[socket.socket], log_config: LogConfig) -> None:
    # Ctrl-C reaches the whole terminal; the engine ends this process when its own work is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_log(log_config)
    serve(setup, bound)


async def _watch(child: SpawnProcess) -> None:
    """Wait until the child ends; end it when this task is cancelled."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(child.sentinel, ended.set)
    try:
        await ended.wait()
    except asyncio.CancelledError:
        child.terminate()
        try:
            await asyncio.wait_for(ended.wait(), _GRACE_S)
        except TimeoutError:
            child.kill()
        raise
    finally:
        loop.remove_reader(child.sentinel)
        child.join(_GRACE_S)
