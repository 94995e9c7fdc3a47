"""``netmon rules diff``: two rule sets step the same recorded hours; which alarms differ (specs/rules.md 10.2)."""

from contextlib import closing
from pathlib import Path

import msgspec

from netmon.alarms.condition import apply_edge
from netmon.alarms.ledger import Ledger
from netmon.app.history import At, History, Place, Progress, Start, Stretch, change_rules
from netmon.app.occurrences import Difference, Occurrences, differences
from netmon.app.replay import told
from netmon.app.rule_changes import RuleChanges
from netmon.app.rule_sets import RuleSet
from netmon.domain.alarm import AlarmChange, AlarmKey, Edge
from netmon.domain.observation import Observation, RulesChange
from netmon.mib.names import MibView
from netmon.stepping import Stepping
from netmon.storage.sqlite.store import SqliteStore, open_store

_KEPT_BACK = {"held_off": ("for", "held off by"), "limit": ("limit", "over")}
"""Outcomes by which an alarm is not raised: the key of a rule that says so, and the words."""
_MOST_CHANGES = 2
"""Of a rule, told with an alarm."""


class Told(msgspec.Struct, frozen=True):
    """A difference, and what of the rules brought it about."""

    difference: Difference
    why: str


class Diff(msgspec.Struct, frozen=True):
    """What two rule sets make of the same recorded hours."""

    observations: int
    span_ms: int
    differences: tuple[Told, ...]
    without_samples: bool


def diff(
    database: Path,
    view: MibView,
    old: RuleSet,
    new: RuleSet,
    *,
    begin: Place | None = None,
    last_ms: int = 0,
    end: Place | None = None,
    samples: bool = True,
    progress: Progress | None = None,
) -> Diff:
    """Step two rule sets over the log from the same kept snapshot.

    Args:
        database: the store, which may be in use.
        view: the MIBs.
        old: one rule set.
        new: the other one.
        begin: the first observation that counts; None: the oldest that can.
        last_ms: instead of ``begin``, so long before the end of the log; 0: not told.
        end: the last one; None: the last there is.
        samples: whether polls are stepped, too.
        progress: hears how far it is.

    Raises:
        StoreError: the store cannot be read.
        LogIncomplete: no snapshot and no complete log reaches back that far.
        RulesError: the rules in a snapshot do not compile with these MIBs.
    """
    with closing(open_store(database, read_only=True)) as store:
        history = History(store, view, samples=samples)
        if last_ms:
            begin = At(max(newest_at(store) - last_ms, 0))
        stretch = history.stretch(begin, end)
        start = history.start(stretch.first)
        both = (_Run(history, start, old.change), _Run(history, start, new.change))
        observations = _step_both(history, start, stretch, both, progress)
        span_ms = store.log.committed(stretch.last) - store.log.committed(stretch.first)
    changes = RuleChanges(old.rules(), new.rules())
    found = differences(both[0].occurrences, both[1].occurrences)
    return Diff(observations, span_ms, tuple(Told(one, _why(one, changes, both)) for one in found), not samples)


def newest_at(store: SqliteStore) -> int:
    """Return when the last observation was committed."""
    return store.log.committed(store.position()[1])


def _step_both(
    history: History, start: Start, stretch: Stretch, both: "tuple[_Run, _Run]", progress: Progress | None
) -> int:
    count = 0
    for seq, observation in told(history.read(start, stretch.last), stretch.last, progress):
        if seq >= stretch.first:
            count += 1
        for run in both:
            run.step(seq, observation, counts=seq >= stretch.first)
    return count


class _Run:
    """One rule set over the recorded hours."""

    def __init__(self, history: History, start: Start, rules: RulesChange) -> None:
        self.kept_back = _KeptBack()
        self.core = history.core(start)
        self.core.book.watch(self.kept_back)
        self._stepping = Stepping(self.core)
        self._occurrences: Occurrences | None = None
        change_rules(self.core, rules)

    @property
    def occurrences(self) -> Occurrences:
        """What became of alarms since it counts."""
        return self._occurrences or Occurrences(())

    def step(self, seq: int, observation: Observation, *, counts: bool) -> None:
        """Step an observation; rules that were loaded then are not loaded now."""
        if counts and self._occurrences is None:
            self._occurrences = Occurrences(self.core.book.alarms())
        if isinstance(observation, RulesChange):
            return
        outputs = self._stepping.again(seq, observation)
        if self._occurrences is None:
            return
        for output in outputs:
            if isinstance(output, AlarmChange):
                self._occurrences.take(output)


class _KeptBack:
    """Applies edges, and notes which alarm keys were kept back by what, and when."""

    def __init__(self) -> None:
        self.found: dict[AlarmKey, list[tuple[int, str]]] = {}

    def __call__(self, ledger: Ledger, edge: Edge) -> None:
        """Apply an edge."""
        outcomes = ledger.told.outcomes.by_rule
        counted = [outcomes.get((edge.rule, outcome), 0) for outcome in _KEPT_BACK]
        apply_edge(ledger, edge)
        for outcome, number in zip(_KEPT_BACK, counted, strict=True):
            if outcomes.get((edge.rule, outcome), 0) != number:
                self.found.setdefault(edge.key, []).append((edge.order[0], outcome))

    def of(self, key: AlarmKey, at: int, until: int) -> str:
        """Return what kept an alarm back within a time; empty: nothing did."""
        return next((outcome for when, outcome in self.found.get(key, ()) if at <= when <= until), "")


def _why(difference: Difference, changes: RuleChanges, both: tuple[_Run, _Run]) -> str:
    """Return what of the rules brought a difference about; empty: nothing in this rule did."""
    one = difference.told
    differing = changes.of(one.rule)
    if difference.verdict != "changed":
        without = both[1 if difference.verdict == "lost" else 0]
        outcome = without.kept_back.of(difference.key, one.raised, one.cleared or 1 << 62)
        if outcome:
            key, words = _KEPT_BACK[outcome]
            by = [f"{key}: {change.partition(': ')[2]}" for change in differing if _key(change) == key]
            return f"{words} {by[0]}" if by else f"{words} its {key}"
    return "; ".join(differing[:_MOST_CHANGES])


def _key(change: str) -> str:
    return change.partition(": ")[0].rpartition(".")[2]
