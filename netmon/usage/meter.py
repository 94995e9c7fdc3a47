"""The owner of usage state: counts judged pairs into intervals and closes these in Ticks (specs/usage.md section 4)."""

import heapq
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from netmon.domain.usage import Assignment, Pair, Reassignment, Rejection, UsageRecord, UsageSettings, UsageSettled
from netmon.usage.assignments import Key, begun, by_track, changed
from netmon.usage.interval import Totals, new_interval
from netmon.usage.moves import moves
from netmon.usage.periods import ceil_to, floor_to
from netmon.usage.record_line import LARGEST, decode_line
from netmon.usage.records import Chain, Revision
from netmon.usage.track import Redo, Told, Track, new_track

MOST_PER_TICK = 100
_HORIZON_MS = 90 * 86_400_000
_MINUTE_MS = 60_000


class _Exceptional(msgspec.Struct, frozen=True, array_like=True):
    """An exception record that waits for the next Tick."""

    who: Assignment
    start: int
    end: int
    number: int
    reason: str
    pair: Pair | None
    refused: str = ""
    """Id of the record that billing refuses."""


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """State that belongs to no single series."""

    now: int
    started: int
    chains: tuple[Chain, ...]
    waiting: tuple[_Exceptional, ...]


class Meter:
    """Makes the records of all feeds: one per metered series and interval, its later changes, and exceptions.

    Pairs and absences only change state; whatever comes of them is written by ``tick``, at most 100 records at a time.
    """

    def __init__(self) -> None:
        self._settings = UsageSettings()
        self._now = 0
        self._started = 0
        self._configured: tuple[Assignment, ...] | None = None
        self._chains: dict[str, Chain] = {}
        self._tracks: dict[Key, Track] = {}
        self._of_series: dict[str, list[Track]] = {}
        self._waiting: list[_Exceptional] = []
        self._refused: set[tuple[str, str]] = set()
        """(record, reason) of what waits because billing refuses a record."""
        self._ending: dict[int, dict[Key, None]] = {}
        """Tracks by the end of their first open interval."""
        self._due: list[Key] = []
        """Heap of tracks with something to close or to look at again; each stands in it once."""
        self._is_due: dict[Key, None] = {}
        self._moving: list[Key] = []
        """Tracks with closed intervals that another service has now."""
        self._left = 0
        """How much of its work this Tick may still do."""

    def configure(self, assignments: Iterable[Assignment], settings: UsageSettings) -> None:
        """Meter these series from now on; what changes acts at the next interval boundary.

        A series that was not metered before has records from its ``valid_from`` on; without one, from the boundary.
        """
        self._settings = settings
        for feed, collector in settings.feeds.items():
            self._chains.setdefault(feed, Chain(feed, collector)).collector = collector
        self._configured = tuple(assignments)
        if self._now:
            self._use_configured()

    @property
    def left_over(self) -> bool:
        """Whether a Tick left work for the next one."""
        return bool(self._due or self._waiting)

    def pairs(self, pairs: Iterable[Pair]) -> None:
        """Count judged pairs; a dropped one leaves an exception."""
        step, late_ms = self._settings.interval_ms, self._settings.late_ms
        for pair in pairs:
            for track in self._of_series.get(pair.series, ()):
                if not pair.ok and not pair.withdrawn:
                    self._except(track, pair.a.t, pair.b.t, pair.reason, pair)
                if pair.a.t < pair.b.t:
                    track.count(pair, step, late_ms)
                    if track.redo or track.is_due(step, 0):
                        self._mark(track)

    def absent(self, series: str, reason: str) -> None:
        """Note that a series cannot be read now: ``series_missing`` or ``series_ambiguous``."""
        step = self._settings.interval_ms
        start = floor_to(self._now, step)
        for track in self._of_series.get(series, ()):
            if (start, start + step, reason) not in track.exceptions:
                self._except(track, start, start + step, reason)

    def reject(self, rejections: Iterable[Rejection]) -> None:
        """Note that billing refuses records: each leaves an exception, and changes nothing else.

        One that waits already is left out: a kill made billing's file be read again before a Tick wrote it.
        """
        for one in rejections:
            if (one.record, one.reason) in self._refused:
                continue
            track = self._tracks.get((one.who.series, one.who.feed))
            number = one.number
            if track is not None:
                number = track.number_exception(one.start, one.end, one.reason, at_least=number)
            if one.who.feed in self._chains:
                item = _Exceptional(one.who, one.start, one.end, number, one.reason, None, one.record)
                self._waiting.append(item)
                self._refused.add((one.record, one.reason))

    def moving(self, most: int) -> list[tuple[str, str, int]]:
        """Return (feed, series, start) of the next closed intervals that are to be given to another service."""
        step = self._settings.interval_ms
        found: list[tuple[str, str, int]] = []
        for series, feed in self._moving:
            for move in self._tracks[series, feed].moves[:1]:
                starts = range(move.done, move.end - step + 1, step)[: most - len(found)]
                found += [(feed, series, start) for start in starts]
        return found

    def reassign(self, intervals: Iterable[Reassignment]) -> list[UsageRecord]:
        """Give closed intervals to the service that has them now: two records for each, which take and give."""
        records = []
        for one in intervals:
            track = self._tracks.get((one.series, one.feed))
            line = decode_line(one.line) if one.line else None
            told = track.told.get(one.start) if track is not None else None
            if track is None or (told is not None and line is not None and told.revision != line.revision):
                # It was adjusted meanwhile, and is asked for again.
                continue
            move = track.moved(one.start, self._settings.interval_ms)
            if move is not None and line is not None and line.service_id != move.who.service:
                records += self._chains[one.feed].reassigned(line, move.who, one.start, created=self._now)
                unknown, step = line.quality == "unknown", self._settings.interval_ms
                track.renumber(one.start, records[-1].revision, unknown=unknown, step=step)
        return records

    @property
    def now(self) -> int:
        """The time that usage has come to; it is behind that of the engine after the clock of the host went back."""
        return self._now

    def tick(self, now: int, seq: int = 0) -> list[UsageRecord | UsageSettled]:
        """Write what is due at engine time ``now``: exceptions, then intervals in order of series and start.

        What is left over comes with the next Tick, so that no Tick takes long. Once nothing is, the feeds are settled.
        """
        if now - self._now > self._settings.grace_ms:
            # Ticks come every second. After a longer silence than the grace the engine was started.
            self._started = now
        self._now = now
        if self._configured is not None:
            self._use_configured()
        if self._ending:
            self._mark_by_grace()
        records: list[UsageRecord] = []
        self._left = MOST_PER_TICK
        if self._waiting:
            self._write_exceptions(records)
        while self._due and self._left:
            track = self._tracks[self._due[0]]
            if self._write_track(track, records):
                self._unmark(track)
        return [*records, *self._settle()] if self._chains else [*records]

    def missing(self) -> dict[str, int]:
        """Return by feed how many intervals are over by their grace and have no record yet."""
        step, over = self._settings.interval_ms, self._over_by_grace()
        found = dict.fromkeys(self._settings.feeds, 0)
        for series, feed in self._due:
            begin = self._tracks[series, feed].next
            if begin is not None and feed in found:
                found[feed] += max(0, (over - begin) // step)
        return found

    def written(self, feed: str) -> int:
        """Return the number of the last record of a feed; the store may not have it yet."""
        return self._chains[feed].rec_seq if feed in self._chains else 0

    def go_on_after(self, feed: str, rec_seq: int, head: str) -> None:
        """Let a feed go on after a committed record, if the meter does not know of it: numbers never go back."""
        chain = self._chains.setdefault(feed, Chain(feed, self._settings.feeds.get(feed, "")))
        if rec_seq > chain.rec_seq:
            chain.rec_seq, chain.head = rec_seq, head

    def dump(self) -> list[Any]:
        """Return all state as small items, for a snapshot; JSON, because octets know no limit."""
        head = _Head(self._now, self._started, tuple(self._chains.values()), tuple(self._waiting))
        return [msgspec.json.encode(item) for item in (head, *(self._tracks[key] for key in sorted(self._tracks)))]

    def load_state(self, items: Sequence[bytes]) -> None:
        """Take back what ``dump`` gave."""
        if not items:
            return
        head = msgspec.json.decode(items[0], type=_Head)
        self._now, self._started, self._waiting = head.now, head.started, list(head.waiting)
        self._refused = {(one.refused, one.reason) for one in head.waiting if one.refused}
        self._chains |= {chain.feed: chain for chain in head.chains}
        tracks = [msgspec.json.decode(item, type=Track) for item in items[1:]]
        self._tracks = {(track.series, track.feed): track for track in tracks}
        self._configured = None
        self._index()

    def _use_configured(self) -> None:
        """Let the configured assignments act: tracks that are new begin, others change at the next boundary."""
        step, now = self._settings.interval_ms, self._now
        boundary = ceil_to(now, step)
        wanted = by_track(self._configured or ())
        self._configured = None
        for key, track in self._tracks.items():
            oldest = ceil_to(now - self._settings.horizons_ms.get(track.feed, _HORIZON_MS), step)
            track.move([], step)
            past = moves(track.assignments, wanted.get(key, ()), since=oldest, until=boundary, step=step)
            track.move(past, step)
            track.assignments = changed(track.assignments, wanted.get(key, []), boundary=boundary)
            track.next = track.following(boundary if track.next is None else track.next, step)
        for key, assignments in wanted.items():
            if key not in self._tracks and key[1] in self._chains:
                self._tracks[key] = new_track(key[1], key[0], begun(assignments, now, step), step)
        self._index()

    def _index(self) -> None:
        """Find what is due and what ends when, from the tracks alone."""
        step = self._settings.interval_ms
        self._of_series, self._ending, self._due, self._is_due, self._moving = {}, {}, [], {}, []
        for key in sorted(self._tracks):
            track = self._tracks[key]
            self._of_series.setdefault(track.series, []).append(track)
            if track.moves:
                self._moving.append(key)
            if track.redo or track.is_due(step, self._over_by_grace()):
                self._mark(track)
            elif track.next is not None:
                self._ending.setdefault(track.next + step, {})[key] = None

    def _over_by_grace(self) -> int:
        """Return the newest end of an interval whose grace is over (specs/usage.md section 4)."""
        past = self._now - self._settings.grace_ms
        return past if past >= self._started else 0

    def _mark(self, track: Track) -> None:
        key = (track.series, track.feed)
        if key in self._is_due:
            return
        self._is_due[key] = None
        heapq.heappush(self._due, key)
        if track.next is not None:
            self._ending.get(track.next + self._settings.interval_ms, {}).pop(key, None)

    def _mark_by_grace(self) -> None:
        over = self._over_by_grace()
        for end in sorted(end for end in self._ending if end <= over):
            for key in list(self._ending[end]):
                self._mark(self._tracks[key])
            del self._ending[end]

    def _unmark(self, track: Track) -> None:
        key = heapq.heappop(self._due)
        del self._is_due[key]
        if track.next is not None:
            self._ending.setdefault(track.next + self._settings.interval_ms, {})[key] = None

    def _except(self, track: Track, start: int, end: int, reason: str, pair: Pair | None = None) -> None:
        step = self._settings.interval_ms
        who = track.assigned(floor_to(end, step), step) or track.assigned(floor_to(start, step), step)
        if who is not None:
            number = track.number_exception(start, end, reason)
            self._waiting.append(_Exceptional(who, start, end, number, reason, pair))

    def _write_exceptions(self, records: list[UsageRecord]) -> None:
        for item in self._waiting[: self._left]:
            self._left -= 1
            self._refused.discard((item.refused, item.reason))
            chain = self._chains[item.who.feed]
            records.append(
                chain.exception(
                    item.who,
                    item.start,
                    item.end,
                    number=item.number,
                    reason=item.reason,
                    pair=item.pair,
                    refused=item.refused,
                    created=self._now,
                )
            )
        del self._waiting[: len(records)]

    def _write_track(self, track: Track, records: list[UsageRecord]) -> bool:
        """Look at closed intervals again, then close; return whether all was done."""
        step, over = self._settings.interval_ms, self._over_by_grace()
        while track.redo and self._left:
            self._left -= 1
            self._write_change(track, records)
        while not track.redo and self._left and track.is_due(step, over):
            self._left -= 1
            self._write_first(track, records)
        track.prune(step, self._settings.late_ms)
        return not track.redo and not track.is_due(step, over)

    def _write_first(self, track: Track, records: list[UsageRecord]) -> None:
        step = self._settings.interval_ms
        start = track.next
        assert start is not None
        who = track.assigned(start, step)
        assert who is not None
        interval = track.interval(start, step)
        totals = self._exact(track, start, interval.totals())
        records.append(self._chains[track.feed].measured(who, interval, totals, revision=Revision(), created=self._now))
        track.close(step, totals)

    def _write_change(self, track: Track, records: list[UsageRecord]) -> None:
        step = self._settings.interval_ms
        oldest = self._now - self._settings.horizons_ms.get(track.feed, _HORIZON_MS)
        self._leave_out(track, track.redo[0], floor_to(oldest, step))
        redo = track.take_redo(step, oldest)
        who = track.assigned(redo.start, step)
        if redo.start >= redo.end or who is None:
            return
        before = track.told.get(redo.start) or Told(0, new_interval(redo.start, redo.start + step).totals())
        interval = track.interval(redo.start, step)
        totals = self._exact(track, redo.start, interval.totals())
        if totals == before.totals:
            return
        revision = Revision(before.revision + 1, redo.reason, before.totals)
        records.append(self._chains[track.feed].measured(who, interval, totals, revision=revision, created=self._now))
        track.told[redo.start] = Told(revision.number, totals)

    def _leave_out(self, track: Track, redo: Redo, horizon: int) -> None:
        """Leave an exception for the part of a change that comes after the late horizon."""
        if redo.start < horizon:
            end = min(redo.end, horizon)
            self._except(track, redo.start, end, redo.reason, track.bridge(redo.start, end))

    def _settle(self) -> list[UsageSettled]:
        """State up to when feeds are complete, each time that this is another minute."""
        minute = floor_to(self._now, _MINUTE_MS)
        behind = [one for feed, one in sorted(self._chains.items()) if feed in self._settings.feeds]
        behind = [one for one in behind if one.settled < minute]
        if not behind or self.left_over:
            return []
        ends = self._oldest_open(minute, {one.feed for one in behind})
        stated = []
        for chain in behind:
            through = floor_to(ends[chain.feed] - 1, _MINUTE_MS) if chain.feed in ends else minute
            if through > chain.settled:
                chain.settled = through
                stated.append(UsageSettled(chain.feed, through, chain.rec_seq))
        return stated

    def _oldest_open(self, by: int, feeds: Collection[str]) -> dict[str, int]:
        """Return the first end of an interval that each of some feeds has still open, of those that end by a time."""
        ends: dict[str, int] = {}
        for end in sorted(end for end in self._ending if end <= by):
            for _, feed in self._ending[end]:
                if feed in feeds:
                    ends.setdefault(feed, end)
                # Of many that are silent one is enough: a Tick comes with each batch.
                if len(ends) == len(feeds):
                    return ends
        return ends

    def _exact(self, track: Track, start: int, totals: Totals) -> Totals:
        """Return totals that JSON numbers can hold; an interval beyond that is an exception, its octets unknown."""
        if (totals.octets_in or 0) <= LARGEST and (totals.octets_out or 0) <= LARGEST:
            return totals
        self._except(track, start, start + self._settings.interval_ms, "overflow")
        return totals.without_octets("overflow")
