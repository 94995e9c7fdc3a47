"""The past of usage in ``netmon demo``: the simulated elements are read at times gone by, and the core meters that.

They count since then (``Network``), so that what the daemon reads afterwards goes on from there. Nothing is made up but
the elements: readings, judgments, records and their proof are those of the product.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.town import METERED, SERVICES
from netmon.config import yaml
from netmon.config.consistency import credential_versions
from netmon.config.inventory import read_inventory
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Block, Observation, PollResult, Tick
from netmon.mib.names import MibView
from netmon.outputs.output import EMBEDDED
from netmon.outputs.usage.config import UsageConfig
from netmon.snmp.agent import Agent
from netmon.snmp.walk import Page
from netmon.sources.clock import Clock
from netmon.sources.poller.billed import PART, USAGE, WIDE
from netmon.sources.poller.blocks import block
from netmon.sources.poller.element import group_name
from netmon.step import Core
from netmon.storage.snapshot import rows
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import SnapshotRow, Store
from netmon.usage.periods import floor_to
from netmon.work import Work

NODE_ID = "demo"
POLL_MS = 10_000
QUARTER_MS = 900_000
_QUARTERS = 4
_COMMIT_MS = 300_000
_NS_PER_MS = 1_000_000


def past_since(now: int) -> int:
    """Return from when on usage is metered, UTC ms: four whole quarters of an hour before the present one."""
    return floor_to(now, QUARTER_MS) - _QUARTERS * QUARTER_MS


async def meter_past(folder: Path, network: Network, *, since: int, until: int) -> None:
    """Read what is metered from ``since`` to ``until``, UTC ms, and commit what the core makes of it.

    Raises:
        StoreError: the store cannot be written.
    """
    store = open_store(folder / "netmon.db")
    try:
        past = _Past(store)
        readings = _Readings(network)
        past.step((Tick(since), *_configured(folder, since)), since)
        for at in range(since, until, POLL_MS):
            past.step((Tick(at), *readings.at(at)), at)
            if at % _COMMIT_MS == 0:
                await past.commit()
        await past.end()
    finally:
        store.close()


def _configured(folder: Path, at: int) -> Iterator[Observation]:
    """Yield the inventory and what is metered of it, as the daemon finds them in the folder later."""
    credentials = credential_versions(yaml.read(folder / "config.yaml").document)
    inventory, problems = read_inventory(yaml.read(folder / "inventory.yaml").document, credentials=credentials)
    loaded = inventory_change(Inventory(), inventory, at)
    assert loaded is not None
    assert not problems
    yield loaded
    metering = yaml.read(folder / "rules" / "metering.yaml").document
    usage = UsageConfig().settings(NODE_ID)
    yield bare_rules_change((), MibView(()), at, metering=(metering,), usage=usage)


class _Readings:
    """Reads the metered ports of a simulated network as the poller does, at times of its own."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._now = 0
        self._clock = Clock(self._now_ns, self._now_ns)
        self._ports: dict[str, list[str]] = {}
        for service in SERVICES:
            for port in service.ports if fnmatchcase(service.id, METERED) else ():
                element, _, name = port.partition("/")
                self._ports.setdefault(element, []).append(name)

    def _now_ns(self) -> int:
        return self._now * _NS_PER_MS

    def at(self, at: int) -> Iterator[PollResult]:
        """Yield what is read at a time, UTC ms, later than the last one."""
        self._now = at
        for element, ports in self._ports.items():
            agent = self._network.agents[element].agent
            blocks = tuple(self._block(agent, port, at) for port in ports)
            yield PollResult(
                at=at,
                element=element,
                context="",
                group=f"{USAGE}-{group_name(POLL_MS)}",
                slot=at,
                part=0,
                last=True,
                complete=True,
                protocol="snmp",
                run=self._clock.run,
                blocks=blocks,
                interval_ms=POLL_MS,
            )

    def _block(self, agent: Agent, port: str, at: int) -> Block:
        now, index = at - self._network.zero_ms, agent.port(port).index
        cells = [(name, oid, tag, (agent.instance(f"{oid}.{index}", now)[2],)) for name, oid, tag in WIDE]
        page = Page(at, at, 0, agent.uptime_cs(now))
        return block(PART, page, clock=self._clock, billed=True, boots=None, index=(index,), cells=cells)


class _Past:
    """A core of its own over a store that the daemon goes on with."""

    def __init__(self, store: Store) -> None:
        view = MibView(())
        self._store = store
        self._core = Core(lambda change, inventory: compile_change(change, inventory, view), view)
        self._number = 0
        self._work = Work(1, 0, 0.0)

    def step(self, observations: Iterable[Observation], at: int) -> None:
        self._work.at = at
        for observation in observations:
            self._work.observations.append(observation)
            self._work.outputs += self._core.step(observation)

    async def commit(self, row: SnapshotRow | None = None) -> None:
        done, self._work = self._work, Work(self._core.seq + 1, self._core.now, 0.0)
        done.sort()
        self._number += 1
        await self._store.commit(done.batch(self._number), row)

    async def end(self) -> None:
        """Commit the rest with a snapshot, so that the daemon starts at once."""
        core = self._core
        self._tick()
        await self._store.set_cursor(EMBEDDED, core.seq)
        for row in list(rows(core.dump(), seq=core.seq, at=core.now, batch=self._number + 1)):
            self._tick()
            await self.commit(row)

    def _tick(self) -> None:
        """See that a batch has an observation: one without would have the number of the next."""
        if not self._work.observations:
            self.step((Tick(self._core.now),), self._core.now)
