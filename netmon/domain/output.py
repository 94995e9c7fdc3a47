"""What a step of the core puts out."""

import msgspec

from netmon.domain.alarm import AlarmChange
from netmon.domain.dropped import Dropped
from netmon.domain.observation import InventoryChange
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import UsageRecord, UsageSettled

ALL = "all"
"""What a ``PollRequest`` wishes that wants everything of an element, whatever its interval."""


class PollRequest(msgspec.Struct, frozen=True):
    """A wish of the core to look again; the engine hands it to the poller, whose result enters at the left."""

    element: str
    what: str
    """A managed object (``if:xe-0/0/1``) or table; empty: what is read most often; ``ALL``."""
    reason: str
    deadline: int


class Answer(msgspec.Struct, frozen=True):
    """The answer to an operator request, given after the commit."""

    request_id: str
    body: bytes
    """JSON."""


Output = AlarmChange | SampleBlock | UsageRecord | UsageSettled | PollRequest | InventoryChange | Dropped | Answer
