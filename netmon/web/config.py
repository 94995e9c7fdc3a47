"""``web``: the settings of the web process (specs/dashboard.md 2)."""

from pathlib import Path
from typing import Annotated

import msgspec

from netmon.domain.address import Address, Addresses, Network
from netmon.domain.duration import Duration
from netmon.domain.scalar import span

HostName = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$", max_length=253)]


class TlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``web.tls``: TLS 1.2 or later; the files are read again at ``netmon reload``."""

    certificate: Annotated[str, msgspec.Meta(min_length=1, description="file with the certificate and its chain, PEM")]
    key: Annotated[str, msgspec.Meta(min_length=1, description="file with its private key, PEM")]


class WebConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``web``: the process of the dashboard and the APIs."""

    enabled: bool = True
    """Without it there is no dashboard and no API."""
    listen: Addresses = Addresses("127.0.0.1:8080")
    """Address of dashboard and APIs, or several; a sign-in is always required."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    """Processes that answer."""
    tls: TlsConfig | None = None
    """Without it passwords and alarms travel as they are: for this host, or behind a proxy."""
    hosts: tuple[HostName, ...] = ()
    """Names by which a browser may ask. Default: the address of `listen`, the names of loopback, the host name."""
    trusted_proxies: tuple[Network, ...] = ()
    """Only these are believed in what X-Forwarded-For and X-Forwarded-Proto say."""
    session_idle: Annotated[Duration, span("5m", "30d")] = Duration("12h")
    """A session that is not used for so long ends."""
    session_life: Annotated[Duration, span("5m", "30d")] = Duration("7d")
    """After so long a new sign-in is needed."""
    live_max_clients: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 500
    """Most open live streams."""
    live_max_alarms: Annotated[int, msgspec.Meta(ge=1_000, le=50_000)] = 20_000
    """Of more active alarms than these a browser gets the worst."""
    query_timeout: Annotated[Duration, span("1s", "60s")] = Duration("10s")
    """A query of time series that takes longer is given up."""
    query_max_points: Annotated[int, msgspec.Meta(ge=100, le=5_000)] = 1_500
    """Most points of one series in an answer, where the query does not say."""
    flood_per_10min: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10
    """More new alarms (root causes) in 10 min are a flood, which no operator can follow (EEMUA 191)."""

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if self.session_idle.ms > self.session_life.ms:
            raise ValueError(f"session_idle: {self.session_idle} is above session_life, {self.session_life}")

    def exposed(self) -> tuple[Address, ...]:
        """Return the addresses that others can reach, and that no TLS protects."""
        return () if self.tls is not None else tuple(one for one in self.listen if not one.loopback)


class WebSetup(msgspec.Struct, frozen=True):
    """What a web process is started with."""

    data_dir: Path
    node_id: str
    config: WebConfig = WebConfig()
    worker: int = 1
    """Which of ``web.workers``."""
    config_file: Path | None = None
    """For commands that answer for it; None: there is none."""
