"""An engine's store filled by a real core, for tests of recovery: no process, no socket."""

from collections.abc import Iterable
from pathlib import Path

from netmon.app.ruleset import bare_rules_change, compile_change
from netmon.config import yaml
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element
from netmon.domain.observation import InventoryChange, Observation, Tick, Trap
from netmon.domain.oid import Varbind
from netmon.domain.output import Output
from netmon.domain.place import Document
from netmon.domain.usage import UsageRecord
from netmon.mib.names import MibView
from netmon.step import Core
from netmon.storage.snapshot import rows
from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.store import Batch

START = 1_750_000_000_000
RULES = Path(__file__).parents[2] / "rules" / "correlation" / "link-down.yaml"


def link_down_rules() -> Document:
    return yaml.read(RULES, name="link-down.yaml").document


def linkdown(at: int, interface: int) -> Trap:
    varbinds: tuple[Varbind, ...] = (
        (f"1.3.6.1.2.1.2.2.1.1.{interface}", 2, interface),
        (f"1.3.6.1.2.1.2.2.1.7.{interface}", 2, 1),
    )
    return Trap(at, "default", "192.0.2.1", 1, "t", "v2c", "c", "r1", "source", "1.3.6.1.6.3.1.1.5.3", varbinds)


def beginning(view: MibView) -> list[Observation]:
    return [
        Tick(START),
        InventoryChange(START, "loaded", added=(Element("r1", ("192.0.2.1",)),)),
        bare_rules_change([link_down_rules()], view, START),
    ]


class Recorded:
    """A core whose observations, changes and snapshots are committed as the pipeline commits them."""

    def __init__(self, store: SqliteStore, view: MibView) -> None:
        self.store = store
        self.view = view
        self.core = self.new_core()
        self.batches = 0

    def new_core(self) -> Core:
        return Core(lambda change, inventory: compile_change(change, inventory, self.view), self.view)

    async def take(self, observations: Iterable[Observation], *, snapshot: bool = False) -> None:
        first, made = self.core.seq + 1, list(observations)
        outputs: list[Output] = [output for observation in made for output in self.core.step(observation)]
        self.batches += 1
        batch = Batch(
            self.batches,
            first,
            self.core.now,
            tuple(made),
            tuple(output for output in outputs if isinstance(output, AlarmChange)),
            tuple(output for output in outputs if isinstance(output, UsageRecord)),
        )
        parts = (
            list(rows(self.core.dump(), seq=self.core.seq, at=self.core.now, batch=self.batches)) if snapshot else []
        )
        await self.store.commit(batch, parts[0] if parts else None)
        assert len(parts) <= 1
