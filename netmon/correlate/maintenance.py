"""Which maintenance windows are open, and what lies in them (specs/rules.md 6.13).

That follows from rules, inventory and the last Tick, so nothing of it is in a snapshot. Zones come with the rules: the
core must not depend on this host's zone files.
"""

from collections.abc import Callable
from datetime import UTC, tzinfo
from io import BytesIO
from zoneinfo import ZoneInfo

from netmon.correlate.situation import Situation
from netmon.domain.managed_object import NETMON
from netmon.domain.plan import Plan
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.window import Once, Window

_CACHED = 50_000
_NEVER = 1 << 62


class Maintenance:
    """The windows of one rule set."""

    def __init__(self, rulebook: Rulebook, situation: Situation) -> None:
        zones: dict[str, tzinfo] = {"UTC": UTC}
        zones |= {name: ZoneInfo.from_file(BytesIO(data), key=name) for name, data in rulebook.zones}
        self._windows = [(window, zones[window.zone]) for window in rulebook.windows]
        self._plans = {one.id: Plan(one.id, one.hides, _covers(one, situation)) for one in rulebook.windows}
        self._open: tuple[str, ...] = ()
        self._until = 0
        """Nothing opens or closes before."""

    def tick(self, now: int) -> tuple[Plan, ...] | None:
        """Return what is open now; None: the same as before."""
        if now < self._until or not self._windows:
            return None
        known = self._open
        self._look(now)
        return self.plans if known != self._open else None

    def at(self, now: int) -> tuple[Plan, ...]:
        """Return what is open at a time; before the first Tick nothing is."""
        if now:
            self._look(now)
        return self.plans

    @property
    def plans(self) -> tuple[Plan, ...]:
        """What was open at the last look, in order of the ids."""
        return tuple(self._plans[id_] for id_ in self._open)

    def _look(self, now: int) -> None:
        looked = [(window.id, *_standing(window, zone, now)) for window, zone in self._windows]
        self._open = tuple(sorted(id_ for id_, is_open, _ in looked if is_open))
        self._until = min((until for _, _, until in looked), default=_NEVER)


def _standing(window: Window, zone: tzinfo, now: int) -> tuple[bool, int]:
    """Return whether a window is open, and until when that is sure."""
    at = window.at
    if isinstance(at, Once):
        start, end = at.bounds(zone)
        return start <= now < end, start if now < start else end if now < end else _NEVER
    last = at.cron.last_until(now, zone, within_ms=at.for_ms)
    if last is not None:
        return True, last + at.for_ms
    coming = at.cron.first_after(now, zone)
    return False, _NEVER if coming is None else coming


def _covers(window: Window, situation: Situation) -> Callable[[str], bool]:
    where, known = window.where, dict[str, bool]()

    def covers(path: str) -> bool:
        found = known.get(path)
        if found is None:
            if len(known) >= _CACHED:
                known.clear()
            situation.idle(path)
            is_own = path.partition("/")[0] == NETMON
            found = known[path] = not is_own and (where is None or where(situation.scope))
        return found

    return covers
