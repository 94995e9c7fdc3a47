"""``netmon rules explain --event``: what the rules made of one observation, and why not more (specs/rules.md 10.3).

The observation is stepped again, on the nearest kept snapshot before it and the log since, by a core whose conditions
and edges are watched. Nothing is traced in live running.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from netmon.alarms.watch import WatchedEdges
from netmon.app.findings import findings_of
from netmon.app.history import History, LogIncomplete, Progress
from netmon.app.observed import observed
from netmon.app.replay import told
from netmon.app.ruleset import compile_change
from netmon.domain.explained import EventAnswer, Finding
from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import SITE
from netmon.domain.observation import Observation, RulesChange, Tick, Trap
from netmon.mib.names import MibView
from netmon.parts import FORMS
from netmon.rulebook.ruleset import Ruleset
from netmon.rulebook.storm import Storm
from netmon.rulebook.watch import Watch
from netmon.step import Core
from netmon.stepping import Stepping
from netmon.storage.snapshot import decode, encode
from netmon.storage.sqlite.store import SqliteStore, open_store

T = TypeVar("T")


class NoSuchObservation(LogIncomplete):
    """The log has not come so far."""


def why_not(database: Path, view: MibView, seq: int, *, progress: Progress | None = None) -> EventAnswer:
    """Return what the rules made of an observation.

    Args:
        database: the store, which may be in use.
        view: the MIBs.
        seq: the observation.
        progress: hears how far the stepping to it is.

    Raises:
        StoreError: the store cannot be read.
        NoSuchObservation: the log has not come so far.
        LogIncomplete: the observation, or all that went before it, is kept no longer.
        RulesError: the rules of that time do not compile with these MIBs.
    """
    with closing(open_store(database, read_only=True)) as store:
        observation = _recorded(store, seq)
        core, samples = _before(store, view, seq, progress)
        at = store.log.committed(seq)
    watched = _Watched(view, core)
    findings = tuple(watched.step(seq, observation))
    return EventAnswer(seq, at, observed(observation, view), watched.candidates, findings, not samples)


def _recorded(store: SqliteStore, seq: int) -> Observation:
    found = next(store.log.read(seq - 1), None)
    if found is not None and found[0] == seq:
        return found[1]
    newest = store.position()[1]
    if seq > newest or not newest:
        raise NoSuchObservation(f"the log ends at observation {newest}")
    raise LogIncomplete(f"observation {seq} is kept no longer")


def _before(store: SqliteStore, view: MibView, seq: int, progress: Progress | None) -> tuple[Core, bool]:
    """Return a core that stands before an observation, and whether polls made it what it is."""
    history = History(store, view)
    try:
        start = history.start(seq)
    except LogIncomplete:
        history = History(store, view, samples=False)
        start = history.start(seq)
    core = history.core(start)
    stepping = Stepping(core)
    for number, observation in told(history.read(start, seq - 1), seq - 1, progress):
        stepping.again(number, observation)
    core.seq = seq - 1
    return core, history.samples


class _Watched:
    """A core like another one, whose conditions and edges are watched."""

    def __init__(self, view: MibView, like: Core) -> None:
        self._view = view
        self._watch, self._edges = Watch(), WatchedEdges()
        self._storms: tuple[Storm, ...] = ()
        self._core = Core(self._compile, view)
        self._core.book.watch(self._edges)
        self._core.load(decode(encode(like.dump()), FORMS))

    def _compile(self, change: RulesChange, inventory: Inventory) -> Ruleset:
        rules = compile_change(change, inventory, self._view, watch=self._watch)
        self._storms = rules.rulebook.storms
        return rules

    @property
    def candidates(self) -> int:
        """How many rules were asked."""
        return len({asked.rule for asked in self._watch.asked})

    def step(self, seq: int, observation: Observation) -> Iterator[Finding]:
        """Step the observation, and yield what came of it."""
        core, stepping = self._core, Stepping(self._core)
        if isinstance(observation, Tick) and core.now:
            # Operators that were just loaded look around in their first Tick, which those that ran have had.
            stepping.again(seq - 1, Tick(core.now))
        throttled, outcomes = core.book.kept_back(), dict(core.engine.outcomes)
        self._edges.came.clear()
        self._watch.on = True
        outputs = stepping.again(seq, observation)
        self._watch.on = False
        yield from findings_of(
            observation,
            asked=self._watch.asked,
            remembered=core.engine.explain,
            came=self._edges.came,
            outputs=outputs,
            counted=_grown(outcomes, core.engine.outcomes),
            throttled=sorted(_grown(throttled, core.book.kept_back())),
            storms=tuple(self._storms_of(observation)),
        )

    def _storms_of(self, observation: Observation) -> Iterator[tuple[str, str, str]]:
        """Yield the storms that a trap is part of: entry, element or site, and the rate that is too much."""
        element = observation.element if isinstance(observation, Trap) else ""
        known = self._core.inventory.elements.get(element)
        site = f"{SITE}{known.site}" if known is not None and known.site else ""
        for storm in self._storms:
            key = site if storm.by_site else element
            if self._core.book.is_active((key, storm.id, "")):
                yield storm.id, key, storm.above


def _grown(before: Mapping[T, int], after: Mapping[T, int]) -> set[T]:
    """Return what was counted meanwhile."""
    return {one for one, number in after.items() if number != before.get(one, 0)}
