"""Recorded hours, stepped again by a core of their own: which of them, from which kept snapshot, by which rules.

``replay``, ``rules diff`` and ``rules explain`` begin here (specs/rules.md 10.2, 10.3). Nothing is written or sent.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from netmon.app.ruleset import compile_change
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Observation, RulesChange
from netmon.mib.names import MibView
from netmon.parts import FORMS
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.snapshot import SnapshotDamaged, decode
from netmon.storage.sqlite.store import SqliteStore

_MINUTE_MS = 60_000

Progress = Callable[[int, int], None]
"""Is told the observation that was stepped and the last one, about once per second."""


class LogIncomplete(Exception):
    """The observations asked for are not all there (any more); the text says from where on they are."""


class At(msgspec.Struct, frozen=True):
    """A moment, UTC ms."""

    ms: int


Place = int | At
"""An observation by its number, or by when it was committed."""


class Stretch(msgspec.Struct, frozen=True):
    """Observations from one number to another, both included."""

    first: int
    last: int


class Start(msgspec.Struct, frozen=True):
    """Where stepping begins: after observation ``seq``, as the snapshot says; without one at the very beginning."""

    seq: int
    rows: tuple[bytes, ...] = ()


class History:
    """The log of a store and its kept snapshots.

    Args:
        store: where they are.
        view: the MIBs that names are resolved with.
        samples: whether polls are stepped, too; they are kept for a shorter time than the rest.
    """

    def __init__(self, store: SqliteStore, view: MibView, *, samples: bool = True) -> None:
        self._store = store
        self._view = view
        self.samples = samples
        self._rulebooks: dict[str, Rulebook] = {}

    def stretch(self, begin: Place | None, end: Place | None) -> Stretch:
        """Return the observations between two places; None: as far as the log goes.

        Raises:
            LogIncomplete: there is nothing.
        """
        newest = self._store.position()[1]
        last = (
            newest if end is None else min(newest, end if isinstance(end, int) else self._store.log.since(end.ms) - 1)
        )
        first = self._oldest().seq + 1 if begin is None else self._first(begin)
        if first > last:
            raise LogIncomplete(
                f"the log ends at observation {newest}" if first > newest else "there is nothing between"
            )
        return Stretch(first, last)

    def _first(self, begin: Place) -> int:
        """Return the number of the first observation from a place on."""
        if isinstance(begin, int):
            return begin
        log = self._store.log
        first = log.first_seq()
        if first > 1 and begin.ms < log.committed(first):
            raise LogIncomplete(self._since())
        return log.since(begin.ms)

    def start(self, first: int) -> Start:
        """Return the newest place to begin at that is not after an observation.

        Raises:
            LogIncomplete: the log is not whole from there on.
        """
        complete, before = self._complete_after(), first
        while (found := self._store.snapshot(before=before)) is not None:
            before, rows = found
            if before < complete:
                break
            try:
                decode(rows)
            except SnapshotDamaged:
                continue
            return Start(before, tuple(rows))
        if complete:
            raise LogIncomplete(self._since())
        return Start(0)

    def core(self, start: Start) -> Core:
        """Return a core that stands at a start."""
        core = Core(self._compile, self._view)
        if start.rows:
            core.load(decode(start.rows, FORMS))
        return core

    def read(self, start: Start, last: int) -> Iterator[tuple[int, Observation]]:
        """Yield (seq, observation) from a start to an observation."""
        for seq, observation in self._store.log.read(start.seq, polls=self.samples):
            if seq > last:
                return
            yield seq, observation

    def _compile(self, change: RulesChange, inventory: Inventory) -> Ruleset:
        """Compile rules; those that were compiled for another inventory before only for what depends on it."""
        rules = compile_change(change, inventory, self._view, rulebook=self._rulebooks.get(change.hash))
        self._rulebooks[change.hash] = rules.rulebook
        return rules

    def _complete_after(self) -> int:
        """Return the number after which nothing is missing."""
        log = self._store.log
        return log.complete_after() if self.samples else max(log.first_seq() - 1, 0)

    def _oldest(self) -> Start:
        complete = self._complete_after()
        if not complete:
            return Start(0)
        usable = [seq for seq, _ in self._store.snapshots() if seq >= complete]
        if not usable:
            raise LogIncomplete(self._since())
        return Start(usable[0])

    def _since(self) -> str:
        """Return from when on it can be stepped; a start there finds a snapshot."""
        complete, lost = self._complete_after(), self._lost_samples()
        what = "samples are" if lost else "the log is"
        or_without = " or add --without-samples" if lost else ""
        usable = [at for seq, at in self._store.snapshots() if seq >= complete]
        if not usable:
            return f"{what} kept from observation {complete + 1} on, without a snapshot yet; start later{or_without}"
        minute = (usable[0] // _MINUTE_MS + 1) * _MINUTE_MS
        since = datetime.fromtimestamp(minute / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")
        return f"{what} kept since {since}; start there{or_without}"

    def _lost_samples(self) -> bool:
        """Tell whether the log is whole for longer but for what polls brought."""
        return self.samples and self._store.log.complete_after() > max(self._store.log.first_seq() - 1, 0)


def change_rules(core: Core, change: RulesChange) -> None:
    """Let a core have other rules from here on; the change is no observation, so it has no number of its own."""
    Stepping(core).again(core.seq, change)
