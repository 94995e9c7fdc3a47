"""Samples to ``/write`` of InfluxDB 1.x and what speaks like it, as line protocol."""

import gzip
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.sample import SampleBlock
from netmon.domain.secret import Secret
from netmon.outputs.http_post import HttpPost, basic, tried
from netmon.outputs.line_protocol import block_lines, frame_lines
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.peer import Answer, Failed, Unit
from netmon.outputs.samples import SampleOutput

if TYPE_CHECKING:
    import polars as pl

_FAST = 1
"""Level of gzip: lines are so alike that more effort gains little."""


class InfluxDB1Config(msgspec.Struct, frozen=True, tag="influxdb1", tag_field="type", forbid_unknown_fields=True):
    """A database of InfluxDB 1.x, which must be there."""

    url: Annotated[str, msgspec.Meta(description="address of InfluxDB", pattern="^https?://")]
    database: str = "netmon"
    """Where to write."""
    retention_policy: str = ""
    """Empty: the default one of the database."""
    username: str = ""
    """Empty: nothing is sent to sign in."""
    password: Secret | None = None
    flush: Duration = Duration("10s")
    """How often it writes."""
    timeout: Duration = Duration("10s")
    """How long it waits for an answer."""
    gzip: bool = True
    """Compress what is written: less traffic, more CPU."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens no connection."""
        password = around.secret(self.password) if self.password is not None else ""
        return SampleOutput(around, InfluxDB1(self, password), flush_s=self.flush.seconds)


class InfluxDB1:
    """Speaks the write path of version 1."""

    ordered = False

    def __init__(self, config: InfluxDB1Config, password: str) -> None:
        self._gzip = config.gzip
        asked = {"db": config.database, "precision": "ms"}
        if config.retention_policy:
            asked["rp"] = config.retention_policy
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if config.gzip:
            headers["Content-Encoding"] = "gzip"
        if config.username:
            headers["Authorization"] = basic(config.username, password)
        url = f"{config.url.rstrip('/')}/write?{urlencode(asked)}"
        self._post = HttpPost(url, headers, timeout_s=config.timeout.seconds)

    def of_blocks(self, blocks: Sequence[SampleBlock]) -> Unit:
        """Return one line per row."""
        return [line.encode() for block in blocks for line in block_lines(block)]

    def of_frame(self, frame: "pl.DataFrame") -> Unit:
        """Return one line per sample."""
        return [line.encode() for line in frame_lines(frame)]

    def write(self, samples: Unit) -> Answer:
        """Write lines once; blocks."""
        body = b"\n".join(samples)
        reply = tried(self._post, gzip.compress(body, _FAST) if self._gzip else body)
        return reply if isinstance(reply, Failed) else reply.judged()

    def shown(self, sample: bytes) -> str:
        """Return the line."""
        return sample.decode()

    def close(self) -> None:
        """Close the connection."""
        self._post.close()
