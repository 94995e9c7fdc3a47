"""``config.yaml`` as a type: the Configs of all components joined; every default stands beside its field."""

from typing import Annotated, Any, Literal

import msgspec

from netmon.config.credentials import CredentialConfig
from netmon.domain.address import Address
from netmon.domain.duration import Duration, Size
from netmon.domain.scalar import span
from netmon.outputs import OutputConfig
from netmon.outputs.usage.config import UsageConfig
from netmon.sources.poller.schedule import PollingConfig
from netmon.sources.realm import REALM_ID, RealmConfig
from netmon.sources.traps.config import TrapsConfig
from netmon.storage.sqlite.retention import Limits
from netmon.telemetry.log import LogConfig
from netmon.web.config import WebConfig

NODE_ID = r"^[A-Za-z0-9-]{1,40}$"


class EngineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``engine``: its own HTTP server with /metrics and /healthz."""

    listen: Address = Address("127.0.0.1:9108")
    """Address of /metrics, /snmp, /healthz and /readyz, without sign-in."""


class RetentionConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``retention``: how long committed rows stay, and how large the log may grow (DESIGN section 6)."""

    observations: Annotated[Duration, span("1h", "400d")] = Duration("7d")
    """How far back replay can go."""
    observations_size: Size = Size("10GiB")
    """The log is cut before that time when it grows larger."""
    polls: Annotated[Duration, span("10m", "400d")] = Duration("6h")
    """How long raw poll results stay."""
    polls_size: Size = Size("10GiB")
    """They are cut before that time when they grow larger."""
    changes: Annotated[Duration, span("7d", "4000d")] = Duration("90d")
    """How long the changes of alarms stay."""
    history: Annotated[Duration, span("1d", "4000d")] = Duration("400d")
    """How long alarms stay after their clear, as they were when they left the list."""

    max_series: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 1_000_000
    """So many time series there may be; new ones beyond are in no output, counted and alarmed (`series-limit`)."""

    def limits(self) -> Limits:
        """Return them as the store takes them."""
        return Limits(
            log_ms=self.observations.ms,
            log_bytes=self.observations_size.octets,
            polls_ms=self.polls.ms,
            polls_bytes=self.polls_size.octets,
            changes_ms=self.changes.ms,
            history_ms=self.history.ms,
        )


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``config.yaml``; an empty file is one."""

    version: Literal[1] = 1
    """Of the form of this file."""
    node_id: Annotated[str, msgspec.Meta(pattern=NODE_ID)] | None = None
    """Default: the host name."""
    data_dir: str = ""
    """Default: /var/lib/netmon for root, ~/.local/share/netmon for others."""
    inventory: str | dict[str, Any] = ""
    """A file, or the inventory itself."""
    credentials: tuple[CredentialConfig, ...] = ()
    traps: TrapsConfig = TrapsConfig()
    realms: dict[Annotated[str, msgspec.Meta(pattern=REALM_ID)], RealmConfig] = {}
    """Address spaces that may overlap, by name; ``default`` needs no entry."""
    polling: PollingConfig = PollingConfig()
    mibs: tuple[str, ...] = ()
    """Folders of MIB modules beside the shipped ones."""
    rules: tuple[str, ...] = ()
    """Rule files and folders beside the shipped ones."""
    outputs: tuple[OutputConfig, ...] = ()
    usage: UsageConfig = UsageConfig()
    web: WebConfig = WebConfig()
    engine: EngineConfig = EngineConfig()
    log: LogConfig = LogConfig()
    retention: RetentionConfig = RetentionConfig()
