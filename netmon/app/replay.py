"""``netmon replay``: the log stepped again by the same core, without a source, an output or a write."""

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from netmon.app.ruleset import compile_change
from netmon.config.load import Loaded
from netmon.config.rules import judge
from netmon.domain.alarm import AlarmChange
from netmon.domain.usage import UsageRecord
from netmon.parts import FORMS
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.snapshot import decode
from netmon.storage.sqlite.store import SqliteStore, open_store

_TELL_EVERY_S = 1.0

Progress = Callable[[int, int], None]
"""Is told the observation that was stepped and the last one, about once per second."""


class Replayed(msgspec.Struct, frozen=True):
    """What came of stepping the log again."""

    first_seq: int
    last_seq: int
    observations: int
    changes: dict[str, int]
    """Alarm changes by kind."""
    records: int
    outcomes: dict[str, int]
    digest: str


class LogIncomplete(Exception):
    """The observations asked for are not all there any more; the text says from where on they are."""


def replay(loaded: Loaded, *, from_seq: int = 0, progress: Progress | None = None) -> Replayed:
    """Step the log again, from a kept snapshot at or before ``from_seq``, or from its beginning.

    Raises:
        StoreError: the store cannot be read.
        LogIncomplete: no snapshot and no complete log reaches back that far.
    """
    store = open_store(loaded.data_dir / "netmon.db", read_only=True)
    try:
        view = judge(loaded).names
        core = Core(lambda change, inventory: compile_change(change, inventory, view), view)
        _begin(core, store, from_seq)
        return _step_all(core, store, progress or (lambda *_: None))
    finally:
        store.close()


def _begin(core: Core, store: SqliteStore, from_seq: int) -> None:
    """Stand before the first observation to step: at the start of the log, else at a kept snapshot."""
    last = store.position()[1]
    if from_seq > last:
        raise LogIncomplete(f"the log ends at observation {last}")
    whole = store.log.complete_after() == 0
    if whole and from_seq <= 1:
        return
    found = store.snapshot(before=from_seq) if from_seq else _oldest(store)
    if found is None:
        if whole:
            return
        raise LogIncomplete("no snapshot is kept that reaches back so far, and the log begins later")
    seq, rows = found
    if seq < store.log.complete_after():
        raise LogIncomplete(f"samples are kept since observation {store.log.complete_after() + 1}; start there")
    core.load(decode(rows, FORMS))


def _oldest(store: SqliteStore) -> tuple[int, list[bytes]] | None:
    """Return the oldest snapshot after which the log is complete."""
    found, older = None, store.snapshot()
    while older is not None and older[0] >= store.log.complete_after():
        found, older = older, store.snapshot(before=older[0])
    return found


def _step_all(core: Core, store: SqliteStore, progress: Progress) -> Replayed:
    first, count, records = core.seq + 1, 0, 0
    last = store.position()[1]
    changes, stepping = Counter[str](), Stepping(core)
    told = time.monotonic()
    for seq, observation in store.log.read(core.seq):
        outputs = stepping.again(seq, observation)
        count += 1
        records += sum(isinstance(output, UsageRecord) for output in outputs)
        changes.update(output.kind for output in outputs if isinstance(output, AlarmChange))
        if time.monotonic() - told > _TELL_EVERY_S:
            told = time.monotonic()
            progress(seq, last)
    return Replayed(
        first,
        core.seq,
        count,
        dict(sorted(changes.items())),
        records,
        dict(sorted(core.outcomes.items())),
        core.digest(),
    )
