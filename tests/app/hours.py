"""Recorded hours: a folder with a configuration and a store, whose log and snapshots a real core has filled."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from netmon.app.ruleset import bare_rules_change
from netmon.config import yaml
from netmon.config.load import Loaded, load
from netmon.domain.inventory import Element
from netmon.domain.observation import InventoryChange, Observation, RulesChange, Tick, Trap
from netmon.domain.oid import Varbind
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.app.engines import Recorded
from tests.mibs import shipped_names, user_cache

START = 1_767_258_000_000
"""2026-01-01T09:00:00Z."""
IF_INDEX, ADMIN_STATUS = "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.7"
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
AUTHENTICATION_FAILURE = "1.3.6.1.6.3.1.1.5.5"
COLD_START, WARM_START = "1.3.6.1.6.3.1.1.5.1", "1.3.6.1.6.3.1.1.5.2"


def trap(at: int, oid: str, *varbinds: Varbind, element: str = "r1", origin_id: str = "") -> Trap:
    """Return a trap that comes so many ms after the start."""
    return Trap(
        START + at, "default", "192.0.2.1", 1, "t", "v2c", "c", element, "source", oid, varbinds, origin_id=origin_id
    )


def link(at: int, oid: str, interface: int, *, admin: int = 1, element: str = "r1") -> Trap:
    """Return a trap of IF-MIB."""
    varbinds: tuple[Varbind, ...] = (
        (f"{IF_INDEX}.{interface}", 2, interface),
        (f"{ADMIN_STATUS}.{interface}", 2, admin),
    )
    return trap(at, oid, *varbinds, element=element)


def tick(at: int) -> Tick:
    """Return a Tick so many ms after the start."""
    return Tick(START + at)


def rules(text: str, at: int = 0) -> RulesChange:
    """Return a rule set of its own, without the shipped rules."""
    document = yaml.parse(dedent(text).encode(), "rules.yaml").document
    return bare_rules_change([document], shipped_names(), START + at)


class Hours:
    """The folder of a netmon that recorded something and has stopped."""

    def __init__(self, folder: Path, store: SqliteStore) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.store = store
        self._recorded = Recorded(store, shipped_names())

    @property
    def digest(self) -> str:
        """Of the core that recorded."""
        return self._recorded.core.digest()

    @property
    def seq(self) -> int:
        """The last observation."""
        return self._recorded.core.seq

    async def begin(self, text: str, *elements: Element) -> None:
        """Record an inventory and rules."""
        added = elements or (Element("r1", ("192.0.2.1",)),)
        await self.take(tick(0), InventoryChange(START, "loaded", added=added), rules(text))

    async def take(self, *observations: Observation, snapshot: bool = False) -> int:
        """Record observations as one batch, and a snapshot after them; return the number of the last one."""
        await self._recorded.take(observations, snapshot=snapshot)
        return self.seq

    async def each(self, observations: Iterable[Observation]) -> None:
        """Record observations, each in a batch of its own."""
        for observation in observations:
            await self.take(observation)

    @property
    def database(self) -> Path:
        """The store."""
        return self.folder / "data" / "netmon.db"

    def loaded(self) -> Loaded:
        """Return the configuration."""
        return load(self.config)


@contextmanager
def recorded_hours(folder: Path) -> Iterator[Hours]:
    """Yield the folder while its store is open for writing."""
    data = folder / "data"
    data.mkdir()
    (data / "mib-cache").symlink_to(user_cache())
    (folder / "config.yaml").write_text("version: 1\ndata_dir: data\n")
    store = open_store(data / "netmon.db")
    try:
        yield Hours(folder, store)
    finally:
        store.close()
