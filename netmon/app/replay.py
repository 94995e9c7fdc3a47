"""``netmon replay``: the log stepped again by the same core, without a source, an output or a write."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from netmon.app.history import History, Place, Progress, Stretch, change_rules
from netmon.domain.alarm import AlarmChange
from netmon.domain.observation import Observation, RulesChange
from netmon.domain.usage import UsageRecord
from netmon.mib.names import MibView
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.sqlite.store import open_store

_TELL_EVERY_S = 1.0


class Replayed(msgspec.Struct, frozen=True):
    """What came of stepping the log again."""

    first_seq: int
    last_seq: int
    observations: int
    changes: dict[str, int]
    """Alarm changes by kind."""
    records: int
    outcomes: dict[str, int]
    """How often inputs and edges came to what (specs/rules.md 4.5)."""
    digest: str
    without_samples: bool = False


def replay(
    database: Path,
    view: MibView,
    *,
    begin: Place | None = None,
    end: Place | None = None,
    rules: RulesChange | None = None,
    samples: bool = True,
    progress: Progress | None = None,
) -> Replayed:
    """Step the log again, from the newest kept snapshot that is not after the begin.

    Args:
        database: the store, which may be in use.
        view: the MIBs.
        begin: the first observation that counts; None: the oldest that can.
        end: the last one; None: the last there is.
        rules: in the place of those that were in use; None: these.
        samples: whether polls are stepped, too.
        progress: hears how far it is.

    Raises:
        StoreError: the store cannot be read.
        LogIncomplete: no snapshot and no complete log reaches back that far.
        RulesError: the recorded rules do not compile with these MIBs.
    """
    with closing(open_store(database, read_only=True)) as store:
        history = History(store, view, samples=samples)
        stretch = history.stretch(begin, end)
        start = history.start(stretch.first)
        core = history.core(start)
        if rules is not None:
            change_rules(core, rules)
        stepping, counted = Stepping(core), None
        for seq, observation in told(history.read(start, stretch.last), stretch.last, progress):
            if rules is not None and isinstance(observation, RulesChange):
                continue
            if seq < stretch.first:
                stepping.again(seq, observation)
                continue
            counted = counted or _Counted(core)
            counted.step(seq, observation)
        return (counted or _Counted(core)).replayed(stretch, samples=samples)


def told(
    observations: Iterator[tuple[int, Observation]], last: int, progress: Progress | None
) -> Iterator[tuple[int, Observation]]:
    """Yield what comes, and tell now and then how far it is."""
    at = time.monotonic()
    for seq, observation in observations:
        yield seq, observation
        if progress is not None and time.monotonic() - at > _TELL_EVERY_S:
            at = time.monotonic()
            progress(seq, last)


class _Counted:
    """Steps a core and counts what comes of it from now on."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stepping = Stepping(core)
        self._before = _outcomes(core)
        self._changes: Counter[str] = Counter()
        self._observations = self._records = 0

    def step(self, seq: int, observation: Observation) -> None:
        """Step an observation."""
        outputs = self._stepping.again(seq, observation)
        self._observations += 1
        self._records += sum(isinstance(output, UsageRecord) for output in outputs)
        self._changes.update(output.kind for output in outputs if isinstance(output, AlarmChange))

    def replayed(self, stretch: Stretch, *, samples: bool) -> Replayed:
        """Return all that came."""
        core = self._core
        outcomes = _outcomes(core) - self._before
        return Replayed(
            stretch.first,
            stretch.last,
            self._observations,
            dict(sorted(self._changes.items())),
            self._records,
            dict(sorted(outcomes.items())),
            core.digest(),
            without_samples=not samples,
        )


def _outcomes(core: Core) -> Counter[str]:
    return Counter(core.outcomes)
