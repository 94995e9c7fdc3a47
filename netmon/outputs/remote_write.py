"""Samples to a receiver of Prometheus remote write (Prometheus, VictoriaMetrics, Mimir, Thanos)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.sample import SampleBlock
from netmon.domain.secret import Secret
from netmon.outputs.http_post import HttpPost, basic, tried
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.peer import Answer, Failed, Refused, Unit
from netmon.outputs.samples import SampleOutput
from netmon.outputs.write_request import block_series, frame_series, shown

if TYPE_CHECKING:
    import polars as pl

_LATE = ("out of order", "out of bounds", "duplicate sample", "too old sample")
"""What Prometheus says of samples of a series that are older than the newest it has, or than it takes at all."""

LabelName = Annotated[str, msgspec.Meta(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]


class RemoteWriteConfig(msgspec.Struct, frozen=True, tag="remote_write", tag_field="type", forbid_unknown_fields=True):
    """A receiver of remote write 1.0."""

    url: Annotated[str, msgspec.Meta(description="whole address, with its path", pattern="^https?://")]
    """Such as ``http://127.0.0.1:9090/api/v1/write``."""
    labels: dict[LabelName, str] = {}
    """Added to every series, such as ``{job: netmon}``; those of a series win."""
    username: str = ""
    """Empty: no basic sign-in."""
    password: Secret | None = None
    token: Secret | None = None
    """Sent as bearer token; None: none is sent."""
    in_order: bool = True
    """The receiver refuses what is older than the newest sample of a series, as Prometheus does: after an outage live
    samples wait for the missed ones. ``false`` for one that takes any order, as VictoriaMetrics does."""
    flush: Duration = Duration("10s")
    """How often it writes."""
    timeout: Duration = Duration("10s")
    """How long it waits for an answer."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens no connection."""
        headers = {}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {around.secret(self.token)}"
        elif self.username:
            password = around.secret(self.password) if self.password is not None else ""
            headers["Authorization"] = basic(self.username, password)
        return SampleOutput(around, RemoteWrite(self, headers), flush_s=self.flush.seconds)


class RemoteWrite:
    """Speaks remote write 1.0; names and labels are those of the scrape."""

    def __init__(self, config: RemoteWriteConfig, headers: dict[str, str]) -> None:
        self.ordered = config.in_order
        self._labels = config.labels
        all_headers = {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
            "User-Agent": "netmon",
            **headers,
        }
        # Loaded only where it is used (STYLE section 13).
        from cramjam import snappy

        self._compress = snappy.compress_raw
        self._post = HttpPost(config.url, all_headers, timeout_s=config.timeout.seconds)

    def of_blocks(self, blocks: Sequence[SampleBlock]) -> Unit:
        """Return one time series per sample."""
        return [series for block in blocks for series in block_series(block, self._labels)]

    def of_frame(self, frame: "pl.DataFrame") -> Unit:
        """Return one time series per sample."""
        return frame_series(frame, self._labels)

    def write(self, samples: Unit) -> Answer:
        """Write once; blocks. Prometheus takes a request whole or not at all."""
        reply = tried(self._post, bytes(self._compress(b"".join(samples))))
        if isinstance(reply, Failed):
            return reply
        answer = reply.judged()
        if isinstance(answer, Refused) and any(late in answer.told for late in _LATE):
            # An observation was written whole, so that all of it is late if one sample of it is.
            return Refused("out_of_order", answer.told, as_one=True)
        return answer

    def shown(self, sample: bytes) -> str:
        """Return a series as PromQL names it, with value and time."""
        return shown(sample)

    def close(self) -> None:
        """Close the connection."""
        self._post.close()
