"""Brings the core back to where the store says it was: a snapshot, then the observations since (specs/rules.md 11)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import structlog

from netmon.domain.alarm import AlarmChange
from netmon.domain.observation import Trap
from netmon.domain.output import Output
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import UsageRecord
from netmon.parts import FORMS
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.snapshot import decode
from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.store import StoreError

log = structlog.get_logger("netmon.recovery")

Deliver = Callable[[list[SampleBlock], int], None]

_NEWEST = 1 << 62
_PAGE = 1_000
_WITHOUT_ALARMS = {"book": msgspec.Raw}


class Recovered(msgspec.Struct, frozen=True):
    """What the recovery found."""

    snapshot_seq: int
    stepped: int
    mismatches: int
    """Committed changes and records that stepping again made otherwise; the committed ones win."""


def recover(
    new_core: Callable[[], Core], store: SqliteStore, *, samples_from: int, deliver: Deliver
) -> tuple[Core, Recovered]:
    """Return the restored core; give the samples after observation ``samples_from`` to ``deliver`` once more.

    Decisions start at the newest snapshot that can be read. Samples that are on no disk may be older than that: a core
    of its own, from an older snapshot, makes them again and is thrown away.
    """
    core, snapshot_seq = _restored(new_core, store, before=_NEWEST, forms=FORMS)
    _again(new_core, store, samples_from=samples_from, until=snapshot_seq, deliver=deliver)
    stepped, made, stepping = 0, _Made(), Stepping(core)
    for seq, observation in store.log.read(snapshot_seq):
        outputs = stepping.again(seq, observation)
        made.take(outputs)
        _give(outputs, seq, samples_from=samples_from, deliver=deliver)
        stepped += 1
    mismatches = made.mismatches(store)
    _let_committed_win(core, store, force=bool(mismatches))
    return core, Recovered(snapshot_seq, stepped, mismatches)


def _restored(
    new_core: Callable[[], Core], store: SqliteStore, *, before: int, forms: Mapping[str, Any]
) -> tuple[Core, int]:
    """Return a core at the newest readable snapshot older than ``before``; a new one at 0 where there is none.

    Sections that ``forms`` has as octets are left empty.
    """
    while (found := store.snapshot(before=before)) is not None:
        before, rows = found
        core = new_core()
        try:
            sections = decode(rows, forms)
            core.load({name: [] if forms.get(name) is msgspec.Raw else items for name, items in sections.items()})
        except (StoreError, msgspec.MsgspecError, KeyError, IndexError, TypeError, ValueError) as error:
            log.error("snapshot is damaged, trying the one before", snapshot=before, error=str(error))
        else:
            return core, before
    first = store.log.first_seq()
    if first > 1:
        log.error("no snapshot can be read and the log begins late: committed alarms and records are kept", log=first)
    return new_core(), 0


def _again(
    new_core: Callable[[], Core], store: SqliteStore, *, samples_from: int, until: int, deliver: Deliver
) -> None:
    """Make the samples of the observations after ``samples_from`` up to ``until`` again."""
    if samples_from >= until or not store.log.has_polls(samples_from, until):
        return
    core, start = _restored(new_core, store, before=samples_from + 1, forms=_WITHOUT_ALARMS)
    if start < store.log.complete_after():
        log.warning("samples are lost: the log does not reach back to them", after=samples_from, until=until)
        return
    stepping = Stepping(core)
    for seq, observation in store.log.read(start):
        if seq > until:
            return
        if isinstance(observation, Trap):
            # Samples come of polls; no trap changes them.
            continue
        outputs = stepping.again(seq, observation)
        _give(outputs, seq, samples_from=samples_from, deliver=deliver)


def _give(outputs: Iterable[Output], seq: int, *, samples_from: int, deliver: Deliver) -> None:
    blocks = [output for output in outputs if isinstance(output, SampleBlock) and seq > samples_from]
    if blocks:
        deliver(blocks, seq)


def _let_committed_win(core: Core, store: SqliteStore, *, force: bool) -> None:
    """Take over what is committed where the core came out otherwise; numbers never go back."""
    if force or core.book.next_seq <= store.last_change():
        last_change, alarms = store.alarms_at()
        log.error("state-mismatch: committed alarms are taken over", committed=last_change, core=core.book.next_seq - 1)
        core.book.adopt(alarms, last_change=last_change)
    for feed, (rec_seq, head) in store.heads().items():
        core.meter.go_on_after(feed, rec_seq, head)


class _Made:
    """What stepping again made, to be held against what was committed."""

    def __init__(self) -> None:
        self._changes: dict[int, tuple[str, str]] = {}
        self._records: dict[tuple[str, int], str] = {}

    def take(self, outputs: Iterable[Output]) -> None:
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
        wrong, after, last = 0, min(self._changes) - 1, max(self._changes)
        while after < last and (page := store.changes(after, _PAGE)):
            wrong += sum(self._changes.pop(one.seq, None) not in (None, (one.alarm_id, one.kind)) for one in page)
            after = page[-1].seq
        return wrong + len(self._changes)

    def _recorded(self, store: SqliteStore) -> int:
        wrong = 0
        for feed in sorted({feed for feed, _ in self._records}):
            of_feed = {seq: hash_ for (name, seq), hash_ in self._records.items() if name == feed}
            known = {one.rec_seq: one.hash for one in store.records(feed, min(of_feed) - 1, len(of_feed) + 1)}
            wrong += sum(known.get(seq) != hash_ for seq, hash_ in of_feed.items())
        return wrong
