"""Everything learned of one agent and context, kept over a restart (specs/snmp.md 4.4)."""

from typing import Final

import msgspec

from netmon.sources.poller.adapt import RequestSize, ResponseSize, RoundTrip

BULK, ONE_COLUMN, NEXT = range(3)
"""How tables are walked: GETBULK of all columns, GETBULK of one column at a time, GETNEXT of one column at a time."""

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_MOST_LEFT_OUT: Final = 1_000


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What of it survives a restart."""

    round_trip: tuple[float, float] | None
    """Smoothed and variation, ms."""
    response: tuple[int, float, int | None]
    """Varbinds per answer, their mean octets, when it was lowered last."""
    request: tuple[int, int | None]
    """Varbinds per GET, when it was lowered last."""
    manner: tuple[int, int]
    """How tables are walked, since when."""
    left_out: dict[str, tuple[str, int]]
    """OID to the reason and the time until which it is not asked for."""


class Manner:
    """How tables are walked; what an agent could not do is tried again every day."""

    def __init__(self) -> None:
        self._learned = BULK
        self._since_ms = 0

    def now(self, now_ms: int) -> int:
        """Return how to walk."""
        return BULK if now_ms - self._since_ms >= _DAY_MS else self._learned

    def learn(self, manner: int, *, now_ms: int) -> None:
        """Walk so for a day: anything better did not work."""
        self._learned, self._since_ms = manner, now_ms

    def dump(self) -> tuple[int, int]:
        """Return what was learned."""
        return self._learned, self._since_ms

    def restore(self, kept: tuple[int, int]) -> None:
        """Take back what ``dump`` gave."""
        self._learned, self._since_ms = kept


class LeftOut:
    """OIDs that made the agent fail: not asked for an hour."""

    def __init__(self) -> None:
        self._until: dict[str, tuple[str, int]] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, oid: str, reason: str, *, now_ms: int) -> None:
        """Leave an OID out; when there are too many, the oldest is asked for again."""
        self._until.pop(oid, None)
        if len(self._until) >= _MOST_LEFT_OUT:
            del self._until[next(iter(self._until))]
        self._until[oid] = (reason, now_ms + _HOUR_MS)

    def reason(self, oid: str, now_ms: int) -> str:
        """Return why an OID is not asked for, or nothing."""
        found = self._until.get(oid)
        if found is None:
            return ""
        reason, until_ms = found
        if now_ms < until_ms:
            return reason
        del self._until[oid]
        return ""

    def dump(self) -> dict[str, tuple[str, int]]:
        """Return OIDs with the reason, and until when they are left out."""
        return dict(self._until)

    def restore(self, kept: dict[str, tuple[str, int]]) -> None:
        """Take back what ``dump`` gave."""
        self._until = dict(kept)


class Limits:
    """What one agent can do in one context.

    Args:
        timeout_ms: of a first attempt until round trips are known.
        max_response: octets that an answer should not exceed.
    """

    def __init__(self, *, timeout_ms: int, max_response: int) -> None:
        self.round_trip = RoundTrip(timeout_ms)
        self.response = ResponseSize(max_response)
        self.request = RequestSize()
        self.manner = Manner()
        self.left_out = LeftOut()
        self.late = 0
        """Answers that came after their time, since the start."""

    def configure(self, *, timeout_ms: int, max_response: int) -> None:
        """Take other settings; what was learned stays."""
        self.round_trip.begin_with(timeout_ms)
        self.response.limit(max_response)

    def dump(self) -> Kept:
        """Return what was learned."""
        return Kept(
            self.round_trip.dump(),
            self.response.dump(),
            self.request.dump(),
            self.manner.dump(),
            self.left_out.dump(),
        )

    def mark(self) -> tuple[object, ...]:
        """Return what tells whether there is anything new that is worth a write."""
        left_out = tuple(self.left_out.dump())
        return (
            self.round_trip.timeout_ms // 100,
            self.response.learned,
            self.request.dump(),
            self.manner.dump(),
            left_out,
        )

    def restore(self, kept: Kept) -> None:
        """Take back what ``dump`` gave."""
        self.round_trip.restore(kept.round_trip)
        self.response.restore(kept.response)
        self.request.restore(kept.request)
        self.manner.restore(kept.manner)
        self.left_out.restore(kept.left_out)
