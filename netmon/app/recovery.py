"""Brings the core back to where the store says it was: a snapshot, then the observations since (specs/rules.md 11)."""

from collections.abc import Callable, Sequence

import msgspec
import structlog

from netmon.domain.alarm import AlarmChange
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import UsageRecord
from netmon.pipeline import step
from netmon.step import Core
from netmon.storage.snapshot import SnapshotDamaged, decode
from netmon.storage.sqlite.store import SqliteStore

log = structlog.get_logger("netmon.recovery")

Deliver = Callable[[list[SampleBlock], int], None]

_NONE = 1 << 62


class Recovered(msgspec.Struct, frozen=True):
    """What the recovery found."""

    snapshot_seq: int
    stepped: int
    mismatches: int
    """Committed changes and records that stepping again made otherwise; the committed ones win."""


def recover(core: Core, store: SqliteStore, *, samples_from: int, deliver: Deliver) -> Recovered:
    """Restore ``core`` and give the samples after ``samples_from`` to ``deliver`` once more.

    A snapshot newer than ``samples_from`` would skip samples that are on no disk yet, so an older one is taken where
    there is one. A damaged snapshot leads to the one before it, and in the end to the start of the log.
    """
    snapshot_seq = _load(core, store, before=samples_from + 1) or _load(core, store, before=_NONE)
    first = store.log.first_seq()
    if first > core.seq + 1:
        log.error("the log begins later than the newest usable snapshot ends", snapshot=core.seq, log=first)
    stepped, made = 0, _Made()
    for seq, observation in store.log.read(core.seq):
        core.seq = seq - 1
        outputs = step(core, observation, failed=lambda: None)
        made.take(outputs)
        blocks = [output for output in outputs if isinstance(output, SampleBlock) and output.seq > samples_from]
        if blocks:
            deliver(blocks, seq)
        stepped += 1
    return Recovered(snapshot_seq, stepped, made.mismatches(store))


def _load(core: Core, store: SqliteStore, *, before: int) -> int:
    """Load the newest snapshot before an observation that can be read; 0 when there is none."""
    while (found := store.snapshot(before=before)) is not None:
        before, rows = found
        try:
            core.load(decode(rows))
        except (SnapshotDamaged, msgspec.MsgspecError, KeyError, ValueError) as error:
            log.error("snapshot is damaged, trying the one before", snapshot=before, error=str(error))
        else:
            return before
    return 0


class _Made:
    """What stepping again made, to be held against what was committed."""

    def __init__(self) -> None:
        self._changes: dict[int, tuple[str, str]] = {}
        self._records: dict[tuple[str, int], str] = {}

    def take(self, outputs: Sequence[object]) -> None:
        for output in outputs:
            if isinstance(output, AlarmChange):
                self._changes[output.seq] = (output.alarm_id, output.kind)
            elif isinstance(output, UsageRecord):
                self._records[output.feed, output.rec_seq] = output.hash

    def mismatches(self, store: SqliteStore) -> int:
        return self._changed(store) + self._recorded(store)

    def _changed(self, store: SqliteStore) -> int:
        if not self._changes:
            return 0
        first = min(self._changes)
        committed = {
            change.seq: (change.alarm_id, change.kind) for change in store.changes(first - 1, len(self._changes) + 1)
        }
        return sum(1 for seq, made in self._changes.items() if committed.get(seq) != made)

    def _recorded(self, store: SqliteStore) -> int:
        wrong = 0
        for feed in {feed for feed, _ in self._records}:
            of_feed = {seq: hash_ for (name, seq), hash_ in self._records.items() if name == feed}
            committed = store.records(feed, min(of_feed) - 1, len(of_feed) + 1)
            known = {record.rec_seq: record.hash for record in committed}
            wrong += sum(1 for seq, hash_ in of_feed.items() if known.get(seq) != hash_)
        return wrong
