"""Samples to an InfluxDB v2 write API (InfluxDB, VictoriaMetrics), as ready-made line protocol."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.sample import SampleBlock
from netmon.domain.secret import Secret
from netmon.outputs.http_post import Reply, seconds
from netmon.outputs.line_protocol import block_lines, frame_lines
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.peer import Answer, Failed, Taken, Unit
from netmon.outputs.samples import SampleOutput

if TYPE_CHECKING:
    import polars as pl


class InfluxDBConfig(msgspec.Struct, frozen=True, tag="influxdb", tag_field="type", forbid_unknown_fields=True):
    """Where to write and how often."""

    url: Annotated[str, msgspec.Meta(description="address of InfluxDB", pattern="^https?://")]
    bucket: str = "netmon"
    """Where to write."""
    org: str = "netmon"
    """Organization the bucket belongs to."""
    token: Secret | None = None
    """None: nothing is sent to sign in."""
    flush: Duration = Duration("10s")
    """How often it writes."""
    timeout: Duration = Duration("10s")
    """How long it waits for an answer."""
    gzip: bool = True
    """Compress what is written: less traffic, more CPU."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens no connection."""
        token = around.secret(self.token) if self.token is not None else ""
        return SampleOutput(around, InfluxDB(self, token), flush_s=self.flush.seconds)


class InfluxDB:
    """Speaks the write API of version 2 by InfluxDB's own client."""

    ordered = False

    def __init__(self, config: InfluxDBConfig, token: str) -> None:
        self._config = config
        self._token = token
        self._client: Any = None
        self._api: Any = None

    def of_blocks(self, blocks: Sequence[SampleBlock]) -> Unit:
        """Return one line per row."""
        return [line.encode() for block in blocks for line in block_lines(block)]

    def of_frame(self, frame: "pl.DataFrame") -> Unit:
        """Return one line per sample."""
        return [line.encode() for line in frame_lines(frame)]

    def write(self, samples: Unit) -> Answer:
        """Write lines once; blocks."""
        # Loaded only where it is used (STYLE section 13): the client library is heavy.
        from influxdb_client.rest import ApiException
        from urllib3.exceptions import HTTPError

        if self._api is None:
            self._open()
        try:
            self._api.write(bucket=self._config.bucket, record=b"\n".join(samples), write_precision="ms")
        except ApiException as error:
            wait_s = seconds(str((error.headers or {}).get("Retry-After", "")))
            return Reply(error.status or 0, _told(error), wait_s).judged()
        except (HTTPError, OSError):
            return Failed("unreachable")
        return Taken()

    def shown(self, sample: bytes) -> str:
        """Return the line."""
        return sample.decode()

    def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            self._client.close()

    def _open(self) -> None:
        from influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS

        config = self._config
        self._client = InfluxDBClient(
            url=config.url, token=self._token, org=config.org, timeout=config.timeout.ms, enable_gzip=config.gzip
        )
        self._api = self._client.write_api(write_options=SYNCHRONOUS)


def _told(error: Any) -> str:
    body = getattr(error, "body", "")
    return (body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body))[:500]
