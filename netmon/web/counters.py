"""How many alarms there are, by severity, and how fast they come (specs/dashboard.md 3.1, specs/alarms.md 4)."""

from collections import deque
from collections.abc import Iterator

import msgspec

from netmon.domain.alarm import SEVERITIES, Alarm
from netmon.web.rows import Row, visible

MINUTE_MS = 60_000
MINUTES = 60
RATE_MS = 10 * MINUTE_MS
SHOWN = SEVERITIES[:0:-1]
"""Severities that are counted, the worst first."""


class SeverityCount(msgspec.Struct, frozen=True):
    """Visible active alarms of one severity that are not closed."""

    total: int
    unack: int
    spark: tuple[int, ...]
    """The total at the end of each of the last 59 minutes, and now."""


class Counts(msgspec.Struct, frozen=True):
    """The figures above an alarm list."""

    seq: int
    """Number of the alarm change they include."""
    rate10: int
    """Root causes raised in the last 10 minutes."""
    flood: bool
    """EEMUA 191: more than an operator can follow."""
    sev: dict[str, SeverityCount]
    hidden: int
    """Active alarms that something hides."""
    active: int
    """All active alarms, hidden and closed ones too."""


class Counters:
    """Keeps the figures while rows come and go."""

    def __init__(self) -> None:
        self.active = 0
        self._hidden = 0
        self._totals = dict.fromkeys(SHOWN, 0)
        self._unacked = dict.fromkeys(SHOWN, 0)
        self._sparks = {severity: deque([0] * (MINUTES - 1), MINUTES - 1) for severity in SHOWN}
        self._minute = 0
        self._recent: dict[str, int] = {}
        """Raised time of root causes by id, roughly in order."""
        self._cleared: dict[str, int] = {}

    def remember(self, alarm: Alarm, now: int) -> None:
        """Take an alarm into the figures of the hour before ``now``; to be called before any row comes."""
        self._minute = now // MINUTE_MS
        ended = alarm.cleared if alarm.cleared is not None else now + 1
        if ended < now - MINUTES * MINUTE_MS or alarm.hidden_by or alarm.closed:
            return
        severity = alarm.last_severity or alarm.severity
        spark = self._sparks.get(severity)
        if spark is None:
            return
        # Minute i of the line stands at its end, the last one a minute or less ago.
        first = self._minute - (MINUTES - 1) + 1
        begin = max(0, -(-alarm.raised // MINUTE_MS) - first)
        end = min(len(spark), -(-ended // MINUTE_MS) - first)
        for i in range(begin, end):
            spark[i] += 1

    def put(self, old: Row | None, new: Row | None, now: int) -> None:
        """Let a row take the place of another one of the same alarm."""
        self._roll(now)
        if old is not None:
            self._count(old, -1)
            self._cleared.pop(old.id, None)
        if new is None:
            return
        self._count(new, 1)
        if new.cleared is not None:
            self._cleared[new.id] = new.cleared
        if new.raised > now - RATE_MS and not new.parents and not new.hidden:
            self._recent[new.id] = new.raised
        else:
            self._recent.pop(new.id, None)

    def cleared_before(self, before: int, *, most: int) -> list[str]:
        """Return and forget the alarms that were cleared until then, and of later ones the oldest beyond ``most``."""
        gone = [alarm_id for alarm_id, at in self._cleared.items() if at <= before]
        beyond = len(self._cleared) - len(gone) - most
        if beyond > 0:
            late = [alarm_id for alarm_id, at in self._cleared.items() if at > before]
            gone += sorted(late, key=self._cleared.__getitem__)[:beyond]
        for alarm_id in gone:
            del self._cleared[alarm_id]
        return gone

    def show(self, now: int, *, seq: int, flood_at: int) -> Counts:
        """Return the figures; ``flood_at``: root causes in 10 minutes that are a flood."""
        self._roll(now)
        self._forget_raises(now - RATE_MS)
        rate = len(self._recent)
        by_severity: dict[str, SeverityCount] = {
            severity: SeverityCount(total, self._unacked[severity], (*self._sparks[severity], total))
            for severity, total in self._totals.items()
        }
        return Counts(seq, rate, rate >= flood_at, by_severity, self._hidden, self.active)

    def _count(self, one: Row, by: int) -> None:
        if one.cleared is not None:
            return
        self.active += by
        if not visible(one):
            self._hidden += by
        elif not one.closed:
            self._totals[one.sev] += by
            if not one.ack:
                self._unacked[one.sev] += by

    def _roll(self, now: int) -> None:
        """Close the minutes that are over."""
        minute = now // MINUTE_MS
        for _ in range(min(minute - self._minute, MINUTES) if self._minute else 0):
            for severity, spark in self._sparks.items():
                spark.append(self._totals[severity])
        self._minute = max(minute, self._minute)

    def _forget_raises(self, before: int) -> None:
        for alarm_id in list(_while_old(self._recent, before)):
            del self._recent[alarm_id]


def _while_old(raised: dict[str, int], before: int) -> Iterator[str]:
    for alarm_id, at in raised.items():
        if at > before:
            return
        yield alarm_id
