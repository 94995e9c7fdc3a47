"""``usage`` of config.yaml: feeds, intervals, limits of the pair rules (specs/usage.md section 10)."""

from typing import Annotated, Literal

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.scalar import span
from netmon.domain.usage import PairSettings, UsageSettings
from netmon.outputs.usage.feed import UsageFeedConfig


class PairsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the pair rules (specs/usage.md section 2)."""

    uptime_tol: Annotated[Duration, span("1s", "5m")] = Duration("10s")
    """How far sysUpTime and elapsed time may differ before it is a restart."""
    rate_tol_pct: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    """How much more than its speed a line may carry."""
    rate_tol_octets: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 65_536
    """The same, in octets on top."""
    max_gap_factor_pct: Annotated[int, msgspec.Meta(ge=100, le=1_000)] = 250
    """A pair longer than this share of the poll interval is a gap."""
    max_bridge: Annotated[Duration, span("1m", "7d")] = Duration("24h")
    """A longer gap is not bridged."""


class UsageConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How octets become records; what is metered stands in ``rules/usage``."""

    feeds: Annotated[tuple[UsageFeedConfig, ...], msgspec.Meta(min_length=1)] = (UsageFeedConfig(id="main"),)
    interval: Literal["5m", "15m"] = "15m"
    """Length of a record."""
    poll: Annotated[Duration, span("10s", "5m")] = Duration("60s")
    """How often metered ports are read; must divide 300 s."""
    grace: Annotated[Duration, span("0s", "1h")] | None = None
    """How long an interval waits for its last samples; default: two polls and a minute."""
    pairs: PairsConfig = PairsConfig()

    def settings(self, node_id: str) -> UsageSettings:
        """Return what the meter must know."""
        pairs = self.pairs
        return UsageSettings(
            feeds={feed.id: feed.node_id or node_id for feed in self.feeds},
            interval_ms=Duration(self.interval).ms,
            poll_ms=self.poll.ms,
            grace_ms=self.grace.ms if self.grace is not None else 2 * self.poll.ms + 60_000,
            horizons_ms={feed.id: feed.late_horizon.ms for feed in self.feeds},
            pairs=PairSettings(
                poll_interval_ms=self.poll.ms,
                uptime_tol_ms=pairs.uptime_tol.ms,
                rate_tol_pct=pairs.rate_tol_pct,
                rate_tol_octets=pairs.rate_tol_octets,
                max_gap_factor_pct=pairs.max_gap_factor_pct,
                max_bridge_ms=pairs.max_bridge.ms,
            ),
        )
