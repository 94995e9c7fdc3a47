"""``/api/v1/usage/feeds/{feed}/ack`` and ``.../redeliver``: billing has files, or wants them once more."""

from typing import Annotated, Any

import msgspec

from netmon.domain.request import AckAnswer, AckCall, RedeliverCall
from netmon.outputs.usage.redeliver import Redelivered
from netmon.web.context import Call
from netmon.web.native.usage import known_feed
from netmon.web.openapi import operation
from netmon.web.usage_feed import LAST

_MOST = 1_000

Number = Annotated[int, msgspec.Meta(ge=1, le=LAST)]


class AckBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Billing has these files."""

    through_file_seq: Number
    """This file and all before it."""
    sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{64})?$")] = ""
    """Of this file as it was taken; absent: not told."""


class RedeliverBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which files."""

    first: Number = msgspec.field(name="from")
    """file_seq of the first one."""
    last: Number = msgspec.field(name="to")
    """The last one; at most 1,000 in one request."""


@operation(
    "POST", "/api/v1/usage/feeds/{feed}/ack", summary="Acknowledge usage files", role="usage", body=AckBody,
    answer=AckAnswer, errors=(400, 404, 409),
)  # fmt: skip
async def acknowledge_usage_files(call: Call[None, AckBody]) -> AckAnswer:
    """Say that billing has a file and all before it; again it changes nothing.

    With another hash than was published it is refused with 409, nothing is acknowledged, and an alarm tells of it.
    """
    feed = await known_feed(call)
    asked = AckCall(feed, call.body.through_file_seq, call.who.name, call.body.sha256)
    body = await call.web.engine.post("/internal/v1/usage/ack", msgspec.json.encode(asked))
    return msgspec.json.decode(body, type=AckAnswer)


@operation(
    "POST", "/api/v1/usage/feeds/{feed}/redeliver", summary="Redeliver usage files", role="usage", body=RedeliverBody,
    answer=list[Redelivered], errors=(400, 404, 409),
)  # fmt: skip
async def redeliver_usage_files(call: Call[None, RedeliverBody]) -> Any:
    """Put published files back with the same names and octets; one that stands as it was published is left alone.

    A file that would come out otherwise is refused, and an alarm tells of it.
    """
    feed = await known_feed(call)
    last = min(call.body.last, call.body.first + _MOST - 1)
    asked = RedeliverCall(feed, call.body.first, last)
    body = await call.web.engine.post("/internal/v1/usage/redeliver", msgspec.json.encode(asked))
    return msgspec.json.decode(body, type=list[Redelivered])


OPERATIONS = (acknowledge_usage_files, redeliver_usage_files)
