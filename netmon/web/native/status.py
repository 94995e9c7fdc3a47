"""``/api/v1/status``: how netmon is doing (specs/dashboard.md 2.3)."""

import contextlib
import os
from pathlib import Path

import msgspec

from netmon import __version__
from netmon.domain.request import EngineStatus, LiveStats
from netmon.web.context import Call, Web
from netmon.web.error import Refusal
from netmon.web.openapi import operation

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class WebStatus(msgspec.Struct, frozen=True):
    """The web process that answers."""

    workers: int
    """Web processes that share the addresses."""
    live: LiveStats
    """Of this one."""
    active_alarms: int
    seq: int
    """Number of the last alarm change it knows."""
    memory_bytes: int


class StoreStatus(msgspec.Struct, frozen=True):
    """What lies in the data directory."""

    database_bytes: int
    wal_bytes: int
    """The write-ahead log; it grows while somebody reads for long."""
    free_bytes: int
    """Room on the disk."""


class Status(msgspec.Struct, frozen=True):
    """Engine, web process and store."""

    version: str
    node_id: str
    now: int
    """UTC ms."""
    engine_up: bool
    engine: EngineStatus | None
    """None while it does not answer."""
    web: WebStatus
    store: StoreStatus
    cursors: dict[str, int]
    """Where each output stands: the number of the last change, record or observation that its peer has."""
    warnings: list[str]
    """What an operator should change."""


@operation("GET", "/api/v1/status", summary="Read the status", role="read", answer=Status)
async def get_status(call: Call[None, None]) -> Status:
    """Tell how engine, web process and store are doing; without the engine what is known without it."""
    web = call.web
    engine = None
    with contextlib.suppress(Refusal):
        engine = await web.engine.status()
    store, cursors = await web.slow.run(_store, web)
    return Status(
        version=__version__,
        node_id=web.node_id,
        now=web.now_ms(),
        engine_up=engine is not None,
        engine=engine,
        web=WebStatus(
            workers=web.config.workers,
            live=web.live.stats(),
            active_alarms=web.view.active,
            seq=web.view.seq,
            memory_bytes=_memory_bytes(),
        ),
        store=store,
        cursors=cursors,
        warnings=[f"{one} can be reached without TLS: set web.tls" for one in web.config.exposed()],
    )


def _store(web: Web) -> tuple[StoreStatus, dict[str, int]]:
    disk = os.statvfs(web.data_dir)
    size = (web.data_dir / "netmon.db").stat().st_size
    return StoreStatus(size, web.store.wal_bytes(), disk.f_bavail * disk.f_frsize), web.store.cursors()


def _memory_bytes() -> int:
    # proc(5): the second number is the resident set, in pages.
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE_BYTES


OPERATIONS = (get_status,)
