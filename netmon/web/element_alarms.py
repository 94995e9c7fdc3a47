"""The alarms of elements in figures: how many, how bad, and when."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from netmon.domain.alarm import Alarm
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.rows import RANK, Row, elements_of, is_own, is_seen_at_object, visible

_RANK: Mapping[str, int] = {str(severity): rank for severity, rank in RANK.items()}
_MOST_PAST = 5_000

STRIP_STEP_MS = 600_000
STRIP_MS = 86_400_000


class Tally(msgspec.Struct):
    """Active alarms that nothing hides."""

    worst: str = ""
    alarms: int = 0
    unacked: int = 0
    by_severity: dict[str, int] = {}
    hidden: int = 0
    """Active ones that something hides."""

    def add(self, row: Row) -> None:
        """Count one."""
        self.alarms += 1
        self.unacked += not row.ack
        self.by_severity[row.sev] = self.by_severity.get(row.sev, 0) + 1
        if not self.worst or _RANK[row.sev] > _RANK[self.worst]:
            self.worst = row.sev


class Span(msgspec.Struct, frozen=True):
    """From when to when an alarm stood; ``to`` None: it still does."""

    alarm: str
    object: str
    severity: str
    text: str
    start: int
    end: int | None
    hidden: bool = False
    """Something else than the alarm of its link hides it, so that nobody sees it."""


NO_DATA = "no-data"
"""A slot in which nobody watched."""


class Watch(msgspec.Struct, frozen=True):
    """How an element was watched over the last day."""

    up_percent: float | None = None
    """None: nothing tells."""
    blind: tuple[tuple[int, int], ...] = ()
    """(from, to), UTC ms: nothing is known of that time."""


class Strip(msgspec.Struct, frozen=True):
    """Worst severity per slot, empty: no alarm, ``no-data``: nobody watched; times are UTC ms."""

    from_: int = msgspec.field(name="from")
    to: int
    step_s: int
    slots: list[str]


def tally(rows: Iterable[Row]) -> Mapping[str, Tally]:
    """Count by element."""
    found: dict[str, Tally] = {}
    for row in rows:
        if row.cleared is not None:
            continue
        for element in elements_of(row):
            of_element = found.setdefault(element, Tally())
            if visible(row):
                of_element.add(row)
            else:
                of_element.hidden += 1
    return found


def tally_objects(rows: Iterable[Row]) -> Mapping[str, Tally]:
    """Count by managed object; a port is no better for the alarm of its link that hides its own."""
    found: dict[str, Tally] = {}
    for row in rows:
        if is_seen_at_object(row):
            found.setdefault(row.obj, Tally()).add(row)
    return found


def standing_spans(rows: Iterable[Row]) -> list[Span]:
    """Return the spans of the alarms of a view, active ones and those just cleared."""
    return [_standing(row) for row in rows]


def past_spans(store: SqliteStore, elements: Iterable[str], since: int) -> list[Span]:
    """Return the spans of alarms of these elements that were cleared since; blocks."""
    past = [one for element in sorted(set(elements)) for one in store.element_history(element, since, _MOST_PAST)]
    return [_past(one) for one in past]


def _standing(row: Row) -> Span:
    severity = row.sev if row.cleared is None else row.was or row.sev
    return Span(row.id, row.obj, severity, row.text, row.raised, row.cleared, not is_own(row.hidden))


def _past(one: Alarm) -> Span:
    severity = one.last_severity or one.original_severity
    hidden = not (one.ever_shown or is_own(one.hidden_by))
    return Span(one.alarm_id, one.object, severity, one.text, one.raised, one.cleared, hidden)


def joined(*lists: Iterable[Span]) -> list[Span]:
    """Return all spans, each alarm once, by their begin; what was seen wins, then the first list that has one."""
    found: dict[str, Span] = {}
    for spans in lists:
        for span in spans:
            known = found.setdefault(span.alarm, span)
            if known.hidden and not span.hidden:
                found[span.alarm] = span
    return sorted(found.values(), key=lambda span: (span.start, span.alarm))


def strip(spans: Iterable[Span], now: int, blind: Sequence[tuple[int, int]] = ()) -> Strip:
    """Return the worst severity that was seen in each ten minutes of the last 24 hours; ``blind``: nobody watched."""
    to = -(-now // STRIP_STEP_MS) * STRIP_STEP_MS
    begin = to - STRIP_MS
    slots = [""] * (STRIP_MS // STRIP_STEP_MS)
    for span in (one for one in spans if not one.hidden):
        end = min(now if span.end is None else span.end, now)
        first = max(span.start - begin, 0) // STRIP_STEP_MS
        for slot in range(first, (end - begin) // STRIP_STEP_MS + 1 if end >= begin else 0):
            if slot < len(slots) and (not slots[slot] or _RANK[span.severity] > _RANK[slots[slot]]):
                slots[slot] = span.severity
    for slot, found in enumerate(slots):
        first, last = begin + slot * STRIP_STEP_MS, begin + (slot + 1) * STRIP_STEP_MS
        if not found and last <= now and any(start <= first and last <= end for start, end in blind):
            slots[slot] = NO_DATA
    return Strip(begin, to, STRIP_STEP_MS // 1000, slots)
