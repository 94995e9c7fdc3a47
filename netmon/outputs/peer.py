"""What a remote peer of samples is, and what it can answer to a write."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from netmon.domain.sample import SampleBlock

if TYPE_CHECKING:
    import polars as pl

Unit = list[bytes]
"""The samples of one observation as the peer's protocol writes them: lines, or encoded time series."""


class Taken(msgspec.Struct, frozen=True):
    """The peer has all of it."""


class Refused(msgspec.Struct, frozen=True):
    """The peer will never take it as it is: it is divided, to find what it will not take."""

    reason: str
    """One word, for the metrics."""
    told: str
    """What the peer said."""
    lost: int | None = None
    """How many samples it left out where it took the others."""
    as_one: bool = False
    """It is most likely wrong with the whole observation."""


class Failed(msgspec.Struct, frozen=True):
    """It is to be tried again, the same way."""

    reason: str
    wait_s: float = 0.0
    """The peer asks to be left alone so long."""


Answer = Taken | Refused | Failed


class Peer(Protocol):
    """Speaks one protocol to one server; constructing it opens nothing."""

    ordered: bool
    """It refuses samples of a series that are older than the newest it has."""

    def of_blocks(self, blocks: Sequence[SampleBlock]) -> Unit:
        """Return the samples of an observation."""
        ...

    def of_frame(self, frame: "pl.DataFrame") -> Unit:
        """Return the samples of one observation as the embedded store has them."""
        ...

    def write(self, samples: Unit) -> Answer:
        """Write once; blocks until the peer answers or its time is over."""
        ...

    def shown(self, sample: bytes) -> str:
        """Return one sample as a log line tells it."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...
