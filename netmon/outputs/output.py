"""What every output is, and what it is built from (STYLE section 7)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from netmon.domain.observation import Observation
from netmon.domain.sample import SampleBlock
from netmon.domain.secret import Secret
from netmon.storage.store import Store
from netmon.telemetry.metrics import Metrics

if TYPE_CHECKING:
    # Loads polars, which no command but the daemon needs.
    from netmon.storage.series import SeriesStore


EMBEDDED = "parquet"
"""Name and cursor of the output that fills the embedded store of time series; the others catch up from there."""


async def _unheard(observation: Observation) -> None:
    raise RuntimeError(f"nobody hears {type(observation).__name__}")


class Surroundings(msgspec.Struct, frozen=True):
    """What ``app/outputs.py`` gives to each output's ``build``."""

    name: str
    store: Store
    series: "SeriesStore"
    metrics: Metrics
    data_dir: Path
    node_id: str
    secret: Callable[[Secret], str]
    """Gives the text of a secret; it was proven readable at load."""
    folder: Path = Path()
    """Relative paths of the configuration begin here."""
    feeds: tuple[str, ...] = ()
    """Ids of the usage feeds."""
    observe: Callable[[Observation], Awaitable[None]] = _unheard
    """Hands an observation to the core and returns once it is committed."""


class Output(Protocol):
    """An output runs on its own and delays nobody: not the batch, not another output."""

    name: str

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Take committed samples up to observation ``seq``; never waits. Outputs without samples ignore them."""
        ...

    def committed(self, change_seq: int) -> None:
        """Learn that rows up to this alarm change, and maybe usage records, are committed; never waits."""
        ...

    async def run(self) -> None:
        """Deliver until cancelled; then flush for at most a short grace."""
        ...
