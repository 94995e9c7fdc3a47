"""Recordings served on UDP by netmon's own agents, polled by its poller, put through its core."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.cli.profile_tests import at_once
from netmon.cli.simulate.endpoint import Endpoint, now_ms
from netmon.domain.inventory import Element
from netmon.domain.observation import PollFailed, PollResult
from netmon.domain.oid import Varbind
from netmon.domain.output import PollRequest
from netmon.domain.sample import SampleBlock
from netmon.snmp.agent import Agent
from netmon.snmp.responder import Responder
from netmon.sources.credential import Credential
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.step import Core
from netmon.telemetry.metrics import Metrics
from tests.field.shipped import Shipped
from tests.sources.taking import Taking

_COMMUNITY = "recorded"
_PATIENCE_S = 120.0


class Cell(msgspec.Struct, frozen=True):
    """One sample: what netmon says was read from one instance."""

    name: str
    labels: dict[str, str]
    value: Any
    index: str


class Polled(msgspec.Struct):
    """What netmon has of one element after one poll."""

    cells: dict[str, list[Cell]] = {}
    """By the OID, with the instance, that netmon says it was read from."""
    rows: dict[str, dict[str, Any]] = {}
    """Index to metric name to value, over all tables."""
    trouble: list[str] = []
    """What the run itself told: why it failed, what is missing."""


async def poll(name: str, varbinds: Iterable[Varbind], shipped: Shipped) -> Polled:
    """Serve a recording, poll it once, and return what came of it."""
    agent = Agent(varbinds, community=_COMMUNITY.encode(), started_ms=now_ms())
    endpoint = Endpoint(Responder([agent]), ("127.0.0.1", 0))
    host, port = endpoint.address
    element = Element(name, (host,), credential=_COMMUNITY, port=port)
    endpoint.start()
    try:
        told = await _run_once(element, shipped)
    finally:
        endpoint.stop()
    return _in_core(told, shipped.core([element]))


async def _run_once(element: Element, shipped: Shipped) -> list[PollResult | PollFailed]:
    taking = Taking(at_once=True)
    poller = Poller(PollingConfig(), intake=taking, clock=shipped.clock, metrics=Metrics())
    credential = Credential(_COMMUNITY, community=_COMMUNITY.encode())
    poller.load([element], credentials={_COMMUNITY: credential}, profiles=at_once(shipped.judged.profiles))
    running = asyncio.create_task(poller.run())
    try:
        await asyncio.sleep(0)
        poller.request(PollRequest(element.id, "", "field", 0))
        await taking.until(lambda: any(_ends(observation) for observation in taking.observations))
    except TimeoutError:
        return []
    finally:
        running.cancel()
        await asyncio.wait([running])
    return [told for told in taking.observations if isinstance(told, PollResult | PollFailed)]


def _ends(observation: object) -> bool:
    if isinstance(observation, PollFailed):
        # The element's own slot may come while the run that was asked for goes on.
        return observation.reason != "overrun"
    return isinstance(observation, PollResult) and observation.last


def _in_core(told: list[PollResult | PollFailed], core: Core) -> Polled:
    polled = Polled()
    if not told:
        polled.trouble.append("the run did not end")
    for observation in told:
        if isinstance(observation, PollFailed):
            polled.trouble.append(observation.reason)
        else:
            polled.trouble += [f"{what}: {reason}" for what, reason in observation.errors]
        for output in core.step(observation):
            if isinstance(output, SampleBlock):
                _take(polled, output)
    return polled


def _take(polled: Polled, block: SampleBlock) -> None:
    for name, oid, column in zip(block.names, block.oids, block.columns, strict=True):
        for index, labels, value in zip(block.index, block.labels, column, strict=True):
            if value is None:
                continue
            polled.rows.setdefault(index, {})[name] = value
            if oid:
                cell = Cell(name, dict(labels), value, index)
                polled.cells.setdefault(f"{oid}.{index}", []).append(cell)
