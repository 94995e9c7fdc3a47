"""The web process as a child of the engine: started, watched, started again, gone when the engine is gone."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Sequence
from multiprocessing.context import SpawnProcess

import structlog

from netmon.runtime.retry import backoff
from netmon.telemetry.log import LogConfig, configure_log
from netmon.web.server import WebSetup, serve

log = structlog.get_logger("netmon.web")

_STEADY_S = 30.0
_GRACE_S = 5.0


async def keep_web_running(setup: WebSetup, bound: Sequence[socket.socket], *, log_config: LogConfig) -> None:
    """Run the web process on bound sockets until cancelled, anew whenever it ends."""
    waits = backoff()
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    while True:
        began = loop.time()
        child = context.Process(target=_serve, args=(setup, bound, log_config), name="netmon-web", daemon=True)
        await asyncio.to_thread(child.start)
        await _watch(child)
        if loop.time() - began > _STEADY_S:
            waits = backoff()
        wait_s = next(waits)
        log.error("web process ended", code=child.exitcode, restart_in_s=round(wait_s, 1))
        await asyncio.sleep(wait_s)


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
