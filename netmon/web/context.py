"""What an operation is given: who asks for what, and the parts of the web process that can tell."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from starlette.requests import Request

from netmon.storage.sqlite.store import SqliteStore
from netmon.web.callers import Callers, Who
from netmon.web.config import WebConfig
from netmon.web.engine import EngineClient
from netmon.web.explain import Explainer
from netmon.web.lane import Lane
from netmon.web.live import Live
from netmon.web.network import NetworkView
from netmon.web.query import Queries
from netmon.web.usage_feed import UsageMemory
from netmon.web.view import AlarmView

Query = TypeVar("Query")
Body = TypeVar("Body")


class Web(msgspec.Struct, frozen=True):
    """The parts of one web process. A part that runs is started by ``server.running``."""

    store: SqliteStore
    """Read-only; its methods block, call them in one of the two lanes."""
    quick: Lane
    """For reads that are short whatever there is: changes for the live feed, sessions, tokens, accounts."""
    slow: Lane
    """For all other reads of the store: two at a time, the others wait."""
    engine: EngineClient
    view: AlarmView
    live: Live
    callers: Callers
    network: NetworkView
    """Elements, sites and services, as the engine tells them."""
    series: Queries
    """Time series."""
    usage: UsageMemory
    explainer: Explainer
    config: WebConfig
    node_id: str
    data_dir: Path
    worker: int
    """Which of ``web.workers``."""

    def now_ms(self) -> int:
        """Return the time of this host."""
        return now_ms()


def now_ms() -> int:
    """Return the time of this host."""
    return time.time_ns() // 1_000_000


class Call(msgspec.Struct, Generic[Query, Body], frozen=True):
    """One request to an operation, read and checked."""

    query: Query
    body: Body
    path: Mapping[str, str]
    """Parameters in the path."""
    who: Who
    web: Web
    request: Request
    """For headers and streams; rarely needed."""
