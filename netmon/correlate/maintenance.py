"""Which maintenance windows are open, and what lies in them (specs/rules.md 6.13).

Those of rule files follow from rules, inventory and the last Tick; those of operators are core state. Zones come with
the rules: the core must not depend on this host's zone files.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from netmon.correlate.rounds import Rounds
from netmon.correlate.situation import Situation
from netmon.correlate.works import ended, work_of
from netmon.domain.managed_object import NETMON
from netmon.domain.observation import OperatorRequest
from netmon.domain.plan import END, Mode, Plan, PlannedWork, Plans, WindowState, WorkAnswer, WorkReply
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.maintenance import read_where
from netmon.rulebook.scope import Test
from netmon.rulebook.window import Once, Recurring, Where, Window

_CACHED = 50_000
_NEVER = 1 << 62

_Span = tuple[int, int]
"""From when to when it is open, now or next."""


class _Known(msgspec.Struct, frozen=True):
    """A window with what is asked of it."""

    plan: Plan
    concerns: Callable[[str], bool]
    """Tells whether something of an element, or another root, may be worked on."""
    span: Callable[[int], _Span]
    state: WindowState
    """As it is told, but for the time."""


class Maintenance:
    """All windows."""

    def __init__(self) -> None:
        self._works: dict[str, PlannedWork] = {}
        """Those of operators, by id."""
        self._windows: dict[str, _Known] = {}
        self._open: tuple[str, ...] = ()
        self._until = 0
        """Nothing opens or closes before."""
        self._rounds = Rounds()

    def use(self, rulebook: Rulebook, situation: Situation, names: MibView) -> None:
        """Take new rules or a new inventory; the windows of operators stay."""
        zones: dict[str, tzinfo] = {"UTC": UTC}
        zones |= {name: ZoneInfo.from_file(BytesIO(data), key=name) for name, data in rulebook.zones}
        self._situation, self._names, self._until = situation, names, 0
        self._windows = {one.id: _ruled(one, zones[one.zone], situation) for one in rulebook.windows}
        for work in self._works.values():
            self._add(work)

    @property
    def left_over(self) -> bool:
        """Whether the next Tick has more to do than to let time pass."""
        return self._rounds.left_over or bool(self._windows and not self._until)

    def tick(self, now: int, elements: Callable[[], Sequence[str]]) -> Plans | None:
        """Let time pass; None: nothing began or ended, and nobody waits to hear of it.

        Args:
            now: engine time.
            elements: returns those that have alarms, in order.
        """
        known = self._open
        if self._windows and now >= self._until:
            self._look(now)
        changed = set(known) ^ set(self._open) if known != self._open else ()
        if changed:
            self._rounds.add(sorted(changed))
        concerned = self._rounds.go_on(elements, self._concerns) if self._rounds.left_over else ()
        if self._works:
            self._forget(now)
        return Plans(self._plans(), concerned) if changed or concerned else None

    def reload(self, now: int) -> Plans:
        """Return what is open by new rules, or with a new inventory; whatever has alarms is to be looked at again."""
        known = self._open
        plans = self.at(now)
        if known or self._open or self._rounds.left_over:
            self._rounds.everything()
        return plans

    def at(self, now: int) -> Plans:
        """Return what is open at a time; before the first Tick nothing is."""
        if now:
            self._look(now)
        return Plans(self._plans(), ())

    def ask(self, request: OperatorRequest, now: int) -> bytes:
        """Do what an operator asks; nothing opens or closes before the next Tick."""
        if request.action == END:
            replies = tuple(self._end(id_, request.at, now) for id_ in dict.fromkeys(request.windows))
        else:
            replies = self._begin(request, now)
        return msgspec.json.encode(WorkAnswer(request.request_id, request.action, replies))

    def states(self, now: int, element: str = "") -> list[WindowState]:
        """Return the windows that are open or will open, the next one first; ``element``: does it concern that one?"""
        found = []
        for id_, window in self._windows.items():
            start, end = window.span(now)
            if now < end:
                concerns = window.concerns(element) if element else None
                is_open = id_ in self._open
                found.append(
                    msgspec.structs.replace(window.state, start=start, end=end, open=is_open, concerns=concerns)
                )
        return sorted(found, key=lambda one: (not one.open, one.end if one.open else one.start, one.id))

    def dump(self) -> list[list[Any]]:
        """Return all state as small items."""
        works = [["work", self._works[id_]] for id_ in sorted(self._works)]
        return [*works, *self._rounds.dump()]

    def load_state(self, items: list[list[Any]]) -> None:
        """Take back what ``dump`` gave; load the rules first, and say what time it is afterwards."""
        for id_ in self._works:
            del self._windows[id_]
        self._works, self._rounds, self._until = {}, Rounds(), 0
        for kind, item in items:
            if kind == "work":
                self._add(msgspec.convert(item, PlannedWork))
            else:
                self._rounds.load_item(kind, item)

    def _begin(self, request: OperatorRequest, now: int) -> tuple[WorkReply, ...]:
        work, wrong = work_of(request, now, self._names, known=len(self._works))
        if work is None:
            return wrong
        if work.id not in self._works:
            self._add(work)
            self._until = 0
        return (WorkReply(work.id, "done"),)

    def _end(self, id_: str, at: int, now: int) -> WorkReply:
        work = self._works.get(id_)
        if work is not None and work.end > max(at, now + 1):
            self._add(ended(work, at, now))
            self._until = 0
            return WorkReply(id_, "done")
        if work is None and id_ in self._windows:
            return WorkReply(id_, "refused", "readOnly", 409, f'window "{id_}" stands in a rule file: change it there')
        return WorkReply(id_, "gone", "notFound", 404, f'there is no window "{id_}", or it is over')

    def _add(self, work: PlannedWork) -> None:
        self._works[work.id] = work
        # A text that was right when it was taken, and is not any more, covers nothing.
        where, wrong = read_where(work.where, self._names)
        where = Where(work.where, lambda _: False, lambda _: False) if wrong else where
        state = WindowState(
            work.id, work.where, work.mode, open=False, comment=work.comment, user=work.user, at=work.at
        )
        span = (work.start, work.end)
        self._windows[work.id] = _known(state, where, self._situation, lambda _: span)

    def _forget(self, now: int) -> None:
        """Forget windows of operators that are over, once nobody waits to hear of them."""
        over = [id_ for id_, work in self._works.items() if work.end <= now and not self._rounds.names(id_)]
        for id_ in over:
            del self._works[id_], self._windows[id_]

    def _plans(self) -> tuple[Plan, ...]:
        return tuple(self._windows[id_].plan for id_ in self._open)

    def _concerns(self, id_: str, element: str) -> bool:
        return self._windows[id_].concerns(element)

    def _look(self, now: int) -> None:
        looked = [(id_, *_standing(window.span(now), now)) for id_, window in self._windows.items()]
        self._open = tuple(sorted(id_ for id_, is_open, _ in looked if is_open))
        self._until = min((until for _, _, until in looked), default=_NEVER)


def _standing(span: _Span, now: int) -> tuple[bool, int]:
    """Return whether a window is open, and until when that is sure."""
    start, end = span
    if now < min(start, end):
        return False, start
    return start <= now < end, end if start <= now < end else _NEVER


def _ruled(window: Window, zone: tzinfo, situation: Situation) -> _Known:
    at = window.at
    recurs = "" if isinstance(at, Once) else at.text
    mode: Mode = "hide" if window.hides else "mark"
    state = WindowState(window.id, window.where.text, mode, open=False, recurs=recurs, from_rules=True)
    if isinstance(at, Once):
        span = at.bounds(zone)
        return _known(state, window.where, situation, lambda _: span)
    return _known(state, window.where, situation, lambda now: _span(at, zone, now))


def _span(at: Recurring, zone: tzinfo, now: int) -> _Span:
    last = at.cron.last_until(now, zone, within_ms=at.for_ms)
    begins = at.cron.first_after(now, zone) if last is None else last
    return (begins, begins + at.for_ms) if begins is not None else (0, 0)


def _known(state: WindowState, where: Where, situation: Situation, span: Callable[[int], _Span]) -> _Known:
    plan = Plan(state.id, state.mode == "hide", _asks(where.test, situation))
    return _Known(plan, _asks(where.of_element, situation), span, state)


def _asks(test: Test | None, situation: Situation) -> Callable[[str], bool]:
    """Return what tells whether a condition is true of a managed object; nothing is true of netmon itself."""
    known = dict[str, bool]()

    def asks(path: str) -> bool:
        found = known.get(path)
        if found is None:
            if len(known) >= _CACHED:
                known.clear()
            situation.idle(path)
            is_own = path.partition("/")[0] == NETMON
            found = known[path] = not is_own and (test is None or test(situation.scope))
        return found

    return asks
